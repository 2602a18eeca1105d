# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: a diffusion model is chosen, its licence read, and a shot estimated with weights from a folder."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import sequencer
from window import Steps, Window, play

MODEL = "depthcrafter"
MENU_ROW = 73  # pixels below the panel's upper edge


def scenario(ui: Window) -> Steps:
    yield from sequencer.open_shot(ui, Path(ui.arguments[0]))
    yield from sequencer.raise_timeline(ui, 0.85)
    yield from sequencer.wait_for_plan(ui)
    yield from choose_model(ui)
    yield from read_licence(ui)
    yield from estimate(ui)


def choose_model(ui: Window) -> Steps:
    """By the mouse: nothing tells scripts where a menu lies, but it is in the panel's third row."""
    region = ui.region(sequencer.timeline(ui), "UI")
    yield from ui.press(region.x + round(region.width * 0.7), region.y + region.height - MENU_ROW)
    yield from ui.picture("model_menu", rest=False)
    yield from ui.type("ESC")
    ui.window.scene.estimate_depth.model_choice = MODEL
    yield 8  # the panel asks the engine for the plan of this model
    sequencer.timeline(ui).tag_redraw()
    yield 1
    ui.report["model"] = ui.window.scene.estimate_depth.model


def read_licence(ui: Window) -> Steps:
    """Without online access the button says why it is grey; with it, it shows the licence."""
    area = sequencer.timeline(ui)
    yield 1
    ui.report["offered_offline"] = bpy.ops.sequencer.depth_download_model.poll()
    yield from ui.picture("model_missing")
    bpy.context.preferences.system.use_online_access = True
    yield 1
    yield from ui.click(area, sequencer.DOWNLOAD)
    yield 1
    yield from ui.picture("licence", rest=False)
    yield from ui.type("ESC")
    bpy.context.preferences.system.use_online_access = False
    ui.report["downloads"] = sequencer.session().download is not None


def estimate(ui: Window) -> Steps:
    """Two windows of a small picture, as fits tiny weights."""
    preferences = importlib.import_module(f"{sequencer.EXTENSION}.preferences").get_preferences()
    preferences.weights_of(MODEL).folder = ui.arguments[1]
    settings = ui.window.scene.estimate_depth
    settings.use_max_size, settings.max_size = True, 128
    settings.output_size, settings.output_pixels = "pixels", 320
    settings.window, settings.overlap = 25, 8
    yield from ui.wait(lambda: (plan := sequencer.plan(ui)) and plan.windows > 1, "the model's plan")
    plan = sequencer.plan(ui)
    ui.report["plan"] = [plan.frames, plan.windows, plan.execution]
    yield 1
    yield from ui.picture("diffusion_ready")
    yield from ui.click(sequencer.timeline(ui), sequencer.ESTIMATE)
    yield from sequencer.wait_for_end(ui, "done")
    ui.report["job"] = str(sequencer.job_folder(ui))
    yield from ui.picture("diffusion_done")


play(scenario)
