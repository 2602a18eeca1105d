# SPDX-License-Identifier: GPL-3.0-or-later
"""The UNet built from the published config has the published file's parameters, and the pinned files are the published.

The table is that of Stable Video Diffusion XT's UNet (see its header). That ChronoDepth's file has the same names and
shapes is public by two facts: its config.json spells the same network, and its length is the same to the byte. VAE and
CLIP are the very files that DepthCrafter uses, which its own test holds against their tables.
"""

from __future__ import annotations

import hashlib
import json
from math import prod
from pathlib import Path

from depth_engine.models.chronodepth.files import FILES
from depth_engine.models.depthcrafter.files import FILES as DEPTHCRAFTER_FILES
from depth_engine.models.svd import published
from depth_engine.models.svd.networks import build_unet
from tests.depth_engine.models.chronodepth.fabricate import fabricate
from tests.support.parameters import read_table

# config.json of jhshao/ChronoDepth-v1, commit 0c861c6f3ecbc410a661ae2ca7c0a83599d3c77d, in its own order
UNET_CONFIG = {
    "_diffusers_version": "0.29.1",
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


def test_every_parameter_has_the_published_name_and_shape() -> None:
    network = build_unet(UNET_CONFIG)
    found = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert found == read_table("unet.txt")
    assert round(sum(parameter.numel() for parameter in network.parameters()) / 1e6, 1) == 1524.6
    assert {name: UNET_CONFIG[name] for name in published.UNET} == published.UNET


def test_the_pinned_config_is_the_published_text() -> None:
    text = (json.dumps(UNET_CONFIG, indent=2) + "\n").encode()
    (file,) = [file for file in FILES if file.path == "chronodepth/config.json"]
    assert (len(text), hashlib.sha256(text).hexdigest()) == (file.size_bytes, file.sha256)


def test_the_published_file_has_room_for_the_parameters_of_the_table_and_no_more() -> None:
    """2 bytes a value, and a header as long as that of DepthCrafter's file, which the table makes to the byte."""
    mine, theirs = (
        {file.repo_path: file for file in files if not file.path.startswith("svd/")}
        for files in (FILES, DEPTHCRAFTER_FILES)
    )
    weights = "diffusion_pytorch_model.safetensors"
    assert mine[weights].size_bytes == theirs[weights].size_bytes
    assert 0 < mine[weights].size_bytes - 2 * sum(map(prod, read_table("unet.txt").values())) < 200_000
    assert mine[weights].sha256 != theirs[weights].sha256


def test_the_other_networks_are_stable_video_diffusions() -> None:
    assert [file for file in FILES if file.path.startswith("svd/")] == [
        file for file in DEPTHCRAFTER_FILES if file.path.startswith("svd/")
    ]


def test_fabricated_weights_lie_in_the_published_layout(tmp_path: Path) -> None:
    fabricate(tmp_path / "weights")
    found = {path.relative_to(tmp_path / "weights").as_posix() for path in (tmp_path / "weights").rglob("*.*")}
    assert found == {file.path for file in FILES}
