# SPDX-License-Identifier: Apache-2.0
"""Raw disparity at places of the picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from depth_engine.contract import DepthError, ExitCode, PixelPosition, SampleAnswer, SampleJob
from depth_engine.models.base import Disparity
from depth_engine.tasks.result import ResultFolder


def run(job: SampleJob, result: ResultFolder, progress: Callable[[int, int], None]) -> SampleAnswer:
    """Y of the pixel under each position."""
    return SampleAnswer(sample_positions(result, job.positions, progress))


def sample_positions(
    result: ResultFolder, positions: Sequence[PixelPosition], progress: Callable[[int, int], None]
) -> tuple[float, ...]:
    """Y of the pixel under each position; every frame is read once. Raises DepthError BAD_INPUT."""
    by_frame: dict[int, list[int]] = defaultdict(list)
    for index, position in enumerate(positions):
        by_frame[position.number].append(index)
    values = [0.0] * len(positions)
    for done, (number, indices) in enumerate(sorted(by_frame.items()), 1):
        disparity = result.disparity(number)
        for index in indices:
            values[index] = _at(disparity, positions[index], result)
        progress(done, len(by_frame))
    return tuple(values)


def _at(disparity: Disparity, position: PixelPosition, result: ResultFolder) -> float:
    facts, (rows, columns) = result.manifest.facts, disparity.shape
    if not (0 <= position.x < facts.width and 0 <= position.y < facts.height):
        raise DepthError(
            ExitCode.BAD_INPUT,
            f"The position {position.x:g}, {position.y:g} is outside the picture.",
            f"The picture has {facts.width} x {facts.height} pixels, counted from its top left corner.",
        )
    row, column = int(position.y * rows / facts.height), int(position.x * columns / facts.width)
    return float(disparity[row, column])
