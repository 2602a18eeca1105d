# SPDX-License-Identifier: Apache-2.0
"""DepthCrafter (Hu et al. 2024, arXiv 2409.02095): video diffusion, consistent over time, for footage of any length.

Written from the paper and the published weights' configuration; nothing of the authors' code is in it.
"""

from __future__ import annotations

from pathlib import Path

from depth_engine.models.base import ExecutionPlan, Model, ModelInfo, Precision, ShotSpec
from depth_engine.models.depthcrafter.files import FILES
from depth_engine.models.depthcrafter.folder import LAYOUT
from depth_engine.models.depthcrafter.memory import work
from depth_engine.models.depthcrafter.settings import WINDOW, resolve
from depth_engine.models.svd import memory
from depth_engine.models.svd.sizes import content_size, processed_size

__all__ = ["INFO", "disparity_size", "execution_plans", "guess_seconds", "load", "processed_size", "window_count"]

INFO = ModelInfo(
    name="depthcrafter",
    title="DepthCrafter",
    kind="disparity",
    temporal=True,
    licence="DepthCrafter academic licence; SVD-XT: Stability AI community licence",
    commercial_use=False,
    summary="Video diffusion: the steadiest depth over time, fine edges. Wants a graphics card with 12 GB or more.",
    files=FILES,
    included=False,
    window=WINDOW,
    group="Best Quality",
    half_precision="fp16",
    settings=("seed", "noise", "steps", "guidance", "window", "overlap", "decode_chunk", "compat"),
    licence_url="https://huggingface.co/tencent/DepthCrafter/blob/main/LICENSE",
    licence_summary=(
        "For academic, research and education purposes only; commercial or production use is excluded. "
        "The networks of Stable Video Diffusion XT that come with it are under Stability AI's community licence: "
        "https://huggingface.co/stabilityai/stable-video-diffusion-img2vid-xt/blob/main/LICENSE.md"
    ),
)


def disparity_size(spec: ShotSpec) -> tuple[int, int]:
    """The content's, without the repeated edges."""
    return content_size(spec)


def window_count(spec: ShotSpec) -> int:
    """Windows of such a shot."""
    return len(resolve(spec).windows)


def guess_seconds(spec: ShotSpec, device: str, weights: Path | None = None) -> float:
    """Seconds for each frame, from its floating-point operations and what a device of this kind usually does."""
    return memory.seconds(work(spec), LAYOUT.network_sizes(weights), device)


def execution_plans(
    spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
) -> tuple[ExecutionPlan, ...]:
    """From all weights resident to weights fetched block by block; see `svd.memory`."""
    return memory.execution_plans(work(spec), LAYOUT.network_sizes(weights), device, precision)


def load(weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
    """The networks, ready for shots. weights: a folder with depthcrafter/ and svd/ as they are published; None: the
    fetched ones.

    Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
    """
    from depth_engine.models.depthcrafter.estimator import load_model

    return load_model(weights, device, plan)
