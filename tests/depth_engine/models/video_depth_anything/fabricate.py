# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights in the published layout, of the published size, with random values."""

from __future__ import annotations

from pathlib import Path

import torch

from depth_engine.models.video_depth_anything.checkpoint import UNUSED
from depth_engine.models.video_depth_anything.files import CHECKPOINTS
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from tests.depth_engine.models.video_depth_anything.cases import parameters


def fabricate(name: str, folder: Path) -> None:
    """The published layout names no sizes: only a network of full size can be told from the others. In 16 bits."""
    (checkpoint,) = (each for each in CHECKPOINTS if each.info.name == name)
    tensors = parameters(VideoDepthNetwork(checkpoint.architecture)) | {unused: torch.zeros(3) for unused in UNUSED}
    (file,) = checkpoint.info.files
    torch.save({key: tensor.half() for key, tensor in tensors.items()}, folder / file.path)
