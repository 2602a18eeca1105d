# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels and preferences: drawing, no logic."""

import bpy

from .panels import CLASSES as PANELS
from .setup import ESTIMATE_DEPTH_AddonPreferences

CLASSES: tuple[type[bpy.types.Panel] | type[bpy.types.AddonPreferences], ...] = (
    ESTIMATE_DEPTH_AddonPreferences,
    *PANELS,
)
