# SPDX-License-Identifier: Apache-2.0
"""Which clip a seed stands for: family, kind, size. The same seed always stands for the same clip."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from depth_engine.contract import DepthError, ExitCode

Split = Literal["train", "held_out"]
Kind = Literal["clip", "views"]
SPLITS: tuple[str, ...] = get_args(Split)

FAMILIES = {
    "room": 24.0, "street": 16.0, "terrain": 10.0, "people": 11.0, "tabletop": 9.0, "corridor": 8.0, "forest": 7.0,
    "water": 5.0, "night": 5.0, "floating": 5.0,
}  # fmt: skip
"""How often each family is drawn for training."""

HELD_OUT_ONLY = {"museum": 1.0, "playground": 1.0}
"""Families that no training clip ever shows; a third of the held-out clips."""

TRAINING_ONLY = {"steelwork": 10.0}
"""Families that came later: held-out clips stay those of which earlier figures tell."""

FIRST_SEED = {"train": 0, "held_out": 50_000_000}
SEEDS = 50_000_000  # in each split
VIEWS = 6
CLIP_SHARE = 0.3  # of the scenes; the rest are unrelated views, because more scenes teach more than more frames
CLIP_LENGTHS = {16: 70.0, 24: 20.0, 32: 10.0}
ASPECTS = {16 / 9: 50.0, 4 / 3: 14.0, 1.0: 20.0, 9 / 16: 16.0}
PIXELS = 57_600


@dataclass(frozen=True)
class ClipPlan:
    """A clip to be made; frames and size are known before anything is rendered."""

    split: Split
    family: str
    seed: int
    kind: Kind
    frames: int
    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.family}-{self.seed:08d}"


def plan(split: Split, index: int, families: Sequence[str] = (), pixels: int = PIXELS) -> ClipPlan:
    """The index-th clip of a split; drawn from these families only, if any are named."""
    seed = FIRST_SEED[split] + index
    draw = random.Random(f"plan {seed}")  # noqa: S311  pictures, not secrets
    weights = {name: weight for name, weight in shares(split).items() if not families or name in families}
    family = draw.choices(list(weights), list(weights.values()))[0]
    kind: Kind = "clip" if draw.random() < CLIP_SHARE else "views"
    frames = draw.choices(list(CLIP_LENGTHS), list(CLIP_LENGTHS.values()))[0] if kind == "clip" else VIEWS
    aspect = draw.choices(list(ASPECTS), list(ASPECTS.values()))[0]
    width, height = (2 * round((pixels * ratio) ** 0.5 / 2) for ratio in (aspect, 1 / aspect))
    return ClipPlan(split, family, seed, kind, frames, width, height)


def shares(split: Split) -> dict[str, float]:
    """The families of a split and how often each is drawn."""
    if split == "train":
        return FAMILIES | TRAINING_ONLY
    kept_apart = sum(HELD_OUT_ONLY.values())
    third = sum(FAMILIES.values()) / 2
    return FAMILIES | {name: weight / kept_apart * third for name, weight in HELD_OUT_ONLY.items()}


def known(split: Split, families: Sequence[str]) -> None:
    """Raises DepthError USAGE for a family that this split does not have."""
    for name in families:
        if name not in shares(split):
            raise DepthError(
                ExitCode.USAGE, f"{split} has no family {name}.", f"Its families: {', '.join(sorted(shares(split)))}."
            )
