# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures and sentences as the panels show them. Plain text: no bpy."""

from __future__ import annotations

import textwrap

from ..engine import contract
from ..engine.job import FollowedJob, State

PHASES: dict[contract.Phase, str] = {
    "loading": "Loading the Model",
    "indexing": "Reading the Footage",
    "cuts": "Finding Cuts",
    "estimating": "Estimating",
    "finishing": "Finishing",
}
STATES = {
    State.WAITING: "Waiting",
    State.PREPARING: "Preparing",
    State.RUNNING: "Running",
    State.CANCELLING: "Stopping",
    State.DONE: "Done",
    State.CANCELLED: "Cancelled",
    State.FAILED: "Failed",
}


def data_size(count: int) -> str:
    """Bytes in the unit that suits: 340 MB, 1.2 GB."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"


def duration(seconds: float) -> str:
    """A time that is known roughly: 40 s, 3 min, 2 h 5 min."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def lines(text: str, characters: int) -> list[str]:
    """A sentence in lines of at most about this many characters."""
    return textwrap.wrap(text, max(characters, 16), break_long_words=True, break_on_hyphens=False)


def progress_of(job: FollowedJob) -> tuple[float, str]:
    """How far a job is, from 0 to 1, and what it does now."""
    if job.state is State.WAITING:
        return 0.0, "Waiting for the Jobs Before"
    if job.preparation:
        return _share(job.preparation.done, job.preparation.total), job.preparation.title
    if job.state is State.CANCELLING:
        return _progress_share(job), "Stopping"
    what = PHASES[job.phase]
    progress = job.progress
    if progress and job.phase == "estimating":
        what += f", Window {progress.window} of {progress.windows}"
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


def _progress_share(job: FollowedJob) -> float:
    return _share(*_counted(job.progress)) if job.progress else 0.0


def _counted(progress: contract.Progress) -> tuple[int, int]:
    """The frames that the phase at work has done, and has to do."""
    if progress.phase == "cuts":
        return progress.step, progress.steps
    return progress.frames_done, progress.frames_total


def _share(done: int, total: int) -> float:
    return min(1.0, done / total) if total else 0.0
