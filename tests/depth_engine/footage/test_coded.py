# SPDX-License-Identifier: GPL-3.0-or-later
"""The coded pictures themselves: what the other tests rely on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support import elsewhere
from tests.support.coded import LARGEST, coded_picture, read_index


@pytest.mark.parametrize("width, height", [(96, 64), (97, 63), (24, 16), (64, 96), (1920, 1080)])
def test_every_bit_is_read(width: int, height: int) -> None:
    for index in (0, LARGEST, 0x5555, *(1 << bit for bit in range(16))):
        assert read_index(coded_picture(index, width, height)) == index


def test_turned_mirrored_and_faint_pictures_are_noticed() -> None:
    picture = coded_picture(1234, 96, 64)
    for wrong in (np.rot90(picture), np.rot90(picture, 2), np.rot90(picture, 3), picture[:, ::-1], picture[::-1]):
        with pytest.raises(ValueError):
            read_index(wrong)
    with pytest.raises(ValueError, match="neither black nor white"):
        read_index(picture // 4 + 96)


def test_footage_is_made_elsewhere_too(tmp_path: Path) -> None:
    assert elsewhere.make_movie(tmp_path / "a.mp4", frames=3).stat().st_size
    assert elsewhere.make_sound(tmp_path / "a.m4a").stat().st_size
    made = elsewhere.make_images(tmp_path / "plate", frames=2, pattern="p.####.png", start=1001)
    assert [path.name for path in made] == ["p.1001.png", "p.1002.png"]
