# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny clips in the format of the rendered ones: boxes that stand before a slanted ground, seen by a camera that moves
sideways. No Blender: every pixel follows from a formula.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

FOCAL = 60.0
SIDESTEP = 0.05
"""Metres that the camera moves to the right between two frames."""


def write_scenes(
    root: Path, *, train: int = 3, held_out: int = 2, frames: int = 6, size: tuple[int, int] = (64, 36)
) -> None:
    for split, count, first in (("train", train, 0), ("held_out", held_out, 100)):
        for seed in range(first, first + count):
            kind = "views" if seed % 3 == 2 else "clip"
            write_clip(root / split / f"boxes-{seed}", seed, frames, size, kind)


def write_clip(folder: Path, seed: int, frames: int, size: tuple[int, int], kind: str = "clip") -> None:
    for name in ("rgb", "disparity", "flow"):
        (folder / name).mkdir(parents=True)
    width, height = size
    random = np.random.default_rng(seed)
    boxes = [(random.uniform(-2, 2), random.uniform(1.5, 6), random.integers(60, 255, 3)) for _ in range(4)]
    cameras = []
    for frame in range(frames):
        disparity, rgb = _frame(boxes, SIDESTEP * frame, width, height)
        cv2.imwrite(str(folder / "rgb" / f"{frame:04d}.jpg"), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        cv2.imwrite(str(folder / "disparity" / f"{frame:04d}.png"), np.round(disparity * 65535).astype(np.uint16))
        if kind == "clip" and frame + 1 < frames:
            flow = np.zeros((height, width, 3))
            flow[..., 0], flow[..., 2] = -FOCAL * SIDESTEP * disparity * 64, 1
            stored = np.round(flow + np.array([32768, 32768, 0])).astype(np.uint16)
            cv2.imwrite(str(folder / "flow" / f"{frame:04d}.png"), stored[..., ::-1])
        pose = np.eye(4)
        pose[0, 3] = SIDESTEP * frame
        lens = {"fx": FOCAL, "fy": FOCAL, "cx": width / 2, "cy": height / 2}
        cameras.append({**lens, "camera_to_world": pose.tolist()})
    told = {
        "format": 1,
        "family": "boxes",
        "seed": seed,
        "kind": kind,
        "frames": frames,
        "width": width,
        "height": height,
    }
    (folder / "clip.json").write_text(
        json.dumps({**told, "generator_version": 0, "effects": {}, "disparity_max": 1.0, "cameras": cameras})
    )


def _frame(boxes, camera_x: float, width: int, height: int):
    """Disparity in 1/metres, 1 at most, and colours: sky, a ground 1 m below the camera, boxes that stand on it."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    down, right = (rows - height / 2) / FOCAL, (columns - width / 2) / FOCAL
    disparity = np.clip(down, 0, 1)
    rgb = (
        np.where(disparity[..., None] > 0, np.array([90, 80, 60]), np.array([170, 200, 240]))
        + 40 * disparity[..., None]
    )
    for x, z, colour in sorted(boxes, key=lambda box: -box[1]):
        inside = (np.abs(right - (x - camera_x) / z) < 0.4 / z) & (down > -0.6 / z) & (down < 1 / z)
        disparity = np.where(inside, 1 / z, disparity)
        rgb = np.where(inside[..., None], colour * np.exp(-z / 20), rgb)
    return disparity, np.clip(rgb, 0, 255).astype(np.uint8)
