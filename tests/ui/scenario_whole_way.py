# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: from a strip to a relief, points and a depth strip, click by click."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import sequencer
from window import Steps, Window, play


def scenario(ui: Window) -> Steps:
    yield from sequencer.open_shot(ui, Path(ui.arguments[0]))
    plan = yield from sequencer.wait_for_plan(ui)
    ui.report["plan_frames"] = plan.frames
    yield from ui.picture("panel_ready")
    yield from estimate(ui)
    yield from add_strip(ui)
    yield from create(ui, sequencer.RELIEF, "relief")
    yield from create(ui, sequencer.POINTS, "points")
    yield from check_engine(ui)


def estimate(ui: Window) -> Steps:
    """Click the button, watch the job to its end, and count how often Blender came round meanwhile."""
    yield from ui.click(sequencer.timeline(ui), sequencer.ESTIMATE)
    started, first = time.monotonic(), len(ui.beats)
    yield from ui.wait(lambda: any(event["frames_done"] > 12 for event in sequencer.events(ui, "progress")), "progress")
    yield from ui.picture("panel_running")
    yield from ui.wait(lambda: sequencer.events(ui, "done"), "the job's end", 900)
    ui.report["job"] = str(sequencer.job_folder(ui))
    ui.report["job_seconds"] = time.monotonic() - started
    ui.report["job_beats"] = len(ui.beats) - first
    yield from sequencer.wait_for_end(ui, "done")
    yield from ui.picture("panel_done")


def add_strip(ui: Window) -> Steps:
    yield from ui.click(sequencer.timeline(ui), sequencer.STRIP)
    strips = ui.window.scene.sequence_editor.sequences
    ui.report["strips"] = [
        {
            "name": strip.name,
            "type": strip.type,
            "channel": strip.channel,
            "left": strip.frame_final_start,
            "right": strip.frame_final_end,
        }
        for strip in strips
    ]
    yield from ui.picture("depth_strip")


def create(ui: Window, operator: str, name: str) -> Steps:
    """Click a button of the result, look at what it made, in the middle of the shot."""
    before = set(ui.window.scene.objects)
    yield from sequencer.raise_timeline(ui, 0.66)  # room for all of the panel
    yield from ui.click(sequencer.timeline(ui), operator)
    made = [thing for thing in ui.window.scene.objects if thing not in before]
    ui.report[name] = [thing.type for thing in made]
    shown = next(thing for thing in made if thing.type in ("MESH", "POINTCLOUD"))
    ui.window.scene.frame_set(20)
    ui.report[f"{name}_vertices"] = sequencer.vertices(shown)
    sequencer.set_control(shown, "Far", sequencer.FAR)
    yield from sequencer.raise_timeline(ui, 0.4)
    yield from sequencer.show_in_3d(ui, shown)
    yield from ui.picture(name)


def check_engine(ui: Window) -> Steps:
    """The extension's preferences over the whole window, and the engine's own findings by a click."""
    area = sequencer.timeline(ui)
    with ui.context(area):
        bpy.ops.screen.screen_full_area(use_hide_panels=True)
    yield 0.5
    area = ui.area("SEQUENCE_EDITOR")
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Estimate Depth"
    bpy.ops.preferences.addon_expand(module=sequencer.EXTENSION)
    yield 1
    yield from ui.click(area, sequencer.CHECK_ENGINE, "WINDOW")
    engine = sequencer.session().engine
    yield from ui.wait(lambda: engine.diagnosis and not engine.checking, "the engine's findings")
    yield 1
    ui.report["checks"] = [check.name for check in engine.diagnosis.checks]
    yield from ui.picture("preferences")


play(scenario)
