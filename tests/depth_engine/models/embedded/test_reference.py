# SPDX-License-Identifier: GPL-3.0-or-later
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false
"""The stream is what transformers' Depth Anything computes, with attention over the last 16 frames written out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models import registry, weights
from depth_engine.models.base import ExecutionPlan, ShotSpec
from depth_engine.models.tensors import read_tensors
from depth_engine.models.video_depth_anything.published import SMALL
from tests.depth_engine.models.embedded.fabricate import FILE
from tests.depth_engine.models.video_depth_anything.reference import depth_anything, published_to_transformers

SIDE = 56
HEADS, SEEN = 8, 15


class Attending:
    """One temporal module, by its parameters alone: called with a frame's features after another's [1,c,h,w]."""

    def __init__(self, parameters: dict[str, Tensor], index: int) -> None:
        start = f"head.motion_modules.{index}.temporal_transformer."
        self.own = {name.removeprefix(start): value for name, value in parameters.items() if name.startswith(start)}
        self.notes: dict[int, list[Tensor]] = {0: [], 1: []}

    def linear(self, name: str, tokens: Tensor) -> Tensor:
        return functional.linear(tokens, self.own[f"{name}.weight"], self.own.get(f"{name}.bias"))

    def norm(self, name: str, tokens: Tensor) -> Tensor:
        return functional.layer_norm(tokens, tokens.shape[-1:], self.own[f"{name}.weight"], self.own[f"{name}.bias"])

    def __call__(self, features: Tensor) -> Tensor:
        """Tokens [places,c]."""
        normed = functional.group_norm(features, 32, self.own["norm.weight"], self.own["norm.bias"], 1e-6)
        tokens = self.linear("proj_in", normed[0].flatten(1).T)
        block = "transformer_blocks.0."
        for each in range(2):
            tokens = tokens + self.attended(
                each, f"{block}attention_blocks.{each}.", self.norm(f"{block}norms.{each}", tokens)
            )
        values, gates = self.linear(f"{block}ff.net.0.proj", self.norm(f"{block}ff_norm", tokens)).chunk(2, dim=-1)
        tokens = tokens + self.linear(f"{block}ff.net.2", values * functional.gelu(gates))
        return features + self.linear("proj_out", tokens).T.reshape(features.shape)

    def attended(self, each: int, name: str, tokens: Tensor) -> Tensor:
        """The 15 last frames' tokens and this one's, at the places 0 to 15: softmax(q k / sqrt(width)) v."""
        seen = torch.stack([*self.notes[each][-SEEN:], tokens], dim=1)
        self.notes[each].append(tokens)
        rates = 10_000.0 ** (-torch.arange(0, tokens.shape[1], 2) / tokens.shape[1])
        angles = torch.arange(seen.shape[1])[:, None] * rates
        seen = seen + torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
        query, key, value = (
            self.linear(name + project, part).unflatten(2, (HEADS, -1))
            for project, part in (("to_q", seen[:, -1:]), ("to_k", seen), ("to_v", seen))
        )
        shares = torch.einsum("pqhc,pkhc->phqk", query, key) / query.shape[-1] ** 0.5
        mixed = torch.einsum("phqk,pkhc->pqhc", shares.softmax(-1), value)
        return self.linear(name + "to_out.0", mixed[:, 0].flatten(1))


def reference(folder: Path) -> Any:
    """Transformers' network with the file's parameters; the temporal modules hang behind four of its parts."""
    parameters = {name: tensor.float() for name, tensor in read_tensors(folder / FILE).items()}
    mapped = published_to_transformers(parameters)
    name = "backbone.embeddings.position_embeddings"
    learned = mapped[name][:, 1:].unflatten(1, (SMALL.grid, SMALL.grid)).permute(0, 3, 1, 2)
    scale = (SIDE / 14 + 0.1) / SMALL.grid  # DINOv2's own code says so
    resized = functional.interpolate(learned, scale_factor=(scale, scale), mode="bicubic").flatten(2).transpose(1, 2)
    mapped[name] = torch.cat([mapped[name][:, :1], resized], dim=1)
    network: Any = depth_anything(SMALL, SIDE)
    missing, unexpected = network.load_state_dict(mapped, strict=False)
    assert not unexpected and all("mask_token" in each or "layers.0.residual_layer1" in each for each in missing)
    parts = [*network.neck.reassemble_stage.layers[2:], *network.neck.fusion_stage.layers[:2]]
    for index, part in enumerate(parts):
        attending = Attending(parameters, index)
        part.register_forward_hook(lambda _, __, output, attending=attending: attending(output))
    return network


def normalized(picture: Rgb) -> Tensor:
    pixels = torch.as_tensor(picture).permute(2, 0, 1)[None].float() / 255
    mean, deviation = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    return (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(deviation).view(3, 1, 1)


@pytest.mark.parametrize("included", [True, False], ids=["included weights", "temporal modules made up"])
@torch.inference_mode()
def test_values_are_those_of_an_independent_implementation(included: bool, informed_weights: Path, dog: Rgb) -> None:
    folder = weights.MODELS_FOLDER / "embedded" if included else informed_weights
    pictures: Sequence[Rgb] = [np.ascontiguousarray(dog[30 : 30 + SIDE, 4 * n : 4 * n + SIDE]) for n in range(18)]
    network = reference(folder)
    expected = [network(pixel_values=normalized(picture)).predicted_depth[0].numpy() for picture in pictures]
    model = registry.load("embedded", folder, "cpu", ExecutionPlan("fp32"))
    frames = [Frame(number, picture) for number, picture in enumerate(pictures, start=1)]
    found = model.open_shot(ShotSpec(len(frames), SIDE, SIDE, max_size=SIDE)).push(frames, lambda _: None)
    for mine, other in zip(found, expected, strict=True):
        assert np.ptp(other) > 0.01
        assert np.abs(mine - other).max() < 1e-3 * np.ptp(other)
