# SPDX-License-Identifier: GPL-3.0-or-later
"""The pinned files of DepthCrafter agree with what is public about them."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from depth_engine.models.depthcrafter.files import FILES

PARAMETERS = Path(__file__).resolve().parents[2] / "data" / "parameters"


def fp16_file_bytes(table: Path) -> int:
    """The size of a safetensors file with the parameters of a table (name, tab, shape), 2 bytes a value."""
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in sorted(rows):
        sides = [int(side) for side in re.findall(r"\d+", shape)]
        start, end = end, end + 2 * math.prod(sides)
        header[name] = {"dtype": "F16", "shape": sides, "data_offsets": [start, end]}
    length = len(json.dumps(header, separators=(",", ":")))
    return 8 + math.ceil(length / 8) * 8 + end


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("depthcrafter/diffusion_pytorch_model.safetensors", "unet.txt"),
        ("svd/vae/diffusion_pytorch_model.fp16.safetensors", "vae.txt"),
        ("svd/image_encoder/model.fp16.safetensors", "clip.txt"),
    ],
)
def test_the_networks_files_have_room_for_their_parameters_and_no_more(path: str, table: str) -> None:
    (file,) = [file for file in FILES if file.path == path]
    assert file.size_bytes == fp16_file_bytes(PARAMETERS / table)


def test_every_file_is_pinned() -> None:
    for file in FILES:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256) and file.size_bytes > 0
        assert re.fullmatch(r"[\w-]+/[\w-]+", file.repo) and re.fullmatch(r"[0-9a-f]{40}", file.revision)
        assert file.path.endswith("/" + file.repo_path)
