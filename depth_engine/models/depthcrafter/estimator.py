# SPDX-License-Identifier: Apache-2.0
"""DepthCrafter at work on a shot of any length: frames are encoded, denoised by windows, decoded, and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from depth_engine.footage.frame import Frame
from depth_engine.inference.device import DTYPES
from depth_engine.models import depthcrafter
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
from depth_engine.models.depthcrafter.networks import load_networks
from depth_engine.models.depthcrafter.pipeline import Condition, Pipeline, make_pipeline
from depth_engine.models.depthcrafter.settings import ENCODE_CHUNK, resolve
from depth_engine.models.depthcrafter.stitching import blend_weights, cross_fade
from depth_engine.models.drift import Affine, fit_drift, thinned
from depth_engine.models.svd.frames import network_input, pictures
from depth_engine.models.svd.noise import make_noise
from depth_engine.models.svd.sizes import LATENT_SCALE, content_size, processed_size
from depth_engine.models.weights import find_weights


@dataclass(frozen=True, slots=True)
class DepthCrafter:
    """The pipeline, ready for shots (a `models.base.Model`)."""

    pipeline: Pipeline
    weights: str
    device: str
    plan: ExecutionPlan

    @property
    def info(self) -> ModelInfo:
        return depthcrafter.INFO

    def open_shot(self, spec: ShotSpec, on_latents: Callable[[Tensor], None] | None = None) -> DepthCrafterEstimator:
        """on_latents: gets the stitched latents [n,4,h,w] on the CPU as they become final, in order."""
        return DepthCrafterEstimator(self, spec, on_latents)


def load_model(weights: Path | None, device: str, plan: ExecutionPlan) -> DepthCrafter:
    """As `depth_engine.models.depthcrafter.load`."""
    found = find_weights(depthcrafter.INFO, weights)
    networks = load_networks(found.root, DTYPES[plan.precision])
    return DepthCrafter(make_pipeline(networks, device, plan), found.identity, device, plan)


class DepthCrafterEstimator:
    """One shot (a `models.base.Estimator`).

    Held between pushes: conditions from the next window's first frame on, the latents that it shares with the last
    window, and final latents that do not fill a decode chunk yet: a few megabytes, whatever the shot's length.
    """

    def __init__(self, model: DepthCrafter, spec: ShotSpec, on_latents: Callable[[Tensor], None] | None) -> None:
        self._pipeline = model.pipeline
        self._spec = spec
        self._settings = resolve(spec)
        self._decode_chunk = model.plan.decode_chunk or self._settings.decode_chunk
        self._content, self._size = content_size(spec), processed_size(spec)
        self._noise = make_noise(spec.settings.seed, spec.settings.noise)
        self._schedule = self._pipeline.schedule(self._settings.steps)
        self._on_latents = on_latents
        self._batch: list[Frame] = []
        self._encoded = 0
        self._returned = 0
        self._window = 0
        self._condition: Condition | None = None
        self._tail = self._no_latents()
        self._tail_affines: list[Affine] = []
        self._queue = self._no_latents()
        self._queue_affines: list[Affine] = []
        self._affine = Affine()
        self._seams: list[WindowSeam] = []

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
        return tuple(self._seams)

    def _advance(self, progress: Report) -> list[Disparity]:
        """Encode what was pushed, and compute every window that is complete now."""
        progress(self._where(0))
        self._encode()
        finished: list[Disparity] = []
        windows = self._settings.windows
        while self._window < len(windows) and self._encoded >= windows[self._window].end:
            self._denoise(progress)
            finished += self._decode(progress)
        return finished

    def _where(self, step: int) -> WindowProgress:
        windows = len(self._settings.windows)
        return WindowProgress(min(self._window + 1, windows), windows, step + 1, self._settings.steps)

    def _encode(self) -> None:
        if not self._batch:
            return
        frames = network_input([frame.rgb for frame in self._batch], self._content, self._size)
        first = self._spec.start + self._encoded
        shape = (3, self._size[1], self._size[0])
        noise = torch.stack([self._noise.augmentation(first + k, shape) for k in range(len(frames))])
        encoded = self._pipeline.encode(frames, noise)
        self._condition = self._condition.followed_by(encoded) if self._condition else encoded
        self._encoded += len(frames)
        self._batch = []

    def _denoise(self, progress: Report) -> None:
        """Compute the next window, join it to the last one, and queue the frames that no later window changes."""
        windows = self._settings.windows
        window = windows[self._window]
        following = windows[self._window + 1].start if self._window + 1 < len(windows) else window.end
        latents = self._window_latents(window.start, window.end, progress)
        overlap, shared = window.overlap, latents[: window.overlap]
        if overlap:
            shared = cross_fade(self._tail, latents[:overlap])
            self._measure_seam(latents[:overlap], progress)
        stitched = torch.cat([shared, latents[overlap:]])
        weights = [float(weight) for weight in blend_weights(overlap)]
        affines = [
            *(old.faded(self._affine, weight) for old, weight in zip(self._tail_affines, weights)),
            *[self._affine] * (len(latents) - overlap),
        ]
        final = following - window.start
        self._queue = torch.cat([self._queue, stitched[:final]])
        self._queue_affines += affines[:final]
        self._tail, self._tail_affines = stitched[final:], affines[final:]
        assert self._condition is not None  # noqa: S101  the window was encoded
        self._condition = self._condition[slice(final, None)]
        self._window += 1
        if self._on_latents:
            self._on_latents(stitched[:final].cpu())

    def _window_latents(self, start: int, end: int, progress: Report) -> Tensor:
        assert self._condition is not None  # noqa: S101  the window was encoded
        shape = (4, self._size[1] // LATENT_SCALE, self._size[0] // LATENT_SCALE)
        cycle = min(self._settings.cycle, self._spec.frame_count)
        noise = torch.stack([self._noise.initial(frame % cycle, shape) for frame in range(start, end)])
        return self._pipeline.denoise(
            self._condition[slice(0, end - start)],
            noise,
            self._tail,
            self._schedule,
            self._settings.guidance,
            lambda step: progress(self._where(step)),
        )

    def _measure_seam(self, later: Tensor, progress: Report) -> None:
        """Decode the whole overlap as both windows have it, compare, and change the affine where that pays.

        Every frame is compared, not a few, for the report speaks of the whole overlap and windows agree differently at
        its ends. With 25 of 110 frames shared that adds 59 % to the decoding. The published code knows no alignment, so
        nothing is measured or changed where its numbers are wanted.
        """
        if self._settings.reference:
            return
        fit = fit_drift(
            self._shared_disparity(self._tail, self._tail_affines, progress),
            self._shared_disparity(later, [self._affine] * len(later), progress),
        )
        if fit.worthwhile:
            self._affine = fit.affine.after(self._affine)
        window = self._settings.windows[self._window]
        self._seams.append(
            WindowSeam(
                window.start,
                window.start + window.overlap - 1,
                fit.affine.scale,
                fit.affine.shift,
                fit.residual,
                fit.aligned_residual,
                fit.worthwhile,
            )
        )

    def _shared_disparity(self, latents: Tensor, affines: Sequence[Affine], progress: Report) -> Disparity:
        """A sample of what one window makes of an overlap [n,h,w], decoded in chunks from the overlap's start."""
        pictures: list[Disparity] = []
        for first in range(0, len(latents), self._decode_chunk):
            progress(self._where(self._settings.steps - 1))
            decoded = self._disparity(latents[first : first + self._decode_chunk])
            pictures.extend(thinned(decoded, len(latents)))
        return np.stack([affine(picture) for picture, affine in zip(pictures, affines)])

    def _decode(self, progress: Report) -> list[Disparity]:
        """Decode whole chunks, which are aligned at the shot's first frame, and after the last window the rest."""
        last = self._window == len(self._settings.windows)
        finished: list[Disparity] = []
        while len(self._queue) >= self._decode_chunk or (last and len(self._queue)):
            progress(self._where(self._settings.steps - 1))
            chunk = slice(0, self._decode_chunk)
            pictures = self._disparity(self._queue[chunk])
            finished += [affine(picture) for picture, affine in zip(pictures, self._queue_affines[chunk])]
            self._queue = self._queue[self._decode_chunk :]
            del self._queue_affines[chunk]
        self._returned += len(finished)
        return finished

    def _disparity(self, latents: Tensor) -> Disparity:
        """Latents of frames that are decoded together, as disparity of the content [n,h,w]."""
        return pictures(self._pipeline.decode(latents, clamp=self._settings.reference), self._content)

    def state(self) -> EstimatorState:
        condition = self._condition or Condition(torch.zeros(0), torch.zeros(0))
        tensors = {
            "tokens": condition.tokens,
            "conditions": condition.latents,
            "tail": self._tail,
            "queue": self._queue,
        }
        values = {
            "window": self._window,
            "affine": _pair(self._affine),
            "tail_affines": [_pair(affine) for affine in self._tail_affines],
            "queue_affines": [_pair(affine) for affine in self._queue_affines],
            "seams": [list(astuple(seam)) for seam in self._seams],
        }
        arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
        return EstimatorState(self._encoded, self._returned, values, arrays)

    def restore(self, state: EstimatorState) -> None:
        device = self._pipeline.device
        tensors = {name: torch.as_tensor(array.copy()).to(device) for name, array in state.arrays.items()}
        self._encoded, self._returned = state.pushed, state.returned
        self._condition = Condition(tensors["tokens"], tensors["conditions"]) if len(tensors["tokens"]) else None
        self._tail, self._queue = tensors["tail"], tensors["queue"]
        self._window = state.values["window"]
        self._affine = Affine(*state.values["affine"])
        self._tail_affines = [Affine(*pair) for pair in state.values["tail_affines"]]
        self._queue_affines = [Affine(*pair) for pair in state.values["queue_affines"]]
        self._seams = [WindowSeam(*seam) for seam in state.values["seams"]]

    def _no_latents(self) -> Tensor:
        width, height = self._size
        return torch.zeros(0, 4, height // LATENT_SCALE, width // LATENT_SCALE, device=self._pipeline.device)


def _pair(affine: Affine) -> list[float]:
    return [affine.scale, affine.shift]
