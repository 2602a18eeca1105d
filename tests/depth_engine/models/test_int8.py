# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights as 8-bit integers come back nearly as they were, and damage is noticed."""

from __future__ import annotations

import pytest
import torch

from depth_engine.models.int8 import packed, unpacked


def parameters() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(64, 128, generator=generator) * torch.logspace(-4, 2, 64)[:, None]  # channels of all sizes
    return {"a.weight": rows, "a.scale": torch.ones(3), "b.bias": torch.tensor([1e-9, 70000.0]), "c": torch.ones(2, 2)}


def test_matrices_take_a_byte_a_number_and_lose_half_a_step_at_most() -> None:
    whole = parameters()
    table = packed(whole)
    assert table["a.weight"].dtype == torch.int8 and list(table["a.weight.scale"].shape) == [64, 1]
    assert table["c"].dtype == torch.float16 and table["b.bias"].dtype == torch.float32  # too large for a half
    back = unpacked(table)
    assert back.keys() == whole.keys()  # a parameter may itself be called scale
    step = whole["a.weight"].abs().amax(dim=1, keepdim=True) / 127
    assert ((back["a.weight"] - whole["a.weight"]).abs() <= 0.501 * step).all()


def test_missing_and_misfitting_scales_are_refused() -> None:
    table = packed(parameters())
    for wrong in (torch.ones(3, 1), torch.ones(64), torch.ones(64, 1, dtype=torch.int32)):
        with pytest.raises(ValueError, match=r"a\.weight\.scale does not fit"):
            unpacked(table | {"a.weight.scale": wrong})
    del table["a.weight.scale"]
    with pytest.raises(ValueError, match=r"a\.weight\.scale is missing"):
        unpacked(table)
