# SPDX-License-Identifier: GPL-3.0-or-later
"""A followed job against engines that behave, misbehave and vanish."""

from __future__ import annotations

import errno
import os
import signal
import time

import pytest

from tests.blender_addon.fakes import is_alive, wait_until


@pytest.fixture
def job(part):
    return part("job")


@pytest.fixture
def follow(part, job, fake, tmp_path, manifest):
    """Writes a job, starts it with an engine of the given script, and returns it running."""
    contract = part("contract")
    folder = tmp_path / "clip-1.depth"
    contract.JobFolder(folder).write_job(contract.Job(contract.MovieSource("/footage/clip.mp4"), "clip"))
    (tmp_path / "manifest.json").write_text(manifest)

    def start(script):
        followed = job.FollowedJob(folder, "clip")
        followed.begin(part("locate").Engine(fake(script), "here"))
        return followed

    return start


FINISH = '(folder.parent / "manifest.json").replace(folder / "manifest.json")\n'
UNTIL_GO = 'while not (folder / "go").exists(): time.sleep(0.01)\n'
HOLD_LOCK = 'import fcntl; lock = (folder / "lock").open("w"); fcntl.flock(lock, fcntl.LOCK_EX)\n'
PROGRESS = (
    'event("progress", phase="estimating", frames_done=2, frames_total=3, window=2, windows=5, eta_seconds=7.5)\n'
)


def run_to_end(followed):
    wait_until(lambda: followed.ended, followed.tick)


def test_a_job_that_succeeds_tells_its_progress_and_its_outcome(follow, job):
    followed = follow("started()\n" + PROGRESS + UNTIL_GO + FINISH)
    wait_until(lambda: followed.progress is not None, followed.tick)
    assert (followed.state, followed.phase, followed.started.device) == (job.State.RUNNING, "estimating", "cpu")
    assert (followed.progress.window, followed.progress.windows, followed.progress.eta_seconds) == (2, 5, 7.5)
    (followed.folder.path / "go").touch()
    run_to_end(followed)
    assert followed.state is job.State.DONE and followed.failure is None
    assert (followed.outcome.frames, followed.outcome.size, followed.outcome.licence) == (3, (64, 36), "Apache-2.0")
    assert followed.outcome.warnings == ("A frame was dark.",)


def test_the_engine_is_told_the_folder(follow):
    followed = follow("print(json.dumps(sys.argv[1:]))\nraise SystemExit(1)")
    run_to_end(followed)
    assert followed.folder.log_file.read_text().strip() == f'["run", "{followed.folder.path}"]'


def test_done_without_a_manifest_is_a_failure(follow, job):
    followed = follow('started()\nevent("done", manifest="manifest.json", seconds=1.0)')
    run_to_end(followed)
    assert followed.state is job.State.FAILED and "before it was finished" in followed.failure.message


def test_an_error_event_is_shown_in_the_engine_s_words(follow, job):
    followed = follow(
        'started()\nevent("error", code=40, message="The disk is full.", hint="Free 2 GB.")\nsys.exit(40)'
    )
    run_to_end(followed)
    assert followed.failure == job.Failure("The disk is full.", "Free 2 GB.", job.Fix.RESTART)


def test_a_crash_without_a_word_shows_the_log_s_last_line(follow, job):
    followed = follow('started()\nprint("loading")\nraise RuntimeError("the device is lost")')
    run_to_end(followed)
    assert (followed.state, followed.failure.hint) == (job.State.FAILED, "RuntimeError: the device is lost")
    assert "code 1" in followed.failure.message


def test_a_killed_engine_is_found_out(follow, job):
    followed = follow("started()\ntime.sleep(600)")
    wait_until(lambda: followed.started is not None, followed.tick)
    os.kill(followed.started.pid, signal.SIGKILL)
    run_to_end(followed)
    assert followed.state is job.State.FAILED and "signal 9" in followed.failure.message
    assert followed.failure.fix is job.Fix.MEMORY


def test_garbage_in_the_events_changes_nothing(follow, job):
    garbage = """with (folder / "events.jsonl").open("ab") as file:
    file.write(os.urandom(5000) + b'\\n{"v": 1, "type": "progress", "frames_done": "x"}\\n[[[\\n{"v": 9}\\n')
"""
    followed = follow("started()\n" + garbage + PROGRESS + UNTIL_GO + FINISH)
    wait_until(lambda: followed.progress is not None, followed.tick)
    assert followed.progress.frames_done == 2
    (followed.folder.path / "go").touch()
    run_to_end(followed)
    assert followed.state is job.State.DONE


@pytest.mark.parametrize("text", ["", "{", "[]", '{"contract_version": 1}'])
def test_a_damaged_manifest_is_a_failure(follow, job, text):
    followed = follow(f"started()\n(folder / 'manifest.json').write_text({text!r})")
    run_to_end(followed)
    assert followed.state is job.State.FAILED and "manifest.json" in followed.failure.message


def test_a_manifest_of_another_contract_is_a_failure_that_says_so(follow, job):
    followed = follow("(folder / 'manifest.json').write_text('{\"contract_version\": 7}')")
    run_to_end(followed)
    assert "contract version 7" in followed.failure.message and "Update" in followed.failure.hint


def test_cancel_asks_the_engine_which_stops_by_itself(follow, job):
    followed = follow("""
        started()
        while not (folder / "cancel").exists():
            time.sleep(0.01)
        event("cancelled", frames_done=1)
        sys.exit(50)
    """)
    wait_until(lambda: followed.started is not None, followed.tick)
    followed.cancel()
    assert followed.state is job.State.CANCELLING
    run_to_end(followed)
    assert followed.state is job.State.CANCELLED and followed.failure is None


def test_an_engine_that_does_not_listen_is_killed(follow, job, monkeypatch):
    monkeypatch.setattr(job, "KILL_AFTER_SECONDS", 0.2)
    followed = follow("started()\ntime.sleep(600)")
    wait_until(lambda: followed.started is not None, followed.tick)
    followed.cancel()
    run_to_end(followed)
    assert followed.state is job.State.CANCELLED
    assert not is_alive(followed.started.pid)


def test_cancel_in_a_vanished_folder_kills(follow, job):
    followed = follow("started()\ntime.sleep(600)")
    wait_until(lambda: followed.started is not None, followed.tick)
    followed.folder.path.rename(followed.folder.path.with_name("away"))
    followed.cancel()
    run_to_end(followed)
    assert followed.state is job.State.CANCELLED and not is_alive(followed.started.pid)


def test_a_failed_job_can_be_started_again(follow, fake, part, job):
    followed = follow('started()\nevent("error", code=31, message="Out of memory.")\nsys.exit(31)')
    run_to_end(followed)
    followed.restart()
    assert followed.state is job.State.WAITING and followed.failure is None
    followed.begin(part("locate").Engine(fake(FINISH), "here"))
    run_to_end(followed)
    assert followed.state is job.State.DONE


def test_no_engine_is_a_failure_with_a_fix(part, job, tmp_path):
    followed = job.FollowedJob(tmp_path, "clip")
    followed.begin(part("locate").NoEngine("The depth engine is not installed.", "Install it."))
    assert followed.failure == job.Failure("The depth engine is not installed.", "Install it.", job.Fix.ENGINE)


def test_an_engine_that_vanished_since_it_was_found_is_a_failure_with_a_fix(part, job, tmp_path):
    followed = job.FollowedJob(tmp_path, "clip")
    followed.begin(part("locate").Engine(tmp_path / "gone", "here"))
    assert followed.state is job.State.FAILED and followed.failure.fix is job.Fix.ENGINE


class Rendering:
    """A preparation of three steps, as a frame export is one."""

    title, total, pending = "Rendering Frames", 3, False

    def __init__(self, error=None):
        self.done, self.closed, self.error = 0, 0, error

    def step(self):
        self.done += 1
        if self.error:
            raise self.error
        return self.done < self.total

    def close(self):
        self.closed += 1


def test_the_engine_starts_when_the_preparation_is_done(part, job, fake, tmp_path):
    preparation = Rendering()
    followed = job.FollowedJob(tmp_path, "clip", preparation)
    followed.begin(part("locate").Engine(fake("time.sleep(600)"), "here"))
    for done in (1, 2):
        followed.tick()
        assert (followed.state, preparation.done, preparation.closed) == (job.State.PREPARING, done, 0)
    followed.tick()
    assert (followed.state, preparation.closed) == (job.State.RUNNING, 1)
    followed.kill()


def test_a_preparation_that_fails_or_is_cancelled_is_closed_and_starts_no_engine(part, job, fake, tmp_path):
    error = part("contract").DepthError(part("contract").ExitCode.BAD_INPUT, "The strip is gone.", "Undo.")
    full = OSError(errno.ENOSPC, "No space left on device", "/full/job.json")
    ends = [(Rendering(error), job.FollowedJob.tick), (Rendering(full), job.FollowedJob.tick)]
    for preparation, end in (*ends, (Rendering(), job.FollowedJob.cancel)):
        followed = job.FollowedJob(tmp_path, "clip", preparation)
        followed.begin(part("locate").Engine(fake("(folder / 'started').touch()"), "here"))
        end(followed)
        assert followed.ended and preparation.closed == 1 and not followed.prepared
        followed.tick()
        assert not (tmp_path / "started").exists()


# --- jobs of an earlier session ---


def adopted(followed, job):
    """The same folder, found again by a session that knows nothing of the process."""
    again = job.FollowedJob(followed.folder.path, "clip")
    again.adopt()
    return again


def test_a_running_job_is_picked_up_again_and_its_end_is_seen(follow, job):
    followed = follow(HOLD_LOCK + "started()\n" + PROGRESS + UNTIL_GO + FINISH)
    wait_until(lambda: followed.progress is not None, followed.tick)
    again = adopted(followed, job)
    wait_until(lambda: again.progress is not None, again.tick)
    assert again.state is job.State.RUNNING
    (followed.folder.path / "go").touch()
    run_to_end(again)
    assert again.state is job.State.DONE


def test_a_job_that_finished_meanwhile_is_done(follow, job):
    followed = follow("started()\n" + FINISH)
    run_to_end(followed)
    again = adopted(followed, job)
    run_to_end(again)
    assert again.state is job.State.DONE


def test_an_engine_that_is_just_starting_is_not_given_up(follow, job):
    followed = follow("time.sleep(1.5)\n" + HOLD_LOCK + "started()\n" + FINISH)
    again = adopted(followed, job)
    run_to_end(again)
    assert again.state is job.State.DONE


def test_a_job_that_died_with_its_session_failed_and_can_be_started_again(follow, job):
    followed = follow(HOLD_LOCK + "started()\ntime.sleep(600)")
    wait_until(lambda: followed.started is not None, followed.tick)
    followed.kill()
    long_ago = time.time() - 3600
    os.utime(followed.folder.log_file, (long_ago, long_ago))
    again = adopted(followed, job)
    run_to_end(again)
    assert again.state is job.State.FAILED and again.failure.fix is job.Fix.RESTART


def test_an_adopted_job_can_be_cancelled_and_killed(follow, job, monkeypatch):
    monkeypatch.setattr(job, "KILL_AFTER_SECONDS", 0.2)
    followed = follow(HOLD_LOCK + "started()\ntime.sleep(600)")
    again = adopted(followed, job)
    wait_until(lambda: again.started is not None, again.tick)
    again.cancel()
    run_to_end(again)
    assert again.state is job.State.CANCELLED
    wait_until(lambda: not is_alive(again.started.pid), lambda: None)


def test_jobs_that_never_got_an_engine_wait_or_say_why_they_cannot(part, job, tmp_path):
    rendering, waiting = tmp_path / "a.depth", tmp_path / "b.depth"
    rendering.mkdir()
    contract = part("contract")
    contract.JobFolder(waiting).write_job(contract.Job(contract.MovieSource("/footage/clip.mp4"), "clip"))
    states = [job.FollowedJob(path, "clip") for path in (rendering, waiting)]
    for followed in states:
        followed.adopt()
    assert [followed.state for followed in states] == [job.State.FAILED, job.State.WAITING]
    assert states[0].failure.fix is job.Fix.ESTIMATE


def test_a_result_whose_lock_cannot_be_opened_is_still_a_result(follow, job):
    followed = follow("started()\n" + FINISH)
    run_to_end(followed)
    followed.folder.lock_file.mkdir()
    again = adopted(followed, job)
    run_to_end(again)
    assert again.state is job.State.DONE
