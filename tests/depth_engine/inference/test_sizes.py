# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of what is written."""

from __future__ import annotations

import pytest

from depth_engine.inference.sizes import PROXY_PIXELS, output_size, proxy_size


@pytest.mark.parametrize(
    "size", [(1920, 1080), (3840, 2160), (1080, 1920), (720, 576), (4096, 1716), (640, 481), (7680, 200)]
)
def test_the_proxy_is_small_enough_and_keeps_the_aspect(size: tuple[int, int]):
    width, height = proxy_size(size)
    assert 0.8 * PROXY_PIXELS < width * height <= PROXY_PIXELS
    assert width / height == pytest.approx(size[0] / size[1], rel=2e-3)


@pytest.mark.parametrize("size", [(1, 1), (500, 300), (300, 500), (17, 8000)])
def test_small_outputs_are_their_own_proxy(size: tuple[int, int]):
    assert proxy_size(size) == size


@pytest.mark.parametrize("size", [(200_000, 1), (1, 200_000), (100_000, 3)])
def test_extreme_aspects_stay_possible(size: tuple[int, int]):
    width, height = proxy_size(size)
    assert 1 <= width * height <= PROXY_PIXELS and min(width, height) >= 1


@pytest.mark.parametrize(
    ("option", "expected"),
    [("source", (1920, 1080)), ("processed", (518, 294)), ("960", (960, 540)), ("1", (1, 1)), ("2880", (2880, 1620))],
)
def test_output_size(option: str, expected: tuple[int, int]):
    assert output_size(option, (1920, 1080), (518, 294)) == expected
