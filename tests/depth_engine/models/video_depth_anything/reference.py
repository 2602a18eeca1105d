# SPDX-License-Identifier: GPL-3.0-or-later
"""The network without its temporal modules as transformers has it: Depth Anything."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from depth_engine.models.video_depth_anything.published import Architecture
from tests.support.renamed import Rule, renamed


def published_to_transformers(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The table of transformers' own conversion of Depth Anything checkpoints, said once more."""
    rules: list[Rule] = [
        (r"pretrained\.cls_token", "backbone.embeddings.cls_token"),
        (r"pretrained\.pos_embed", "backbone.embeddings.position_embeddings"),
        (r"pretrained\.patch_embed\.proj", "backbone.embeddings.patch_embeddings.projection"),
        (r"pretrained\.blocks\.(\d+)\.attn\.proj", r"backbone.encoder.layer.\1.attention.o_proj"),
        (r"pretrained\.blocks\.(\d+)\.ls(\d)\.gamma", r"backbone.encoder.layer.\1.layer_scale\2.lambda1"),
        (r"pretrained\.blocks\.(\d+)\.", r"backbone.encoder.layer.\1."),
        (r"pretrained\.norm", "backbone.layernorm"),
        (r"head\.projects\.(\d)", r"neck.reassemble_stage.layers.\1.projection"),
        (r"head\.resize_layers\.(\d)", r"neck.reassemble_stage.layers.\1.resize"),
        (r"head\.scratch\.output_conv1", "head.conv1"),
        (r"head\.scratch\.output_conv2\.0", "head.conv2"),
        (r"head\.scratch\.output_conv2\.2", "head.conv3"),
        (r"out_conv", "projection"),
        (r"resConfUnit(\d)\.conv(\d)", r"residual_layer\1.convolution\2"),
        (r"head\.scratch\.layer(\d)_rn", lambda found: f"neck.convs.{int(found[1]) - 1}"),
        (r"head\.scratch\.refinenet(\d)", lambda found: f"neck.fusion_stage.layers.{4 - int(found[1])}"),
    ]
    alone = {name: tensor for name, tensor in state.items() if "motion_modules" not in name}
    return renamed(alone, rules, joined="qkv")


def depth_anything(architecture: Architecture, side: int) -> DepthAnythingForDepthEstimation:
    """Transformers' own network, for square pictures of a side."""
    backbone = cast(Any, Dinov2Config)(
        hidden_size=architecture.width,
        num_hidden_layers=architecture.depth,
        num_attention_heads=architecture.heads,
        image_size=side,
        patch_size=14,
        out_indices=[tap + 1 for tap in architecture.taps],
        apply_layernorm=True,
        reshape_hidden_states=False,
    )
    return DepthAnythingForDepthEstimation(
        DepthAnythingConfig(
            backbone_config=backbone,
            patch_size=14,
            reassemble_hidden_size=architecture.width,
            neck_hidden_sizes=list(architecture.channels),
            fusion_hidden_size=architecture.features,
            head_hidden_size=32,
        )
    ).eval()
