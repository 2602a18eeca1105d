# SPDX-License-Identifier: GPL-3.0-or-later
"""Lens, weather, exposure and delivery do to pictures what their names say."""

from __future__ import annotations

import random

import cv2
import numpy as np

from depth_engine.training.synthetic.finishing import delivery, exposure, lens, weather

H, W = 48, 64


def checker() -> np.ndarray:
    y, x = np.mgrid[:H, :W]
    return np.repeat(((x // 4 + y // 4) % 2)[..., None], 3, -1).astype(np.float32)


def detail(picture: np.ndarray) -> float:
    return float(np.abs(np.diff(picture, axis=1)).mean())


def test_defocus_keeps_what_is_in_focus() -> None:
    depth = np.where(np.arange(W) < W // 2, 1.0, 20.0) * np.ones((H, 1))
    seen = lens.defocus(lens.Lens(focus=1.0, blur=5.0, shutter=0.0), checker(), depth.astype(np.float32))
    near, far = (slice(0, W // 2 - 9), slice(W // 2 + 9, W))
    assert np.allclose(seen[:, near], checker()[:, near])
    assert detail(seen[:, far]) < 0.4 * detail(checker()[:, far])
    assert abs(seen[:, far].mean() - 0.5) < 0.05  # light is neither lost nor won


def test_motion_blur_lies_along_the_motion() -> None:
    flow = np.zeros((H, W, 2), np.float32)
    flow[..., 0] = 8
    dot = np.zeros((H, W, 3), np.float32)
    dot[H // 2, W // 2] = 1
    seen = lens.motion_blur(lens.Lens(0.0, 0.0, shutter=1.0), dot, flow)[..., 0]
    rows, columns = np.nonzero(seen > 0.01)
    assert set(rows) == {H // 2}
    assert columns.min() < W // 2 - 2 and columns.max() > W // 2 + 2
    assert abs(seen.sum() - 1) < 0.01


def test_haze_grows_with_depth_and_spares_the_sky() -> None:
    colour = np.zeros((1, 4, 3), np.float32)
    depth = np.array([[1, 100, 10_000, np.inf]], np.float32)
    seen = weather.with_haze(weather.Haze(100.0, np.ones(3, np.float32)), colour, depth)[0, :, 0]
    assert seen[0] < 0.02 and abs(seen[1] - (1 - np.exp(-1))) < 1e-4 and seen[2] > 0.99
    assert seen[3] == 0


def test_exposure_brings_any_light_into_range() -> None:
    source = np.random.default_rng(0).uniform(0.5, 1.5, (H, W, 3)).astype(np.float32)
    for light in (1e-3, 1.0, 1e3):
        how = exposure.choose(random.Random(1), source * light, dark=False)
        mean = exposure.develop(how, source * np.float32(light)).mean()
        assert 0.15 < mean < 0.85


def test_delivery_draws_bars_and_compresses() -> None:
    picture = np.random.default_rng(0).uniform(0, 1, (H, W, 3)).astype(np.float32)
    good = delivery.deliver(delivery.Delivery(92, 1.0, 0), picture)
    poor = delivery.deliver(delivery.Delivery(20, 0.5, 6), picture)
    assert len(poor) < len(good) / 2
    seen = cv2.imdecode(np.frombuffer(poor, np.uint8), cv2.IMREAD_COLOR)
    assert seen.shape == (H, W, 3)
    assert seen[:4].max() < 60 and seen[-4:].max() < 60 and seen[H // 2].max() > 60
