# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What one window costs with the full-size networks. Random weights cost what the published ones do; no depth is seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import torch
from torch import Tensor, nn

from depth_engine.inference.device import DTYPES
from depth_engine.models.base import ExecutionPlan
from depth_engine.models.depthcrafter import published
from depth_engine.models.depthcrafter.networks import Networks, build_clip, build_unet, build_vae, fill_buffers
from depth_engine.models.depthcrafter.pipeline import Pipeline, make_pipeline

ENCODE_CHUNK = 8


@dataclass(frozen=True, slots=True)
class StageCost:
    """milliseconds: for each frame of the window; peak_bytes: of the device's memory (on a CPU, the process's)."""

    milliseconds: float
    peak_bytes: int


def random_networks(device: str, dtype: torch.dtype, configs: object = published) -> Networks:
    """Networks of the published sizes with random weights that keep numbers in range. The same on every call."""
    source = published if configs is published else configs
    unet, vae, clip = build_unet(source.UNET), build_vae(source.VAE), build_clip(source.CLIP)
    generator = torch.Generator(device).manual_seed(0)
    for network in (unet, vae, clip):
        network.to_empty(device=device)
        network.to(dtype)
        fill_buffers(network)
        for name, parameter in network.named_parameters():
            _fill(name, parameter, generator)
        network.requires_grad_(False).eval()
    return Networks(
        unet,
        vae,
        clip,
        published.SIGMA_MIN,
        published.SIGMA_MAX,
        torch.tensor(published.IMAGE_MEAN),
        torch.tensor(published.IMAGE_STD),
        published.VAE["scaling_factor"],
    )


def measure_window(
    device: str, plan: ExecutionPlan, size: tuple[int, int], frames: int, steps: int, *, networks: Networks | None = None
) -> dict[str, StageCost]:
    """Cost of "encode", "denoise" and "decode" of one window of `frames` frames of `size` (width, height), and "all"."""
    pipeline = make_pipeline(networks or random_networks(device, DTYPES[plan.precision]), device, plan)
    width, height = size
    generator = torch.Generator().manual_seed(1)
    pictures = torch.rand(ENCODE_CHUNK, 3, height, width, generator=generator) * 2 - 1
    noise = torch.randn(frames, 4, height // 8, width // 8, generator=generator)
    costs: dict[str, StageCost] = {}

    def encode() -> object:
        parts = [pipeline.encode(pictures, torch.zeros_like(pictures)) for _ in range(0, frames, ENCODE_CHUNK)]
        condition = parts[0]
        for part in parts[1:]:
            condition = condition.followed_by(part)
        return condition[slice(0, frames)]

    condition, costs["encode"] = _measured(pipeline, encode, frames)
    schedule = pipeline.schedule(steps)
    known = torch.zeros(0, *noise.shape[1:], device=pipeline.device)
    latents, costs["denoise"] = _measured(
        pipeline, lambda: pipeline.denoise(condition, noise, known, schedule, 1.0, lambda _: None), frames
    )

    def decode() -> Tensor:
        chunks = latents.split(plan.decode_chunk)
        return torch.cat([pipeline.decode(chunk, clamp=False).cpu() for chunk in chunks])

    disparity, costs["decode"] = _measured(pipeline, decode, frames)
    if not torch.isfinite(disparity).all():
        raise RuntimeError("the random networks' numbers went out of range")
    costs["all"] = StageCost(sum(c.milliseconds for c in costs.values()), max(c.peak_bytes for c in costs.values()))
    return costs


def _measured(pipeline: Pipeline, stage: Callable[[], object], frames: int) -> tuple[object, StageCost]:
    """Run twice: kernels are chosen and compiled in the first round."""
    cuda = pipeline.device.type == "cuda"
    if cuda:
        stage()
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    result = stage()
    if cuda:
        torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    peak = torch.cuda.max_memory_allocated() if cuda else psutil.Process().memory_info().rss
    return result, StageCost(1000 * seconds / frames, peak)


def _fill(name: str, parameter: nn.Parameter, generator: torch.Generator) -> None:
    with torch.no_grad():
        if parameter.ndim > 1:
            fan_in = parameter[0].numel()
            parameter.normal_(0, 0.5 * fan_in**-0.5, generator=generator)
        elif name.endswith("bias") or name.endswith("mix_factor"):
            parameter.zero_()
        else:
            parameter.fill_(1.0)
