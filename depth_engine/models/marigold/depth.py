# SPDX-License-Identifier: Apache-2.0
"""One depth of several of the same picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Depths = NDArray[np.float32]


def combine(members: Depths) -> Depths:
    """One depth [H,W] of several of the same picture [n,H,W], each known up to a scale and a shift.

    Each is given the members' average mean and spread; then the median counts at every pixel (section 3.4 of
    arXiv 2312.02145, which searches for the scales and shifts, and then stretches the result to 0..1: that would
    make a video flicker).
    """
    if len(members) == 1:
        return members[0]
    flat = members.reshape(len(members), -1).astype(np.float64)
    means, spreads = flat.mean(axis=1), flat.std(axis=1)
    scales = np.where(spreads > 0, spreads.mean() / np.maximum(spreads, np.finfo(np.float64).tiny), 1.0)
    aligned = (flat - means[:, None]) * scales[:, None] + means.mean()
    return np.median(aligned, axis=0).reshape(members.shape[1:]).astype(np.float32)
