# SPDX-License-Identifier: GPL-3.0-or-later
"""Steadiness against values worked out by hand, and against clips whose motion is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from depth_engine.evaluation.temporal import (
    alignment_error,
    consistent,
    flicker,
    sampled,
    spread,
    still_seen,
    warped_residual,
)
from depth_engine.training.synthetic.clips import Clip
from tests.depth_engine.training.scenes import write_clip


def test_flicker_counts_static_pixels_only() -> None:
    ramp = np.tile(np.linspace(0, 1, 101), (24, 1))[:, None, :]
    grey = np.zeros_like(ramp)
    assert flicker(ramp, grey) == pytest.approx(0, abs=1e-9)
    shaking = ramp + 0.09 * np.where(np.arange(24) % 2, 1, -1)[:, None, None]  # a deviation of 0.09
    assert flicker(shaking, grey) == pytest.approx(0.09 / spread(shaking))
    grey[1::2, :, :50] = 100  # the left half moves
    half = np.where(np.arange(101) < 50, shaking, ramp)
    assert flicker(half, grey) == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="stands still"):
        flicker(ramp, np.random.default_rng(0).uniform(0, 255, ramp.shape))
    with pytest.raises(ValueError, match="24 frames"):
        flicker(ramp[:5], grey[:5])


def test_places_between_pixels_are_interpolated() -> None:
    values, inside = sampled(np.array([[0.0, 1], [2, 3]]), np.array([0.5, 1.5]), np.array([0.5, 0]))
    assert values[0] == 1.5
    assert inside.tolist() == [True, False]


def test_a_world_that_moves_sideways_is_steady_along_its_flow(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip", seed=1, frames=4, size=(96, 54))
    clip = Clip(tmp_path / "clip")
    truth = np.stack([clip.disparity(frame) for frame in range(4)])
    flows = np.stack([clip.flow(frame)[0] for frame in range(3)])
    seen = np.stack([still_seen(flow, *truth[index : index + 2]) for index, flow in enumerate(flows)])
    assert 0.9 < seen.mean() < 1  # boxes hide something
    assert warped_residual(truth, flows, seen) < 0.002
    assert warped_residual(truth * np.array([1, 1.1, 1, 1.1])[:, None, None], flows, seen) > 0.02
    with pytest.raises(ValueError, match="two frames"):
        warped_residual(truth, flows, np.zeros_like(seen))
    cameras = clip.info.cameras
    intrinsics = np.array([[each.fx, each.fy, each.cx, each.cy] for each in cameras])
    poses = np.array([each.camera_to_world for each in cameras])
    steady = alignment_error(3 * truth + 1, truth, intrinsics, poses)
    wobbling = alignment_error(truth * np.array([1, 1.3, 1, 1.3])[:, None, None], truth, intrinsics, poses)
    assert steady < 8 < wobbling
    still = np.tile(poses[0], (4, 1, 1))
    assert alignment_error(truth[[0] * 4], truth[[0] * 4], intrinsics, still) == pytest.approx(0, abs=1e-9)


def test_flow_there_and_back_must_agree() -> None:
    forward = np.zeros((4, 8, 2))
    forward[..., 0] = 2
    assert consistent(forward, -forward)[:, :6].all() and not consistent(forward, -forward)[:, 6:].any()
    assert not consistent(forward, forward).any()
