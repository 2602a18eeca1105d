# SPDX-License-Identifier: Apache-2.0
"""ChronoDepth at work on a shot of any length: frames are encoded, denoised by windows, decoded, and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from depth_engine.footage.frame import Frame
from depth_engine.inference.device import DTYPES
from depth_engine.models import chronodepth
from depth_engine.models.affine_depth import to_disparity
from depth_engine.models.base import (
    Disparity,
    EstimatorState,
    ExecutionPlan,
    ModelInfo,
    Report,
    ShotSpec,
    WindowProgress,
    WindowSeam,
)
from depth_engine.models.chronodepth.networks import load_networks
from depth_engine.models.chronodepth.pipeline import Pipeline, make_pipeline
from depth_engine.models.chronodepth.settings import ENCODE_CHUNK, resolve
from depth_engine.models.svd.frames import network_input, pictures
from depth_engine.models.svd.noise import make_noise
from depth_engine.models.svd.sizes import LATENT_SCALE, content_size, processed_size
from depth_engine.models.weights import find_weights


@dataclass(frozen=True, slots=True)
class ChronoDepth:
    """The pipeline, ready for shots (a `models.base.Model`)."""

    pipeline: Pipeline
    weights: str
    device: str
    plan: ExecutionPlan

    @property
    def info(self) -> ModelInfo:
        return chronodepth.INFO

    def open_shot(self, spec: ShotSpec) -> ChronoDepthEstimator:
        return ChronoDepthEstimator(self, spec)


def load_model(weights: Path | None, device: str, plan: ExecutionPlan) -> ChronoDepth:
    """As `depth_engine.models.chronodepth.load`."""
    found = find_weights(chronodepth.INFO, weights)
    networks = load_networks(found.root, DTYPES[plan.precision])
    return ChronoDepth(make_pipeline(networks, device, plan), found.identity, device, plan)


class ChronoDepthEstimator:
    """One shot (a `models.base.Estimator`).

    Held between pushes: conditions and latents from the next window's first frame on, and latents that do not fill a
    decode chunk yet: less than a megabyte, whatever the shot's length.
    """

    def __init__(self, model: ChronoDepth, spec: ShotSpec) -> None:
        self._pipeline = model.pipeline
        self._spec = spec
        self._settings = resolve(spec)
        self._decode_chunk = model.plan.decode_chunk or self._settings.decode_chunk
        self._content, self._size = content_size(spec), processed_size(spec)
        self._shape = (4, self._size[1] // LATENT_SCALE, self._size[0] // LATENT_SCALE)
        self._noise = make_noise(spec.settings.seed, spec.settings.noise)
        self._schedule = self._pipeline.schedule(self._settings.steps)
        self._batch: list[Frame] = []
        self._encoded = 0
        self._returned = 0
        self._window = 0
        self._condition = self._known = self._queue = torch.zeros(0, *self._shape, device=self._pipeline.device)

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        finished: list[Disparity] = []
        for frame in frames:
            self._batch.append(frame)
            if len(self._batch) == ENCODE_CHUNK:
                finished += self._advance(progress)
        return finished

    def finish(self, progress: Report) -> list[Disparity]:
        return self._advance(progress)

    def report(self) -> tuple[WindowSeam, ...]:
        """None: every frame is found once, so there are no two findings of a frame to compare."""
        return ()

    def _advance(self, progress: Report) -> list[Disparity]:
        """Encode what was pushed, and compute every window that is complete now."""
        progress(self._where(0))
        self._encode()
        finished: list[Disparity] = []
        while self._window < self._settings.windows and self._encoded >= self._settings.window(self._window).end:
            self._denoise(progress)
            finished += self._decode(progress)
        return finished

    def _where(self, step: int) -> WindowProgress:
        windows = self._settings.windows
        return WindowProgress(min(self._window + 1, windows), windows, step + 1, self._settings.steps)

    def _encode(self) -> None:
        if not self._batch:
            return
        frames = network_input([frame.rgb for frame in self._batch], self._content, self._size)
        first = self._spec.start + self._encoded
        noise = torch.stack([self._noise.augmentation(first + k, self._shape) for k in range(len(frames))])
        self._condition = torch.cat([self._condition, self._pipeline.encode(frames, noise)])
        self._encoded += len(frames)
        self._batch = []

    def _denoise(self, progress: Report) -> None:
        """Compute the next window, queue its new frames and keep what the window after it begins with."""
        window = self._settings.window(self._window)
        fresh = range(window.start + window.overlap, window.end)
        noise = torch.stack([self._noise.initial(frame, self._shape) for frame in fresh])
        found = self._pipeline.denoise(
            self._condition[: len(window)],
            self._known,
            noise,
            self._schedule,
            lambda step: progress(self._where(step)),
        )
        self._queue = torch.cat([self._queue, found])
        self._window += 1
        last = self._window == self._settings.windows
        passed = (window.end if last else self._settings.window(self._window).start) - window.start
        self._known = torch.cat([self._known, found])[passed:]
        self._condition = self._condition[passed:]

    def _decode(self, progress: Report) -> list[Disparity]:
        """Decode whole chunks, which are aligned at the shot's first frame, and after the last window the rest."""
        last = self._window == self._settings.windows
        finished: list[Disparity] = []
        while len(self._queue) >= self._decode_chunk or (last and len(self._queue)):
            progress(self._where(self._settings.steps - 1))
            depth = pictures(self._pipeline.decode(self._queue[: self._decode_chunk]), self._content)
            finished.extend(to_disparity(depth))
            self._queue = self._queue[self._decode_chunk :]
        self._returned += len(finished)
        return finished

    def state(self) -> EstimatorState:
        tensors: dict[str, Tensor] = {"conditions": self._condition, "known": self._known, "queue": self._queue}
        arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
        return EstimatorState(self._encoded, self._returned, {"window": self._window}, arrays)

    def restore(self, state: EstimatorState) -> None:
        device = self._pipeline.device
        tensors = {name: torch.as_tensor(array.copy()).to(device) for name, array in state.arrays.items()}
        self._condition, self._known, self._queue = tensors["conditions"], tensors["known"], tensors["queue"]
        self._encoded, self._returned = state.pushed, state.returned
        self._window = state.values["window"]
