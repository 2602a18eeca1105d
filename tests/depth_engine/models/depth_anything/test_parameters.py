# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks have the published files' parameters: every name, shape and the totals.

The tables in tests/data/parameters come from public sources, which their headers name.
"""

from __future__ import annotations

import json
from math import prod
from typing import Any

import pytest

from depth_engine.models import registry
from depth_engine.models.depth_anything import variants
from depth_engine.models.depth_anything.network import Architecture, build, published_name
from tests.depth_engine.models.depth_anything.published import Shapes, read_table

WIDTHS = {
    "small": (384, 12, 6, [48, 96, 192, 384], 64),
    "base": (768, 12, 12, [96, 192, 384, 768], 128),
    "large": (1024, 24, 16, [256, 512, 1024, 1024], 256),
}
"""As in transformers' conversion script (src/transformers/models/depth_anything/convert_depth_anything_to_hf.py, commit
13d23e0) and in KerasFormers, which the tables' headers name; so are the taps."""

TAPS = {"v1": {12: [9, 10, 11, 12], 24: [21, 22, 23, 24]}, "v2": {12: [3, 6, 9, 12], 24: [5, 12, 18, 24]}}
MILLIONS = {"small": 24.8, "base": 97.5, "large": 335.3}


def config(size: str, family: str = "v2", **changes: Any) -> dict[str, Any]:
    width, depth, heads, neck, fusion = WIDTHS[size]
    backbone = {
        "model_type": "dinov2",
        "hidden_size": width,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "image_size": 518,
        "out_indices": TAPS[family][depth],
    }
    made = {"model_type": "depth_anything", "backbone_config": backbone, "reassemble_hidden_size": width}
    return made | {"neck_hidden_sizes": neck, "fusion_hidden_size": fusion} | changes


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("family", TAPS)
def test_every_parameter_has_the_published_name_and_shape(size: str, family: str) -> None:
    network = build(Architecture.of(config(size, family)))
    found = {published_name(name): tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    wanted = read_table(size)
    assert found.keys() - wanted.keys() == set()
    assert wanted.keys() - found.keys() == set()
    assert {name: shape for name, shape in found.items() if shape != wanted[name]} == {}
    assert round(sum(parameter.numel() for parameter in network.parameters()) / 1e6, 1) == MILLIONS[size]


def test_a_metric_network_has_the_same_parameters() -> None:
    metric = build(Architecture.of(config("small", depth_estimation_type="metric", max_depth=20)))
    relative = build(Architecture.of(config("small")))
    assert metric.state_dict().keys() == relative.state_dict().keys()


@pytest.mark.parametrize("size", WIDTHS)
def test_the_table_makes_a_file_as_long_as_the_published_one(size: variants.Size) -> None:
    assert length_of_float32_file(read_table(size)) == variants.LENGTHS[size]


@pytest.mark.parametrize("name", [name for name in registry.MODELS if name.startswith("depth_anything")])
def test_every_model_is_made_of_three_files_of_one_revision(name: str) -> None:
    info = registry.info(name)
    assert [file.path for file in info.files] == ["config.json", "preprocessor_config.json", "model.safetensors"]
    assert len({(file.repo, file.revision) for file in info.files}) == 1
    assert info.kind == ("metric" if "metric" in name else "disparity")
    assert info.commercial_use == (info.licence == "Apache-2.0")
    assert info.licence_url.endswith(info.files[0].repo) and info.licence_summary


def length_of_float32_file(table: Shapes) -> int:
    """Bytes of a safetensors file: the header's length in 8 bytes, the header padded to a multiple of 8, the values."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(table):
        start, end = end, end + 4 * prod(table[name])
        header[name] = {"dtype": "F32", "shape": table[name], "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"))
    return 8 + -(-len(text) // 8) * 8 + end
