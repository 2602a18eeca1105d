# SPDX-License-Identifier: GPL-3.0-or-later
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The network computes what independent implementations of its parts do: transformers' Depth Anything, diffusers'
AnimateDiff. With random weights: this is equality, not quality.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import Tensor

from depth_engine.models.base import ExecutionPlan, Precision
from depth_engine.models.video_depth_anything.encoder import Encoder
from depth_engine.models.video_depth_anything.published import SMALL
from depth_engine.models.video_depth_anything.temporal import TemporalModule
from tests.depth_engine.models.video_depth_anything.cases import TINY, clip, parameters, tiny_network, tiny_predictor
from tests.depth_engine.models.video_depth_anything.reference import depth_anything, published_to_transformers

SIDE = TINY.grid * 14


def nothing() -> None: ...


@torch.inference_mode()
def test_with_silent_temporal_modules_it_is_depth_anything() -> None:
    network = tiny_network().eval()
    for name, parameter in network.head.motion_modules.named_parameters():
        if ".proj_out." in name:
            parameter.zero_()
    other = depth_anything(TINY, SIDE)
    missing, unexpected = other.load_state_dict(published_to_transformers(network.state_dict()), strict=False)
    assert unexpected == []
    assert all("mask_token" in name or "layers.0.residual_layer1" in name for name in missing)
    frames = torch.randn(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    values, expected = network(frames, 2, nothing), other(pixel_values=frames).predicted_depth
    assert expected.std() > 0.01
    torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("frames", [1, 32])
@torch.inference_mode()
def test_a_temporal_module_is_that_of_animatediff(frames: int) -> None:
    """Theirs normalises groups over all frames, the published network (as AnimateDiff itself) each frame's.

    One frame shows that the norms are equal, many without them that all else is.
    """
    channels = 64
    ours = TemporalModule(channels).eval()
    ours.load_state_dict(parameters(ours, 3))
    theirs = AnimateDiffTransformer3D(
        num_attention_heads=8,
        attention_head_dim=channels // 8,
        in_channels=channels,
        norm_num_groups=32,
        activation_fn="geglu",
        double_self_attention=True,
        positional_embeddings="sinusoidal",
        num_positional_embeddings=32,
    ).eval()
    theirs.load_state_dict(published_to_diffusers(ours.temporal_transformer.state_dict()), strict=True)
    if frames > 1:
        for transformer in (ours.temporal_transformer, theirs):
            setattr(transformer, "norm", torch.nn.Identity())  # noqa: B010  it is another kind of module
    features = torch.randn(frames, channels, 3, 4, generator=torch.Generator().manual_seed(2))
    values, expected = ours(features), theirs(features, num_frames=frames)
    assert (values - features).std() > 0.1
    torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-5)


def published_to_diffusers(state: dict[str, Tensor]) -> dict[str, Tensor]:
    names = {"attention_blocks.0.pos_encoder": "pos_embed", "norms.0": "norm1", "norms.1": "norm2", "ff_norm": "norm3"}
    names |= {"attention_blocks.0": "attn1", "attention_blocks.1": "attn2"}
    mapped: dict[str, Tensor] = {}
    for name, tensor in state.items():
        for old, new in names.items():
            name = name.replace(f"transformer_blocks.0.{old}.", f"transformer_blocks.0.{new}.")
        if "attn2.pos_encoder" not in name:  # diffusers has one for both
            mapped[name] = tensor
    return mapped


def test_learned_positions_are_resized_with_the_published_offset() -> None:
    """A ramp over 37 learned rows, seen at 4 rows, tells where and how they were sampled.

    The places are those that a program which is checked against the published code has in its tests
    (sawfwair/mere-run, VideoDepthAnythingModelTests.swift); the kernel is torch's, cubic convolution with -3/4.
    """
    with torch.device("meta"):
        encoder = Encoder(SMALL)
    ramp = torch.arange(37.0)[:, None].expand(37, 37).reshape(1, -1, 1).expand(1, -1, SMALL.width)
    encoder.pos_embed = torch.nn.Parameter(torch.cat([torch.zeros(1, 1, SMALL.width), ramp], dim=1))
    rows = encoder._positions(4, 5)[0, 1:, 0].reshape(4, 5)  # pyright: ignore[reportPrivateUsage]
    places = torch.tensor([4.012195, 13.036585, 22.060976, 31.085365])
    distances = (places[:, None] - torch.arange(37.0)).abs()
    near = (1.25 * distances - 2.25) * distances**2 + 1
    far = -0.75 * (((distances - 5) * distances + 8) * distances - 4)
    kernel = torch.where(distances <= 1, near, torch.where(distances < 2, far, torch.zeros_like(far)))
    expected = (kernel * torch.arange(37.0)).sum(dim=1)
    torch.testing.assert_close(rows, expected[:, None].expand(4, 5), rtol=0, atol=1e-4)


def test_frames_of_a_window_see_each_other_and_windows_do_not() -> None:
    predictor = tiny_predictor()
    pictures = np.stack([frame.rgb for frame in clip(32)])
    values = predictor(pictures, nothing)
    assert values.shape == (32, 28, 56)
    assert values.dtype == np.float32
    assert (values > 0).mean() > 0.2  # the random weights do not make a constant of every picture
    pictures[31] = 255 - pictures[31]
    assert not np.array_equal(predictor(pictures, nothing)[0], values[0])


@pytest.mark.parametrize("chunk", [1, 3, 32])
def test_frames_worked_on_at_once_change_the_last_digits_only(chunk: int) -> None:
    pictures = np.stack([frame.rgb for frame in clip(32)])
    expected = tiny_predictor()(pictures, nothing)
    ticks: list[int] = []
    predictor = tiny_predictor(ExecutionPlan("fp32", decode_chunk=chunk))
    values = predictor(pictures, lambda: ticks.append(1))
    assert np.abs(values - expected).max() < 1e-4 * np.ptp(expected)
    assert len(ticks) == predictor.steps(32)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_gives_nearly_the_same_without_steps(precision: Precision) -> None:
    pictures = np.stack([frame.rgb for frame in clip(32)])
    expected = tiny_predictor()(pictures, nothing)
    values = tiny_predictor(ExecutionPlan(precision, decode_chunk=4))(pictures, nothing)
    assert values.dtype == np.float32
    assert np.abs(values - expected).mean() < 0.05 * np.ptp(expected)
    assert len(np.unique(values)) > 0.5 * len(np.unique(expected))


def test_a_metric_network_gives_the_reciprocal_of_metres() -> None:
    pictures = np.stack([frame.rgb for frame in clip(32)])
    metres = tiny_predictor()(pictures, nothing)
    disparity = tiny_predictor(metric=True)(pictures, nothing)
    np.testing.assert_allclose(disparity, 1 / metres.clip(0.01), rtol=1e-6)
    assert disparity.max() <= 100.0


def test_every_size_of_picture_fits() -> None:
    network = tiny_network().eval()
    with torch.inference_mode():
        for height, width in ((14, 14), (14, 98), (98, 14), (70, 70), (42, 126)):
            values = network(torch.zeros(2, 3, height, width), 4, nothing)
            assert values.shape == (2, height, width)
            assert torch.isfinite(values).all()
