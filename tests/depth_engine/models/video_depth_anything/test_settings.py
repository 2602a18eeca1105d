# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes, plans and costs of a shot."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from depth_engine.models import registry
from depth_engine.models.base import Settings, ShotSpec
from depth_engine.models.video_depth_anything import MODELS
from depth_engine.models.video_depth_anything.windows import window_count

FULL_HD = ShotSpec(300, 1920, 1080)
each_model = pytest.mark.parametrize("name", MODELS)


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (FULL_HD, (924, 518)),
        (ShotSpec(1, 1080, 1920), (518, 924)),
        (ShotSpec(1, 4096, 1716), (896, 378)),  # wider than 16:9: as many pixels, not as much height
        (ShotSpec(1, 1000, 1000), (518, 518)),
        (ShotSpec(1, 320, 180), (322, 182)),  # never enlarged, but for the last token
        (ShotSpec(1, 720, 576, pixel_aspect=64 / 45), (924, 518)),
        (replace(FULL_HD, max_size=512), (504, 280)),
        (replace(FULL_HD, max_size=1400), (1400, 784)),
    ],
)
def test_the_aspect_is_kept_at_multiples_of_14(spec: ShotSpec, size: tuple[int, int]) -> None:
    assert registry.module("video_depth_anything_small").processed_size(spec) == size


@pytest.mark.parametrize(("frames", "windows"), [(1, 1), (32, 1), (33, 2), (54, 2), (55, 3), (300, 14)])
def test_windows(frames: int, windows: int) -> None:
    assert window_count(frames) == windows
    assert registry.module("video_depth_anything_large").window_count(ShotSpec(frames, 640, 360)) == windows


@each_model
@pytest.mark.parametrize("device", ["cpu", "cuda:0", "mps"])
def test_plans_need_less_and_less_memory_and_no_more_for_longer_footage(name: str, device: str) -> None:
    module = registry.module(name)
    plans = module.execution_plans(FULL_HD, device, "fp16")
    sizes = [plan.device_bytes for plan in plans]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes) == 3
    assert plans == module.execution_plans(replace(FULL_HD, frame_count=100_000), device, "fp16")
    full = module.execution_plans(FULL_HD, device, "fp32")
    assert all(half.device_bytes < whole.device_bytes for half, whole in zip(plans, full))


def test_a_wanted_chunk_is_the_only_plan() -> None:
    spec = replace(FULL_HD, settings=Settings(decode_chunk=6))
    (plan,) = registry.module("video_depth_anything_base").execution_plans(spec, "cpu", "fp32")
    assert plan.decode_chunk == 6
    assert plan.describe() == "fp32, all weights resident, 6 frames decoded at once"


def test_larger_networks_and_pictures_take_longer_and_a_short_shot_a_whole_window() -> None:
    small, large = (registry.module(f"video_depth_anything_{size}") for size in ("small", "large"))
    assert large.guess_seconds(FULL_HD, "cpu") > 5 * small.guess_seconds(FULL_HD, "cpu")
    assert small.guess_seconds(FULL_HD, "cuda:0") < small.guess_seconds(FULL_HD, "cpu")
    assert small.guess_seconds(replace(FULL_HD, max_size=462), "cpu") < 0.5 * small.guess_seconds(FULL_HD, "cpu")
    one = replace(FULL_HD, frame_count=1)
    assert small.guess_seconds(one, "cpu") == pytest.approx(32 * 300 / (14 * 32) * small.guess_seconds(FULL_HD, "cpu"))


@each_model
def test_licences_are_those_of_the_model_cards(name: str) -> None:
    info = registry.info(name)
    free = "small" in name
    assert info.commercial_use is free
    assert info.licence == ("Apache-2.0" if free else "CC-BY-NC-4.0")
    assert info.kind == ("metric" if name.endswith("_metric") else "disparity")
    assert info.licence_url
    assert info.licence_summary
    (file,) = info.files
    assert file.repo.startswith("depth-anything/")
    assert len(file.revision) == 40


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's peak memory")
def test_peak_memory_is_within_what_is_announced() -> None:
    program = """
import numpy, torch
from pathlib import Path
from depth_engine.inference.device import choose_device
from depth_engine.models import registry
from depth_engine.models.base import ShotSpec
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork, make_predictor
from depth_engine.models.video_depth_anything.published import SMALL
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
torch.nn.functional.conv2d(torch.zeros(1, 8, 64, 64), torch.zeros(8, 8, 3, 3))  # loads what is no memory of the model
module, spec = registry.module("video_depth_anything_small"), ShotSpec(32, 224, 126)
before, plan = memory("VmRSS"), module.execution_plans(spec, "cpu", "fp32")[1]
with torch.device("meta"):
    network = VideoDepthNetwork(SMALL)
network.to_empty(device="cpu")
with torch.no_grad():
    [parameter.fill_(1e-3) for parameter in network.parameters()]
    [buffer.zero_() for buffer in network.buffers()]
predict = make_predictor(network, "cpu", plan, metric=False)
predict(numpy.zeros((32, 126, 224, 3), numpy.uint8), lambda: None)
print(memory("VmHWM") - before, plan.device_bytes)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    used, announced = map(int, done.stdout.split())
    assert 0.4 * announced < used < announced
