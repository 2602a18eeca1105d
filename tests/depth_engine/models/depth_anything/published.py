# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders in the published layout with small networks of random weights: the names of the public table, narrower."""

from __future__ import annotations

import json
import re
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

DATA = Path(__file__).resolve().parents[3] / "data"
Shapes = dict[str, tuple[int, ...]]

LAYERS = 4
SIDES = {384: 32, 1536: 128, 192: 16, 96: 8, 48: 4, 64: 16, 32: 8, 1370: 17}
"""The sides of V2 Small's tensors, and of the small network's; other sides stay."""

PREPROCESSOR: dict[str, Any] = {
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "ensure_multiple_of": 14,
    "image_mean": [0.485, 0.456, 0.406],
    "image_processor_type": "DPTImageProcessor",
    "image_std": [0.229, 0.224, 0.225],
    "keep_aspect_ratio": True,
    "resample": 3,
    "size": {"height": 518, "width": 518},
}


def read_table(size: str) -> Shapes:
    lines = (DATA / "parameters" / f"depth_anything_{size}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    table = {name: tuple(map(int, shape.split("x"))) for name, shape in rows}
    assert len(table) == len(rows)
    return table


def make_config(**changes: Any) -> dict[str, Any]:
    """config.json of the small network, with entries that V2 Small's has; `backbone__x` changes the backbone's x."""
    backbone = {
        "architectures": ["Dinov2Model"],
        "hidden_size": 32,
        "image_size": 56,
        "model_type": "dinov2",
        "num_attention_heads": 2,
        "num_hidden_layers": LAYERS,
        "out_features": ["stage1", "stage2", "stage3", "stage4"],
        "out_indices": [1, 2, 3, 4],
        "reshape_hidden_states": False,
        "torch_dtype": "float32",
    }
    backbone |= {name.removeprefix("backbone__"): value for name, value in changes.items() if "__" in name}
    return {
        "architectures": ["DepthAnythingForDepthEstimation"],
        "backbone": None,
        "backbone_config": backbone,
        "fusion_hidden_size": 16,
        "head_hidden_size": 8,
        "model_type": "depth_anything",
        "neck_hidden_sizes": [4, 8, 16, 32],
        "reassemble_hidden_size": 32,
        "torch_dtype": "float32",
    } | {name: value for name, value in changes.items() if "__" not in name}


def small_shapes() -> Shapes:
    return {
        name: tuple(SIDES.get(side, side) for side in shape)
        for name, shape in read_table("small").items()
        if not (layer := re.search(r"\.layer\.(\d+)\.", name)) or int(layer[1]) < LAYERS
    }


def make_tensors(shapes: Shapes | None = None) -> dict[str, torch.Tensor]:
    """Every parameter, of the small network by default. The same on every call."""
    generator, shapes = torch.Generator().manual_seed(5), shapes or small_shapes()
    tensors = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    for name, values in tensors.items():
        if values.ndim > 1:
            values *= 1.0 / prod(values.shape[1:]) ** 0.5
        else:
            values *= 0.1
            values += 1.0 if name.endswith(("norm.weight", "norm1.weight", "norm2.weight", "lambda1")) else 0.0
    tensors["head.conv3.bias"] += 1.0
    return tensors


def make_weights(folder: Path, shapes: Shapes | None = None, **changes: Any) -> Path:
    """A folder with the three files; changes: of the config, shapes: of the tensors that go with it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(make_config(**changes), indent=2))
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=2))
    save_file(make_tensors(shapes), folder / "model.safetensors", {"format": "pt"})
    return folder
