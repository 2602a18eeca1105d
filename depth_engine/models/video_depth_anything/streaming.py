# SPDX-License-Identifier: Apache-2.0
"""A shot as a stream: every frame comes out at once, and sees what the network noted of earlier ones.

What each temporal attention was given of a frame is kept. A frame attends to that of the m frames that it sees, at the
places 0 to m - 1, itself being at m. In the published mode, for which no part of the network was trained, these are
the shot's first frame, frame t - 41, and the last 29; before the shot's start stands its first frame again, which
itself saw nothing but itself (at place 0).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models.base import (
    Disparity,
    EstimatorState,
    Report,
    WindowProgress,
    WindowSeam,
)
from depth_engine.models.pictures import resized
from depth_engine.models.video_depth_anything.head import Memory
from depth_engine.models.video_depth_anything.network import Pictures
from depth_engine.models.video_depth_anything.temporal import ATTENTIONS
from depth_engine.models.video_depth_anything.windows import Sight


class FramePredictor(Protocol):
    """What gives a stream's next frame its disparity."""

    def follow(
        self, pictures: Pictures, earlier: Sequence[Memory] | None, tick: Callable[[], None]
    ) -> tuple[Disparity, Memory]:
        """Disparity [1,H,W] of a picture [1,H,W,3], and what is to be kept of it. earlier: of the frames that it sees;
        None: it is a picture by itself. `tick` is called between parts of the work; it may raise.
        """
        ...


class StreamingEstimator:
    """One shot as a stream (a `models.base.Estimator`): held is what was noted of the frames that are seen again."""

    def __init__(
        self, predictor: FramePredictor, frame_count: int, size: tuple[int, int], sight: Sight, device: str
    ) -> None:
        """size: width and height of what the network sees. device: where the notes are kept."""
        self._predictor = predictor
        self._frame_count = frame_count
        self._size = size
        self._sight = sight
        self._device = device
        self._kept: dict[int, Memory] = {}
        self._done = 0

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        return [self._next(frame.rgb, progress) for frame in frames]

    def finish(self, progress: Report) -> list[Disparity]:
        return []

    def report(self) -> tuple[WindowSeam, ...]:
        return ()

    def _next(self, rgb: Rgb, progress: Report) -> Disparity:
        def tick() -> None:
            progress(WindowProgress(self._done + 1, self._frame_count))

        seen = self._sight.seen(self._done)
        earlier = [self._kept[number] for number in seen] if self._sight.most else None
        disparity, self._kept[self._done] = self._predictor.follow(resized(rgb, self._size)[None], earlier, tick)
        self._done += 1
        self._kept = {number: self._kept[number] for number in self._sight.kept(self._done)}
        return disparity[0]

    def state(self) -> EstimatorState:
        arrays = {
            f"hidden.{index}": np.stack([_stored(hidden) for hidden in each])
            for index, each in enumerate(zip(*map(_flat, self._kept.values())))
        }
        return EstimatorState(self._done, self._done, {}, arrays)

    def restore(self, state: EstimatorState) -> None:
        self._done = state.pushed
        each = [self._restored(state.arrays[f"hidden.{index}"]) for index in range(len(state.arrays))]
        self._kept = dict(zip(self._sight.kept(self._done), map(_nested, zip(*each)), strict=True))

    def _restored(self, array: NDArray[np.generic]) -> tuple[Tensor, ...]:
        values = torch.as_tensor(array)
        return (values.view(torch.bfloat16) if array.dtype == np.int16 else values).to(self._device).unbind()


def _stored(hidden: Tensor) -> NDArray[np.generic]:
    """As numpy keeps it, which knows no bfloat16: its bits, then."""
    hidden = hidden.cpu()
    return (hidden.view(torch.int16) if hidden.dtype == torch.bfloat16 else hidden).numpy()


def _flat(memory: Memory) -> tuple[Tensor, ...]:
    return tuple(hidden for module in memory for hidden in module)


def _nested(hidden: Sequence[Tensor]) -> Memory:
    return tuple(tuple(hidden[index : index + ATTENTIONS]) for index in range(0, len(hidden), ATTENTIONS))
