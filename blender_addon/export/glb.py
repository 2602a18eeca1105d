# SPDX-License-Identifier: GPL-3.0-or-later
"""The container of binary glTF 2.0 (GLB): arrays and pictures in, one file out. No bpy."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC, _JSON, _BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942
_COMPONENTS = {"float32": 5126, "uint32": 5125, "uint8": 5121}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
VERTICES, INDICES = 34962, 34963
"""What a view is bound to when it is drawn."""


class Glb:
    """Collects the binary chunk; the caller fills `document`, whose accessors and views this keeps."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "Estimate Depth"},
            "accessors": [],
            "bufferViews": [],
        }
        self._chunks: list[bytes] = []
        self._size = 0

    def accessor(self, values: NDArray[Any], target: int | None = None, *, bounds: bool = False) -> int:
        """Add an array [N] or [N,k] of float32, uint32 or uint8 (colors, 0 to 255); gives its number.

        bounds: write its smallest and largest values, as positions and times need them.
        """
        length = 1 if values.ndim == 1 else values.shape[1]
        made: dict[str, Any] = {
            "bufferView": self.view(np.ascontiguousarray(values).tobytes(), target),
            "componentType": _COMPONENTS[values.dtype.name],
            "count": len(values),
            "type": _TYPES[length],
        }
        if values.dtype.name == "uint8":
            made["normalized"] = True
        if bounds:
            table = values.reshape(-1, length)
            made |= {"min": table.min(0).tolist(), "max": table.max(0).tolist()}
        self.document["accessors"].append(made)
        return len(self.document["accessors"]) - 1

    def view(self, data: bytes, target: int | None = None) -> int:
        """Add bytes, such as a picture's; gives the view's number."""
        made: dict[str, int] = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        if target:
            made["target"] = target
        self._chunks.append(data + bytes(-len(data) % 4))
        self._size += len(self._chunks[-1])
        self.document["bufferViews"].append(made)
        return len(self.document["bufferViews"]) - 1

    def write(self, path: Path) -> None:
        self.document["buffers"] = [{"byteLength": self._size}]
        text = json.dumps(self.document, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        with path.open("wb") as file:
            file.write(struct.pack("<3I", _MAGIC, 2, 28 + len(text) + self._size))
            file.write(struct.pack("<2I", len(text), _JSON) + text)
            file.write(struct.pack("<2I", self._size, _BINARY))
            file.writelines(self._chunks)


def read_document(path: Path) -> dict[str, Any]:
    """The JSON of a GLB file. Raises ValueError where the file is not whole."""
    with path.open("rb") as file:
        magic, version, length, text_length, kind = struct.unpack("<5I", file.read(20))
        text = file.read(text_length)
        binary_length, binary = struct.unpack("<2I", file.read(8))
    if (magic, version, kind, binary) != (_MAGIC, 2, _JSON, _BINARY):
        raise ValueError("it is no binary glTF")
    if not length == path.stat().st_size == 28 + text_length + binary_length:
        raise ValueError("its length is not what its header says")
    return json.loads(text)
