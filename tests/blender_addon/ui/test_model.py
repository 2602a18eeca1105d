# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel tells about the chosen model, and the dialog before a download."""

from __future__ import annotations

import dataclasses
import types

import bpy
import pytest

from tests.blender_addon.fakes import wait_until
from tests.blender_addon.ui.recorder import Recorder, draw

FETCH = 'print(json.dumps({"v": 1, "type": "download", "file": "a", "bytes_done": 25, "bytes_total": 100}), flush=True)'


@pytest.fixture
def panel(session, strip):
    """Draws the main panel with a model, after the session has done what the last drawing asked for."""

    def show(model):
        bpy.context.scene.estimate_depth.model = model
        draw(bpy.types.SEQUENCER_PT_depth)
        wait_until(lambda: not session.engine.active and not session.outlooks.active, session.tick)
        return draw(bpy.types.SEQUENCER_PT_depth)

    return show


@pytest.fixture
def online():
    system = bpy.context.preferences.system
    system.use_online_access = True
    yield
    system.use_online_access = False


def test_an_included_model_is_free_and_here(panel, fake_engine):
    fake_engine()
    drawn = panel("embedded")
    for expected in ("Apache-2.0", "Allowed", "30 MB, Included"):
        assert expected in drawn.labels
    assert "folder" not in drawn.props and "sequencer.depth_download_model" not in drawn.operators
    assert bpy.ops.sequencer.depth_estimate.poll()


def test_a_model_that_is_not_here_says_so_and_offers_its_download(panel, fake_engine, online):
    fake_engine()
    drawn = panel("video")
    for expected in ("Academic License", "Not Allowed", "5.4 GB, Not Here"):
        assert expected in drawn.labels
    assert "folder" in drawn.props
    assert dict(drawn.buttons)["sequencer.depth_download_model"].values == {"model": "video"}
    assert "Online access" not in drawn.text and bpy.ops.sequencer.depth_download_model.poll()
    with pytest.raises(RuntimeError, match="The weights of Video Diffusion are not here"):
        bpy.ops.sequencer.depth_estimate()


def test_without_online_access_the_download_says_why_it_is_not_offered(panel, fake_engine):
    fake_engine()
    assert "Online access is off: Preferences, System, Allow Online Access" in panel("video").text
    with pytest.raises(RuntimeError, match="Online access is off"):
        bpy.ops.sequencer.depth_download_model(accept=True)


def test_a_weights_folder_takes_the_place_of_a_download(panel, fake_engine, preferences, session, module, press):
    preferences.add_weights("video").folder = "/weights"
    fake_engine()
    drawn = panel("video")
    assert "5.4 GB, From the Folder Below" in drawn.labels
    assert "sequencer.depth_download_model" not in drawn.operators
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.started is not None, session.tick)
    assert job.folder.read_job().options.weights == "/weights"


def test_a_download_shows_its_progress_and_cancel(panel, fake_engine, online, session):
    fake_engine(fetch=FETCH + "\ntime.sleep(600)")
    panel("video")
    download = session.fetch("video")
    wait_until(lambda: download.progress is not None, session.tick)
    drawn = draw(bpy.types.SEQUENCER_PT_depth)
    assert drawn.bars == [("0 KB of 0 KB", 0.25)] and "sequencer.depth_cancel_download" in drawn.operators
    with pytest.raises(RuntimeError, match="A download is running"):
        bpy.ops.sequencer.depth_download_model(model="video", accept=True)
    bpy.ops.sequencer.depth_cancel_download()
    drawn = draw(bpy.types.SEQUENCER_PT_depth)
    assert drawn.bars == [] and "sequencer.depth_download_model" in drawn.operators


def test_a_failed_download_says_why_and_can_go_on(panel, fake_engine, online, session):
    failed = {"v": 1, "type": "error", "code": 40, "message": "The disk is full.", "hint": "Free 5 GB."}
    fake_engine(fetch=f"print(json.dumps({failed}))\nsys.exit(40)")
    panel("video")
    session.fetch("video")
    wait_until(lambda: not session.downloading, session.tick)
    drawn = panel("video")
    assert "The disk is full. Free 5 GB." in drawn.text and "sequencer.depth_download_model" in drawn.operators


def test_a_model_without_a_download_asks_for_a_folder(panel, fake_engine, answers, module):
    contract, (embedded, video) = module("engine.contract"), answers["models"].models
    video = dataclasses.replace(video, fetchable=False)
    fake_engine(models=contract.ModelList((embedded, video)))
    drawn = panel("video")
    assert "cannot be downloaded" in drawn.text and "sequencer.depth_download_model" not in drawn.operators


def test_until_the_engine_has_answered_it_says_that_it_is_asked(session, strip, fake_engine):
    session.engine.look(str(fake_engine()))
    assert "Asking the Engine for Its Models…" in draw(bpy.types.SEQUENCER_PT_depth).text


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"bytes_here": 2_000_000_000}, "5.4 GB, 2.0 GB Here"),
        ({"bytes_here": 5_400_000_000, "installed": True}, "5.4 GB, Downloaded"),
        ({"bytes_here": 5_400_000_000, "installed": True, "unchanged": False}, "5.4 GB, Changed since Their Download"),
    ],
)
def test_it_tells_how_much_of_a_model_is_here(panel, fake_engine, answers, module, changes, shown):
    contract, (embedded, video) = module("engine.contract"), answers["models"].models
    fake_engine(models=contract.ModelList((embedded, dataclasses.replace(video, **changes))))
    assert shown in panel("video").labels


def test_an_engine_without_a_list_of_models_says_why(panel, fake_engine, session):
    command = fake_engine()
    (command.parent / "models.json").write_text("nonsense")
    drawn = panel("embedded")
    assert "The engine did not list its models." in drawn.text and "not valid JSON" in drawn.text
    fake_engine()
    bpy.ops.sequencer.depth_plan_again()
    assert "did not list" not in panel("embedded").text


def test_an_unknown_model_says_so(panel, fake_engine):
    fake_engine()
    assert "does not know the model “unheard”" in panel("unheard").text


def test_only_models_with_such_settings_have_the_diffusion_panel(panel, fake_engine):
    fake_engine()
    kind = bpy.types.SEQUENCER_PT_depth_diffusion
    panel("embedded")
    assert not kind.poll(bpy.context)
    panel("video")
    assert kind.poll(bpy.context)
    drawn = draw(kind)
    assert drawn.props == ["steps", "guidance", "window", "overlap", "seed"]
    assert drawn.labels == ["Model Default"] * 4
    bpy.context.scene.estimate_depth.steps = 3
    assert draw(kind).labels == ["Model Default"] * 3


def test_switches_stand_where_the_model_has_them(panel, fake_engine):
    fake_engine()
    for model, switches in (("embedded", {"stabilise"}), ("video", {"streaming"})):
        panel(model)
        assert set(draw(bpy.types.SEQUENCER_PT_depth_settings).props) & {"stabilise", "streaming"} == switches


def test_the_dialog_shows_the_license_before_the_download(panel, fake_engine, module):
    fake_engine()
    panel("video")
    layout = Recorder()
    kind = module("ui.license").SEQUENCER_OT_depth_download_model
    known = bpy.ops.sequencer.depth_download_model.get_rna_type()
    dialog = types.SimpleNamespace(layout=layout, model="video", bl_rna=known, chosen=lambda context: "video")
    kind.draw(dialog, bpy.context)
    for expected in ("Video Diffusion", "5.4 GB", "Academic License", "Not Allowed", "For research only."):
        assert expected in layout.labels
    assert dict(layout.buttons)["wm.url_open"].values == {"url": "https://example.org/license"}
    assert layout.props == ["accept"]
