# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: what the scenarios do with the Video Sequencer and the 3D view besides clicking."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import bpy
from mathutils import Quaternion, Vector
from window import Steps, Window

EXTENSION = "bl_ext.user_default.estimate_depth"
TAB = "Depth"
ESTIMATE = "sequencer.depth_estimate"
CANCEL = "sequencer.depth_cancel"
RELIEF = "sequencer.depth_create_relief"
POINTS = "sequencer.depth_create_points"
STRIP = "sequencer.depth_add_strip"
DOWNLOAD = "sequencer.depth_download_model"
CHECK_ENGINE = "sequencer.depth_check_engine"
OPEN_FOLDER = "sequencer.depth_open_folder"
RELIGHT = "sequencer.depth_relight"
COMPOSITE = "sequencer.depth_composite"
EXPORT = "sequencer.depth_export"
FAR = 5.0  # the scale of a room
MAIN_PANEL = "SEQUENCER_PT_depth"
FIRST_HEADER, HEADER = 33, 26  # pixels from the last button to the first closed panel, and from one to the next
DISTANCE = 2.5  # about where the dog lies, from the camera


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
    """A new shot as an artist starts it: saved, with one clip at its own rate and size, the tab Depth open."""
    bpy.ops.wm.read_homefile(app_template="Video_Editing")
    yield 1
    with ui.context(ui.area("FILE_BROWSER")):
        bpy.ops.screen.area_close()
    yield 0.5
    yield from raise_timeline(ui, 0.66)
    options = {"sound": False, "use_framerate": True, "fit_method": "ORIGINAL"}
    if "move_strips" in bpy.ops.sequencer.movie_strip_add.get_rna_type().properties:
        options["move_strips"] = False  # newer versions hang the strip on the mouse
    with ui.context(timeline(ui)):
        bpy.ops.sequencer.movie_strip_add(filepath=str(clip), frame_start=1, channel=1, **options)
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


def raise_timeline(ui: Window, share: float) -> Steps:
    """Give the timeline this share of the window's height."""
    area = timeline(ui)
    x, edge = area.x + area.width // 2, area.y + area.height + 1
    yield from ui.hover(x, edge)  # areas can be moved only while the mouse is in none of them
    with ui.context(area):
        bpy.ops.screen.area_move(x=x, y=edge, delta=round(ui.window.height * share) - edge)
    yield 0.3


def open_panel(ui: Window, title: str) -> Steps:
    """Click the header of a closed sub-panel: it lies below the last button, in the order of registration."""
    yield from raise_timeline(ui, 0.9)
    area = timeline(ui)
    region = ui.region(area, "UI")
    found = yield from ui.buttons(area)
    below = min(y for _, y in found.values())
    registered = importlib.import_module(f"{EXTENSION}.ui").CLASSES
    panels = [kind.bl_label for kind in registered if getattr(kind, "bl_parent_id", "") == MAIN_PANEL]
    place = panels.index(title)
    yield from ui.press(region.x + 60, below - FIRST_HEADER - place * HEADER)
    yield 0.5
    yield from scroll_panels(ui)


def scroll_panels(ui: Window) -> Steps:
    """Turn the wheel over the panels until their lower end shows."""
    region = ui.region(timeline(ui), "UI")
    yield from ui.wheel_down(region.x + region.width // 2, region.y + region.height // 2, 30)


def session() -> Any:
    """What the extension knows; only to wait for what the panel will show, never to act."""
    return importlib.import_module(f"{EXTENSION}.jobs.session").session()


def plan(ui: Window) -> Any:
    """What the panel shows of the active strip's estimate; None while that is not known."""
    scene = ui.window.scene
    return session().outlooks.known(scene, scene.sequence_editor.active_strip).plan


def wait_for_plan(ui: Window) -> Steps:
    """Wait until the panel shows what the active strip's estimate would take; returns the plan."""
    yield from ui.wait(lambda: plan(ui), "the engine's plan")
    return plan(ui)


def wait_for_end(ui: Window, kind: str) -> Steps:
    """Wait until the engine has written its last event, and the panel knows."""
    yield from ui.wait(lambda: events(ui, kind), f"the job's event {kind}", 900)
    yield from ui.wait(lambda: session().book.jobs[-1].ended, "the panel to notice")
    yield 1


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
    """Turn the picture's area into a 3D view of one object in its colors, from beside the matched camera."""
    area = ui.area("VIEW_3D") if any(area.type == "VIEW_3D" for area in ui.window.screen.areas) else preview(ui)
    area.type = "VIEW_3D"
    yield 0.5
    bpy.context.view_layer.update()
    camera = next(thing for thing in shown.parent.children if thing.type == "CAMERA").matrix_world.copy()
    for thing in ui.window.scene.objects:
        thing.hide_set(thing != shown)
    space = area.spaces.active
    space.shading.type = "MATERIAL"
    for overlay in ("outline_selected", "floor", "axis_x", "axis_y", "cursor"):
        setattr(space.overlay, f"show_{overlay}", False)
    view = space.region_3d
    view.view_perspective = "PERSP"
    view.view_location = camera @ Vector((0.0, 0.0, -DISTANCE))
    view.view_distance = DISTANCE
    view.view_rotation = Quaternion((0, 0, 1), 0.5) @ camera.to_quaternion() @ Quaternion((1, 0, 0), -0.2)
    yield from ui.show_tab(area, TAB)
    yield 2


def vertices(thing: bpy.types.Object) -> int:
    """How many points an object has after its modifiers."""
    made = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    if thing.type == "POINTCLOUD":
        return len(made.data.points)
    return len(made.data.vertices)


def set_control(thing: bpy.types.Object, name: str, value: float) -> None:
    """Turn one of the live controls of a relief or of points, as in the modifier's panel."""
    importlib.import_module(f"{EXTENSION}.scene.nodes").set_input(thing.modifiers[0], name, value)
    thing.update_tag()
