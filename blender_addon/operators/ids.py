# SPDX-License-Identifier: GPL-3.0-or-later
"""The names by which Blender knows the add-on's operators."""

from enum import StrEnum


class Operator(StrEnum):
    ESTIMATE = "sequencer.depth_estimate"
    ESTIMATE_SELECTED = "sequencer.depth_estimate_selected"
    ESTIMATE_AGAIN = "sequencer.depth_estimate_again"
    LESS_MEMORY = "sequencer.depth_less_memory"
    PAUSE = "sequencer.depth_pause"
    RESUME = "sequencer.depth_resume"
    HOLD = "sequencer.depth_hold_queue"
    MOVE = "sequencer.depth_move_job"
    CANCEL = "sequencer.depth_cancel"
    CONTINUE = "sequencer.depth_continue"
    RESTART = "sequencer.depth_restart"
    REMOVE = "sequencer.depth_remove_job"
    RELIEF = "sequencer.depth_create_relief"
    POINTS = "sequencer.depth_create_points"
    CAMERA = "sequencer.depth_create_camera"
    STRIP = "sequencer.depth_add_strip"
    OPEN_FOLDER = "sequencer.depth_open_folder"
    PLAN_AGAIN = "sequencer.depth_plan_again"
    DOWNLOAD = "sequencer.depth_download_model"
    CANCEL_DOWNLOAD = "sequencer.depth_cancel_download"
    CHECK_ENGINE = "sequencer.depth_check_engine"
    MEASURE = "sequencer.depth_measure_folders"
    CANCEL_TASK = "sequencer.depth_cancel_task"
    SET_MASK = "object.depth_set_mask"
    CLEAR_MASK = "object.depth_clear_mask"
    EXPORT = "sequencer.depth_export"
