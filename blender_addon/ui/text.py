# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences as the panels show them. Plain text: no bpy."""

from __future__ import annotations

import textwrap

from ..engine import contract
from ..engine.job import FollowedJob, Outcome, State
from ..figures import data_size, duration

PHASES: dict[contract.Phase, str] = {
    "loading": "Loading the Model",
    "indexing": "Reading the Footage",
    "cuts": "Finding Cuts",
    "estimating": "Estimating",
    "finishing": "Finishing",
    "task": "Working",
}
STATES = {
    State.WAITING: "Waiting",
    State.PAUSED: "Paused",
    State.PREPARING: "Preparing",
    State.RUNNING: "Running",
    State.CANCELLING: "Stopping",
    State.DONE: "Done",
    State.CANCELLED: "Cancelled",
    State.FAILED: "Failed",
}


def lines(text: str, characters: int) -> list[str]:
    """A sentence in lines of at most about this many characters."""
    return textwrap.wrap(text, max(characters, 16), break_long_words=True, break_on_hyphens=False)


def progress_of(job: FollowedJob) -> tuple[float, str]:
    """How far a job is, from 0 to 1, and what it does now."""
    if job.state is State.WAITING:
        return 0.0, "Waiting for Its Turn"
    if job.preparation:
        return _share(job.preparation.done, job.preparation.total), job.preparation.title
    if job.state is State.CANCELLING:
        return _progress_share(job), "Pausing" if job.pausing else "Stopping"
    what = PHASES[job.phase]
    progress = job.progress
    if progress and job.phase == "estimating":
        what += f", Window {progress.window} of {progress.windows}" if progress.window_frames > 1 else ""
        what += f", Step {progress.step} of {progress.steps}" if progress.steps > 1 else ""
    return _progress_share(job), what


def frames_of(job: FollowedJob) -> str:
    """Frames that are done, and the time that is left; empty while neither is known."""
    if job.preparation:
        return f"{job.preparation.done} of {job.preparation.total} Frames" if job.preparation.total else ""
    if job.progress is None:
        return ""
    done = "{} of {} Frames".format(*_counted(job.progress))
    left = job.progress.eta_seconds
    return done if left is None else f"{done}, About {duration(left)} Left"


def result_of(job: FollowedJob) -> str:
    """What a finished job holds."""
    if job.outcome is None:
        return "Result"
    width, height = job.outcome.size
    return f"Result: {job.outcome.frames} Frames, {width} × {height}"


def download_of(progress: contract.Download | None) -> tuple[float, str]:
    """How far a download is, from 0 to 1, and in words."""
    if progress is None:
        return 0.0, "Asking for the Files"
    done, total = progress.bytes_done, progress.bytes_total
    return _share(done, total), f"{data_size(done)} of {data_size(total)}"


def seams_of(outcome: Outcome) -> str:
    """Where windows of the model overlap; empty where there is one window only."""
    if not outcome.seams:
        return ""
    aligned = f", {outcome.seams_aligned} Aligned" if outcome.seams_aligned else ""
    return f"Seams between Windows: {outcome.seams}{aligned}"


def _progress_share(job: FollowedJob) -> float:
    progress = job.progress
    if progress is None:
        return 0.0
    share = _share(*_counted(progress))
    if progress.phase != "estimating" or progress.steps == 1:
        return share
    # The frames of a window are done all at once, after its last step: its steps move the bar until then.
    steps = (progress.window - 1) * progress.steps + progress.step - 1
    shots = progress.shot - 1 + _share(steps, progress.windows * progress.steps)
    return max(share, _share(shots, progress.shots))


def _counted(progress: contract.Progress) -> tuple[int, int]:
    """The frames that the phase at work has done, and has to do."""
    if progress.phase == "cuts":
        return progress.step, progress.steps
    return progress.frames_done, progress.frames_total


def _share(done: float, total: int) -> float:
    return min(1.0, done / total) if total else 0.0
