# SPDX-License-Identifier: Apache-2.0
"""The published streaming mode: every frame comes out at once, and sees what the network noted of earlier ones.

No part of it was trained for that. What each temporal attention was given of a frame is kept; frame t attends to that
of the shot's first frame, of frame t - 41, and of the last 29, in this order and at the places 0 to 30, itself being at
31. Before the shot's start stands its first frame again, which itself saw nothing but itself (at place 0).
"""

from __future__ import annotations

from collections import deque
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
    ShotSpec,
    WindowProgress,
    WindowSeam,
)
from depth_engine.models.pictures import resized
from depth_engine.models.video_depth_anything.head import Memory
from depth_engine.models.video_depth_anything.network import Pictures
from depth_engine.models.video_depth_anything.settings import processed_size
from depth_engine.models.video_depth_anything.temporal import ATTENTIONS
from depth_engine.models.video_depth_anything.windows import GAP, RECENT

STEPS = 2


class FramePredictor(Protocol):
    """What gives a stream's next frame its disparity."""

    def follow(
        self, pictures: Pictures, earlier: Sequence[Memory], tick: Callable[[], None]
    ) -> tuple[Disparity, Memory]:
        """Disparity [1,H,W] of a picture [1,H,W,3], and what is to be kept of it. `tick` is called STEPS times."""
        ...


class StreamingEstimator:
    """One shot as a stream (a `models.base.Estimator`): what is kept of the first frame and of the last 41."""

    def __init__(self, predictor: FramePredictor, spec: ShotSpec, device: str) -> None:
        self._predictor = predictor
        self._frame_count = spec.frame_count
        self._size = processed_size(spec)
        self._device = device
        self._first: Memory | None = None
        self._recent: deque[Memory] = deque(maxlen=GAP)
        self._done = 0

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        return [self._next(frame.rgb, progress) for frame in frames]

    def finish(self, progress: Report) -> list[Disparity]:
        return []

    def report(self) -> tuple[WindowSeam, ...]:
        return ()

    def _next(self, rgb: Rgb, progress: Report) -> Disparity:
        step = 0

        def tick() -> None:
            nonlocal step
            step += 1
            progress(WindowProgress(self._done + 1, self._frame_count, step, STEPS))

        disparity, memory = self._predictor.follow(resized(rgb, self._size)[None], self._seen(), tick)
        self._first = self._first or memory
        self._recent.append(memory)
        self._done += 1
        return disparity[0]

    def _seen(self) -> list[Memory]:
        """What the next frame attends to; nothing for the first one."""
        if self._first is None:
            return []
        before = [self._first] * (GAP - len(self._recent)) + list(self._recent)
        return [self._first, before[0], *before[-RECENT:]]

    def state(self) -> EstimatorState:
        kept = [self._first, *self._recent] if self._first else []
        arrays = {
            f"hidden.{index}": np.stack([_stored(hidden) for hidden in each])
            for index, each in enumerate(zip(*(_flat(memory) for memory in kept)))
        }
        return EstimatorState(self._done, self._done, {}, arrays)

    def restore(self, state: EstimatorState) -> None:
        self._done = state.pushed
        each = [self._restored(state.arrays[f"hidden.{index}"]) for index in range(len(state.arrays))]
        kept = [_nested(frame) for frame in zip(*each)]
        self._first = kept[0] if kept else None
        self._recent.extend(kept[1:])

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
