# SPDX-License-Identifier: Apache-2.0
"""The kinds of scenes, one module each with `build(stage) -> Setting`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..cameras import MOVES, Pose
from ..draw import Draw
from ..stage import Stage


@dataclass(frozen=True)
class Setting:
    """How a finished scene wants to be filmed.

    view: draws one camera. near: metres below which nearly nothing may lie. reach: how far a camera travels in a clip,
    metres. moves: how often each camera move is drawn. haze: distances in metres between which one is drawn after which
    haze has taken two thirds, or None. dark: a scene at night stays dark. seconds: time between frames of a clip.
    """

    view: Callable[[Draw], Pose]
    near: float
    reach: float
    moves: Mapping[str, float] = field(default_factory=lambda: MOVES)
    haze: tuple[float, float] | None = None
    dark: bool = False
    rain: bool = False


def build(family: str, stage: Stage) -> Setting:
    """Build a scene of a family into the stage; raises ModuleNotFoundError for a name that is none."""
    module = importlib.import_module(f".{family}", __package__)
    return module.build(stage)
