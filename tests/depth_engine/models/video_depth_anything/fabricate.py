# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights in the published layout, of the published size, with random values."""

from __future__ import annotations

from pathlib import Path

import torch

from depth_engine.models.video_depth_anything.checkpoint import UNUSED
from depth_engine.models.video_depth_anything.files import CHECKPOINTS
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork


def fabricate(name: str, folder: Path) -> None:
    """The published layout names no sizes: only a network of full size can be told from the others. In 16 bits."""
    (checkpoint,) = (each for each in CHECKPOINTS if each.info.name == name)
    with torch.device("meta"):
        network = VideoDepthNetwork(checkpoint.architecture)
    few = torch.randn(10_007, generator=torch.Generator().manual_seed(0)).half()
    tensors = {key: _filled(key, tensor, few) for key, tensor in network.state_dict().items()}
    (file,) = checkpoint.info.files
    torch.save(tensors | {unused: torch.zeros(3) for unused in UNUSED}, folder / file.path)


def _filled(name: str, like: torch.Tensor, few: torch.Tensor) -> torch.Tensor:
    """The same few random numbers again and again, in a size that keeps a network's numbers in range."""
    values = few.repeat(-(-like.numel() // len(few)))[: like.numel()].view(like.shape)
    if like.ndim == 1:
        return 0.1 * values + (1.0 if name.endswith(("norm.weight", "gamma")) or ".norm" in name else 0.1)
    return values / like[0].numel() ** 0.5
