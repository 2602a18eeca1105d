# SPDX-License-Identifier: Apache-2.0
"""One picture of a result: a row for each of a few frames, with the footage, its depth, and renders of it.

usage: python contact_sheet.py JOB_FOLDER SHEET.png [--renders FOLDER] [--credit TEXT]

Runs in the engine's environment. FOLDER holds what Blender rendered, as relief.000001.png and points.000001.png with
the frames' file numbers; without it the sheet has two columns.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from depth_engine.contract import DepthError, JobFolder, Manifest
from depth_engine.footage import open_footage
from depth_engine.footage.frame import Rgb
from depth_engine.outputs.exr import read_exr
from depth_engine.outputs.preview import colored

ROWS = 3
WIDTH = 480  # of one picture, in pixels
GAP, LINE = 8, 36
BACKGROUND, INK = (24, 24, 24), (225, 225, 225)
RENDERS = {"relief": "Relief, from the side", "points": "Points"}


def make_sheet(folder: Path, renders: Path | None, credit: str) -> Rgb:
    """The sheet [H,W,3] of a finished job. Raises DepthError when the job or its footage cannot be read."""
    manifest = JobFolder(folder).read_manifest()
    if manifest is None:
        raise SystemExit(f"{folder} holds no finished job.")
    numbers = _choose([record.number for record in manifest.frames])
    height = round(WIDTH * manifest.proxy_color.height / manifest.proxy_color.width)
    columns = {
        "Footage": [frame.rgb for frame in open_footage(manifest.source).read(numbers)],
        "Depth": [_depth(folder, manifest, number) for number in numbers],
    }
    for name, title in RENDERS.items() if renders else ():
        columns[title] = [_load(cast(Path, renders) / f"{name}.{number:06d}.png") for number in numbers]
    top = np.hstack([_caption(title, WIDTH + GAP) for title in columns])
    rows = [np.hstack([_fit(column[row], height) for column in columns.values()]) for row in range(len(numbers))]
    parts = [top, *rows, _caption(credit, top.shape[1])] if credit else [top, *rows]
    return np.vstack(parts)


def _choose(numbers: Sequence[int]) -> list[int]:
    """A few frames, evenly spread from the first to the last."""
    spread = np.linspace(0, len(numbers) - 1, min(ROWS, len(numbers)))
    return [numbers[round(place)] for place in spread]


def _depth(folder: Path, manifest: Manifest, number: int) -> Rgb:
    shot = next(shot for shot in manifest.shots if shot.first <= number <= shot.last)
    disparity = read_exr(folder / manifest.proxy_depth.file(number))
    return colored(disparity, shot.p1, shot.p99, "inferno")


def _load(path: Path) -> Rgb:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise SystemExit(f"{path} cannot be read.")
    return cast(Rgb, picture)


def _fit(picture: Rgb, height: int) -> Rgb:
    """A picture in its cell, whole and undistorted."""
    scale = min(WIDTH / picture.shape[1], height / picture.shape[0])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    cell = np.full((height + GAP, WIDTH + GAP, 3), BACKGROUND, np.uint8)
    x, y = (WIDTH - size[0] + GAP) // 2, (height - size[1] + GAP) // 2
    cell[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cell


def _caption(text: str, width: int) -> Rgb:
    strip = np.full((LINE, width, 3), BACKGROUND, np.uint8)
    cv2.putText(strip, text, (GAP, LINE - 12), cv2.FONT_HERSHEY_SIMPLEX, 0.6, INK, 1, cv2.LINE_AA)
    return strip


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="One picture of a finished job.")
    parser.add_argument("folder", type=Path, metavar="JOB_FOLDER")
    parser.add_argument("sheet", type=Path, metavar="SHEET.png")
    parser.add_argument(
        "--renders", type=Path, metavar="FOLDER", help="renders named relief.000001.png, points.000001.png"
    )
    parser.add_argument("--credit", default="", metavar="TEXT", help="a line below the pictures")
    options = parser.parse_args(arguments)
    try:
        sheet = make_sheet(options.folder, options.renders, options.credit)
    except DepthError as error:
        raise SystemExit(f"{error.message} {error.hint}") from None
    cv2.imwrite(str(options.sheet), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
