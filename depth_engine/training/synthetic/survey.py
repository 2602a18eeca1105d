# SPDX-License-Identifier: Apache-2.0
"""What a data folder holds: scenes a family, depths, motion, effects, and frames that teach nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.synthetic.clips import Clip, finished

DEPTHS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, np.inf)
"""Metres: edges of the histogram's bins."""

FRAMES_A_SCENE = 3
BLACK, SKY, FLAT = 4.0, 0.85, 1.08
"""A useless frame: mean of 0..255 below BLACK, share of sky over SKY, depth's 90th over 10th percentile below FLAT."""


@dataclass
class Family:
    """A family's share of a split; `depths` counts pixels a bin of DEPTHS in the frames looked at, `sky` the others."""

    scenes: int = 0
    clips: int = 0
    frames: int = 0
    motion: list[float] = field(default_factory=list[float])
    sky: int = 0
    depths: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(DEPTHS) - 1, np.int64))


@dataclass
class Survey:
    """families: by "split/family". effects and moves: how many scenes. useless: frames that teach nothing, with why."""

    families: dict[str, Family]
    effects: Counter[str]
    moves: Counter[str]
    useless: list[str]


def survey(root: Path) -> Survey:
    """Look at three frames of each scene under `root`. Raises DepthError BAD_INPUT where none is, or one is damaged."""
    found = Survey({}, Counter(), Counter(), [])
    for folder in finished(root):
        _count(found, Clip(folder))
    if not found.families:
        raise DepthError(ExitCode.BAD_INPUT, f"{root} holds no scenes.", "Make some: depth-engine train synthetic DATA")
    return found


def lines(found: Survey) -> Iterator[str]:
    """The survey as text."""
    heads = [*(f"<{edge:g}" for edge in DEPTHS[1:-1]), f">{DEPTHS[-2]:g}", "sky"]
    yield f"{'family':22}{'scenes':>7}{'clips':>6}{'frames':>7}{'px/frame':>9}  % of pixels at {' '.join(heads)} m"
    for name, family in sorted(found.families.items()):
        total = max(1, int(family.depths.sum()) + family.sky)
        shares = [100 * count / total for count in (*family.depths, family.sky)]
        bins = " ".join(f"{share:{len(head)}.0f}" for share, head in zip(shares, heads))
        motion = f"{float(np.median(family.motion)):9.2f}" if family.motion else f"{'-':>9}"
        yield f"{name:22}{family.scenes:7}{family.clips:6}{family.frames:7}{motion}{'':17}{bins}"
    yield "moves: " + ", ".join(f"{count} {name}" for name, count in found.moves.most_common())
    yield "effects: " + ", ".join(f"{count} {name}" for name, count in found.effects.most_common())
    yield f"useless frames among those looked at: {len(found.useless)}"
    yield from (f"  {line}" for line in found.useless)


def _count(found: Survey, clip: Clip) -> None:
    info = clip.info
    family = found.families.setdefault(f"{clip.folder.parent.name}/{info.family}", Family())
    family.scenes += 1
    family.frames += info.frames
    moving = info.kind == "clip"
    family.clips += moving
    if moving:
        found.moves[str(info.effects["move"])] += 1
    found.effects.update(_effects(info.effects))
    for index in np.linspace(0, info.frames - 1, FRAMES_A_SCENE).astype(int):
        disparity = clip.disparity(index)
        near = disparity > 0
        depth = (1 / disparity[near]).astype(np.float32)
        family.sky += int((~near).sum())
        family.depths += np.histogram(depth, DEPTHS)[0]
        if moving and index < info.frames - 1:
            flow, valid = clip.flow(index)
            family.motion.append(float(np.median(np.hypot(flow[..., 0], flow[..., 1])[valid])) if valid.any() else 0.0)
        why = _useless(clip.picture(index), depth, float((~near).mean()))
        if why:
            found.useless.append(f"{clip.folder.parent.name}/{clip.folder.name} frame {index}: {why}")


def _effects(effects: dict[str, Any]) -> list[str]:
    names = [name for name in effects if name not in ("move", "jpeg_quality")]
    return names + ["compressed"] * (effects["jpeg_quality"] < 80)


def _useless(picture: NDArray[np.uint8], depth: NDArray[np.float32], sky: float) -> str:
    if picture.mean() < BLACK:
        return "nearly black"
    if sky > SKY:
        return "nearly all sky"
    low, high = np.percentile(depth, (10, 90))
    return "one flat surface" if high / low < FLAT and sky < 0.02 else ""
