# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of an export as Blender properties: the operator has them, and each scene keeps its own for panels."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import bpy

from .exporting import FORMATS
from .settings import MEGABYTE, PRESETS, Axis, Colors, ExportSettings, Surface, Up
from .source import Source

_FORMATS = tuple((kind.name, kind.title, kind.tip) for kind in FORMATS.values())
_CUSTOM = ("CUSTOM", "Custom", "Settings of your own")
PRESET_ITEMS = (_CUSTOM, *((name, preset.title, preset.tip) for name, preset in PRESETS.items()))
_AXES = tuple((axis, axis, "") for axis in ("X", "Y", "Z", "-X", "-Y", "-Z"))
_SURFACES = (
    ("SHOWN", "As Shown", "Each frame with its own faces, opened where Edge Cut opens it"),
    ("WHOLE", "Whole", "Nothing is opened: every frame has the same faces"),
    ("FROZEN", "Frozen", "Every frame opened as one chosen frame is: every frame has the same faces"),
)
_COLORS = (
    ("NONE", "None", "No colors of the footage"),
    ("FIRST", "First Frame", "The footage's colors of the first frame, which need less space"),
    ("EVERY", "Every Frame", "The footage's colors of every frame; glTF holds those of the first"),
)
_PRESET_VALUES = ("format", "scale", "forward", "up", "budget")


def _preset_values(name: str) -> tuple[object, ...]:
    preset = PRESETS[name]
    return preset.format, preset.scale, preset.forward, preset.up, preset.budget // MEGABYTE


def apply_preset(choices: ExportChoices, name: str) -> None:
    """Give the choices what suits a program; Custom leaves them."""
    if name in PRESETS:
        for field, value in zip(_PRESET_VALUES, _preset_values(name)):
            setattr(choices, field, value)


def _get_preset(choices: ExportChoices) -> int:
    """The preset that the settings are those of now."""
    values = tuple(getattr(choices, name) for name in _PRESET_VALUES)
    fits = (number for number, name in enumerate(PRESETS, 1) if _preset_values(name) == values)
    return next(fits, 0)


def _set_preset(choices: ExportChoices, number: int) -> None:
    apply_preset(choices, PRESET_ITEMS[number][0])


class ExportChoices:
    """What the artist chooses, but for the file."""

    if TYPE_CHECKING:
        format: str
        use_range: bool
        frame_start: int
        frame_end: int
        step: int
        surface: Surface
        freeze: int
        colors: Colors
        camera: bool
        scale: float
        forward: Axis
        up: Up
        rate: float
        budget: int
    else:
        format: bpy.props.EnumProperty(name="Format", description="The kind of file", items=_FORMATS, default="GLTF")
        use_range: bpy.props.BoolProperty(name="Limit Frames", description="Export a part of the result only")
        frame_start: bpy.props.IntProperty(name="Start", description="First scene frame", default=1)
        frame_end: bpy.props.IntProperty(name="End", description="Last scene frame", default=250)
        step: bpy.props.IntProperty(
            name="Step",
            description="Export every n-th frame; the frames between hold the one before",
            default=1,
            min=1,
            soft_max=10,
        )
        surface: bpy.props.EnumProperty(name="Surface", description="Where the relief is open", items=_SURFACES)
        freeze: bpy.props.IntProperty(
            name="Frozen Frame", description="The scene frame whose openings all frames get", default=1
        )
        colors: bpy.props.EnumProperty(
            name="Colors", description="The footage's colors at the vertices", items=_COLORS, default="EVERY"
        )
        camera: bpy.props.BoolProperty(
            name="Camera", description="Export the matched camera too, where the format holds one", default=True
        )
        scale: bpy.props.FloatProperty(
            name="Scale", description="Units of the file for one of Blender's", default=1.0, min=1e-6, soft_max=1000.0
        )
        forward: bpy.props.EnumProperty(
            name="Forward", description="The file's axis for Blender's Y, where the footage looks", items=_AXES,
            default="-Z",
        )  # fmt: skip
        up: bpy.props.EnumProperty(
            name="Up", description="The file's axis for Blender's Z", items=(("Y", "Y", ""), ("Z", "Z", ""))
        )
        rate: bpy.props.FloatProperty(
            name="Frame Rate", description="Frames a second; 0 for the scene's", default=0.0, min=0.0, soft_max=120.0
        )
        budget: bpy.props.IntProperty(
            name="Size Budget (MB)",
            description="The most that a glTF file may have: the grid is thinned until it fits",
            default=32,
            min=1,
            soft_max=500,
        )

    def settings(self, scene: bpy.types.Scene, source: Source) -> ExportSettings:
        """These choices for an object of a scene."""
        first, last = (self.frame_start, self.frame_end) if self.use_range else source.span()
        return ExportSettings(
            first=first,
            last=last,
            step=self.step,
            rate=self.rate or scene.render.fps / scene.render.fps_base,
            scale=self.scale,
            forward=self.forward,
            up=self.up,
            surface=self.surface,
            freeze=self.freeze,
            colors=self.colors,
            camera=self.camera,
            budget=self.budget * MEGABYTE,
        )


class DepthExportSettings(ExportChoices, bpy.types.PropertyGroup):
    """How the next export from this scene is made."""

    if TYPE_CHECKING:
        preset: str
    else:
        preset: bpy.props.EnumProperty(
            name="Preset",
            description="Format, scale, axes and size budget that suit a program",
            items=PRESET_ITEMS,
            get=_get_preset,
            set=_set_preset,
        )


def choices_of(scene: bpy.types.Scene) -> DepthExportSettings:
    return cast(DepthExportSettings, getattr(scene, "estimate_depth_export"))


def register() -> None:
    bpy.utils.register_class(DepthExportSettings)
    setattr(bpy.types.Scene, "estimate_depth_export", bpy.props.PointerProperty(type=DepthExportSettings))


def unregister() -> None:
    delattr(bpy.types.Scene, "estimate_depth_export")
    bpy.utils.unregister_class(DepthExportSettings)
