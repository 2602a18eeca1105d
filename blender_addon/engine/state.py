# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said of a job: its state, why it failed and what helps, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from . import contract


class State(StrEnum):
    WAITING = "waiting"
    PAUSED = "paused"
    PREPARING = "preparing"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


BUSY = frozenset({State.PREPARING, State.RUNNING, State.CANCELLING})
ENDED = frozenset({State.DONE, State.CANCELLED, State.FAILED})


class Fix(StrEnum):
    """What the user can do about a failure with one press."""

    NONE = ""
    ENGINE = "engine"
    RESTART = "restart"
    MEMORY = "memory"  # start again, as it is or with less memory
    ESTIMATE = "estimate"  # the strip must be estimated anew: there is no whole job


@dataclass(frozen=True, slots=True)
class Failure:
    message: str
    hint: str = ""
    fix: Fix = Fix.NONE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the list of results tells about a finished job. size: of the depth, in pixels. seconds: that the
    engine took. picture: some of its frames, as a file in the job's folder.
    """

    frames: int
    size: tuple[int, int]
    model: str
    licence: str
    commercial_use: bool
    has_preview: bool
    warnings: tuple[str, ...]
    seams: int = 0
    seams_aligned: int = 0
    device: str = ""
    seconds: float = 0.0
    picture: str | None = None


def outcome_of(manifest: contract.Manifest) -> Outcome:
    """The outcome that a manifest tells."""
    size = next(iter(manifest.depth.values()), manifest.proxy_depth)
    return Outcome(
        frames=len(manifest.frames),
        size=(size.width, size.height),
        model=manifest.model.title,
        licence=manifest.model.licence,
        commercial_use=manifest.model.commercial_use,
        has_preview=manifest.preview is not None,
        warnings=manifest.warnings,
        seams=len(manifest.seams),
        device=manifest.model.device,
        seconds=manifest.seconds,
        picture=manifest.contact_sheet,
        seams_aligned=sum(seam.applied for seam in manifest.seams),
    )
