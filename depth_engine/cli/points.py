# SPDX-License-Identifier: Apache-2.0
"""Files of points: CSV with a header line, or a JSON list of objects, with the same names."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, cast

from depth_engine.contract import DepthError, DepthObservation, ExitCode, PixelPosition

POSITION = ("frame", "x", "y")


def read_positions(path: Path) -> tuple[PixelPosition, ...]:
    """Places of `frame`, `x` and `y`; other columns are left alone. Raises DepthError BAD_INPUT."""
    return tuple(PixelPosition(*_place(path, row)) for row in _rows(path))


def read_observations(path: Path) -> tuple[DepthObservation, ...]:
    """Places with `depth`, and `weight` where it is given. Raises DepthError BAD_INPUT."""
    return tuple(
        DepthObservation(*_place(path, row), _number(path, row, "depth"), _number(path, row, "weight", 1.0))
        for row in _rows(path)
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows: Any = json.loads(text) if path.suffix.lower() == ".json" else list(csv.DictReader(text.splitlines()))
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError, csv.Error):
        raise _bad(path, "is neither CSV nor JSON") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast("list[Any]", rows)):
        raise _bad(path, "is no list of points")
    if not rows:
        raise _bad(path, "holds no points")
    return cast("list[dict[str, Any]]", rows)


def _place(path: Path, row: dict[str, Any]) -> tuple[int, float, float]:
    frame, x, y = (_number(path, row, name) for name in POSITION)
    if frame != int(frame):
        raise _bad(path, f"names the frame {frame:g}, which is no whole number")
    return int(frame), x, y


def _number(path: Path, row: dict[str, Any], name: str, default: float | None = None) -> float:
    value = row.get(name)
    if value in (None, "") and default is not None:
        return default
    try:
        return float(cast(str, value))
    except (TypeError, ValueError):
        raise _bad(path, f"has a point without a number for {name!r}") from None


def _bad(path: Path, what: str) -> DepthError:
    return DepthError(
        ExitCode.BAD_INPUT,
        f"{path} {what}.",
        "Write frame,x,y,depth in its first line and then one point a line, or the same names in JSON objects.",
    )
