# SPDX-License-Identifier: GPL-3.0-or-later
"""Small random weights in the layout that both models of this folder are read from."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.depth_engine.models.depth_anything.published import make_weights
from tests.depth_engine.models.nvds.cases import published_form, tiny_network


def fabricate(folder: Path) -> None:
    """Write NVDS_Stabilizer.pth and, for `nvds_depth_anything`, the other model's files in a folder of its name."""
    torch.save(published_form(tiny_network().state_dict()), folder / "NVDS_Stabilizer.pth")
    make_weights(folder / "depth_anything_v2_small")
