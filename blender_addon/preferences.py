# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user chooses once for this machine. How it is shown lies in ui/."""

from typing import TYPE_CHECKING, Literal, cast

import bpy

PACKAGE = __package__ or ""

DEVICES = (
    ("auto", "Automatic", "The fastest device that the engine finds"),
    ("cpu", "CPU", "The processor"),
    ("cuda", "CUDA", "An NVIDIA or AMD graphics card"),
    ("mps", "Metal", "The graphics part of an Apple processor"),
)


class Preferences:
    """The stored values; the class that Blender registers adds the drawing."""

    if TYPE_CHECKING:
        engine: str
        folder: str
        device: Literal["auto", "cpu", "cuda", "mps"]
        keep_running: bool
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


def get_preferences() -> Preferences:
    """The add-on's preferences. It must be enabled."""
    preferences = cast("bpy.types.Preferences", bpy.context.preferences)
    return cast(Preferences, preferences.addons[PACKAGE].preferences)
