# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of docs/models.md: a frame of the example clip beside the depth that the embedded model sees in it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from depth_engine.footage import find_source, open_footage
from depth_engine.inference.upsample import upsample
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ShotSpec

CLIP = Path(__file__).parents[3] / "examples" / "dog_handheld.mp4"


def test_footage_beside_its_depth(picture_folder: Path) -> None:
    (frame,) = open_footage(find_source(CLIP)).read([1])
    height, width = frame.rgb.shape[:2]
    model = registry.load("embedded", None, "cpu", ExecutionPlan("fp32"))
    (disparity,) = model.open_shot(ShotSpec(1, width, height)).push([frame], lambda _: None)
    full = upsample(disparity, frame.rgb)
    low, high = np.percentile(full, [1, 99])
    levels = (255 * ((full - low) / (high - low)).clip(0, 1)).astype(np.uint8)
    assert levels[-20:, width // 2].min() > 200  # the floor before the camera
    assert levels[:20, width // 4].max() < 30  # the dark doorway
    pair = np.hstack([frame.rgb[..., ::-1], cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)])
    picture = picture_folder / "models" / "embedded.jpg"
    picture.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(
        str(picture), cv2.resize(pair, (1600, 450), interpolation=cv2.INTER_AREA), [cv2.IMWRITE_JPEG_QUALITY, 88]
    )
    assert 20_000 < picture.stat().st_size < 200_000
