# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy: what Geometry Nodes plays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from depth_engine.footage.frame import Frame
from depth_engine.outputs.exr import read_exr
from depth_engine.outputs.proxy import write_proxy


def _write(folder: Path, disparity: np.ndarray, rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    write_proxy(folder / "depth.exr", folder / "color.jpg", disparity, Frame(1, rgb), {})
    return read_exr(folder / "depth.exr"), cv2.imread(str(folder / "color.jpg"))[..., ::-1]


def test_a_large_frame_is_sampled_without_blending(tmp_path: Path):
    """Two surfaces: no value between them may appear."""
    disparity = np.where(np.add.outer(np.arange(1080), np.arange(1920)) % 700 < 350, 1.0, 9.0).astype(np.float32)
    depth, color = _write(tmp_path, disparity, np.zeros((1080, 1920, 3), np.uint8))
    assert depth.shape == color.shape[:2] == (288, 512)
    assert set(np.unique(depth)) == {1.0, 9.0}


def test_samples_lie_at_the_centres_of_the_proxy_s_pixels(tmp_path: Path):
    """Each pixel holds its own coordinate, across or down; half a pixel is as near as a sample can be."""
    rgb = np.zeros((900, 1600, 3), np.uint8)
    x, y = np.meshgrid(np.arange(1600, dtype=np.float32) + 0.5, np.arange(900, dtype=np.float32) + 0.5)
    across, _ = _write(tmp_path, x, rgb)
    down, _ = _write(tmp_path, y, rgb)
    height, width = across.shape
    assert np.abs(across - (np.arange(width) + 0.5) * 1600 / width).max() <= 0.5
    assert np.abs(down - (np.arange(height) + 0.5)[:, None] * 900 / height).max() <= 0.5


def test_a_small_frame_keeps_its_size_and_values(tmp_path: Path):
    disparity = np.random.default_rng(5).normal(size=(120, 200)).astype(np.float32)
    depth, _ = _write(tmp_path, disparity, np.zeros((120, 200, 3), np.uint8))
    np.testing.assert_array_equal(depth, disparity)


def test_alpha_goes_into_a_png_beside_untouched_colours(tmp_path: Path):
    rgb = np.full((900, 1600, 3), (200, 100, 50), np.uint8)
    alpha = np.where(np.arange(1600) < 800, 0, 255).astype(np.uint8)[None].repeat(900, 0)
    write_proxy(tmp_path / "d.exr", tmp_path / "c.png", np.zeros((900, 1600), np.float32), Frame(1, rgb, alpha), {})
    color = cv2.imread(str(tmp_path / "c.png"), cv2.IMREAD_UNCHANGED)
    assert color.shape == (288, 512, 4)
    assert (color[..., :3] == (50, 100, 200)).all()
    assert (color[:, :255, 3] == 0).all() and (color[:, 257:, 3] == 255).all()


def test_colours_are_averaged_and_hardly_changed(tmp_path: Path):
    """A fine chequerboard of two colours becomes their mean; red stays red, not blue."""
    rgb = np.zeros((1200, 1200, 3), np.uint8)
    rgb[(np.add.outer(np.arange(1200), np.arange(1200)) % 2) == 0] = (200, 100, 0)
    _, color = _write(tmp_path, np.zeros((1200, 1200), np.float32), rgb)
    assert np.abs(color.reshape(-1, 3).mean(0) - (100, 50, 0)).max() < 3
