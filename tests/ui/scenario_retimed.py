# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: a strip that runs at double speed is rendered first; the engine gets what the Sequencer shows."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import sequencer
from window import Steps, Window, play


def scenario(ui: Window) -> Steps:
    yield from sequencer.open_shot(ui, Path(ui.arguments[0]))
    scene = ui.window.scene
    strip = scene.sequence_editor.active_strip
    length = strip.frame_final_duration
    with ui.context(sequencer.timeline(ui)):
        bpy.ops.sequencer.retiming_segment_speed_set(speed=200.0)
    ui.report["strip"] = [length, strip.frame_final_start, strip.frame_final_end]
    scene.frame_end = strip.frame_final_end - 1
    ui.report["shown"] = show(ui, strip)
    plan = yield from sequencer.wait_for_plan(ui)
    ui.report["plan_frames"] = plan.frames
    yield from ui.picture("panel_rendered")
    first = len(ui.beats)
    yield from ui.click(sequencer.timeline(ui), sequencer.ESTIMATE)
    yield from ui.wait(lambda: sequencer.events(ui, "started"), "the engine")
    shutil.copytree(sequencer.job_folder(ui) / "footage", ui.folder / "rendered")  # it goes when the job is done
    yield from sequencer.wait_for_end(ui, "done")
    ui.report["beats"] = len(ui.beats) - first
    ui.report["job"] = str(sequencer.job_folder(ui))


def show(ui: Window, strip: bpy.types.MovieSequence) -> list[str]:
    """What the Sequencer itself shows at each frame of the strip, as files."""
    scene, files = ui.window.scene, []
    before = scene.render.image_settings.file_format
    scene.render.image_settings.file_format = "PNG"
    for frame in range(strip.frame_final_start, strip.frame_final_end):
        scene.frame_set(frame)
        scene.render.filepath = str(ui.folder / "shown" / f"{frame:06d}.png")
        bpy.ops.render.render(write_still=True)
        files.append(scene.render.filepath)
    scene.render.image_settings.file_format = before
    return files


play(scenario)
