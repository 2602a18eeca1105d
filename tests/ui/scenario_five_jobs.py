# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: the five jobs of docs/five-jobs.md, which is made from this."""

from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import sequencer
from guide import Guide
from window import Steps, Window, play

FRAME = 12  # in the middle of every clip
NEAREST = 1.5  # where the nearest building stands, between Near and Far
EDGE_CUT, GRAZING_CUT = 0.05, math.radians(12)


def scenario(ui: Window) -> Steps:
    clips = Path(ui.arguments[1])
    guide = Guide(ui)
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    yield from handheld_relief(ui, guide, clips / "dog_handheld.mp4")
    yield from point_scene(ui, guide, clips / "city_night.mp4")
    yield from relit_interview(ui, guide, clips / "interview.mp4")
    yield from fog_and_defocus(ui, guide, clips / "city_night.mp4")
    yield from game_export(ui, guide, clips / "dog_handheld.mp4")


def handheld_relief(ui: Window, guide: Guide, clip: Path) -> Steps:
    guide.job(
        "relief", "A relief of a handheld shot", "A phone's clip becomes a moving sculpture in front of its camera."
    )
    yield from _estimate(ui, guide, clip)
    relief = yield from _create(ui, sequencer.RELIEF, "MESH")
    sequencer.set_control(relief, "Far", sequencer.FAR)
    yield from sequencer.show_in_3d(ui, relief)
    yield from guide.shown(
        "Press **Create Relief**. A mesh in the footage's colors stands before a matched camera. Choose *Material "
        "Preview* in a 3D View, press N there, choose the tab **Depth**, and lower **Far** until the room has its "
        "depth.",
        "made",
        "The relief seen from the side, with sheets between the dog and the wall",
    )
    sequencer.set_control(relief, "Edge Cut", EDGE_CUT)
    sequencer.set_control(relief, "Grazing Cut", GRAZING_CUT)
    yield 2
    yield from guide.shown(
        "What the camera did not see is no surface: set **Edge Cut** and **Grazing Cut** in the sub-panel *Cut* so "
        "that the sheets behind the dog are gone.",
        "cut",
        "The relief without the sheets",
    )
    ui.report["relief_vertices"] = sequencer.vertices(relief)


def point_scene(ui: Window, guide: Guide, clip: Path) -> Steps:
    guide.job("points", "A point cloud of a city at night", "Every pixel becomes a point that glows in its own color.")
    yield from _estimate(ui, guide, clip)
    points = yield from _create(ui, sequencer.POINTS, "POINTCLOUD")
    sequencer.set_control(points, "Far", sequencer.FAR)
    sequencer.set_control(points, "Edge Cut", EDGE_CUT)
    yield from sequencer.show_in_3d(ui, points)
    yield from guide.shown(
        "Press **Create Points**, and in the 3D View's tab **Depth** lower **Far** and raise **Cut, Edge Cut**, which "
        "takes away the points between one building and the next.",
        "made",
        "The city's points seen from the side",
    )
    ui.report["points_vertices"] = sequencer.vertices(points)


def relit_interview(ui: Window, guide: Guide, clip: Path) -> Steps:
    guide.job("relight", "New light on an interview", "A lamp of the scene falls on a filmed face.")
    yield from _estimate(ui, guide, clip)
    yield from sequencer.open_panel(ui, "Relighting")
    yield from ui.click(sequencer.timeline(ui), sequencer.RELIGHT)
    yield from ui.wait(lambda: _lights(ui), "the key light", 300)
    yield from sequencer.scroll_panels(ui)
    yield from guide.shown(
        "Open the sub-panel **Relighting** and press **Set Up Relighting**. The engine makes normals from the depth; "
        "then a card with the footage, a key light and the controls of both are there.",
        "set_up",
        "The sub-panel Relighting with its controls",
    )
    lights = _lights(ui)
    yield from guide.rendered(
        "Render: the key light comes from where it was put.", "before", "The face lit from one side"
    )
    for light in lights:
        light.location.x = -light.location.x
        light.data.color = (1.0, 0.6, 0.35)
    yield from guide.rendered(
        "Move the light to the other side and make it warm: it is an ordinary light of the scene.",
        "after",
        "The face lit from the other side, in orange",
    )
    ui.report["lights"] = len(lights)


def fog_and_defocus(ui: Window, guide: Guide, clip: Path) -> Steps:
    guide.job("fog", "Fog and defocus", "The compositor puts haze between the buildings and blurs what is far.")
    yield from _estimate(ui, guide, clip)
    yield from sequencer.open_panel(ui, "Compositing")
    yield from ui.click(sequencer.timeline(ui), sequencer.COMPOSITE)
    yield from sequencer.scroll_panels(ui)
    yield from guide.shown(
        "Open the sub-panel **Compositing** and press **Set Up Depth Compositing**.",
        "set_up",
        "The controls of the fog",
    )
    yield from guide.rendered("Render: the far buildings stand in fog.", "fog", "The city in fog")
    with ui.context(sequencer.timeline(ui)):
        bpy.ops.sequencer.depth_composite("EXEC_DEFAULT", folder=str(sequencer.job_folder(ui)), fog=True, defocus=True)
    blur = next(node for node in _compositor(ui).nodes if "Focus Distance" in node.inputs)
    blur.inputs["Focus Distance"].default_value = NEAREST
    yield from sequencer.scroll_panels(ui)
    yield from guide.shown(
        "Open *Adjust Last Operation* (F9) and switch on **Defocus**; then **Focus Distance** in the sub-panel says "
        "what is sharp.",
        "defocus",
        "The controls of fog and defocus",
    )
    yield from guide.rendered(
        "Render again: what is near stays sharp, what is far is soft and pale.", "both", "The far buildings are blurred"
    )
    ui.report["compositor_nodes"] = len(_compositor(ui).nodes)


def game_export(ui: Window, guide: Guide, clip: Path) -> Steps:
    guide.job("export", "A relief for a game engine", "The moving relief becomes one glTF file with morph targets.")
    yield from _estimate(ui, guide, clip)
    yield from _create(ui, sequencer.RELIEF, "MESH")
    yield from sequencer.raise_timeline(ui, 0.9)
    yield from sequencer.open_panel(ui, "Export")
    yield from guide.shown(
        "Press **Create Relief**, open the sub-panel **Export** and choose the preset of your program; the size of the "
        "file stands below before anything is written.",
        "ready",
        "The sub-panel Export",
    )
    yield from ui.click(sequencer.timeline(ui), sequencer.EXPORT)
    yield 2
    yield from guide.shown(
        "Press **Export…**, choose a file and confirm.", "file", "The file browser with the settings"
    )
    confirm = ui.region(ui.area("FILE_BROWSER"), "EXECUTE")
    yield from ui.press(confirm.x + confirm.width - 60, confirm.y + confirm.height // 2)
    yield from ui.wait(lambda: list(ui.folder.glob("*.glb")), "the exported file", 300)
    ui.report["exported"] = [str(path) for path in ui.folder.glob("*.glb")]


def _estimate(ui: Window, guide: Guide, clip: Path) -> Steps:
    """From the clip to its depth; a picture of the panel afterwards."""
    yield from sequencer.open_shot(ui, Path(shutil.copy(clip, ui.folder)))  # Blender puts its proxies beside it
    guide.step(
        f"In the *Video Editing* workspace add `{clip.name}` (*Add, Movie*), save the file, press N over the timeline "
        "and choose the tab **Depth**."
    )
    yield from sequencer.wait_for_plan(ui)
    yield 1
    yield from ui.click(sequencer.timeline(ui), sequencer.ESTIMATE)
    yield from sequencer.wait_for_end(ui, "done")
    yield from guide.shown(
        "Press **Estimate Depth** and wait for the bar; Blender stays usable meanwhile.",
        "estimated",
        "The finished job",
    )
    ui.window.scene.frame_set(FRAME)


def _create(ui: Window, operator: str, kind: str) -> Steps:
    """Click one of the result's buttons; returns the object of this type that it made."""
    before = set(ui.window.scene.objects)
    yield from ui.click(sequencer.timeline(ui), operator)
    made = next(thing for thing in ui.window.scene.objects if thing not in before and thing.type == kind)
    yield from sequencer.raise_timeline(ui, 0.35)
    bpy.context.view_layer.objects.active = made
    return made


def _lights(ui: Window) -> list[bpy.types.Object]:
    return [thing for thing in ui.window.scene.objects if thing.type == "LIGHT"]


def _compositor(ui: Window) -> bpy.types.NodeTree:
    scene = ui.window.scene
    return getattr(scene, "compositing_node_group", None) or scene.node_tree


play(scenario)
