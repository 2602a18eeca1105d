# SPDX-License-Identifier: Apache-2.0
"""An image sequence as footage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np

from depth_engine.contract import FrameRecord, ImagesSource, SourceFacts
from depth_engine.footage.errors import bad_input
from depth_engine.footage.exr import Linear
from depth_engine.footage.frame import Alpha, Frame, Rgb
from depth_engine.footage.headers import Header, read_header
from depth_engine.footage.lens import field_of_view
from depth_engine.footage.rates import exact_rate
from depth_engine.footage.sequences import find_sequences
from depth_engine.footage.stills import Still, display_pixels, read_alpha, read_still
from depth_engine.footage.tone import ToneCurve

_EXPOSURE_FRAMES = 16
_ROTATION = {1: 0, 2: 180, 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}  # of EXIF orientations, as for movies


class Images:
    """One picture a frame, at a constant rate. Every file's header is read at once, its pixels when asked for."""

    def __init__(self, source: ImagesSource) -> None:
        """Raises DepthError BAD_INPUT, naming the file, if one is missing, unreadable or of another size."""
        self._folder = Path(source.directory)
        self._files = source.files
        if not self._files:
            raise bad_input(f"{self._folder} holds no images.", "Choose a folder with PNG, JPEG, TIFF or EXR images.")
        first = self._check_headers()
        rate = exact_rate(source.rate)
        self._rate = rate
        self._numbers, self.warnings = _original_numbers(self._files)
        self.facts = SourceFacts(
            width=first.width,
            height=first.height,
            frame_count=len(self._files),
            rate=str(rate),
            duration_seconds=float(len(self._files) / rate),
            constant_rate=True,
            start_seconds=0.0,
            rotation=_ROTATION.get(first.orientation, 0),
            pixel_aspect=str(first.pixel_aspect),
            codec=first.codec,
            alpha=first.alpha,
            field_of_view=field_of_view(first.focal, first.width, first.height),
        )

    def record(self, number: int) -> FrameRecord:
        at = range(len(self._files)).index(number - 1)
        return FrameRecord(number, self._numbers[at], float(at / self._rate), self._files[at])

    def read(self, numbers: Iterable[int]) -> Iterator[Frame]:
        for number in numbers:
            still = self._still(number)
            rgb = self._tone_curve(cast(Linear, still)) if _is_linear(still) else display_pixels(cast(Rgb, still))
            yield Frame(number, rgb, self._alpha(number) if self.facts.alpha else None)

    def _check_headers(self) -> Header:
        """The first file's header; all others must agree with it."""
        first = read_header(self._folder / self._files[0])
        for name in self._files[1:]:
            header = read_header(self._folder / name)
            if (header.width, header.height) != (first.width, first.height):
                raise bad_input(
                    f"{self._folder / name} is {header.width}x{header.height}, but the sequence starts with "
                    f"{first.width}x{first.height}.",
                    "Remove it from the sequence, or give all images one size.",
                )
        return first

    def _still(self, number: int) -> Still:
        path = self._path(number)
        still = read_still(path, read_header(path))
        if still.shape[:2] != (self.facts.height, self.facts.width):
            raise bad_input(f"{path} has changed its size.", "Open the footage again.")
        return still

    def _alpha(self, number: int) -> Alpha | None:
        path = self._path(number)
        return read_alpha(path, read_header(path))

    def _path(self, number: int) -> Path:
        return self._folder / self._files[range(len(self._files)).index(number - 1)]

    @cached_property
    def _tone_curve(self) -> ToneCurve:
        """One exposure for the footage, from frames spread evenly over all of it, whichever are read."""
        count = len(self._files)
        chosen = sorted({round(at) for at in np.linspace(1, count, min(count, _EXPOSURE_FRAMES))})
        stills = (self._still(number) for number in chosen)
        return ToneCurve(cast(Linear, still) for still in stills if _is_linear(still))


def _is_linear(still: Still) -> bool:
    return still.dtype.kind == "f"


def _original_numbers(files: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The number in each file's name, else its position; and a warning if a numbered sequence has gaps."""
    sequences = find_sequences(files)
    number_of = {file: number for sequence in sequences for file, number in zip(sequence.files, sequence.numbers)}
    positions = (number_of[file] for file in files)
    numbers = tuple(position if number is None else number for position, number in enumerate(positions, start=1))
    if len(sequences) > 1 or len(files) < 3 or any(number is None for number in number_of.values()):
        return numbers, ()
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    step = min(steps)
    gaps = [number for number, ahead in zip(numbers, steps) if ahead != step]
    if step < 1 or not gaps:
        return numbers, ()
    return numbers, (
        f"{sequences[0].title} has gaps, the first after {gaps[0]}: the files that are there are taken as frames that "
        "follow each other.",
    )
