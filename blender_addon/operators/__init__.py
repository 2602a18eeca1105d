# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's operators: each reads the context, calls the part that does the work, and reports."""

import bpy

from .batch import SEQUENCER_OT_depth_estimate_selected
from .calibration import (
    SEQUENCER_OT_depth_fit_points,
    SEQUENCER_OT_depth_fit_solve,
    SEQUENCER_OT_depth_reset_calibration,
)
from .composite import SEQUENCER_OT_depth_composite
from .engine import (
    SEQUENCER_OT_depth_check_engine,
    SEQUENCER_OT_depth_clear_engine,
    SEQUENCER_OT_depth_measure_folders,
)
from .estimate import (
    SEQUENCER_OT_depth_cancel,
    SEQUENCER_OT_depth_continue,
    SEQUENCER_OT_depth_estimate,
    SEQUENCER_OT_depth_plan_again,
    SEQUENCER_OT_depth_remove_job,
    SEQUENCER_OT_depth_restart,
)
from .follow import SEQUENCER_OT_depth_follow_source
from .mask import OBJECT_OT_depth_clear_mask, OBJECT_OT_depth_mask_from_strip, OBJECT_OT_depth_set_mask
from .models import SEQUENCER_OT_depth_cancel_download
from .points import (
    SEQUENCER_OT_depth_add_point,
    SEQUENCER_OT_depth_open_chart,
    SEQUENCER_OT_depth_remove_point,
)
from .preview import SEQUENCER_OT_depth_preview
from .queue import (
    SEQUENCER_OT_depth_estimate_again,
    SEQUENCER_OT_depth_hold_queue,
    SEQUENCER_OT_depth_less_memory,
    SEQUENCER_OT_depth_move_job,
    SEQUENCER_OT_depth_pause,
    SEQUENCER_OT_depth_resume,
)
from .relight import SEQUENCER_OT_depth_relight
from .results import (
    SEQUENCER_OT_depth_add_strip,
    SEQUENCER_OT_depth_create_camera,
    SEQUENCER_OT_depth_create_points,
    SEQUENCER_OT_depth_create_relief,
    SEQUENCER_OT_depth_open_folder,
)
from .setup import (
    SEQUENCER_OT_depth_cancel_setup,
    SEQUENCER_OT_depth_copy_command,
    SEQUENCER_OT_depth_set_up_engine,
)
from .tasks import SEQUENCER_OT_depth_cancel_task
from .view import SEQUENCER_OT_depth_use_footage_view

CLASSES: tuple[type[bpy.types.Operator], ...] = (
    SEQUENCER_OT_depth_estimate,
    SEQUENCER_OT_depth_estimate_selected,
    SEQUENCER_OT_depth_preview,
    SEQUENCER_OT_depth_cancel,
    SEQUENCER_OT_depth_continue,
    SEQUENCER_OT_depth_restart,
    SEQUENCER_OT_depth_less_memory,
    SEQUENCER_OT_depth_estimate_again,
    SEQUENCER_OT_depth_pause,
    SEQUENCER_OT_depth_resume,
    SEQUENCER_OT_depth_hold_queue,
    SEQUENCER_OT_depth_move_job,
    SEQUENCER_OT_depth_remove_job,
    SEQUENCER_OT_depth_plan_again,
    SEQUENCER_OT_depth_cancel_download,
    SEQUENCER_OT_depth_create_relief,
    SEQUENCER_OT_depth_create_points,
    SEQUENCER_OT_depth_create_camera,
    SEQUENCER_OT_depth_add_strip,
    SEQUENCER_OT_depth_follow_source,
    SEQUENCER_OT_depth_open_folder,
    SEQUENCER_OT_depth_check_engine,
    SEQUENCER_OT_depth_clear_engine,
    SEQUENCER_OT_depth_set_up_engine,
    SEQUENCER_OT_depth_cancel_setup,
    SEQUENCER_OT_depth_copy_command,
    SEQUENCER_OT_depth_measure_folders,
    SEQUENCER_OT_depth_cancel_task,
    OBJECT_OT_depth_set_mask,
    OBJECT_OT_depth_mask_from_strip,
    OBJECT_OT_depth_clear_mask,
    SEQUENCER_OT_depth_relight,
    SEQUENCER_OT_depth_composite,
    SEQUENCER_OT_depth_fit_solve,
    SEQUENCER_OT_depth_fit_points,
    SEQUENCER_OT_depth_reset_calibration,
    SEQUENCER_OT_depth_add_point,
    SEQUENCER_OT_depth_remove_point,
    SEQUENCER_OT_depth_open_chart,
    SEQUENCER_OT_depth_use_footage_view,
)
