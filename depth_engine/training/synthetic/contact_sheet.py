# SPDX-License-Identifier: Apache-2.0
"""One picture of a data folder: for each family a row of pictures over a row of their disparity."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.outputs.preview import colored
from depth_engine.training.synthetic.clips import Clip, finished

Pixels = NDArray[np.uint8]
GAP = 4


def write_sheet(root: Path, path: Path, columns: int, height: int = 90) -> None:
    """JPEG or PNG by the name's ending. columns: pictures a family, each of another scene while there are enough."""
    families: dict[str, list[Path]] = defaultdict(list)
    for folder in finished(root):
        families[Clip(folder).info.family].append(folder)
    rows = [_row(name, families[name], columns, height) for name in sorted(families)]
    wide = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, GAP), (0, wide - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    quality = [cv2.IMWRITE_JPEG_QUALITY, 80] if path.suffix == ".jpg" else []
    whole, encoded = cv2.imencode(path.suffix, np.vstack(padded)[..., ::-1], quality)
    if not whole:
        raise DepthError(ExitCode.USAGE, f"{path.name} is no picture's name.", "End it with .jpg or .png.")
    path.write_bytes(encoded.tobytes())


def _row(name: str, folders: list[Path], columns: int, height: int) -> Pixels:
    """Scenes from the whole list, and of each another frame."""
    count = min(columns, len(folders))
    chosen = [folders[number * len(folders) // count] for number in range(count)]
    cells = [np.full((2 * height, 84, 3), 255, np.uint8)]
    cv2.putText(cells[0], name, (4, height), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    for number in range(columns):
        clip = Clip(chosen[number % len(chosen)])
        cells.append(_cell(clip, (number * 5 + number // len(chosen)) % clip.info.frames, height))
    return np.hstack(cells)


def _cell(clip: Clip, index: int, height: int) -> Pixels:
    picture, disparity = clip.picture(index), clip.disparity(index)
    bright = float(np.quantile(disparity, 0.98)) or 1.0
    coloured = colored(np.sqrt(disparity), 0.0, bright**0.5, "inferno")  # the root shows what is far, too
    size = (round(picture.shape[1] * height / picture.shape[0]), height)
    both = [cv2.resize(np.ascontiguousarray(each), size, interpolation=cv2.INTER_AREA) for each in (picture, coloured)]
    return np.vstack(both).astype(np.uint8)
