# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: what the scenarios do with the Video Sequencer and the 3D view besides clicking."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import bpy
from window import Steps, Window

EXTENSION = "bl_ext.user_default.estimate_depth"
TAB = "Depth"
ESTIMATE = "sequencer.depth_estimate"
CANCEL = "sequencer.depth_cancel"
RELIEF = "sequencer.depth_create_relief"
POINTS = "sequencer.depth_create_points"
STRIP = "sequencer.depth_add_strip"
CHECK_ENGINE = "sequencer.depth_check_engine"


def timeline(ui: Window) -> bpy.types.Area:
    """The area that shows the strips."""
    return _sequencer(ui, "SEQUENCER")


def preview(ui: Window) -> bpy.types.Area:
    """The area that shows the picture."""
    return _sequencer(ui, "PREVIEW")


def _sequencer(ui: Window, view: str) -> bpy.types.Area:
    areas = [area for area in ui.window.screen.areas if area.type == "SEQUENCE_EDITOR"]
    return next(area for area in areas if area.spaces.active.view_type == view)


def open_shot(ui: Window, clip: Path) -> Steps:
    """A new shot as an artist starts it: saved, with one clip at its own rate and size, the tab Depth open.

    The clip is copied first: Blender's Video Editing template puts proxies beside the footage.
    """
    footage = Path(shutil.copy(clip, ui.folder))
    bpy.ops.wm.read_homefile(app_template="Video_Editing")
    yield 1
    raise_timeline(ui, 0.66)
    with ui.context(timeline(ui)):
        bpy.ops.sequencer.movie_strip_add(
            filepath=str(footage), frame_start=1, channel=1, sound=False, use_framerate=True, fit_method="ORIGINAL"
        )
    scene = ui.window.scene
    strip = scene.sequence_editor.active_strip
    scene.render.resolution_x, scene.render.resolution_y = strip.elements[0].orig_width, strip.elements[0].orig_height
    scene.frame_end = strip.frame_final_end - 1
    bpy.ops.wm.save_as_mainfile(filepath=str(ui.folder / "shot.blend"))
    yield from ui.show_tab(timeline(ui), TAB)
    with ui.context(timeline(ui)):
        bpy.ops.sequencer.view_all()
    with ui.context(preview(ui), "PREVIEW"):
        bpy.ops.sequencer.view_all_preview()


def raise_timeline(ui: Window, share: float) -> None:
    """Give the timeline this share of the window's height."""
    area = timeline(ui)
    edge = area.y + area.height + 1
    with ui.context(area):
        bpy.ops.screen.area_move(x=area.x + area.width // 2, y=edge, delta=round(ui.window.height * share) - edge)


def wait_for_plan(ui: Window) -> Steps:
    """Wait until the panel shows what the active strip's estimate would take; yields the plan."""
    session = importlib.import_module(f"{EXTENSION}.jobs.session").session()
    scene = ui.window.scene

    def plan() -> Any:
        return session.outlooks.known(scene, scene.sequence_editor.active_strip).plan

    yield from ui.wait(plan, "the engine's plan")
    return plan()


def job_folder(ui: Window) -> Path | None:
    """The newest job of the shot, if there is one."""
    folders = sorted((ui.folder / "depth").glob("*.depth"), key=lambda folder: folder.stat().st_mtime)
    return folders[-1] if folders else None


def events(ui: Window, kind: str) -> list[dict[str, Any]]:
    """The events of one type that the newest job's engine has written."""
    folder = job_folder(ui)
    file = folder / "events.jsonl" if folder else None
    if file is None or not file.exists():
        return []
    lines = [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [event for event in lines if event["type"] == kind]


def show_in_3d(ui: Window, shown: bpy.types.Object) -> Steps:
    """Turn the picture's area into a 3D view that shows one object from the side, in its colors."""
    areas = [area for area in ui.window.screen.areas if area.type == "VIEW_3D"]
    area = areas[0] if areas else preview(ui)
    area.type = "VIEW_3D"
    yield 0.5
    for thing in ui.window.scene.objects:
        thing.hide_set(thing != shown and thing.type != "CAMERA")
    space = area.spaces.active
    space.shading.type = "MATERIAL"
    space.overlay.show_floor = space.overlay.show_axis_x = space.overlay.show_axis_y = False
    with ui.context(area):
        bpy.ops.view3d.view_camera() if space.region_3d.view_perspective == "CAMERA" else None
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_orbit(angle=0.6, type="ORBITRIGHT")
        bpy.ops.view3d.view_orbit(angle=0.35, type="ORBITUP")
        bpy.ops.view3d.view_selected()
    yield 2


def vertices(thing: bpy.types.Object) -> int:
    """How many points an object has after its modifiers."""
    made = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    if thing.type == "POINTCLOUD":
        return len(made.data.points)
    return len(made.data.vertices)
