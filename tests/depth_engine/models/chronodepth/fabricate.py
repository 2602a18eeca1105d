# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny networks in ChronoDepth's published layout."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

TINY = Path(__file__).resolve().parents[3] / "data/depthcrafter"


def fabricate(folder: Path) -> None:
    """Write chronodepth/ and svd/: DepthCrafter's tiny networks, for the topology is the same, with random weights.

    As in the published folder, the UNet's config names no class.
    """
    unet = folder / "chronodepth"
    unet.mkdir(parents=True)
    config = json.loads((TINY / "depthcrafter/config.json").read_text())
    config.pop("_class_name")
    (unet / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    shutil.copy(TINY / "depthcrafter/diffusion_pytorch_model.safetensors", unet)
    shutil.copytree(TINY / "svd", folder / "svd")
