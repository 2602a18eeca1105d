# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What one window costs with full-size networks. Random weights cost what the published ones do, and see no depth."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import torch
from torch import nn

from depth_engine.models.base import ExecutionPlan
from depth_engine.models.depthcrafter.networks import Networks
from depth_engine.models.depthcrafter.pipeline import Condition, Pipeline, make_pipeline
from depth_engine.models.depthcrafter.settings import ENCODE_CHUNK
from depth_engine.models.svd import published
from depth_engine.models.svd.networks import build_clip, build_unet, build_vae, fill_buffers

STAGES = ("encode", "denoise", "decode")


@dataclass(frozen=True, slots=True)
class StageCost:
    """milliseconds: for each frame of the window; peak_bytes: of the device's memory (on a CPU, the process's)."""

    milliseconds: float
    peak_bytes: int


def random_networks(device: str, dtype: torch.dtype) -> Networks:
    """Networks of the published sizes with random weights that keep numbers in range. The same on every call."""
    unet, vae, clip = build_unet(published.UNET), build_vae(published.VAE), build_clip(published.CLIP)
    generator = torch.Generator(device).manual_seed(0)
    modules: tuple[nn.Module, ...] = (unet, vae, clip)
    for network in modules:
        nn.Module.to(network.to_empty(device=device), dtype)  # diffusers' own `to` would warn of nothing
        fill_buffers(network)
        for name, parameter in network.named_parameters():
            _fill(name, parameter, generator)
        network.eval()
    return Networks(
        unet,
        vae,
        published.SIGMA_MIN,
        published.SIGMA_MAX,
        published.VAE["scaling_factor"],
        clip,
        torch.tensor(published.IMAGE_MEAN),
        torch.tensor(published.IMAGE_STD),
    )


def measure_window(
    networks: Networks,
    device: str,
    plan: ExecutionPlan,
    size: tuple[int, int],
    frames: int,
    steps: int,
    measured: Callable[[], None],
) -> dict[str, StageCost]:
    """Cost of each of STAGES and of "all" for one window of `frames` frames of `size` (width, height).

    The networks are changed in place as the plan says. measured: called after each stage.
    """
    stages = _Stages(make_pipeline(networks, device, plan), size, frames, steps, plan.decode_chunk)
    costs: dict[str, StageCost] = {}
    for name in STAGES:
        costs[name] = stages.measured(name)
        measured()
    costs["all"] = StageCost(sum(c.milliseconds for c in costs.values()), max(c.peak_bytes for c in costs.values()))
    return costs


class _ResidentMemory:
    """The process's peak memory within a block, looked at fifty times a second."""

    def __enter__(self) -> _ResidentMemory:
        self.peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            self.peak = max(self.peak, process.memory_info().rss)
            if self._ended.wait(0.02):
                return


class _Stages:
    """One window's way, a stage at a time."""

    def __init__(self, pipeline: Pipeline, size: tuple[int, int], frames: int, steps: int, decode_chunk: int) -> None:
        width, height = size
        generator = torch.Generator().manual_seed(1)
        self._pipeline = pipeline
        self._frames, self._decode_chunk = frames, decode_chunk
        self._pictures = torch.rand(min(frames, ENCODE_CHUNK), 3, height, width, generator=generator) * 2 - 1
        self._noise = torch.randn(frames, 4, height // 8, width // 8, generator=generator)
        self._schedule = pipeline.schedule(steps)
        self._condition: Condition | None = None
        self._latents = torch.zeros(0)

    def measured(self, name: str) -> StageCost:
        """The stage runs twice, the first time unmeasured: then kernels are chosen and memory is there."""
        stage: Callable[[], None] = getattr(self, name)
        cuda = self._pipeline.device.type == "cuda"
        stage()
        if cuda:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        started = time.perf_counter()
        with _ResidentMemory() as resident:
            stage()
            if cuda:
                torch.cuda.synchronize()
        seconds = time.perf_counter() - started
        peak = torch.cuda.max_memory_allocated() if cuda else resident.peak
        return StageCost(1000 * seconds / self._frames, peak)

    def encode(self) -> None:
        parts = [
            self._pipeline.encode(self._pictures, torch.zeros_like(self._pictures))
            for _ in range(0, self._frames, len(self._pictures))
        ]
        tokens, latents = torch.cat([part.tokens for part in parts]), torch.cat([part.latents for part in parts])
        self._condition = Condition(tokens, latents)[slice(0, self._frames)]

    def denoise(self) -> None:
        assert self._condition is not None  # noqa: S101  encoded before
        known = torch.zeros(0, *self._noise.shape[1:], device=self._pipeline.device)
        self._latents = self._pipeline.denoise(self._condition, self._noise, known, self._schedule, 1.0, lambda _: None)

    def decode(self) -> None:
        for first in range(0, self._frames, self._decode_chunk):
            disparity = self._pipeline.decode(self._latents[first : first + self._decode_chunk], clamp=False).cpu()
            if not torch.isfinite(disparity).all():
                raise RuntimeError("the random networks' numbers went out of range")


def _fill(name: str, parameter: nn.Parameter, generator: torch.Generator) -> None:
    with torch.no_grad():
        if parameter.ndim > 1:
            fan_in = parameter[0].numel()
            parameter.normal_(0, 0.5 * fan_in**-0.5, generator=generator)
        elif name.endswith(("bias", "mix_factor")):
            parameter.zero_()
        else:
            parameter.fill_(1.0)
