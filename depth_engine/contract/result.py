# SPDX-License-Identifier: Apache-2.0
"""manifest.json: what an estimate gave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .codec import CONTRACT_VERSION
from .request import Options, Source


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the engine found in the footage.

    width, height: pixels as frames are given to the model, after rotation; pixel_aspect ("1", "64/45") is the
    width of a pixel over its height. rate: frames a second, exact. start_seconds: time stamp of the first frame.
    field_of_view: horizontal, in degrees, where the camera noted its focal length in the file.
    """

    width: int
    height: int
    frame_count: int
    rate: str
    duration_seconds: float
    constant_rate: bool
    start_seconds: float
    rotation: int
    pixel_aspect: str
    codec: str
    alpha: bool
    field_of_view: float | None = None


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One computed frame. number: its position in the source from 1, which is also its file number; name: the
    source file's name (image sequences); original_number: the number in that name, else `number`; seconds: time
    since the source's first frame.
    """

    number: int
    original_number: int
    seconds: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class ShotRange:
    """Statistics of the raw disparity Y over one shot (first and last are file numbers, both included)."""

    first: int
    last: int
    min: float
    max: float
    p1: float
    p99: float


@dataclass(frozen=True, slots=True)
class ModelFacts:
    name: str
    title: str
    kind: Literal["disparity", "metric"]
    licence: str
    commercial_use: bool
    weights: str
    device: str
    precision: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Files numbered by source position: `pattern` holds one run of '#', e.g. depth/clip.######.exr."""

    pattern: str
    width: int
    height: int

    def file(self, number: int) -> str:
        """The relative path of one frame's file."""
        return re.sub(r"#+", lambda run: str(number).zfill(len(run.group())), self.pattern, count=1)


@dataclass(frozen=True, slots=True)
class Seam:
    """Where two windows of a model overlap: file numbers first to last, both included.

    The later window's disparity, after what the shot's earlier seams did to it, is brought to the earlier one's by
    scale * Y + shift. residual: mean absolute difference of the two windows' disparity over the overlap, relative to
    the earlier one's spread (its 1-99 % range); aligned_residual: the same after the fit. applied: whether the fit was
    used.
    """

    first: int
    last: int
    scale: float
    shift: float
    residual: float
    aligned_residual: float
    applied: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """How the networks ran from the frame with file number `first` on, in words."""

    first: int
    description: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """manifest.json: everything that an importer needs to know.

    depth: by format ("exr32", "exr16", "png16"); NPZ parts are named by their first and last frame in npz/.
    proxy_depth, proxy_color: raw Y and footage at grid size (at most 150,000 pixels), what Geometry Nodes plays.
    preview: the 8-bit movie; its frame k shows source frame `frames[0].number + k - 1` and holds skipped frames.
    seams: where windows of the model overlap, in the order of time; seam_picture: a chart of them.
    contact_sheet: a PNG of up to 16 frames like the preview, in rows.
    executions: how the networks ran; more than one where memory ran out on the way.
    """

    name: str
    engine_version: str
    source: Source
    facts: SourceFacts
    options: Options
    model: ModelFacts
    frames: tuple[FrameRecord, ...]
    shots: tuple[ShotRange, ...]
    depth: dict[str, Sequence]
    proxy_depth: Sequence
    proxy_color: Sequence
    preview: str | None
    npz: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float
    seams: tuple[Seam, ...] = ()
    seam_picture: str | None = None
    contact_sheet: str | None = None
    executions: tuple[Execution, ...] = ()
    contract_version: int = CONTRACT_VERSION
