# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os

import pytest

from tests.blender_addon.fakes import is_alive, wait_until


@pytest.fixture
def process(part):
    return part("process")


def finish(started):
    wait_until(lambda: started.exit_code is not None, lambda: None)
    return started.exit_code


def test_the_engine_runs_in_a_session_of_its_own_without_blender_s_python(process, fake, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/blender/python")
    monkeypatch.setenv("PYTHONPATH", "/blender/modules")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/blender/lib")
    monkeypatch.setenv("HF_HOME", "/the/user's/own")
    command = fake("print(json.dumps([os.getsid(0), os.getpgid(0), dict(os.environ), sys.stdin.read()]))")
    assert finish(process.EngineProcess([command], tmp_path / "out")) == 0
    session, group, variables, standard_input = json.loads((tmp_path / "out").read_text())
    assert session == group and session != os.getsid(0)
    assert not {"PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"} & set(variables)
    assert variables["HF_HOME"] == "/the/user's/own"
    assert standard_input == ""


def test_output_and_errors_are_appended_to_one_file_or_kept_apart(process, fake, tmp_path):
    command = fake('print("out", flush=True); print("err", file=sys.stderr)')
    log = tmp_path / "engine.log"
    log.write_text("earlier\n")
    finish(process.EngineProcess([command], log))
    assert log.read_text().split() == ["earlier", "out", "err"]
    finish(process.EngineProcess([command], tmp_path / "out", tmp_path / "err"))
    assert ((tmp_path / "out").read_text(), (tmp_path / "err").read_text()) == ("out\n", "err\n")


def test_arguments_reach_the_engine_as_they_are(process, fake, tmp_path):
    arguments = ["run", "a b;rm -rf $HOME", "*", '"quoted"', "Grüße 深度"]
    finish(process.EngineProcess([fake("print(json.dumps(sys.argv[1:]))"), *arguments], tmp_path / "out"))
    assert json.loads((tmp_path / "out").read_text()) == arguments


def test_kill_ends_the_children_too(process, fake, tmp_path):
    command = fake("""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(child.pid, flush=True)
        time.sleep(600)
    """)
    out = tmp_path / "out"
    started = process.EngineProcess([command], out)
    wait_until(lambda: out.read_text().endswith("\n"), lambda: None)
    started.kill()
    assert started.exit_code == -9
    wait_until(lambda: not is_alive(int(out.read_text())), lambda: None)
    started.kill()  # once more: nothing happens


def test_a_command_that_cannot_be_started_raises(process, tmp_path):
    with pytest.raises(OSError):
        process.EngineProcess([tmp_path / "nowhere"], tmp_path / "out")
