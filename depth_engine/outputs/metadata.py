# SPDX-License-Identifier: Apache-2.0
"""What every EXR says about itself, so that a file that was sent on its own still explains itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import PurePath

from depth_engine import __version__
from depth_engine.contract import FrameRecord, MovieSource, Source, SourceFacts
from depth_engine.models.base import ModelInfo
from depth_engine.outputs.exr import Metadata

UNITS = {
    "disparity": "relative disparity, unknown scale and shift, near is large",
    "metric": "1/metres",
}
RATE_DENOMINATOR = 100_000
"""Average rates of variable footage may have terms that a file's 32 bits do not hold."""


def file_rate(rate: str) -> Fraction:
    """A frame rate whose terms fit into the headers of files."""
    return Fraction(rate).limit_denominator(RATE_DENOMINATOR)


def job_metadata(source: Source, facts: SourceFacts, info: ModelInfo) -> Metadata:
    """The attributes that are the same for every frame."""
    return {
        "software": f"Estimate Depth {__version__}",
        "source": PurePath(source.path if isinstance(source, MovieSource) else source.directory).name,
        "framesPerSecond": file_rate(facts.rate),
        "model": info.title,
        "licence": info.licence,
        "kind": info.kind,
        "units": UNITS[info.kind],
    }


def frame_metadata(record: FrameRecord, minimum: float, maximum: float) -> Metadata:
    """The attributes of one frame. `imageCounter` is its position in the source from 1, and its file number."""
    return {
        "imageCounter": record.number,
        "sourceFrame": record.original_number,
        "sourceFile": record.name,
        "minimum": minimum,
        "maximum": maximum,
    }
