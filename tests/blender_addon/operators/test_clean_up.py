# SPDX-License-Identifier: GPL-3.0-or-later
"""Cleaning up after jobs that have ended."""

from __future__ import annotations

import bpy
import pytest

from tests.blender_addon.ui.recorder import draw

USED = ("depth/clip.000001.exr", "manifest.json", "job.json", "events.jsonl", "engine.log")
LEFT = {"records": "events.1.jsonl", "footage": "footage/000001.png", "unfinished": "checkpoint/state.safetensors"}


@pytest.fixture
def ended(session, strip, fake_engine, finish):
    """A finished job and a failed one, each with everything that a job can leave."""
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    fake_engine("sys.exit(1)")
    with pytest.raises(RuntimeError):
        bpy.ops.sequencer.depth_estimate()
    folders = [job.folder.path for job in session.book.jobs]
    for folder in folders:
        for name in (*USED[:1], *LEFT.values()):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(bytes(1000))
    (folders[0] / "events.jsonl").touch()
    session.book.jobs[1].resumable = True
    return folders


def left(folder):
    return {kind for kind, name in LEFT.items() if (folder / name).exists()}


def test_without_more_said_only_what_nobody_needs_goes(session, ended):
    done, failed = ended
    assert bpy.ops.sequencer.depth_clean_up() == {"FINISHED"}
    assert left(done) == {"unfinished"}
    assert left(failed) == {"unfinished", "footage"}  # it needs its frames to go on
    assert all((done / name).exists() for name in USED)
    assert session.book.jobs[1].resumable


def test_checkpoints_go_if_wanted_and_then_no_job_offers_to_continue(session, ended):
    bpy.ops.sequencer.depth_clean_up(unfinished=True, footage=False, records=False)
    assert [left(folder) for folder in ended] == [{"footage", "records"}] * 2
    assert not session.book.jobs[1].resumable


def test_the_dialog_tells_what_there_is_and_how_large(session, ended, module):
    leftovers = module("engine.leftovers")
    sizes = leftovers.by_kind(session.book.leftovers())
    assert {kind.value: size for kind, size in sizes.items()} == {"unfinished": 2000, "footage": 1000, "records": 2000}
    kind = module("ui.results").SEQUENCER_OT_depth_clean_up
    known = bpy.ops.sequencer.depth_clean_up.get_rna_type()
    drawn = draw(kind, known, sizes=sizes)
    assert drawn.props == ["unfinished", "footage", "records"] and drawn.labels == ["2 KB", "1 KB", "2 KB"]
    assert draw(kind, known, sizes={}).labels[0] == "There is nothing to clean up"
