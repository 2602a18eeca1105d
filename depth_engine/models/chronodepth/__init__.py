# SPDX-License-Identifier: Apache-2.0
"""ChronoDepth (Shao et al., CVPR 2025, arXiv 2406.01493): video diffusion in short windows, each of which begins with
what the one before has found.

Written from the paper and the facts of the published program and weights; nothing of the authors' code is in it.
"""

from __future__ import annotations

from pathlib import Path

from depth_engine.models.base import ExecutionPlan, Model, ModelInfo, Precision, ShotSpec
from depth_engine.models.chronodepth.files import FILES
from depth_engine.models.chronodepth.settings import WINDOW, network_sizes, resolve, work
from depth_engine.models.svd import memory
from depth_engine.models.svd.sizes import content_size, processed_size

__all__ = ["INFO", "disparity_size", "execution_plans", "guess_seconds", "load", "processed_size", "window_count"]

INFO = ModelInfo(
    name="chronodepth",
    title="ChronoDepth",
    kind="disparity",
    temporal=True,
    licence="MIT; derived from SVD-XT: Stability AI community licence",
    commercial_use=False,
    summary="Video diffusion in short windows, each built on the one before. Wants a graphics card with 8 GB or more.",
    files=FILES,
    included=False,
    window=WINDOW,
    group="Baselines",
    half_precision="fp16",
    settings=("seed", "noise", "steps", "window", "overlap", "decode_chunk", "compat"),
    licence_url="https://huggingface.co/stabilityai/stable-video-diffusion-img2vid-xt/blob/main/LICENSE.md",
    licence_summary=(
        "The authors put their code and weights under MIT (https://huggingface.co/jhshao/ChronoDepth-v1), but the "
        "weights were made from Stable Video Diffusion XT, whose networks come with them: Stability AI's community "
        "licence holds for all of it. Research and other non-commercial use is free; commercial use needs a "
        "registration with Stability AI, and a licence of its own above a million US dollars of revenue a year."
    ),
)


def disparity_size(spec: ShotSpec) -> tuple[int, int]:
    """The content's, without the repeated edges."""
    return content_size(spec)


def window_count(spec: ShotSpec) -> int:
    """Windows of such a shot."""
    return resolve(spec).windows


def guess_seconds(spec: ShotSpec, device: str, weights: Path | None = None) -> float:
    """Seconds for each frame, from its floating-point operations and what a device of this kind usually does."""
    return memory.seconds(work(spec), network_sizes(weights), device)


def execution_plans(
    spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
) -> tuple[ExecutionPlan, ...]:
    """From all weights resident to weights fetched block by block; see `svd.memory`."""
    return memory.execution_plans(work(spec), network_sizes(weights), device, precision)


def load(weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
    """The networks, ready for shots. weights: a folder with chronodepth/ and svd/ as they are published; None: the
    fetched ones.

    Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
    """
    from depth_engine.models.chronodepth.estimator import load_model

    return load_model(weights, device, plan)
