# SPDX-License-Identifier: GPL-3.0-or-later
"""A diffusion model end to end, with the real engine and tiny weights from a folder.

Their numbers are random: what comes out has the form of depth, not its quality.
"""

from __future__ import annotations

import bpy
import pytest

from tests.blender_addon.conftest import ROOT
from tests.blender_addon.fakes import wait_until

CLIP = ROOT / "examples" / "dog_handheld.mp4"
WEIGHTS = ROOT / "tests" / "data" / "depthcrafter"
FRAMES = 16


@pytest.fixture
def strip(add_strip, module):
    """The beginning of real footage, at its own rate."""
    strip = add_strip(CLIP, name="dog")
    bpy.context.scene.render.fps = round(strip.fps)
    module("compat").set_handles(strip, 1, 1 + FRAMES)
    return strip


@pytest.fixture
def settings(strip, preferences):
    """The settings of a scene with the strip: DepthCrafter in two small windows."""
    preferences.add_weights("depthcrafter").folder = str(WEIGHTS)
    settings = bpy.context.scene.estimate_depth
    settings.model, settings.window, settings.overlap, settings.steps = "depthcrafter", 10, 4, 3
    settings.use_max_size, settings.max_size = True, 128
    settings.output_size, settings.output_pixels = "pixels", 128
    return settings


def test_a_strip_becomes_a_relief(session, settings, strip):
    session.engine.show()
    session.outlooks.show(bpy.context.scene, strip)
    wait_until(lambda: not session.engine.active and not session.outlooks.active, session.tick)
    plan = session.outlooks.known(bpy.context.scene, strip).plan
    assert (plan.model.name, plan.frames, plan.windows) == ("depthcrafter", FRAMES, 2)
    assert plan.execution.startswith(("fp32", "bf16"))  # what the processor computes in hardware

    assert bpy.ops.sequencer.depth_estimate() == {"FINISHED"}
    (job,) = session.book.jobs
    assert (job.outcome.model, job.outcome.frames) == ("DepthCrafter", FRAMES)
    assert job.outcome.size == (plan.output_width, plan.output_height)
    manifest = job.folder.read_manifest()
    assert manifest.model.weights.startswith("supplied by the user") and manifest.options.steps == 3

    assert bpy.ops.sequencer.depth_create_relief() == {"FINISHED"}
    relief = bpy.context.view_layer.objects.active
    mesh = relief.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    depths = [-vertex.co.z for vertex in mesh.vertices]
    assert len(mesh.vertices) == plan.output_width * plan.output_height
    assert max(depths) - min(depths) > 0.1


def test_the_engine_says_what_is_wrong_with_a_folder(session, settings, preferences, tmp_path):
    preferences.weights_of("depthcrafter").folder = str(tmp_path)
    with pytest.raises(RuntimeError, match=str(tmp_path)):
        bpy.ops.sequencer.depth_estimate()


def test_a_killed_job_goes_on_where_it_was(session, settings, press):
    settings.window, settings.overlap = 6, 2
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.folder.checkpoint_file.exists(), session.tick)
    job.kill()
    wait_until(lambda: job.ended, session.tick)
    assert job.state.value == "failed" and job.resumable
    assert bpy.ops.sequencer.depth_continue() == {"FINISHED"}
    wait_until(lambda: job.ended, session.tick)
    assert job.state.value == "done" and (job.outcome.frames, job.outcome.seams) == (FRAMES, 3)
    assert "resumed" in [event.TYPE for event in job.folder.read_events()]
