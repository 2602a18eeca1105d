# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: the five jobs of docs/five-jobs.md, which is made from this."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import sequencer
from guide import Guide
from window import Steps, Window, play


def scenario(ui: Window) -> Steps:
    clips = Path(ui.arguments[1])
    guide = Guide(ui)
    yield from handheld_relief(ui, guide, clips / "dog_handheld.mp4")
    yield from point_scene(ui, guide, clips / "city_night.mp4")


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
        "Preview* in a 3D View, and lower **Far** in the modifier until the room has its depth.",
        "made",
        "The relief seen from the side",
    )
    ui.report["relief_vertices"] = sequencer.vertices(relief)


def point_scene(ui: Window, guide: Guide, clip: Path) -> Steps:
    guide.job("points", "A point cloud of a city at night", "Every pixel becomes a point that glows in its own color.")
    yield from _estimate(ui, guide, clip)
    points = yield from _create(ui, sequencer.POINTS, "POINTCLOUD")
    yield from sequencer.show_in_3d(ui, points)
    yield from guide.shown("Press **Create Points**.", "made", "The city's points seen from the side")
    ui.report["points_vertices"] = sequencer.vertices(points)


def _estimate(ui: Window, guide: Guide, clip: Path) -> Steps:
    """From the clip to its depth; pictures of the panel before and after."""
    yield from sequencer.open_shot(ui, clip)
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


def _create(ui: Window, operator: str, kind: str) -> Steps:
    """Click one of the result's buttons; returns the object of this type that it made."""
    before = set(ui.window.scene.objects)
    yield from ui.click(sequencer.timeline(ui), operator)
    made = next(thing for thing in ui.window.scene.objects if thing not in before and thing.type == kind)
    ui.window.scene.frame_set(12)
    yield from sequencer.raise_timeline(ui, 0.35)
    bpy.context.view_layer.objects.active = made
    return made


play(scenario)
