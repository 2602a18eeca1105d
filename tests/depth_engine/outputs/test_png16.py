# SPDX-License-Identifier: GPL-3.0-or-later
"""16-bit PNG: the shot's minimum to its maximum."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from depth_engine.outputs.png16 import write_png16


def test_values_come_back_to_half_a_level(tmp_path: Path):
    values = np.random.default_rng(1).uniform(-3, 12, (31, 47)).astype(np.float32)
    write_png16(tmp_path / "y.png", values, -4.0, 13.0)
    grey = cv2.imread(str(tmp_path / "y.png"), cv2.IMREAD_UNCHANGED)
    assert grey.dtype == np.uint16 and grey.shape == values.shape
    np.testing.assert_allclose(-4 + grey / 65535 * 17, values, atol=0.51 * 17 / 65535)


def test_the_range_reaches_from_black_to_white(tmp_path: Path):
    write_png16(tmp_path / "y.png", np.array([[1.0, 2.0]], np.float32), 1.0, 2.0)
    assert cv2.imread(str(tmp_path / "y.png"), cv2.IMREAD_UNCHANGED).tolist() == [[0, 65535]]
