# SPDX-License-Identifier: GPL-3.0-or-later
"""Streaming: each frame sees the noted first one and last ones, as published; memory stands still; a stream goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch

from depth_engine.models import registry
from depth_engine.models.base import Disparity, ExecutionPlan, Precision, Settings, ShotSpec, Stop, WindowProgress
from depth_engine.models.video_depth_anything.head import Memory
from depth_engine.models.video_depth_anything.network import Pictures
from depth_engine.models.video_depth_anything.streaming import StreamingEstimator
from depth_engine.models.video_depth_anything.temporal import TemporalBlock, TemporalModule
from depth_engine.models.video_depth_anything.windows import STREAMING, Sight
from tests.depth_engine.models.video_depth_anything.cases import (
    HEIGHT,
    WIDTH,
    clip,
    model_of,
    parameters,
    spec,
    tiny_network,
    tiny_predictor,
)
from tests.depth_engine.models.video_depth_anything.test_estimator import stored

SHOT = 90


def streamed(frames: int) -> ShotSpec:
    return replace(spec(frames), settings=Settings(streaming=True))


def nothing(*_: object) -> None: ...


class Noting:
    """Notes of each frame its first pixel, and which notes it was shown."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []

    def follow(
        self, pictures: Pictures, earlier: Sequence[Memory], tick: Callable[[], None]
    ) -> tuple[Disparity, Memory]:
        tick()
        self.seen.append([int(memory[0][0].item()) for memory in earlier])
        number = len(self.seen) - 1
        return np.full(pictures.shape[:3], number, np.float32), ((torch.tensor([float(number)]),),)


def test_the_places_are_those_of_the_published_list() -> None:
    """The published program keeps a list: 32 times the first frame; of every frame the first two and the last 29 are
    seen; once it is longer than 42 its second entry goes.
    """
    predictor = Noting()
    estimator = StreamingEstimator(predictor, SHOT, (WIDTH, HEIGHT), STREAMING, "cpu")
    finished = [estimator.push([frame], nothing) for frame in clip(SHOT)]
    assert [[int(values[0, 0]) for values in each] for each in finished] == [[number] for number in range(SHOT)]
    published = [0] * 32
    assert predictor.seen[0] == []
    for number in range(1, SHOT):
        assert predictor.seen[number] == published[:2] + published[-29:]
        published.append(number)
        if number + 32 > 42:
            del published[1]


def test_with_another_sight_a_frame_sees_the_last_ones_and_nothing_stands_for_those_before_the_shot() -> None:
    predictor = Noting()
    estimator = StreamingEstimator(predictor, SHOT, (WIDTH, HEIGHT), Sight(recent=15), "cpu")
    for number, frame in enumerate(clip(SHOT)):
        estimator.push([frame], nothing)
        assert {len(array) for array in estimator.state().arrays.values()} == {min(number + 1, 15)}
    assert predictor.seen == [[*range(number)][-15:] for number in range(SHOT)]


@torch.inference_mode()
def test_a_module_gives_the_last_frame_of_a_window_what_it_gives_that_window_at_once() -> None:
    """Of one attention alone: it sees the same then. Through several, a window's frames see later ones, too."""
    module = TemporalModule(32).eval()
    module.load_state_dict(parameters(module, 3))
    block = cast(TemporalBlock, module.temporal_transformer.transformer_blocks[0])
    for name, parameter in block.attention_blocks[1].named_parameters():
        if name.startswith("to_out"):
            parameter.zero_()
    features = torch.randn(32, 32, 3, 200, generator=torch.Generator().manual_seed(2))  # more places than a slice
    notes = [module.follow(frame, [])[1] for frame in features.split(1)]
    values, _ = module.follow(features[31:], notes[:31])
    expected = module(features)[31:]
    assert (values - features[31:]).std() > 0.1
    torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_frames_one_by_one_are_a_window_that_sees_nothing_later() -> None:
    """So a network that is trained on such windows is trained for a stream."""
    module = TemporalModule(64).eval()
    module.load_state_dict(parameters(module))
    features = torch.randn(6, 64, 3, 5, generator=torch.Generator().manual_seed(1))
    earlier: list[tuple[torch.Tensor, ...]] = []
    at_once = module(features, causal=True)
    for number in range(len(features)):
        one, hidden = module.follow(features[number : number + 1], earlier)
        earlier.append(hidden)
        assert torch.allclose(one[0], at_once[number], atol=1e-5)
    assert not torch.allclose(at_once[0], module(features)[0], atol=1e-3)


@torch.inference_mode()
def test_the_stream_is_the_published_one_said_again() -> None:
    """Attention written out over all heads at once, with the published list, against the estimator.

    In float64: in another order of sums, 46 random layers on top of each other differ by 2e-4 in float32.
    """
    network: Any = tiny_network().eval().double()
    footage = clip(46)
    predictor = tiny_predictor()
    predictor.network.double()
    estimator = model_of(predictor).open_shot(streamed(46))
    finished = estimator.push(footage, nothing)
    lists: dict[tuple[int, int], list[Any]] = {}

    def attend(index: int, number: int, tokens: Any) -> Any:
        block = network.head.motion_modules[index].temporal_transformer.transformer_blocks[0]
        for each in range(2):
            attention, hidden = block.attention_blocks[each], block.norms[each](tokens)
            kept = lists.setdefault((index, each), [hidden] * 32)
            context = torch.cat([*kept[:2], *kept[-29:], hidden], dim=1) if number else hidden
            context = context + attention.pos_encoder.pe[:, : context.shape[1]]
            heads = [project(part).unflatten(2, (8, -1)) for project, part in (
                (attention.to_q, context[:, -1:]), (attention.to_k, context), (attention.to_v, context))]  # fmt: skip
            weights = torch.einsum("pqhc,pkhc->phqk", *heads[:2]) / heads[0].shape[-1] ** 0.5
            mixed = torch.einsum("phqk,pkhc->pqhc", weights.softmax(-1), heads[2]).flatten(2)
            tokens = tokens + attention.to_out[0](mixed)
            if number:
                kept.append(hidden)
            if number + 32 > 42:
                del kept[1]
        return tokens + block.ff(block.ff_norm(tokens))

    for number, frame in enumerate(footage):

        def inform(index: int, features: Any, number: int = number) -> Any:
            transformer = network.head.motion_modules[index].temporal_transformer
            tokens = transformer.proj_in(transformer.norm(features).flatten(2).permute(2, 0, 1))
            added = transformer.proj_out(attend(index, number, tokens))
            return features + added.permute(1, 2, 0).reshape(features.shape)

        picture = torch.as_tensor(frame.rgb)[None].permute(0, 3, 1, 2) / 255
        mean, std = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        picture = (picture - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
        maps = network.pretrained(picture.double())
        coarse = [network.head.reassemble(level, maps[level]) for level in (2, 3)]
        scratch = network.head.scratch
        third, fourth = scratch.layer3_rn(inform(0, coarse[0])), scratch.layer4_rn(inform(1, coarse[1]))
        features = inform(2, scratch.refinenet4(fourth, (third.shape[2], third.shape[3])))
        features = inform(3, scratch.refinenet3(features, (2 * third.shape[2], 2 * third.shape[3]), third))
        expected = network.head.render(features, maps[0], maps[1])[0].numpy()
        np.testing.assert_allclose(finished[number], expected, rtol=1e-5, atol=1e-6)


def test_earlier_frames_are_seen_and_later_ones_are_not() -> None:
    footage, model = clip(8), model_of(tiny_predictor())
    expected = model.open_shot(streamed(8)).push(footage, nothing)
    for changed in (1, 6):
        other = [*footage]
        other[changed] = replace(footage[changed], rgb=255 - footage[changed].rgb)
        values = model.open_shot(streamed(8)).push(other, nothing)
        same = [np.array_equal(*pair) for pair in zip(values, expected)]
        assert same == [number < changed for number in range(8)]


@pytest.mark.parametrize(
    ("begun", "frames", "precision"),
    [(1, 50, "fp32"), (30, 50, "fp32"), (44, 50, "fp32"), (5, 8, "bf16"), (5, 8, "fp16")],
)
def test_a_resumed_stream_is_bit_for_bit_an_uninterrupted_one(begun: int, frames: int, precision: Precision) -> None:
    footage = clip(frames)
    model = model_of(tiny_predictor(ExecutionPlan(precision)))
    expected = model.open_shot(streamed(frames)).push(footage, nothing)
    first = model.open_shot(streamed(frames))
    finished = first.push(footage[:begun], nothing)
    state = first.state()
    assert (state.pushed, state.returned) == (begun, begun)
    second = model.open_shot(streamed(frames))
    second.restore(stored(state))
    finished += second.push(footage[begun:], nothing) + second.finish(nothing)
    assert all(np.array_equal(*pair) for pair in zip(finished, expected, strict=True))
    assert second.report() == ()


def test_what_is_held_does_not_grow_with_the_shot() -> None:
    estimator = model_of(tiny_predictor()).open_shot(streamed(200))
    sizes: list[int] = []
    for frame in clip(60):
        estimator.push([frame], nothing)
        sizes.append(sum(array.nbytes for array in estimator.state().arrays.values()))
    assert sizes[0] < sizes[30] < sizes[41] == sizes[59] == 42 * sizes[0]


def test_a_metric_stream_gives_the_reciprocal_of_metres() -> None:
    metres = model_of(tiny_predictor()).open_shot(streamed(2)).push(clip(2), nothing)
    disparity = model_of(tiny_predictor(metric=True), metric=True).open_shot(streamed(2)).push(clip(2), nothing)
    np.testing.assert_allclose(np.stack(disparity), 1 / np.stack(metres).clip(0.01), rtol=1e-6)


def test_progress_counts_frames_and_may_stop_within_one() -> None:
    seen: list[WindowProgress] = []
    model = model_of(tiny_predictor())
    model.open_shot(streamed(3)).push(clip(3), seen.append)
    assert seen == [WindowProgress(frame, 3) for frame in (1, 2, 3) for _ in ("encoder", "head")]

    def stop(progress: WindowProgress) -> None:
        raise Stop

    with pytest.raises(Stop):
        model.open_shot(streamed(3)).push(clip(1), stop)


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_a_stream_has_one_plan_whatever_its_length(device: str) -> None:
    module = registry.module("video_depth_anything_small")
    shot = ShotSpec(300, 1920, 1080, settings=Settings(streaming=True))
    (plan,) = module.execution_plans(shot, device, "fp16")
    assert (plan,) == module.execution_plans(replace(shot, frame_count=10**6), device, "fp16")
    assert module.window_count(shot) == 300
    noted = 2 * 42 * (66 * 37) * 2 * (192 + 384 // 4 + 5 * 64)
    assert noted < plan.device_bytes < noted + 1.5e9
    assert plan.decode_chunk == 0
    windows = replace(shot, settings=Settings())
    assert module.guess_seconds(shot, device) < module.guess_seconds(windows, device)
    assert module.guess_seconds(shot, device) == module.guess_seconds(replace(shot, frame_count=1), device)
