# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel shows in each state, against a layout that remembers."""

from __future__ import annotations

import dataclasses

import bpy
import pytest

from tests.blender_addon.fakes import wait_until
from tests.blender_addon.ui.recorder import draw


@pytest.fixture
def panel(session):
    """Draws the main panel, after the session has done what the last drawing asked for."""

    def show():
        draw(bpy.types.SEQUENCER_PT_depth)
        wait_until(lambda: not session.engine.active and not session.outlooks.active, session.tick)
        return draw(bpy.types.SEQUENCER_PT_depth)

    return show


def test_without_a_strip_it_says_what_to_do(panel, fake_engine):
    fake_engine()
    drawn = panel()
    assert drawn.labels == ["Select a strip"] and drawn.buttons == []


def test_without_an_engine_it_says_why_and_offers_the_preferences(panel, preferences, strip):
    preferences.engine = "/nowhere/depth-engine"
    drawn = panel()
    assert "There is no engine at /nowhere/depth-engine" in drawn.text
    assert "preferences.addon_show" in drawn.operators and "Looking at the Footage…" not in drawn.labels
    with pytest.raises(RuntimeError, match="There is no engine at /nowhere/depth-engine"):
        bpy.ops.sequencer.depth_estimate()


def test_an_engine_that_appears_is_found(panel, preferences, session, strip, fake_engine, monkeypatch, module):
    preferences.engine = "/nowhere/depth-engine"
    panel()
    fake_engine()
    drawn = panel()
    assert "preferences.addon_show" not in drawn.operators and "About 2 min" in drawn.labels


def test_while_the_engine_is_asked_it_says_so(session, fake_engine, strip):
    fake_engine()
    drawn = draw(bpy.types.SEQUENCER_PT_depth)
    assert "Looking at the Footage…" in drawn.labels and drawn.operators[-1] == "sequencer.depth_estimate"


def test_the_plan_tells_what_will_happen(panel, fake_engine, strip):
    fake_engine()
    drawn = panel()
    assert drawn.labels[0] == "clip"
    for expected in ("6", "96 × 64", "CPU", "About 2 min", "1.0 GB (10.0 GB Free)", "2.0 GB (50.0 GB Free)"):
        assert expected in drawn.labels
    assert "Runs in fp32, all weights resident" in drawn.text
    assert drawn.menus == [("SEQUENCER_MT_depth_models", "Embedded")]
    assert drawn.props == ["field_of_view"]
    assert bpy.ops.sequencer.depth_estimate.poll()


def test_a_problem_is_shown_with_its_hint_and_disables_the_button(panel, fake_engine, answers, module, strip):
    problem = module("engine.contract").Problem(40, "The disk is nearly full.", "Free 2 GB.")
    fake_engine(plan=dataclasses.replace(answers["plan"], problems=(problem,)))
    drawn = panel()
    assert "The disk is nearly full. Free 2 GB." in drawn.text
    assert "sequencer.depth_plan_again" in drawn.operators
    with pytest.raises(RuntimeError, match="The disk is nearly full"):
        bpy.ops.sequencer.depth_estimate()


def test_looking_again_sees_that_the_problem_is_gone(panel, fake_engine, answers, module, strip):
    problem = module("engine.contract").Problem(40, "The disk is nearly full.")
    fake_engine(plan=dataclasses.replace(answers["plan"], problems=(problem,)))
    panel()
    fake_engine()
    assert "nearly full" in panel().text
    bpy.ops.sequencer.depth_plan_again()
    assert "nearly full" not in panel().text


def test_changed_settings_ask_for_another_plan_and_known_ones_do_not(panel, fake_engine, strip, tmp_path):
    fake_engine()
    panel()
    settings = bpy.context.scene.estimate_depth
    settings.step = 2
    panel()
    settings.step = 1
    panel()
    asked = (tmp_path / "engine" / "asked.txt").read_text().splitlines()
    assert len([line for line in asked if line.startswith("plan")]) == 2


def test_a_strip_that_must_be_rendered_says_why(panel, fake_engine, strip):
    strip.use_reverse_frames = True
    fake_engine()
    drawn = panel()
    assert "Reversed: frames will be rendered first" in drawn.text and "About 2 min" in drawn.labels


def test_footage_that_differs_from_the_timeline_is_rendered_too(panel, fake_engine, answers, strip):
    facts = dataclasses.replace(answers["plan"].facts, constant_rate=False)
    fake_engine(plan=dataclasses.replace(answers["plan"], facts=facts))
    assert "Variable frame rate: frames will be rendered first" in panel().text


def test_a_strip_without_a_picture_or_a_file_says_so(panel, fake_engine, add_strip, clip, tmp_path):
    fake_engine()
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    add_strip(copy)
    copy.unlink()
    drawn = panel()
    assert "copy.mp4of“clip”ismissing." in drawn.text.replace(" ", "")  # broken to the region's width
    with pytest.raises(RuntimeError, match="missing"):
        bpy.ops.sequencer.depth_estimate()


@pytest.mark.parametrize(
    ("window_frames", "windows", "what"),
    [(32, 4, "Estimating, Window 2 of 4"), (1, 6, "Estimating")],  # frames are counted in the line below
)
def test_a_running_job_shows_its_progress_and_cancel(session, fake_engine, strip, press, window_frames, windows, what):
    fake_engine(f"""
        started()
        at = {{"phase": "estimating", "frames_done": 3, "frames_total": 6, "window": 2, "windows": {windows}}}
        event("progress", **at, window_frames={window_frames}, eta_seconds=130.0)
        time.sleep(600)
    """)
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.progress is not None, session.tick)
    drawn = draw(bpy.types.SEQUENCER_PT_depth)
    assert drawn.bars == [(what, 0.5)]
    assert "3 of 6 Frames, About 2 min Left" in drawn.labels
    shown = [(operator, button.values) for operator, button in drawn.buttons]
    assert shown == [(f"sequencer.depth_{name}", {"folder": str(job.folder.path)}) for name in ("pause", "cancel")]
    with pytest.raises(RuntimeError, match="being estimated already"):
        bpy.ops.sequencer.depth_estimate()
    job.cancel()
    drawn = draw(bpy.types.SEQUENCER_PT_depth)
    assert drawn.bars[0][0] == "Stopping"


def test_a_job_of_another_strip_is_shown_too(session, fake_engine, add_strip, press):
    fake_engine()
    add_strip(name="first")
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.started is not None, session.tick)
    bpy.context.scene.sequence_editor.active_strip = None
    drawn = draw(bpy.types.SEQUENCER_PT_depth)
    assert drawn.labels[:2] == ["Select a strip", "first: Running"] and len(drawn.bars) == 1
    add_strip(name="second", frame_start=100)
    drawn = draw(bpy.types.SEQUENCER_PT_depth)
    assert drawn.labels[0] == "second" and "first: Running" in drawn.labels and len(drawn.bars) == 1


def test_a_failed_job_shows_why_and_how_to_go_on(panel, session, fake_engine, strip):
    fake_engine('started()\nevent("error", code=31, message="Out of memory.", hint="Make it smaller.")\nsys.exit(31)')
    with pytest.raises(RuntimeError, match="Out of memory"):
        bpy.ops.sequencer.depth_estimate()
    drawn = panel()
    assert "clip: Failed" in drawn.labels and "Out of memory. Make it smaller." in drawn.text
    assert "sequencer.depth_restart" in drawn.operators and "sequencer.depth_estimate" in drawn.operators


def test_a_stopped_job_with_a_checkpoint_offers_to_go_on(panel, session, fake_engine, strip):
    fake_engine("""
        started()
        (folder / "checkpoint").mkdir()
        (folder / "checkpoint" / "state.safetensors").touch()
        sys.exit(1)
    """)
    with pytest.raises(RuntimeError):
        bpy.ops.sequencer.depth_estimate()
    operators = panel().operators
    assert operators.index("sequencer.depth_continue") < operators.index("sequencer.depth_restart")


def test_a_finished_job_offers_what_can_be_made_of_it(panel, session, fake_engine, strip, finish):
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    drawn = panel()
    assert "Result: 6 Frames, 96 × 64" in drawn.labels and "A frame was dark." in drawn.labels
    assert drawn.operators[-5:] == [
        f"sequencer.depth_{name}"
        for name in ("create_relief", "create_points", "create_camera", "add_strip", "open_folder")
    ]


def test_the_lists_show_all_jobs_the_newest_first(session, module, fake_engine, add_strip, finish, clip):
    fake_engine(finish)
    add_strip(name="first")
    bpy.ops.sequencer.depth_estimate()
    fake_engine("sys.exit(1)")
    add_strip(name="second", frame_start=100)
    with pytest.raises(RuntimeError):
        bpy.ops.sequencer.depth_estimate()
    module("jobs.timer").tick()
    drawn = draw(bpy.types.SEQUENCER_PT_depth_jobs)
    assert drawn.labels[:2] == ["second", "Failed"] and "first" not in drawn.labels
    (remove,) = [button for operator, button in drawn.buttons if operator == "sequencer.depth_remove_job"]
    assert remove.values == {"folder": str(session.book.jobs[1].folder.path)}
    assert "sequencer.depth_restart" in drawn.operators


def test_the_results_tell_their_size_on_disk(session, module, fake_engine, strip, finish):
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    (job,) = session.book.jobs
    (job.folder.path / "depth").mkdir()
    (job.folder.path / "depth" / "clip.000001.exr").write_bytes(bytes(3_000_000))
    module("jobs.timer").tick()
    assert draw(bpy.types.SEQUENCER_PT_depth_results).labels[:2] == ["clip", "…"]
    wait_until(lambda: not session.active, session.tick)
    drawn = draw(bpy.types.SEQUENCER_PT_depth_results)
    assert drawn.labels[:2] == ["clip", "3 MB"] and "96 × 64" in drawn.labels
    assert drawn.operators[:3] == [f"sequencer.depth_{name}" for name in ("open_folder", "remove_job", "clean_up")]


def test_sub_panels_draw_their_settings(session, strip):
    assert draw(bpy.types.SEQUENCER_PT_depth_jobs).labels == []
    assert draw(bpy.types.SEQUENCER_PT_depth_settings).props == ["step", "use_max_size", "max_size", "shots"]
    bpy.context.scene.estimate_depth.output_size = "pixels"
    assert draw(bpy.types.SEQUENCER_PT_depth_output).props == ["format", "output_size", "output_pixels", "folder"]


def test_the_output_panel_tells_where_results_will_lie(panel, fake_engine, strip, tmp_path):
    fake_engine()
    panel()
    assert draw(bpy.types.SEQUENCER_PT_depth_output).text.replace(" ", "") == str(tmp_path / "results")


def test_drawing_starts_nothing_by_itself(session, fake_engine, strip, tmp_path):
    fake_engine()
    for _ in range(50):
        draw(bpy.types.SEQUENCER_PT_depth)
    assert not (tmp_path / "engine" / "asked.txt").exists()
