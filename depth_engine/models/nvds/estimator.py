# SPDX-License-Identifier: Apache-2.0
"""NVDS at work on a shot of any length: every frame encoded once, and steadied by three before and three after it.

The published way runs once forward and once backward over the footage and takes the mean of both (section 3.3). Each
direction sees four frames only, so both are done here as the frames come, three frames late. A shot's first three
frames have no three before them, and its last three none after: as published, the frame itself stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models.base import (
    Disparity,
    Estimator,
    EstimatorState,
    ExecutionPlan,
    Model,
    ModelInfo,
    Report,
    ShotSpec,
    WindowProgress,
    WindowSeam,
)
from depth_engine.models.nvds.checkpoint import load_network
from depth_engine.models.nvds.network import make_stabilizing
from depth_engine.models.nvds.published import WINDOW
from depth_engine.models.nvds.settings import inner_spec, processed_size
from depth_engine.models.pictures import resized
from depth_engine.models.weights import find_weights

if TYPE_CHECKING:
    from depth_engine.models.nvds import Nvds

REACH = WINDOW - 1
"""Reference frames of each direction."""

INNER = "inner."
"""Starts the names of the other model's arrays in a state."""


class FrameStabilizer(Protocol):
    """The network, or what stands for it in a test."""

    def encode(self, picture: Rgb, depth: Disparity) -> Tensor:
        """What is kept of a picture [H,W,3] with its own disparity [H,W]."""
        ...

    def stabilize(self, frames: Sequence[Tensor], picture: Rgb) -> Disparity:
        """Disparity [H,W] of a picture, by what was kept of three others and of it, in this order."""
        ...


@dataclass(frozen=True, slots=True)
class NvdsModel:
    """Both networks on their device (a `models.base.Model`)."""

    stabilizer: FrameStabilizer
    inner: Model
    info: ModelInfo
    weights: str
    device: str
    plan: ExecutionPlan

    def open_shot(self, spec: ShotSpec) -> NvdsEstimator:
        return NvdsEstimator(self.stabilizer, self.inner.open_shot(inner_spec(spec)), spec)


def load_model(module: Nvds, weights: Path | None, device: str, plan: ExecutionPlan) -> NvdsModel:
    """As `Nvds.load`."""
    found = find_weights(module.INFO, weights)
    inner = module.inner.load(module.inner_weights(found.root), device, plan)
    stabilizer = make_stabilizing(load_network(found.files[0]), device, plan.precision)
    return NvdsModel(stabilizer, inner, module.INFO, f"{found.identity}, over {inner.weights}", device, plan)


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that others still need: picture [H,W,3], first disparity [H,W], and what the encoder made of them."""

    picture: Rgb
    depth: Disparity
    features: Tensor


class NvdsEstimator:
    """One shot (a `models.base.Estimator`). With `streaming` forward only, and every frame comes out at once."""

    def __init__(self, stabilizer: FrameStabilizer, inner: Estimator, spec: ShotSpec) -> None:
        """inner: of the same shot; it gives every frame back with the push that brings it."""
        self._stabilizer = stabilizer
        self._inner = inner
        self._frame_count = spec.frame_count
        self._forward_only = spec.settings.streaming
        self._size = processed_size(spec)
        self._seen: dict[int, Seen] = {}
        self._pushed = 0
        self._returned = 0

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        finished: list[Disparity] = []
        for frame in frames:
            self._tell(progress, self._pushed, 1)
            (depth,) = self._inner.push([frame], _nothing)
            smaller = depth.shape[1] > self._size[0] and depth.shape[0] > self._size[1]
            depth = cv2.resize(depth, self._size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
            self._see(resized(frame.rgb, self._size), depth.astype(np.float32, copy=False))
            while self._returned < self._pushed and self._is_ready(self._returned):
                finished.append(self._steady(self._returned, progress))
        return finished

    def finish(self, progress: Report) -> list[Disparity]:
        return []

    def report(self) -> tuple[WindowSeam, ...]:
        return ()

    def state(self) -> EstimatorState:
        """Without features: they are the same when they are computed again, and much larger."""
        inner, kept = self._inner.state(), [self._seen[number] for number in sorted(self._seen)]
        arrays: dict[str, NDArray[Any]] = {INNER + name: array for name, array in inner.arrays.items()}
        if kept:
            arrays["pictures"] = np.stack([seen.picture for seen in kept])
            arrays["depths"] = np.stack([seen.depth for seen in kept])
        return EstimatorState(self._pushed, self._returned, inner.values, arrays)

    def restore(self, state: EstimatorState) -> None:
        pictures = state.arrays.get("pictures", ())
        self._pushed, self._returned = state.pushed - len(pictures), state.returned
        for picture, depth in zip(pictures, state.arrays.get("depths", ())):
            self._see(picture, depth)
        inner = {name.removeprefix(INNER): array for name, array in state.arrays.items() if name.startswith(INNER)}
        self._inner.restore(EstimatorState(state.pushed, state.pushed, state.values, inner))

    def _see(self, picture: Rgb, depth: Disparity) -> None:
        self._seen[self._pushed] = Seen(picture, depth, self._stabilizer.encode(picture, depth))
        self._pushed += 1

    def _is_ready(self, number: int) -> bool:
        """Whether all that a frame's disparity depends on has been seen."""
        return number + max(map(max, self._steps(number))) < self._pushed

    def _steps(self, number: int) -> list[tuple[int, ...]]:
        """By how much the reference frames of each direction lie after a frame; all 0 where it stands for them."""
        alone = (0,) * WINDOW
        forward = (-3, -2, -1, 0) if number >= REACH else alone
        backward = (3, 2, 1, 0) if number < self._frame_count - REACH else alone
        return [forward] if self._forward_only or forward == backward else [forward, backward]

    def _steady(self, number: int, progress: Report) -> Disparity:
        directions: list[Disparity] = []
        for step, window in enumerate(self._steps(number), start=2):
            self._tell(progress, number, step)
            frames = [self._seen[number + apart].features for apart in window]
            directions.append(self._stabilizer.stabilize(frames, self._seen[number].picture))
        self._returned += 1
        for old in [each for each in self._seen if each < self._returned - REACH]:
            del self._seen[old]
        return np.asarray(np.mean(directions, axis=0), np.float32)

    def _tell(self, progress: Report, number: int, step: int) -> None:
        progress(WindowProgress(number + 1, self._frame_count, step, 2 if self._forward_only else 3))


def _nothing(_: WindowProgress) -> None:
    """The other model's own steps are too small to tell of."""
