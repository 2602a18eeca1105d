# SPDX-License-Identifier: GPL-3.0-or-later
"""Small results written by hand, with any disparity and colors, and what they must look like in the scene."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import numpy as np
import OpenEXR
from numpy.typing import NDArray

Picture = NDArray[np.float32]


def write_exr(path: Path, channels: Mapping[str, Picture]) -> None:
    """Each file with a header of its own: the library notes the picture's size in the header it is given."""
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, dict(channels)).write(str(path))


def write_result(
    contract: ModuleType,
    folder: Path,
    disparity: Mapping[int, Picture],
    *,
    shots: Sequence[Any] | None = None,
    kind: str = "disparity",
    size: tuple[int, int] | None = None,
    pixel_aspect: str = "1",
    colors: Mapping[int, tuple[float, float, float]] | None = None,
    alpha: Mapping[int, Picture] | None = None,
) -> Path:
    """A finished job folder whose proxy is this disparity [H,W] by file number, each frame of one flat color.

    size: of the footage, if it differs from the proxy's. alpha: of the footage [H,W], by file number.
    """
    (folder / "proxy").mkdir(parents=True)
    numbers = sorted(disparity)
    height, width = disparity[numbers[0]].shape
    for number in numbers:
        write_exr(folder / f"proxy/depth.{number:06d}.exr", {"Y": disparity[number]})
        color = (colors or {}).get(number, (0.5, 0.5, 0.5))
        flat = np.broadcast_to(np.float32(color), (height, width, 3))
        channels = {"RGB": np.ascontiguousarray(flat)}
        if alpha:
            channels = {"RGBA": np.ascontiguousarray(np.dstack([flat, alpha[number]]), np.float32)}
        write_exr(folder / f"proxy/color.{number:06d}.exr", channels)
    facts = contract.SourceFacts(
        *(size or (width, height)), frame_count=numbers[-1], rate="24", duration_seconds=1.0, constant_rate=True,
        start_seconds=0.0, rotation=0, pixel_aspect=pixel_aspect, codec="h264", alpha=alpha is not None,
    )  # fmt: skip
    model = contract.ModelFacts("oracle", "Oracle", kind, "Apache-2.0", True, "", "cpu", "fp32")
    manifest = contract.Manifest(
        name="clip",
        engine_version="0",
        source=contract.MovieSource("/footage/clip.mp4"),
        facts=facts,
        options=contract.Options(),
        model=model,
        frames=tuple(contract.FrameRecord(number, number, 0.0) for number in numbers),
        shots=tuple(shots or (shot(contract, disparity, numbers[0], numbers[-1]),)),
        depth={},
        proxy_depth=contract.Sequence("proxy/depth.######.exr", width, height),
        proxy_color=contract.Sequence("proxy/color.######.exr", width, height),
        preview=None,
        npz=(),
        warnings=(),
        seconds=0.0,
    )
    contract.write_text(folder / "manifest.json", contract.to_json(manifest))
    return folder


def shot(contract: ModuleType, disparity: Mapping[int, Picture], first: int, last: int) -> Any:
    """The range of the frames from first to last, p1 and p99 being exact percentiles."""
    values = np.stack([disparity[number] for number in disparity if first <= number <= last])
    low, high = (float(value) for value in np.percentile(values, (1, 99)))
    return contract.ShotRange(first, last, float(values.min()), float(values.max()), low, high)


def waves(number: int, size: tuple[int, int] = (24, 16)) -> Picture:
    """A disparity that differs for every frame and pixel."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    return (0.5 + 0.2 * np.sin(x / 5 + number) + 0.1 * np.cos(y / 3) + 0.01 * number).astype(np.float32)


def depth_of(disparity: Picture, low: float, high: float, near: float, far: float) -> NDArray[np.float64]:
    """Depth by the project's convention, near and far in order."""
    share = np.clip((disparity.astype(np.float64) - low) / (high - low), 0, 1)
    return 1 / (1 / far + (1 / near - 1 / far) * share)


def rays(width: int, height: int, field_of_view: float, aspect: float) -> NDArray[np.float64]:
    """Where in camera space each pixel's center lies at depth 1, row 0 on top: [H,W,2]. aspect: of the picture."""
    tangent = math.tan(field_of_view / 2)
    x = (2 * (np.arange(width) + 0.5) / width - 1) * tangent
    y = (1 - 2 * (np.arange(height) + 0.5) / height) * tangent * aspect
    return np.stack(np.meshgrid(x, y), -1)


def unprojected(depth: NDArray[np.float64], field_of_view: float, aspect: float) -> NDArray[np.float64]:
    """Positions [H,W,3] in camera space of depth [H,W] along the camera's axis."""
    across = rays(depth.shape[1], depth.shape[0], field_of_view, aspect) * depth[..., None]
    return np.concatenate([across, -depth[..., None]], -1)


def evaluated(made: bpy.types.Object) -> Any:
    """The data of an object after its modifiers, at the current frame."""
    return made.evaluated_get(bpy.context.evaluated_depsgraph_get()).data


def attribute(data: Any, name: str, field: str, length: int) -> NDArray[np.float32]:
    """An attribute's values [N,length]."""
    found = data.attributes[name].data
    values = np.empty(len(found) * length, np.float32)
    found.foreach_get(field, values)
    return values.reshape(-1, length)


def positions(made: bpy.types.Object) -> NDArray[np.float32]:
    """Positions [N,3] of an evaluated mesh or point cloud, in its own space."""
    return attribute(evaluated(made), "position", "vector", 3)


def picture_of(values: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Values of the grid's vertices, which run upwards in columns, as a picture with row 0 on top."""
    return values.reshape(width, height, -1).transpose(1, 0, 2)[::-1]


def control(made: bpy.types.Object, name: str, value: Any) -> None:
    """Change a live control by its name, as an artist does in the modifier."""
    modifier = made.modifiers[0]
    sockets = modifier.node_group.interface.items_tree
    modifier[next(item.identifier for item in sockets if item.name == name)] = value
    made.update_tag()
