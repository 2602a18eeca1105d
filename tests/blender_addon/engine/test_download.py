# SPDX-License-Identifier: GPL-3.0-or-later
"""A download against engines that do it, fail and hang."""

from __future__ import annotations

import pytest

from tests.blender_addon.fakes import is_alive, wait_until

TELL = """\
def tell(kind, **fields):
    print(json.dumps({"v": 1, "type": kind, **fields}), flush=True)


"""


@pytest.fixture
def download(part, fake):
    return lambda script: part("download").Download(fake(TELL + script), "video")


def run_to_end(started):
    wait_until(lambda: started.ended, started.tick)


def test_the_engine_is_told_that_the_license_was_accepted(download, tmp_path):
    run_to_end(download(f"Path({str(tmp_path / 'asked')!r}).write_text(' '.join(sys.argv[1:]))"))
    assert (tmp_path / "asked").read_text() == "models fetch video --accept-licence --json"


def test_progress_comes_while_it_runs(download, part, tmp_path):
    started = download(f"""
tell("download", file="unet", bytes_done=3, bytes_total=9)
while not Path({str(tmp_path / "go")!r}).exists(): time.sleep(0.01)
tell("download", file="vae", bytes_done=9, bytes_total=9)
""")
    wait_until(lambda: started.progress is not None, started.tick)
    assert (started.progress.file, started.progress.bytes_done, started.progress.bytes_total) == ("unet", 3, 9)
    assert not started.ended
    (tmp_path / "go").touch()
    run_to_end(started)
    assert started.state is part("job").State.DONE and started.error is None and started.progress.bytes_done == 9


def test_a_failure_is_told_in_the_engine_s_words(download, part):
    started = download('tell("error", code=40, message="The disk is full.", hint="Free 5 GB.")\nsys.exit(40)')
    run_to_end(started)
    assert started.state is part("job").State.FAILED
    assert (started.error.code.name, started.error.message, started.error.hint) == (
        "DISK_FULL", "The disk is full.", "Free 5 GB."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "said"), [("raise SystemExit('the network is down')", "the network is down"), ("sys.exit(7)", "code 7")]
)
def test_an_engine_that_tells_no_error_is_a_failure_too(download, part, script, said):
    started = download(script)
    run_to_end(started)
    assert started.state is part("job").State.FAILED and said in started.error.message


def test_a_cancel_ends_the_process_at_once(download, part, tmp_path):
    started = download(f"Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); time.sleep(600)")
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "", started.tick)
    started.cancel()
    assert started.state is part("job").State.CANCELLED and started.error is None
    assert not is_alive(int((tmp_path / "pid").read_text()))
    started.tick()
    started.cancel()
    assert started.state is part("job").State.CANCELLED


def test_an_engine_that_cannot_be_started_is_named(part, tmp_path):
    started = part("download").Download(tmp_path / "nowhere", "video")
    assert started.ended and "nowhere" in started.error.message
