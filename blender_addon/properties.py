# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of an estimate, kept in the scene."""

import math
from typing import TYPE_CHECKING, Literal, cast

import bpy

from .engine import contract

Item = tuple[str, str, str]

FORMATS: tuple[Item, ...] = (
    ("exr32", "EXR 32", "OpenEXR, 32 bit float: exact and unnormalized"),
    ("exr16", "EXR 16", "OpenEXR, 16 bit float: half the size, three digits exact"),
    ("png16", "PNG 16", "PNG, 16 bit, normalized to each shot: for any displacement material"),
    ("npz", "NPZ", "NumPy arrays in parts of 64 frames: for scripts"),
)
OUTPUT_SIZES: tuple[Item, ...] = (
    ("source", "Footage", "As large as the footage"),
    ("processed", "Model", "As the model computes it: the smallest files"),
    ("pixels", "Custom", "Choose the longest side"),
)

known_models: list[contract.ModelEntry] = []
"""The engine's models, once it has told them."""

_items: list[Item] = []  # Blender does not keep the texts of a dynamic list: somebody has to


def _model_items(settings: "DepthSettings", context: object) -> list[Item]:
    _items[:] = [(model.name, model.title, model.summary) for model in known_models]
    if all(name != settings.model for name, _, _ in _items):
        _items.append((settings.model, settings.model, "The engine has not told about this model"))
    return _items


def _get_model(settings: "DepthSettings") -> int:
    return [name for name, _, _ in _model_items(settings, None)].index(settings.model)


def _set_model(settings: "DepthSettings", index: int) -> None:
    settings.model = _model_items(settings, None)[index][0]


class DepthSettings(bpy.types.PropertyGroup):
    """How the next estimate of this scene is made; the frame range follows the strip."""

    if TYPE_CHECKING:
        model: str
        model_choice: str
        use_max_size: bool
        max_size: int
        step: int
        format: set[contract.Format]
        output_size: Literal["source", "processed", "pixels"]
        output_pixels: int
        folder: str
        field_of_view: float
    else:
        model: bpy.props.StringProperty(
            name="Model Name",
            description="The name by which the engine knows the model",
            default="embedded",
            options=set(),
        )
        model_choice: bpy.props.EnumProperty(
            name="Model",
            description="The network that estimates the depth",
            items=_model_items,
            get=_get_model,
            set=_set_model,
            options=set(),
        )
        use_max_size: bpy.props.BoolProperty(
            name="Limit Model Size",
            description="Let the model see smaller pictures: faster, with less memory and less detail",
            options=set(),
        )
        max_size: bpy.props.IntProperty(
            name="Model Size",
            description="Longest side of the pictures that the model sees; never enlarges",
            subtype="PIXEL",
            default=518,
            min=14,
            soft_min=224,
            soft_max=2048,
            options=set(),
        )
        step: bpy.props.IntProperty(
            name="Step",
            description="Estimate every n-th frame; the frames between hold the last one",
            default=1,
            min=1,
            soft_max=10,
            options=set(),
        )
        format: bpy.props.EnumProperty(
            name="Formats",
            description="The files that are written besides the preview and what Blender plays",
            items=FORMATS,
            default={"exr32"},
            options={"ENUM_FLAG"},
        )
        output_size: bpy.props.EnumProperty(
            name="Size", description="How large the depth files are", items=OUTPUT_SIZES, options=set()
        )
        output_pixels: bpy.props.IntProperty(
            name="Longest Side",
            description="Longest side of the depth files",
            subtype="PIXEL",
            default=1024,
            min=16,
            soft_max=4096,
            options=set(),
        )
        folder: bpy.props.StringProperty(
            name="Folder",
            description="Where results of this scene are put; empty for the place that the preferences name",
            subtype="DIR_PATH",
            options=set(),
        )
        field_of_view: bpy.props.FloatProperty(
            name="Field of View",
            description="Horizontal angle of the camera that took the footage; relief and points stand in its view",
            subtype="ANGLE",
            default=math.radians(55.0),
            min=math.radians(1.0),
            max=math.radians(170.0),
            options=set(),
        )


def settings_of(scene: bpy.types.Scene) -> DepthSettings:
    return cast(DepthSettings, getattr(scene, "estimate_depth"))


def register() -> None:
    bpy.utils.register_class(DepthSettings)
    setattr(bpy.types.Scene, "estimate_depth", bpy.props.PointerProperty(type=DepthSettings))


def unregister() -> None:
    delattr(bpy.types.Scene, "estimate_depth")
    bpy.utils.unregister_class(DepthSettings)
