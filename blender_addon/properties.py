# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of an estimate, kept in the scene."""

import math
from typing import TYPE_CHECKING, Literal, cast

import bpy

from . import models
from .engine import contract
from .models import Item

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

SHOTS: tuple[Item, ...] = (
    ("auto", "Automatic", "Find the cuts: every shot has its own range, and no shot shows in another"),
    ("off", "Off", "Take the strip as one shot"),
)


VARIANTS: tuple[Item, ...] = (
    (
        "CARD",
        "Card",
        "A plane across the camera's view that takes light by the depth's normals, and no shadows of its own",
    ),
    ("RELIEF", "Relief", "The displaced mesh: light and shadows see its shape"),
)
LIGHTS: tuple[Item, ...] = (
    ("AREA", "Area", "A soft light close to the footage"),
    ("SUN", "Sun", "A light from far away, the same everywhere"),
)


def _model_items(settings: "DepthSettings", context: object) -> list[Item]:
    return models.menu_items(settings.model)


def _get_model(settings: "DepthSettings") -> int:
    return [name for name, _, _ in _model_items(settings, None)].index(settings.model)


def _set_model(settings: "DepthSettings", index: int) -> None:
    settings.model = _model_items(settings, None)[index][0]


class DepthRelightSettings(bpy.types.PropertyGroup):
    """How the footage of this scene is made to take light."""

    if TYPE_CHECKING:
        variant: Literal["CARD", "RELIEF"]
        light: Literal["AREA", "SUN"]
        smooth: float
        shadow_catcher: bool
        composite: bool
        match_render: bool
        changes: str
    else:
        variant: bpy.props.EnumProperty(
            name="Surface", description="What takes the light", items=VARIANTS, options=set()
        )
        light: bpy.props.EnumProperty(
            name="Key Light", description="The light that is added if there is none yet", items=LIGHTS, options=set()
        )
        smooth: bpy.props.FloatProperty(
            name="Smooth Normals",
            description="How widely noise is taken out of the depth for its normals, in percent of the width",
            subtype="PERCENTAGE",
            default=0.4,
            min=0.0,
            max=5.0,
            soft_max=2.0,
            precision=2,
            options=set(),
        )
        shadow_catcher: bpy.props.BoolProperty(
            name="Shadows Only",
            description="Show nothing but the shadows that fall on the footage, to lay them over it; Cycles only",
            options=set(),
        )
        composite: bpy.props.BoolProperty(
            name="Footage Under Render",
            description="Let the compositor lay the footage under the render, where that is open or catches shadows",
            default=True,
            options=set(),
        )
        match_render: bpy.props.BoolProperty(
            name="Match Render",
            description="Render through the matched camera, in the footage's size and its colors as they were filmed",
            default=True,
            options=set(),
        )
        changes: bpy.props.StringProperty(
            name="Changes", description="What the last set-up has changed besides", options={"HIDDEN"}
        )


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
        shots: Literal["auto", "off"]
        steps: int
        guidance: float
        window: int
        overlap: int
        seed: int
        ensemble: int
        stabilise: bool
        streaming: bool
        relight: DepthRelightSettings
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
        shots: bpy.props.EnumProperty(
            name="Shots", description="Where one shot ends and the next begins", items=SHOTS, options=set()
        )
        steps: bpy.props.IntProperty(
            name="Steps",
            description="Denoising steps: more take longer; 0 for the model's own default",
            default=0,
            min=0,
            max=50,
            soft_max=25,
            options=set(),
        )
        guidance: bpy.props.FloatProperty(
            name="Guidance",
            description="Classifier-free guidance: above 1 a step takes twice as long; 0 for the model's own default",
            default=0.0,
            min=0.0,
            max=100.0,
            soft_max=3.0,
            options=set(),
        )
        window: bpy.props.IntProperty(
            name="Window",
            description="Frames computed at once: fewer need less memory; 0 for the model's own default",
            default=0,
            min=0,
            soft_max=110,
            options=set(),
        )
        overlap: bpy.props.IntProperty(
            name="Overlap",
            description="Frames that two windows share, fewer than the window has; 0 for the model's own default",
            default=0,
            min=0,
            soft_max=50,
            options=set(),
        )
        seed: bpy.props.IntProperty(
            name="Seed",
            description="Start of the random numbers: the same seed gives the same depth",
            default=0,
            min=0,
            options=set(),
        )
        ensemble: bpy.props.IntProperty(
            name="Ensemble",
            description="How often each frame is predicted; the median counts; 0 for the model's own default",
            default=0,
            min=0,
            max=50,
            soft_max=10,
            options=set(),
        )
        stabilise: bpy.props.BoolProperty(
            name="Stabilize",
            description="Take drift and flicker out of a model that gives each frame at once",
            default=False,
            options=set(),
        )
        streaming: bpy.props.BoolProperty(
            name="Streaming",
            description="Finish each frame at once, from the frames before it alone; a little less steady",
            default=False,
            options=set(),
        )
        relight: bpy.props.PointerProperty(
            name="Relighting", description="How the footage is made to take light", type=DepthRelightSettings
        )


def settings_of(scene: bpy.types.Scene) -> DepthSettings:
    return cast(DepthSettings, getattr(scene, "estimate_depth"))


def register() -> None:
    bpy.utils.register_class(DepthRelightSettings)
    bpy.utils.register_class(DepthSettings)
    setattr(bpy.types.Scene, "estimate_depth", bpy.props.PointerProperty(type=DepthSettings))


def unregister() -> None:
    delattr(bpy.types.Scene, "estimate_depth")
    bpy.utils.unregister_class(DepthSettings)
    bpy.utils.unregister_class(DepthRelightSettings)
