# SPDX-License-Identifier: GPL-3.0-or-later
"""For each model that the engine knows: how a folder with weights in its published layout is made up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from depth_engine.models import depth_anything, marigold, nvds, video_depth_anything
from tests.depth_engine.models.chronodepth.fabricate import fabricate as fabricate_chronodepth
from tests.depth_engine.models.depth_anything.published import make_weights
from tests.depth_engine.models.embedded.fabricate import fabricate as fabricate_embedded
from tests.depth_engine.models.marigold.fabricate import fabricate as fabricate_marigold
from tests.depth_engine.models.nvds.fabricate import fabricate as fabricate_nvds
from tests.depth_engine.models.video_depth_anything.fabricate import fabricate as fabricate_video_depth_anything

TINY_DEPTHCRAFTER = Path(__file__).resolve().parents[2] / "data" / "depthcrafter"

Fabricate = Callable[[str, Path], object]


def _embedded(name: str, folder: Path) -> None:
    fabricate_embedded(folder)


def _depth_anything(name: str, folder: Path) -> None:
    metric = {"depth_estimation_type": "metric", "max_depth": 20 if "indoor" in name else 80}
    make_weights(folder, **(metric if "metric" in name else {}))


def _marigold(name: str, folder: Path) -> None:
    fabricate_marigold(folder, lcm="lcm" in name)


def _chronodepth(name: str, folder: Path) -> None:
    fabricate_chronodepth(folder)


def _nvds(name: str, folder: Path) -> None:
    fabricate_nvds(folder)


def _depthcrafter(name: str, folder: Path) -> None:
    shutil.copytree(TINY_DEPTHCRAFTER, folder, dirs_exist_ok=True)


FABRICATORS: dict[str, Fabricate] = {
    "embedded": _embedded,
    **dict.fromkeys(video_depth_anything.MODELS, fabricate_video_depth_anything),
    **dict.fromkeys(depth_anything.MODELS, _depth_anything),
    **dict.fromkeys(marigold.MODELS, _marigold),
    **dict.fromkeys(nvds.MODELS, _nvds),
    "chronodepth": _chronodepth,
    "depthcrafter": _depthcrafter,
}

QUICK: dict[str, dict[str, int]] = {
    **{name: {"steps": 1} for name in marigold.MODELS},
    **{
        name: {"max-size": 28, "decode-chunk": 32}
        for name in video_depth_anything.MODELS
        if "base" in name or "large" in name
    },
    "chronodepth": {"steps": 1},
    "depthcrafter": {"steps": 1, "window": 16, "overlap": 4},
}
"""Options that keep a model quick."""

WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "embedded": ("embedded", {}),
    "embedded, stabilised": ("embedded", {"stabilise": True}),
    "video depth anything": ("video_depth_anything_small", {}),
    "video depth anything, metric": ("video_depth_anything_small_metric", {}),
    "video depth anything, streaming": ("video_depth_anything_small", {"streaming": True}),
    "depth anything": ("depth_anything_v2_small", {}),
    "depth anything, metric": ("depth_anything_v2_metric_indoor_small", {}),
    "marigold": ("marigold_v1_1", {"steps": 1, "ensemble": 2, "seed": 7}),
    "nvds": ("nvds", {}),
    "nvds, streaming": ("nvds_depth_anything", {"streaming": True}),
    "chronodepth": ("chronodepth", {"steps": 2, "seed": 7}),
    "depthcrafter": ("depthcrafter", {"steps": 2, "window": 16, "overlap": 4, "seed": 7}),
}
"""Every way of computing that keeps something from frame to frame, or nothing: a model and its options."""


def fabricate(name: str, folder: Path) -> Path:
    """A new folder with made-up weights of a model."""
    folder.mkdir()
    FABRICATORS[name](name, folder)
    return folder
