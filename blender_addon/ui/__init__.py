# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels, preferences and dialogs: drawing, no logic."""

import bpy

from .calibration import CLASSES as CALIBRATION
from .compositing import SEQUENCER_PT_depth_compositing
from .export import CLASSES as EXPORT
from .license import SEQUENCER_OT_depth_download_model
from .model import SEQUENCER_MT_depth_models
from .model_list import USERPREF_UL_depth_models
from .panels import CLASSES as PANELS
from .preview import CLASSES as PREVIEW
from .queue import CLASSES as QUEUE
from .relight import SEQUENCER_PT_depth_relight
from .results import CLASSES as RESULTS
from .results import SEQUENCER_OT_depth_clean_up
from .setup import ESTIMATE_DEPTH_AddonPreferences
from .view3d import CLASSES as OBJECT_PANELS

Drawn = bpy.types.Panel | bpy.types.Menu | bpy.types.UIList | bpy.types.AddonPreferences | bpy.types.Operator

CLASSES: tuple[type[Drawn], ...] = (
    ESTIMATE_DEPTH_AddonPreferences,
    USERPREF_UL_depth_models,
    SEQUENCER_MT_depth_models,
    SEQUENCER_OT_depth_download_model,
    SEQUENCER_OT_depth_clean_up,
    # Panels stand in this order: what comes before an estimate, what is made of it, then the list of all jobs.
    *PANELS,
    *PREVIEW,
    *CALIBRATION,
    SEQUENCER_PT_depth_relight,
    SEQUENCER_PT_depth_compositing,
    *OBJECT_PANELS,
    *EXPORT,
    *QUEUE,
    *RESULTS,
)
