# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on gives to Blender, in the order in which it is given; taken back in reverse."""

import bpy

from . import calibration_settings, lists, operators, preferences, properties, ui
from .export import choices
from .jobs import timer
from .jobs.session import close_session, open_session
from .ui import pictures

CLASSES = (preferences.DepthModelWeights, *operators.CLASSES, *ui.CLASSES)


def register() -> None:
    """Enable the add-on."""
    properties.register()
    lists.register()
    choices.register()
    calibration_settings.register()
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    open_session()
    timer.register()


def unregister() -> None:
    """Disable the add-on: running engines go on by themselves, unless the preferences say otherwise."""
    timer.unregister()
    pictures.forget()
    close_session()
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
    calibration_settings.unregister()
    choices.unregister()
    lists.unregister()
    properties.unregister()
