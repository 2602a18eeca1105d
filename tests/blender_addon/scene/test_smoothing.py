# SPDX-License-Identifier: GPL-3.0-or-later
"""Time Smoothing: which files are averaged, with which weights, and never across a cut."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.made import control, depth_of, picture_of, positions, shot, unprojected, waves

WIDTH, HEIGHT = 24, 16
NUMBERS = [1, 2, 3, 4, 7, 10, 11, 12]  # some were skipped
FIRST_OF_NEXT = 10
PICTURES = {number: waves(number) + (3.0 if number >= FIRST_OF_NEXT else 0.0) for number in NUMBERS}


@pytest.fixture
def clip(library, contract, write):
    """Two shots: makes a relief or points of them."""

    def create(make, **settings):
        shots = (shot(contract, PICTURES, 1, 9), shot(contract, PICTURES, FIRST_OF_NEXT, 12))
        result = library.load_result(write(PICTURES, shots=shots))
        return make(bpy.context.scene, result, library.SceneSettings(**settings)), result

    return create


def averaged(number, radius):
    """The weighted mean of the files beside it, each clamped to its shot."""
    own = [n for n in NUMBERS if (n >= FIRST_OF_NEXT) == (number >= FIRST_OF_NEXT)]
    place = own.index(number)
    total = weights = 0.0
    for offset in range(-2, 3):
        weight = max(0.0, 1 + radius - abs(offset))
        other = own[min(max(place + offset, 0), len(own) - 1)]
        total, weights = total + weight * PICTURES[other].astype(np.float64), weights + weight
    return total / weights


def expected(result, number, radius):
    ranges = result.manifest.shots[number >= FIRST_OF_NEXT]
    depth = depth_of(averaged(number, radius), ranges.p1, ranges.p99, 1, 20)
    return unprojected(depth, math.radians(55), result.picture_aspect)


def close(found, wanted):
    return np.abs(found - wanted).max() < 2e-5 * np.abs(wanted).max()


@pytest.mark.parametrize("radius", [0.0, 0.4, 1.0, 1.5, 2.0])
def test_every_frame_is_the_weighted_mean_of_files_of_its_shot(library, clip, radius) -> None:
    made, result = clip(library.create_relief, time_smoothing=radius)
    for frame in range(-1, 15):
        bpy.context.scene.frame_set(frame)
        shown = max((n for n in NUMBERS if n <= frame), default=1)
        assert close(picture_of(positions(made), WIDTH, HEIGHT), expected(result, shown, radius)), frame


def test_it_is_live_and_points_agree(library, clip) -> None:
    made, result = clip(library.create_points)
    bpy.context.scene.frame_set(3)
    for radius in (2.0, 0.0, 1.0):
        control(made, "Time Smoothing", radius)
        assert close(picture_of(positions(made), WIDTH, HEIGHT), expected(result, 3, radius))


def test_between_two_shots_without_a_gap_all_changes_at_once(library, contract, write) -> None:
    pictures = {number: waves(number) + (3.0 if number > 3 else 0.0) for number in range(1, 7)}
    shots = (shot(contract, pictures, 1, 3), shot(contract, pictures, 4, 6))
    result = library.load_result(write(pictures, shots=shots))
    made = library.create_relief(bpy.context.scene, result, library.SceneSettings())
    bpy.context.scene.frame_set(3, subframe=0.75)
    depth = depth_of(pictures[3], shots[0].p1, shots[0].p99, 1, 20)
    assert close(picture_of(positions(made), WIDTH, HEIGHT)[..., 2], -depth)
