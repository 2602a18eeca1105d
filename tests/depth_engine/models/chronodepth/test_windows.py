# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows, sizes and what they cost, against the published program's loop and figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import chronodepth, registry
from depth_engine.models.base import Settings, ShotSpec
from depth_engine.models.chronodepth.settings import network_sizes, resolve, work
from depth_engine.models.svd.memory import operations
from depth_engine.models.svd.windows import Window

SPEC = ShotSpec(1000, 1024, 576)


def published_windows(frames: int, n_tokens: int, chunk_size: int) -> list[Window]:
    """The published program's loop, of its windows only."""
    windows: list[Window] = []
    known = 0
    while known < frames:
        horizon = min(frames - known, chunk_size if windows else n_tokens)
        start = max(0, known + horizon - n_tokens)
        windows.append(Window(start, known + horizon, known - start))
        known += horizon
    return windows


@pytest.mark.parametrize(("window", "overlap"), [(10, 5), (10, 0), (10, 9), (7, 3), (1, 0)])
def test_windows_are_the_published_loops(window: int, overlap: int) -> None:
    for frames in range(1, 60):
        spec = ShotSpec(frames, 64, 64, settings=Settings(window=window, overlap=overlap))
        settings = resolve(spec)
        found = [settings.window(index) for index in range(settings.windows)]
        assert found == published_windows(frames, window, window - overlap)
        assert chronodepth.window_count(spec) == len(found)


def test_the_last_window_sees_as_many_frames_as_the_others() -> None:
    settings = resolve(replace(SPEC, frame_count=13))
    assert [settings.window(index) for index in range(settings.windows)] == [Window(0, 10, 0), Window(3, 13, 7)]


@pytest.mark.parametrize(("window", "overlap"), [(10, 10), (4, 6)])
def test_an_overlap_that_leaves_nothing_new_is_refused(window: int, overlap: int) -> None:
    with pytest.raises(DepthError) as caught:
        resolve(replace(SPEC, settings=Settings(window=window, overlap=overlap)))
    assert caught.value.code is ExitCode.BAD_INPUT


def test_a_short_window_has_a_shorter_overlap_unless_told() -> None:
    assert resolve(replace(SPEC, settings=Settings(window=4))).chunk == 1
    assert resolve(replace(SPEC, settings=Settings(overlap=2))).chunk == 8


@pytest.mark.parametrize(
    ("source", "compat", "size"),
    [
        ((1920, 1080), "default", (1024, 576)),
        ((1920, 1080), "reference", (1024, 576)),
        ((1440, 1080), "reference", (1024, 768)),
        ((500, 300), "default", (512, 320)),
        ((500, 300), "reference", (512, 320)),
        ((720, 405), "reference", (704, 384)),
        ((720, 405), "default", (768, 448)),
    ],
)
def test_sizes(source: tuple[int, int], compat: str, size: tuple[int, int]) -> None:
    spec = ShotSpec(10, *source, settings=Settings(compat=compat))  # type: ignore[arg-type]
    assert chronodepth.processed_size(spec) == size


def test_what_a_shot_costs() -> None:
    """Fixed here: 42.0 TFLOP a frame at 1024x576, ten evaluations of the UNet; CLIP is not asked."""
    assert work(SPEC).evaluations == pytest.approx(5 * 10 * 199 / 1000)
    assert operations(work(SPEC), network_sizes(None)) / 1e12 == pytest.approx(41.4, rel=0.01)
    assert chronodepth.guess_seconds(SPEC, "cuda:0") < chronodepth.guess_seconds(SPEC, "cpu")


def test_a_short_window_needs_little_of_a_card_and_each_way_less_than_those_before_it() -> None:
    for device, precision in (("cuda:0", "fp16"), ("cpu", "fp32"), ("mps", "fp16")):
        plans = chronodepth.execution_plans(SPEC, device, precision)
        assert plans[0].residency == "resident" and not plans[0].chunked
        for index, plan in enumerate(plans):
            for other in plans[:index]:
                assert plan.device_bytes < other.device_bytes or plan.host_bytes < other.host_bytes
    ways = {plan.residency for plan in chronodepth.execution_plans(SPEC, "cuda:0", "fp16")}
    assert {"resident", "swapped"} <= ways
    short, long = (registry.module(name).execution_plans(SPEC, "cuda:0", "fp16")[0] for name in NAMES)
    assert short.device_bytes < 0.75 * long.device_bytes


NAMES = ("chronodepth", "depthcrafter")


def test_the_published_numbers_are_computed_in_the_published_way() -> None:
    plans = chronodepth.execution_plans(replace(SPEC, settings=Settings(compat="reference")), "cuda:0", "fp16")
    assert all(plan.stock and not plan.chunked and plan.decode_chunk == 8 for plan in plans)
    plans = chronodepth.execution_plans(replace(SPEC, settings=Settings(decode_chunk=3)), "cuda:0", "fp16")
    assert {plan.decode_chunk for plan in plans} == {3}


def test_tiny_networks_cost_less(weights: Path) -> None:
    assert operations(work(SPEC), network_sizes(weights)) < 0.1 * operations(work(SPEC), network_sizes(None))
