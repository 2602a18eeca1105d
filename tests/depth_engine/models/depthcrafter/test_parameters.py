# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks built from the published configs have the published files' parameters: every name, shape and the totals.

The tables in tests/data/parameters come from public sources, which their headers name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from torch import nn

from depth_engine.models.svd import published as facts
from depth_engine.models.svd.networks import build_clip, build_unet, build_vae
from tests.support.parameters import Shapes, read_table

DATA = Path(__file__).resolve().parents[3] / "data"

# config.json of tencent/DepthCrafter, commit e83a4879e5dc6e00e0228efa63746ed7110a940d
UNET_CONFIG = {
    "_class_name": "DiffusersUNetSpatioTemporalConditionModelDepthCrafter",
    "_diffusers_version": "0.29.2",
    "addition_time_embed_dim": 256,
    "block_out_channels": [320, 640, 1280, 1280],
    "cross_attention_dim": 1024,
    "down_block_types": [*["CrossAttnDownBlockSpatioTemporal"] * 3, "DownBlockSpatioTemporal"],
    "in_channels": 8,
    "layers_per_block": 2,
    "num_attention_heads": [5, 10, 20, 20],
    "num_frames": 25,
    "out_channels": 4,
    "projection_class_embeddings_input_dim": 768,
    "sample_size": 96,
    "transformer_layers_per_block": 1,
    "up_block_types": ["UpBlockSpatioTemporal", *["CrossAttnUpBlockSpatioTemporal"] * 3],
}

# vae/config.json and image_encoder/config.json of stabilityai/stable-video-diffusion-img2vid-xt,
# revision 9e43909513c6714f1bc78bcb44d96e733cd242aa
VAE_CONFIG = {
    "_class_name": "AutoencoderKLTemporalDecoder",
    "_diffusers_version": "0.24.0.dev0",
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "force_upcast": True,
    "in_channels": 3,
    "latent_channels": 4,
    "layers_per_block": 2,
    "out_channels": 3,
    "sample_size": 768,
    "scaling_factor": 0.18215,
}
CLIP_CONFIG = {
    "architectures": ["CLIPVisionModelWithProjection"],
    "attention_dropout": 0.0,
    "dropout": 0.0,
    "hidden_act": "gelu",
    "hidden_size": 1280,
    "image_size": 224,
    "initializer_factor": 1.0,
    "initializer_range": 0.02,
    "intermediate_size": 5120,
    "layer_norm_eps": 1e-05,
    "model_type": "clip_vision_model",
    "num_attention_heads": 16,
    "num_channels": 3,
    "num_hidden_layers": 32,
    "patch_size": 14,
    "projection_dim": 1024,
    "torch_dtype": "float16",
    "transformers_version": "4.34.0.dev0",
}


@dataclass(frozen=True)
class Published:
    """What is published of a network.

    length: of its fp16 file, in bytes; the UNet's is the equal one of Stable Video Diffusion XT. tiny: the file of the
    same network in tests/data/depthcrafter. widening: what the tiny one lacks, because its blocks are equally wide.
    """

    table: str
    config: dict[str, Any]
    build: Callable[[Mapping[str, Any]], nn.Module]
    millions: float
    length: int
    tiny: str
    widening: tuple[str, ...] = ()


NETWORKS = [
    Published(
        "unet.txt",
        UNET_CONFIG,
        build_unet,
        1524.6,
        3_049_435_868,
        "depthcrafter/diffusion_pytorch_model.safetensors",
        ("down_blocks.N.resnets.N.spatial_res_block.conv_shortcut",),
    ),
    Published(
        "vae.txt",
        VAE_CONFIG,
        build_vae,
        97.7,
        195_531_910,
        "svd/vae/diffusion_pytorch_model.fp16.safetensors",
        (
            "encoder.down_blocks.N.resnets.N.conv_shortcut",
            "decoder.up_blocks.N.resnets.N.spatial_res_block.conv_shortcut",
        ),
    ),
    Published(
        "clip.txt",
        CLIP_CONFIG,
        build_clip,
        632.1,
        1_264_217_240,
        "svd/image_encoder/model.fp16.safetensors",
    ),
]
each_network = pytest.mark.parametrize("published", NETWORKS, ids=lambda published: Path(published.table).stem)


@each_network
def test_every_parameter_has_the_published_name_and_shape(published: Published) -> None:
    network = published.build(published.config)
    found = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    wanted = read_table(published.table)
    assert found.keys() - wanted.keys() == set()
    assert wanted.keys() - found.keys() == set()
    assert {name: shape for name, shape in found.items() if shape != wanted[name]} == {}
    assert round(sum(parameter.numel() for parameter in network.parameters()) / 1e6, 1) == published.millions


@pytest.mark.parametrize(
    ("known", "config"), [(facts.UNET, UNET_CONFIG), (facts.VAE, VAE_CONFIG), (facts.CLIP, CLIP_CONFIG)]
)
def test_what_the_engine_knows_of_the_configs_is_what_they_say(known: dict[str, Any], config: dict[str, Any]) -> None:
    assert known == {name: config[name] for name in known}


@each_network
def test_the_table_makes_a_file_as_long_as_the_published_one(published: Published) -> None:
    assert length_of_fp16_file(read_table(published.table)) == published.length


@each_network
def test_the_tiny_network_differs_in_depth_and_width_only(published: Published) -> None:
    full = read_table(published.table)
    with safe_open(DATA / "depthcrafter" / published.tiny, "pt") as file:
        ranks = {name: len(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    assert ranks.items() <= {name: len(shape) for name, shape in full.items()}.items()
    lacks = {f"{layer}.{leaf}" for layer in published.widening for leaf in ("weight", "bias")}
    assert patterns(full) - patterns(ranks) == lacks


def length_of_fp16_file(table: Shapes) -> int:
    """Bytes of a safetensors file: the header's length in 8 bytes, the header padded to a multiple of 8, the values."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(table):
        start, end = end, end + 2 * prod(table[name])
        header[name] = {"dtype": "F16", "shape": table[name], "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"))
    return 8 + -(-len(text) // 8) * 8 + end


def patterns(names: Mapping[str, object]) -> set[str]:
    """The names without their numbers."""
    return {re.sub(r"\.\d+\.", ".N.", name) for name in names}
