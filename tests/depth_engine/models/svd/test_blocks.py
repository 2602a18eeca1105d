# SPDX-License-Identifier: GPL-3.0-or-later
"""The quicker blocks compute what diffusers' own do, whole and in slices."""

from __future__ import annotations

import copy
import itertools

import pytest
import torch
from torch import Tensor, nn

from depth_engine.models.base import ExecutionPlan
from depth_engine.models.depthcrafter.networks import Networks, load_networks
from depth_engine.models.depthcrafter.pipeline import make_pipeline
from depth_engine.models.svd import blocks
from depth_engine.models.svd.blocks import quicken
from depth_engine.models.svd.norm import native_norm, summed_norm
from tests.depth_engine.models.depthcrafter.cases import WEIGHTS, relative

SHAPES = [(1, 8, 16), (3, 8, 24), (10, 8, 16)]
"""Frames, and height and width in latents: one frame, odd ones, and more than a slice with a rest."""


@pytest.fixture(scope="module")
def stock() -> Networks:
    """The tiny networks in float64, with norms and mixtures that are not what they begin with."""
    networks = load_networks(WEIGHTS, torch.float64)
    generator = torch.Generator().manual_seed(5)
    for network in (networks.unet, networks.vae):
        for name, parameter in network.named_parameters():
            if parameter.ndim == 1:
                noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.data = (parameter.data if "norm" in name else 0) + noise * (0.3 if "norm" in name else 1)
    return networks


def quick(networks: Networks, dtype: torch.dtype, *, sliced: bool) -> Networks:
    changed = copy.deepcopy(networks)
    for network in (changed.unet, changed.vae):
        nn.Module.to(network, dtype)
        quicken(network, sliced=sliced)
    return changed


def noise(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@torch.inference_mode()
def predicted(networks: Networks, frames: int, height: int, width: int, dtype: torch.dtype) -> Tensor:
    ids = torch.tensor([7.0, 127.0, 0.02])
    sample, tokens = noise(frames, 8, height, width).to(dtype), noise(frames, 32, seed=2).to(dtype)
    return networks.unet(sample, torch.tensor(1.6), tokens, ids)


@torch.inference_mode()
def predicted_at_levels(networks: Networks, frames: int, height: int, width: int, dtype: torch.dtype) -> Tensor:
    """Each frame with a noise level of its own."""
    ids, levels = torch.tensor([6.0, 127.0, 0.0]), torch.linspace(-4, 1.6, frames)
    sample, tokens = noise(frames, 8, height, width).to(dtype), noise(frames, 32, seed=2).to(dtype)
    return networks.unet(sample, levels, tokens, ids)


@torch.inference_mode()
def decoded(networks: Networks, frames: int, height: int, width: int, dtype: torch.dtype) -> Tensor:
    return networks.vae.decode(noise(frames, 4, height // 4, width // 4).to(dtype), num_frames=frames).sample


@torch.inference_mode()
def encoded(networks: Networks, frames: int, height: int, width: int, dtype: torch.dtype) -> Tensor:
    return networks.vae.encode(noise(frames, 3, 2 * height, 2 * width).to(dtype)).latent_dist.mode()


STAGES = {"predicted": predicted, "predicted at levels": predicted_at_levels, "decoded": decoded, "encoded": encoded}


@pytest.mark.parametrize("sliced", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_the_results_are_those_of_the_published_blocks(stock: Networks, stage: str, sliced: bool) -> None:
    compute = STAGES[stage]
    exact, single = (quick(stock, dtype, sliced=sliced) for dtype in (torch.float64, torch.float32))
    for shape in SHAPES:
        expected = compute(stock, *shape, torch.float64)
        assert relative(compute(exact, *shape, torch.float64), expected) < 1e-6  # diffusers' time embedding is float32
        assert relative(compute(single, *shape, torch.float32), expected) < 5e-3  # norms of two values


def test_a_level_for_each_frame_is_one_level_where_all_are_equal(stock: Networks) -> None:
    networks = quick(stock, torch.float64, sliced=True)
    ids, sample, tokens = torch.tensor([7.0, 127.0, 0.02]), noise(10, 8, 8, 16), noise(10, 32, seed=2)
    with torch.inference_mode():
        one, each = (networks.unet(sample, level, tokens, ids) for level in (torch.tensor(1.6), torch.full((10,), 1.6)))
    assert relative(each, one) < 1e-8
    assert relative(predicted_at_levels(networks, 10, 8, 16, torch.float64), one) > 1e-3


def test_slices_change_nothing_beyond_rounding(stock: Networks) -> None:
    whole, slices = (quick(stock, torch.float64, sliced=sliced) for sliced in (False, True))
    for (compute, limit), shape in itertools.product(((predicted, 1e-8), (decoded, 1e-11)), SHAPES):
        assert relative(compute(slices, *shape, torch.float64), compute(whole, *shape, torch.float64)) < limit


def test_slices_are_really_used(stock: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    norm = blocks.GroupNorm.forward

    def watched(self: blocks.GroupNorm, hidden: Tensor) -> Tensor:
        if self.silu and not self.joint:
            seen.append(len(hidden))
        return norm(self, hidden)

    monkeypatch.setattr(blocks.GroupNorm, "forward", watched)
    predicted(quick(stock, torch.float64, sliced=True), 17, 8, 16, torch.float64)
    assert set(seen) == {8, 1, 17}  # 17 only in the UNet's very last norm
    assert seen.count(17) == 1


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 0.03)])
def test_both_norms_are_group_norm(joint: bool, dtype: torch.dtype, limit: float) -> None:
    norm = nn.GroupNorm(32, 96).double()
    norm.weight.data, norm.bias.data = noise(96, seed=3), noise(96, seed=4)
    hidden = (3 * noise(5, 96, 7, 9) + 2).contiguous(memory_format=torch.channels_last)
    if joint:
        together = norm(hidden.transpose(0, 1).reshape(1, 96, -1)).reshape(96, 5, 7, 9).transpose(0, 1)
    expected = together if joint else norm(hidden)
    for normal in (native_norm, summed_norm):
        found = normal(hidden.to(dtype), copy.deepcopy(norm).to(dtype), joint=joint)
        assert found.dtype == dtype
        assert relative(found, expected) < limit


def test_frames_are_encoded_one_by_one_in_slices_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, augmentation = noise(5, 3, 64, 64).float().clamp(-1, 1), noise(5, 3, 64, 64, seed=2).float()
    results: list[Tensor] = []
    for sliced, sizes in ((False, [5]), (True, [1] * 5)):
        networks = load_networks(WEIGHTS, torch.float32)
        pipeline = make_pipeline(networks, "cpu", ExecutionPlan("fp32", chunked=sliced))
        seen: list[int] = []
        encoder = networks.vae.encoder.forward
        monkeypatch.setattr(networks.vae.encoder, "forward", lambda x, e=encoder, s=seen: s.append(len(x)) or e(x))
        results.append(pipeline.encode(frames, augmentation).latents)
        assert seen == sizes
    assert relative(results[1], results[0]) < 1e-5
