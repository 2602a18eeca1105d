# SPDX-License-Identifier: Apache-2.0
"""Samples of a training stage: a few frames of a clip in order, augmented alike. The same numbers give the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.embedded.augment import draw_crop, draw_look
from depth_engine.training.embedded.recipe import Stage
from depth_engine.training.synthetic.clips import F32, Clip

Size = tuple[int, int]
Pictures = NDArray[np.uint8]

STEPS_IN_TIME = (1, 2)
"""A sample of several frames takes each or every second one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """pictures [T,h,w,3]; disparity [T,h,w] in 1/metres, 0 is sky."""

    pictures: Pictures
    disparity: F32


class Samples:
    """All samples of a stage, by number, each in any number of variants.

    Raises DepthError BAD_INPUT where no clip is long enough.
    """

    def __init__(self, clips: Sequence[Clip], stage: Stage, seed: int) -> None:
        self._clips, self._stage, self._seed = clips, stage, seed
        self._places = [(clip, first) for clip in clips for first in _firsts(clip, stage)]
        if not self._places:
            message = f"No clip has half of the {stage.frames} frames that the stage {stage.name!r} needs."
            raise DepthError(ExitCode.BAD_INPUT, message, "Render longer clips, or lower `frames`.")

    def __len__(self) -> int:
        return len(self._places)

    def size(self, number: int, variant: int) -> Size:
        """Width and height that a sample's variant is kept at."""
        random = np.random.default_rng([self._seed, number, variant, 1])
        return self._stage.sizes[int(random.integers(len(self._stage.sizes)))]

    def drawn(self, number: int, variant: int, size: Size) -> Sample:
        """A sample, augmented as the variant's number says."""
        random = np.random.default_rng([self._seed, number, variant])
        clip, first = self._places[number]
        step = int(random.choice(STEPS_IN_TIME))
        crop, look = draw_crop(clip.info.width, clip.info.height, size, random), draw_look(random)
        frames = to_and_fro(clip.info.frames, first, step, self._stage.frames)
        pictures = [look(crop.picture(clip.picture(frame)), random) for frame in frames]
        return Sample(np.stack(pictures), np.stack([crop.disparity(clip.disparity(frame)) for frame in frames]))


def _firsts(clip: Clip, stage: Stage) -> range:
    """Where samples begin. Views are no clip, so they only make samples of one frame, and all of them do."""
    if clip.info.kind == "views":
        return range(clip.info.frames if stage.frames == 1 else 0)
    return range(0, clip.info.frames if 2 * clip.info.frames > stage.frames else 0, stage.every)


def to_and_fro(frames: int, first: int, step: int, count: int) -> list[int]:
    """So many frame numbers from the first on; at a clip's ends time turns round, so that a short clip fills a window
    as long as those that the network sees later.
    """
    way = [*range(frames), *range(frames - 2, 0, -1)]
    return [way[(first + step * index) % len(way)] for index in range(count)]
