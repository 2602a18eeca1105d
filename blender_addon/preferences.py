# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user chooses once for this machine. How it is shown lies in ui/."""

from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

PACKAGE = __package__ or ""

DEVICES = (
    ("auto", "Automatic", "The fastest device that the engine finds"),
    ("cpu", "CPU", "The processor"),
    ("cuda", "CUDA", "An NVIDIA or AMD graphics card"),
    ("mps", "Metal", "The graphics part of an Apple processor"),
)


def _changed(_entry: object, _context: object) -> None:
    """Blender notices changes of an add-on's preferences, but not of what lies deeper in them."""
    cast("bpy.types.Preferences", bpy.context.preferences).is_dirty = True


class DepthModelWeights(bpy.types.PropertyGroup):
    """Where the user keeps the weights of one model; `name` is the model's."""

    if TYPE_CHECKING:
        folder: str
    else:
        folder: bpy.props.StringProperty(
            name="Weights Folder",
            description="Folder with the model's weights as they are published; empty to use the downloaded ones",
            subtype="DIR_PATH",
            update=_changed,
        )


class Preferences:
    """The stored values; the class that Blender registers adds the drawing."""

    if TYPE_CHECKING:
        engine: str
        folder: str
        device: Literal["auto", "cpu", "cuda", "mps"]
        keep_running: bool
        weights: bpy.types.bpy_prop_collection_idprop[DepthModelWeights]
    else:
        engine: bpy.props.StringProperty(
            name="Engine",
            description="The command depth-engine or its environment's folder; empty to find it automatically",
            subtype="FILE_PATH",
        )
        folder: bpy.props.StringProperty(
            name="Results",
            description="Where results are put; empty for the folder depth beside the saved file, "
            "or the user's data folder while the file is not saved",
            subtype="DIR_PATH",
        )
        device: bpy.props.EnumProperty(name="Device", description="What the model runs on", items=DEVICES)
        keep_running: bpy.props.BoolProperty(
            name="Keep Engine Running",
            description="Let a running job go on when Blender is closed; its result is offered at the next start",
            default=True,
        )
        weights: bpy.props.CollectionProperty(
            name="Weights", description="Where the weights of each model are kept", type=DepthModelWeights
        )

    def weights_of(self, model: str) -> DepthModelWeights | None:
        """Where the user keeps a model's weights; None while nobody has asked for a place."""
        return self.weights.get(model)

    def add_weights(self, model: str) -> DepthModelWeights:
        """The same, with an empty folder for a model that has none yet. Not while drawing."""
        entry = self.weights_of(model)
        if entry is None:
            entry = self.weights.add()
            entry.name = model
        return entry

    def weights_folder(self, model: str) -> str | None:
        """The absolute path of the folder that the user chose for a model's weights."""
        entry = self.weights_of(model)
        return cast("Any", bpy.path).abspath(entry.folder) if entry and entry.folder else None


def get_preferences() -> Preferences:
    """The add-on's preferences. It must be enabled."""
    preferences = cast("bpy.types.Preferences", bpy.context.preferences)
    return cast(Preferences, preferences.addons[PACKAGE].preferences)
