# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks built from the published configs have the published files' parameters: every name, shape and the totals.

The tables in tests/data/parameters come from public sources, which their headers name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from torch import nn

from depth_engine.models.marigold import variants
from depth_engine.models.marigold.memory import PUBLISHED
from depth_engine.models.marigold.networks import (
    build_text_encoder,
    build_unet,
    build_vae,
    old_vae_name,
    text_name,
)
from tests.support.parameters import Shapes, read_table

# unet/config.json of Marigold v1.0, as copied at huggingface.co/licyk/comfyui-extension-models (4c01be6, 888 bytes)
UNET_CONFIG = {
    "_class_name": "UNet2DConditionModel",
    "_diffusers_version": "0.20.1",
    "_name_or_path": "Bingxin/Marigold/unet",
    "act_fn": "silu",
    "attention_head_dim": [5, 10, 20, 20],
    "block_out_channels": [320, 640, 1280, 1280],
    "center_input_sample": False,
    "cross_attention_dim": 1024,
    "down_block_types": [*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"],
    "downsample_padding": 1,
    "dual_cross_attention": False,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 8,
    "layers_per_block": 2,
    "mid_block_scale_factor": 1,
    "norm_eps": 1e-05,
    "norm_num_groups": 32,
    "out_channels": 4,
    "sample_size": 96,
    "up_block_types": ["UpBlock2D", *["CrossAttnUpBlock2D"] * 3],
    "use_linear_projection": True,
}

# Stable Diffusion 2's widths, which the tables' headers name
VAE_CONFIG = {
    "act_fn": "silu",
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "in_channels": 3,
    "latent_channels": 4,
    "layers_per_block": 2,
    "norm_num_groups": 32,
    "out_channels": 3,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}
TEXT_CONFIG = {
    "bos_token_id": 0,
    "eos_token_id": 2,
    "hidden_act": "gelu",
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "layer_norm_eps": 1e-05,
    "max_position_embeddings": 77,
    "num_attention_heads": 16,
    "num_hidden_layers": 23,
    "vocab_size": 49408,
}


@dataclass(frozen=True)
class Published:
    """length: of its 16-bit file, in bytes. count: of its parameters, as the engine knows it for its plans."""

    table: str
    config: dict[str, Any]
    build: Callable[[Mapping[str, Any]], nn.Module]
    millions: float
    length: int
    count: int
    file: str
    name: Callable[[str], str] = str


NETWORKS = [
    Published(
        "marigold_unet.txt", UNET_CONFIG, build_unet, 865.9, 1_731_927_776, PUBLISHED.unet, variants.UNET_WEIGHTS
    ),
    Published("marigold_vae.txt", VAE_CONFIG, build_vae, 83.7, 167_335_342, PUBLISHED.vae, variants.VAE_WEIGHTS),
    Published(
        "marigold_text_encoder.txt",
        TEXT_CONFIG,
        build_text_encoder,
        340.4,
        680_820_392,
        PUBLISHED.text,
        variants.TEXT_WEIGHTS,
        text_name,
    ),
]
each_network = pytest.mark.parametrize("published", NETWORKS, ids=lambda published: Path(published.table).stem)


@each_network
def test_every_parameter_has_the_published_name_and_shape(published: Published) -> None:
    network = published.build(published.config)
    found = {published.name(name): tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    wanted = read_table(published.table)
    assert found.keys() - wanted.keys() == set()
    assert wanted.keys() - found.keys() == set()
    assert {name: shape for name, shape in found.items() if shape != wanted[name]} == {}
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == published.count
    assert round(count / 1e6, 1) == published.millions


@each_network
def test_the_table_makes_a_file_as_long_as_the_published_one(published: Published) -> None:
    assert length_of_file(read_table(published.table), 2) == published.length
    sizes = {file.size_bytes for known in variants.VARIANTS for file in known.info.files if file.path == published.file}
    assert sizes <= {published.length, 0}


def test_full_precision_files_are_as_long_as_the_published_ones() -> None:
    assert length_of_file(read_table("marigold_unet.txt"), 4) == 3_463_772_592
    vae = read_table("marigold_vae.txt")
    assert length_of_file({old_vae_name(name): shape for name, shape in vae.items()}, 4) == 334_643_276


@each_network
def test_the_small_network_differs_in_depth_and_width_only(published: Published, weights: Path) -> None:
    full = read_table(published.table)
    with safe_open(weights / published.file, "pt") as file:
        ranks = {name: len(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    assert ranks.items() <= {name: len(shape) for name, shape in full.items()}.items()
    lacks = {layer for layer in patterns(full) - patterns(ranks) if "conv_shortcut" not in layer}
    assert lacks == set()


def length_of_file(table: Shapes, size: int) -> int:
    """Bytes of a safetensors file: the header's length in 8 bytes, the header padded to a multiple of 8,
    the values.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(table):
        start, end = end, end + size * prod(table[name])
        header[name] = {"dtype": f"F{8 * size}", "shape": table[name], "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"))
    return 8 + -(-len(text) // 8) * 8 + end


def patterns(names: Iterable[str]) -> set[str]:
    """The names without their numbers."""
    return {re.sub(r"\.\d+\.", ".N.", name) for name in names}
