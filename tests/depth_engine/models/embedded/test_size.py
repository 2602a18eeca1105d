# SPDX-License-Identifier: GPL-3.0-or-later
"""What the embedded network gets to see of footage of any size."""

from __future__ import annotations

import pytest

from depth_engine.models.base import Precision, ShotSpec
from depth_engine.models.embedded import ENLARGED, PIXELS, execution_plans, processed_size

COMMON = [(1920, 1080), (1080, 1920), (3840, 2160), (768, 576), (1280, 720), (2048, 858), (1000, 1000), (640, 480)]
ODD = [(1, 1), (8, 8), (64, 48), (641, 359), (320, 240), (10_000, 100), (20, 4_000), (7680, 4320)]


@pytest.mark.parametrize(("width", "height"), COMMON)
def test_common_footage_is_seen_at_the_default_size_with_its_aspect(width: int, height: int) -> None:
    seen = processed_size(ShotSpec(1, width, height))
    assert abs(seen[0] * seen[1] / PIXELS - 1) < 0.15
    assert seen[0] / seen[1] == pytest.approx(width / height, rel=0.025)


@pytest.mark.parametrize(("width", "height"), COMMON + ODD)
@pytest.mark.parametrize("max_size", [None, 14, 200, 518, 5000])
def test_sides_are_tokens_and_never_larger_than_allowed(width: int, height: int, max_size: int | None) -> None:
    seen = processed_size(ShotSpec(1, width, height, max_size=max_size))
    largest = min(ENLARGED, max(1.0, (PIXELS / (width * height)) ** 0.5))
    for side, full in zip(seen, (width, height)):
        assert side % 14 == 0
        assert 14 <= side < largest * full + 14
        assert max_size is None or side <= max_size


def test_small_footage_is_seen_with_the_usual_number_of_pixels() -> None:
    assert processed_size(ShotSpec(1, 320, 180)) == processed_size(ShotSpec(1, 1920, 1080)) == (420, 238)
    assert processed_size(ShotSpec(1, 320, 180, max_size=280)) == (280, 154)
    assert max(processed_size(ShotSpec(1, 64, 48))) < ENLARGED * 64 + 14


def test_max_size_is_the_longest_side_where_the_footage_has_it() -> None:
    assert processed_size(ShotSpec(1, 1920, 1080, max_size=518)) == (518, 294)
    assert processed_size(ShotSpec(1, 1080, 1920, max_size=900)) == (504, 896)
    assert max(processed_size(ShotSpec(1, 400, 300, max_size=5000))) <= 406


@pytest.mark.parametrize(
    ("width", "height", "pixel_aspect", "shown"), [(720, 576, 64 / 45, 16 / 9), (720, 480, 8 / 9, 4 / 3)]
)
def test_wide_pixels_are_seen_as_they_are_shown(width: int, height: int, pixel_aspect: float, shown: float) -> None:
    seen = processed_size(ShotSpec(1, width, height, pixel_aspect))
    assert seen[0] / seen[1] == pytest.approx(shown, rel=0.025)


def test_memory_grows_with_what_is_seen_and_not_with_the_number_of_frames() -> None:
    def memory(spec: ShotSpec, precision: Precision = "fp32") -> int:
        return execution_plans(spec, "cpu", precision)[0].device_bytes

    small, large = ShotSpec(1, 1920, 1080), ShotSpec(100_000, 1920, 1080, max_size=1920)
    assert memory(small) < memory(large)
    assert memory(large, "bf16") < memory(large)
    assert memory(ShotSpec(1, 1920, 1080, max_size=1920)) == memory(large)
