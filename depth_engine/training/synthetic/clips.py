# SPDX-License-Identifier: Apache-2.0
"""The folder of a clip: clip.json, rgb/, disparity/ and, for clips, flow/.

Disparity is 1/metres of depth along the view axis, uint16 of 0..65535 for 0..disparity_max; 0 is the sky, and the bars
of a letter box. Flow is KITTI's 16-bit PNG: 32768 + 64 u, 32768 + 64 v, valid; u to the right, v down, to the next
frame. Cameras have x to the right, y down, z forward; pixel centres lie at half numbers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode

FORMAT = 1
PART = ".part"
Array = NDArray[Any]
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """Intrinsics in pixels and the 4x4 camera-to-world matrix, row by row."""

    fx: float
    fy: float
    cx: float
    cy: float
    camera_to_world: list[list[float]]


@dataclass(frozen=True)
class ClipInfo:
    """What clip.json tells; effects: name -> strength or facts of what was done to the pictures."""

    family: str
    seed: int
    generator_version: int
    kind: str
    frames: int
    width: int
    height: int
    disparity_max: float
    cameras: list[Camera]
    effects: dict[str, Any]
    format: int = FORMAT


def frame_name(index: int, suffix: str) -> str:
    return f"{index:04d}.{suffix}"


class ClipWriter:
    """Writes a clip beside its final place and renames it when it is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._part = folder.with_name(folder.name + PART)
        shutil.rmtree(self._part, ignore_errors=True)
        for name in ("rgb", "disparity"):
            (self._part / name).mkdir(parents=True)

    def picture(self, index: int, jpeg: bytes) -> None:
        (self._part / "rgb" / frame_name(index, "jpg")).write_bytes(jpeg)

    def disparity(self, index: int, disparity: F32, disparity_max: float) -> None:
        """[H,W] in 1/metres, within 0..disparity_max."""
        scaled = np.rint(disparity / disparity_max * 65535).clip(0, 65535).astype(np.uint16)
        _write_png(self._part / "disparity" / frame_name(index, "png"), scaled)

    def flow(self, index: int, flow: F32, valid: NDArray[np.bool_]) -> None:
        """[H,W,2] in pixels; what does not fit into 16 bits becomes invalid."""
        (self._part / "flow").mkdir(exist_ok=True)
        scaled = np.rint(flow * 64 + 32768)
        valid = valid & np.isfinite(scaled).all(-1) & (scaled >= 0).all(-1) & (scaled <= 65535).all(-1)
        packed = np.zeros((*valid.shape, 3), np.uint16)  # blue, green, red for OpenCV: valid, v, u
        packed[..., 0] = valid
        packed[valid, 1], packed[valid, 2] = scaled[valid, 1], scaled[valid, 0]
        _write_png(self._part / "flow" / frame_name(index, "png"), packed)

    def finish(self, info: ClipInfo) -> None:
        """Write clip.json and put the folder in its place."""
        (self._part / "clip.json").write_text(json.dumps(asdict(info)), encoding="utf-8")
        self._part.rename(self.folder)

    def abandon(self) -> None:
        shutil.rmtree(self._part, ignore_errors=True)


class Clip:
    """A finished clip; raises DepthError BAD_INPUT where a file is missing or damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            told = json.loads((folder / "clip.json").read_text(encoding="utf-8"))
            cameras = [Camera(**camera) for camera in told.pop("cameras")]
            self.info = ClipInfo(cameras=cameras, **told)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _damaged(folder / "clip.json") from error
        if self.info.format != FORMAT:
            raise _damaged(folder / "clip.json")

    def picture(self, index: int) -> NDArray[np.uint8]:
        """RGB [H,W,3]."""
        return _read(self.folder / "rgb" / frame_name(index, "jpg"), cv2.IMREAD_COLOR)[..., ::-1]

    def disparity(self, index: int) -> F32:
        """[H,W] in 1/metres; 0 is infinitely far."""
        raw = _read(self.folder / "disparity" / frame_name(index, "png"), cv2.IMREAD_UNCHANGED)
        return raw.astype(np.float32) * np.float32(self.info.disparity_max / 65535)

    def flow(self, index: int) -> tuple[F32, NDArray[np.bool_]]:
        """[H,W,2] in pixels to frame index + 1, and where it is valid [H,W]."""
        raw = _read(self.folder / "flow" / frame_name(index, "png"), cv2.IMREAD_UNCHANGED)
        moved = (raw[..., 2:0:-1].astype(np.float32) - 32768) / 64
        return moved.astype(np.float32), raw[..., 0] > 0


def finished(root: Path) -> Iterator[Path]:
    """The folders of whole clips under a split or a data folder, sorted."""
    for path in sorted(root.rglob("clip.json")):
        if not path.parent.name.endswith(PART):
            yield path.parent


def read_split(root: Path, split: Literal["train", "held_out"]) -> list[Clip]:
    """The whole clips of a data folder's split, in the order of their names. Raises DepthError BAD_INPUT where there is
    none.
    """
    clips = [Clip(path) for path in finished(root / split)]
    if not clips:
        hint = f"Render some: depth-engine train synthetic {root} --split {split}"
        raise DepthError(ExitCode.BAD_INPUT, f"{root} has no clips in {split}.", hint)
    return clips


def _write_png(path: Path, pixels: Array) -> None:
    whole, encoded = cv2.imencode(".png", pixels)
    if not whole:
        raise DepthError(ExitCode.INTERNAL, f"{path.name} could not be encoded.")
    path.write_bytes(encoded.tobytes())


def _read(path: Path, flags: int) -> Array:
    try:
        raw = np.frombuffer(path.read_bytes(), np.uint8)
        pixels: Array | None = cv2.imdecode(raw, flags) if raw.size else None
    except (OSError, cv2.error) as error:
        raise _damaged(path) from error
    if pixels is None:
        raise _damaged(path)
    return pixels


def _damaged(path: Path) -> DepthError:
    return DepthError(
        ExitCode.BAD_INPUT, f"{path} is missing or damaged.", "Delete the clip's folder; it will be rendered anew."
    )
