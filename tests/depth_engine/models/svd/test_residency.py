# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights that move, or are stored in 8 bits, give the same depth.

On the CPU: that every stage finds its networks, and what fp8 costs. That the card's memory gets smaller, and that
copies run beside the work, needs a card.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from depth_engine.models.base import ExecutionPlan, Residency
from depth_engine.models.depthcrafter.networks import load_networks
from depth_engine.models.svd import published
from depth_engine.models.svd.blocks import quicken
from depth_engine.models.svd.memory import OFFLOADED_SHARE
from depth_engine.models.svd.networks import build_unet
from depth_engine.models.svd.residency import Residence, decoder_type, fetch_when_called
from tests.depth_engine.models.depthcrafter.cases import WEIGHTS, case, compute, load, relative

PLAN = ExecutionPlan("fp32", chunked=True, decode_chunk=8)


def disparity(residency: Residency) -> torch.Tensor:
    it = case("single")
    spec = replace(it.spec, frame_count=6, settings=replace(it.spec.settings, steps=2))
    return compute(load(spec, replace(PLAN, residency=residency)), spec, it.frames[:6])[1]


@pytest.mark.parametrize("residency", ["swapped", "offloaded"])
def test_moving_weights_changes_nothing(residency: Residency) -> None:
    assert torch.equal(disparity(residency), disparity("resident"))


def test_weights_in_8_bits_change_a_little() -> None:
    assert 1e-6 < relative(disparity("fp8"), disparity("resident")) < 0.2


def test_fp8_stores_the_unets_large_weights_in_one_byte() -> None:
    networks = load_networks(WEIGHTS, torch.float32)
    before = sum(p.numel() * p.element_size() for p in networks.unet.parameters())
    Residence(networks, "cpu", "fp8")
    assert sum(p.numel() * p.element_size() for p in networks.unet.parameters()) < 0.5 * before
    assert networks.unet.dtype is torch.float32


def test_a_stage_has_its_networks_on_the_device_and_sends_the_others_away() -> None:
    """The meta device stands for a card: what lies there is not on the CPU."""
    networks = load_networks(WEIGHTS, torch.float16)
    residence = Residence(networks, "cpu", "swapped")
    residence.device = torch.device("meta")
    with residence.encoding():
        assert networks.clip.device.type == networks.vae.encoder.conv_in.weight.device.type == "meta"
        assert networks.unet.device.type == networks.vae.decoder.conv_in.weight.device.type == "cpu"


def test_at_full_size_a_tenth_of_the_unet_is_fetched_at_a_time() -> None:
    unet = build_unet(published.UNET)
    quicken(unet, sliced=True)
    fetch_when_called(unet, torch.device("meta"))
    every = sum(parameter.numel() for parameter in unet.parameters())
    parts = [module for module in unet.modules() if module._forward_pre_hooks]
    sizes = [sum(parameter.numel() for parameter in part.parameters()) for part in parts]
    assert max(sizes) + every - sum(sizes) < OFFLOADED_SHARE * every


def test_the_encoder_is_exact_and_the_decoder_never_coarse() -> None:
    assert decoder_type("cuda:0", torch.bfloat16) is torch.float16
    assert decoder_type("cpu", torch.bfloat16) is torch.float32
    networks = load_networks(WEIGHTS, torch.bfloat16)
    Residence(networks, "cpu", "resident")
    types = {part: next(getattr(networks.vae, part).parameters()).dtype for part in ("encoder", "decoder")}
    assert types == {"encoder": torch.float32, "decoder": torch.float32}
    assert networks.unet.dtype is torch.bfloat16
