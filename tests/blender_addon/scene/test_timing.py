# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib
import random
from bisect import bisect_right
from types import ModuleType

import bpy
import pytest


@pytest.fixture
def timing(library: ModuleType) -> ModuleType:
    return importlib.import_module(f"{library.__name__}.timing")


@pytest.fixture
def animation(library: ModuleType) -> ModuleType:
    return importlib.import_module(f"{library.__name__}.animation")


def value_at(keys, frame: float) -> float:
    """What an F-curve with constant ends gives."""
    place = bisect_right([key.frame for key in keys], frame) - 1
    if place < 0:
        return keys[0].value
    if keys[place].hold or place == len(keys) - 1:
        return keys[place].value
    (left, low, _), (right, high, _) = keys[place], keys[place + 1]
    return low + (high - low) * (frame - left) / (right - left)


def shown(numbers: list[int], number: int) -> int:
    """The last computed file at this position; before the first, the first."""
    return max((n for n in numbers if n <= number), default=numbers[0])


def fps_15_of_29_97() -> list[int]:
    """Frames shown at 15 a second of footage at 29.97: mostly every second one, now and then a third."""
    return sorted({int(i / 15 * 30000 / 1001) + 1 for i in range(600)})


@pytest.mark.parametrize(
    "numbers",
    [[1], [7], [1, 2, 3], list(range(1, 100, 3)), fps_15_of_29_97(), [1, 2, 3, 10, 11, 40], list(range(500, 700))],
    ids=["one", "one late", "all", "step 3", "15 of 29.97", "gaps", "trimmed"],
)
@pytest.mark.parametrize("number_one", [1, -37, 1001])
def test_every_frame_asks_for_the_last_computed_file(timing: ModuleType, numbers: list[int], number_one: int) -> None:
    keys = timing.file_number_keys(numbers, number_one)
    for number in range(numbers[0] - 20, numbers[-1] + 20):
        assert value_at(keys, number_one + number - 1) == shown(numbers, number)


def test_consecutive_frames_need_two_keys(timing: ModuleType) -> None:
    assert len(timing.file_number_keys(range(1, 100_001), 1)) == 2


def test_random_selections(timing: ModuleType) -> None:
    random.seed(4)
    for _ in range(50):
        numbers = sorted(random.sample(range(1, 300), random.randint(1, 299)))
        keys = timing.file_number_keys(numbers, 10)
        assert all(value_at(keys, 9 + number) == shown(numbers, number) for number in range(-5, 320))


def test_a_shot_begins_with_its_first_computed_file(timing: ModuleType, contract: ModuleType) -> None:
    shots = [contract.ShotRange(1, 50, 0, 1, 0.1, 0.9), contract.ShotRange(51, 90, 0, 1, 0.2, 0.8)]
    # File 49 is still shown at the frames of 50 and 51: the first file of the second shot is 52.
    assert list(timing.shot_frames(shots, list(range(1, 91, 3)), 1001)) == [(shots[0], 1001), (shots[1], 1052)]


def test_a_shot_without_computed_files_is_left_out(timing: ModuleType, contract: ModuleType) -> None:
    shots = [contract.ShotRange(n, n + 1, 0, 1, n / 10, 1) for n in (1, 3, 5)]
    assert list(timing.shot_frames(shots, [1, 2, 6], 1)) == [(shots[0], 1), (shots[2], 6)]


def test_ten_thousand_keys_on_a_property(timing: ModuleType, animation: ModuleType) -> None:
    numbers = list(range(1, 30_001, 3))
    made = bpy.data.objects.new("made", None)
    made["frame"] = 0.0
    animation.set_keys(made, '["frame"]', timing.file_number_keys(numbers, 1))
    bpy.context.scene.collection.objects.link(made)
    for frame in (-10, 1, 2, 3, 4, 14_999, 15_000, 29_998, 29_999, 30_000, 31_000):
        bpy.context.scene.frame_set(frame)
        assert made["frame"] == shown(numbers, frame)


def test_keys_replace_what_was_there_and_none_leave_the_property_free(timing, animation) -> None:
    made = bpy.data.objects.new("made", None)
    bpy.context.scene.collection.objects.link(made)
    for number in (5, 9):
        animation.set_keys(made, "empty_display_size", [timing.Key(1, number, True)])
        bpy.context.scene.frame_set(3)
        assert made.empty_display_size == number
    animation.set_keys(made, "empty_display_size", [])
    made.empty_display_size = 2.5
    bpy.context.scene.frame_set(4)
    assert made.empty_display_size == 2.5
