# SPDX-License-Identifier: Apache-2.0
"""What CLIP sees of a frame: 224x224, reduced without aliasing as Stable Video Diffusion does it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CLIP_SIDE = 224


def clip_input(frames: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Frames [n,3,H,W] in [-1,1] as CLIP's pixel values [n,3,224,224]. mean, std: [3], of its preprocessor config."""
    small = (antialiased_resize(frames) + 1) / 2
    return (small - mean[:, None, None]) / std[:, None, None]


def antialiased_resize(frames: Tensor) -> Tensor:
    """Frames [n,c,H,W] at 224x224, the aspect given up: a Gaussian blur for each axis, then bicubic samples that hit
    the corners.
    """
    for axis in (3, 2):
        frames = _blur(frames, axis, frames.shape[axis] / CLIP_SIDE)
    return functional.interpolate(frames, (CLIP_SIDE, CLIP_SIDE), mode="bicubic", align_corners=True)


def _blur(frames: Tensor, axis: int, factor: float) -> Tensor:
    """Blur along axis 2 or 3 with sigma (factor - 1) / 2 over about four sigmas; edges are mirrored."""
    sigma = max((factor - 1) / 2, 0.001)
    length = int(max(4 * sigma, 3)) | 1
    offsets = torch.arange(length, dtype=frames.dtype, device=frames.device) - length // 2
    kernel = torch.exp(-(offsets**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    before = after = length // 2
    padding = (before, after, 0, 0) if axis == 3 else (0, 0, before, after)
    shape = (1, 1, 1, length) if axis == 3 else (1, 1, length, 1)
    channels = frames.shape[1]
    padded = functional.pad(frames, padding, mode="reflect")
    return functional.conv2d(padded, kernel.reshape(shape).expand(channels, -1, -1, -1), groups=channels)
