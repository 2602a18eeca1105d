# SPDX-License-Identifier: Apache-2.0
"""Frames on their way into the networks, and pictures on their way back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Rgb
from depth_engine.models.base import Disparity
from depth_engine.models.pictures import resized


def network_input(pictures: Sequence[Rgb], content: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Pictures [H,W,3] uint8 as [n,3,h,w] in [-1,1]: resized to the content's size, edges repeated to the size."""
    stacked = np.stack([resized(rgb, content) for rgb in pictures])
    frames = torch.as_tensor(stacked).permute(0, 3, 1, 2).float() / 255.0
    padding = (0, size[0] - content[0], 0, size[1] - content[1])
    if any(padding):
        frames = functional.pad(frames, padding, mode="replicate")
    return frames * 2.0 - 1.0


def pictures(decoded: Tensor, content: tuple[int, int]) -> Disparity:
    """Decoded pictures [n,H,W] without the repeated edges [n,h,w]. Raises DepthError where a number is not finite."""
    cropped = decoded[:, : content[1], : content[0]].contiguous().cpu().numpy()
    if not np.isfinite(cropped).all():
        raise DepthError(ExitCode.INTERNAL, "The networks' numbers went out of range.", "Use --precision bf16 or fp32.")
    return cropped
