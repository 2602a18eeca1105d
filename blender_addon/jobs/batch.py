# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimating many strips with one press."""

from __future__ import annotations

from dataclasses import dataclass, field

import bpy

from .. import compat, strips
from ..engine.contract import DepthError
from ..engine.job import FollowedJob
from .session import Session


@dataclass(slots=True)
class Batch:
    """What became of the selected strips. refused: one sentence for each strip that cannot be estimated."""

    jobs: list[FollowedJob] = field(default_factory=list[FollowedJob])
    without_picture: int = 0
    depth_strips: int = 0
    estimating: int = 0
    refused: list[str] = field(default_factory=list[str])

    def report(self) -> str:
        """In words: what was queued, and what was passed over and why."""
        counts = (
            (self.without_picture, "without a picture passed over"),
            (self.depth_strips, "of depth passed over"),
            (self.estimating, "being estimated already"),
        )
        parts = [f"{_strips(len(self.jobs))} queued", *(f"{_strips(count)} {what}" for count, what in counts if count)]
        return ", ".join(parts) + "".join(f"\n{text}" for text in self.refused)


def estimate_selected(session: Session, scene: bpy.types.Scene) -> Batch:
    """Put each selected strip of a scene into the queue as a job of its own, the earliest strip first."""
    batch = Batch()
    chosen = compat.selected_strips(scene.sequence_editor) if scene.sequence_editor else []
    for strip in sorted(chosen, key=lambda strip: (compat.handles(strip)[0], strip.channel)):
        if strip.type == "SOUND":
            batch.without_picture += 1
        elif strips.is_depth_strip(strip):
            batch.depth_strips += 1
        elif session.book.is_estimating(scene, strip):
            batch.estimating += 1
        else:
            try:
                batch.jobs.append(session.estimate(scene, strip))
            except DepthError as error:
                batch.refused.append(f"{strip.name}: {error.message}")
    return batch


def _strips(count: int) -> str:
    return "1 strip" if count == 1 else f"{count} strips"
