# SPDX-License-Identifier: GPL-3.0-or-later
"""A download by the real engine, from a hub on this machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import bpy
import pytest

from tests.blender_addon.conftest import ROOT
from tests.blender_addon.fakes import wait_until
from tests.support import elsewhere
from tests.support.hub import Hub
from tests.support.made_model import CONTENTS, HUB_FILES

FOLDER = Path(os.environ["ESTIMATE_DEPTH_HOME"], "models", "made")
ENGINE = """#!/bin/sh
exec env PYTHONPATH={root} HF_ENDPOINT={url} NO_PROXY=127.0.0.1 {python} -m tests.support.made_model sized "$@"
"""


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def hub(preferences, tmp_path):
    """A hub with the weights of the model "made", and the engine that knows them both."""
    with Hub(dict(HUB_FILES)) as served:
        command = tmp_path / "depth-engine"
        command.write_text(ENGINE.format(root=ROOT, url=served.url, python=elsewhere.engine_python()))
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        preferences.engine = str(command)
        yield served


@pytest.fixture
def online():
    system = bpy.context.preferences.system
    system.use_online_access = True
    yield
    system.use_online_access = False


def test_a_cancelled_download_goes_on_where_it_was(session, hub, online, module):
    def look():
        session.engine.show()
        wait_until(lambda: not session.engine.active, session.tick)
        return module("models").find("made")

    hub.faults.hold_after = 2_500_000
    download = session.fetch("made")
    wait_until(lambda: download.progress is not None and bytes_in(FOLDER) > 1_000_000, session.tick)
    assert download.progress.bytes_total == sum(map(len, CONTENTS.values()))
    assert bpy.ops.sequencer.depth_cancel_download() == {"FINISHED"}
    hub.release.set()
    hub.faults.hold_after = None
    assert 0 < look().bytes_here < look().size_bytes and not look().installed

    assert bpy.ops.sequencer.depth_download_model(model="made", accept=True) == {"FINISHED"}
    made = look()
    assert made.installed and made.accepted and Path(made.folder) == FOLDER
    assert {name: (FOLDER / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert any(asked.range and asked.range != "bytes=0-" for asked in hub.of("storage"))
