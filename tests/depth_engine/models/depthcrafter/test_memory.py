# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shot is said to cost: from the networks that are really there, and held against a process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import Settings, ShotSpec
from depth_engine.models.depthcrafter import execution_plans
from depth_engine.models.depthcrafter.folder import LAYOUT
from depth_engine.models.depthcrafter.memory import work
from depth_engine.models.depthcrafter.networks import load_networks
from depth_engine.models.svd.folder import PUBLISHED
from depth_engine.models.svd.memory import operations
from tests.depth_engine.models.depthcrafter.cases import WEIGHTS

SPEC = ShotSpec(1000, 1024, 576)


def test_the_networks_of_a_folder_are_counted_without_loading_them() -> None:
    import torch

    sizes, networks = LAYOUT.network_sizes(WEIGHTS), load_networks(WEIGHTS, torch.float16)
    assert sizes.unet == sum(p.numel() for p in networks.unet.parameters())
    assert sizes.clip == sum(p.numel() for p in networks.clip.parameters())
    assert sizes.decoder == sum(p.numel() for p in networks.vae.decoder.parameters())
    assert sizes.encoder + sizes.decoder == sum(p.numel() for p in networks.vae.parameters())
    assert (sizes.unet_width, sizes.vae_width) == (32, 32)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda folder: (folder / "depthcrafter/diffusion_pytorch_model.safetensors").unlink(), "MISSING_WEIGHTS"),
        (lambda folder: (folder / "svd/vae/config.json").write_text("{}"), "BAD_WEIGHTS"),
        (lambda folder: (folder / "svd/vae/config.json").write_text("{"), "BAD_WEIGHTS"),
        (
            lambda folder: (folder / "depthcrafter/diffusion_pytorch_model.safetensors").write_bytes(b"no header"),
            "BAD_WEIGHTS",
        ),
    ],
)
def test_a_damaged_folder_is_noticed_while_planning(tmp_path: Path, damage: object, code: str) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    damage(folder)  # type: ignore[operator]
    with pytest.raises(DepthError) as caught:
        execution_plans(SPEC, "cpu", "fp32", folder)
    assert caught.value.code is ExitCode[code]


def test_the_counted_figures_of_the_published_networks() -> None:
    """Fixed here: 25.9 TFLOP a frame at 1024x576 with five steps; 17.5 GB, in slices 8.6, beside the weights."""
    one_window = replace(SPEC, frame_count=110)
    assert operations(work(one_window), PUBLISHED) == pytest.approx(25.9e12, rel=0.02)
    guided = replace(one_window, settings=Settings(guidance=1.5))
    assert operations(work(guided), PUBLISHED) == pytest.approx(41.9e12, rel=0.02)
    plans = execution_plans(SPEC, "cuda:0", "fp16")
    plain, sliced, swapped = plans[:3]
    weights = 4.6
    assert plain.device_bytes / 1e9 == pytest.approx((17.52 + weights) * 1.1 + 0.6, rel=0.03)
    assert sliced.device_bytes / 1e9 == pytest.approx((9.67 + weights) * 1.1 + 0.6, rel=0.03)  # to decode
    assert swapped.device_bytes / 1e9 == pytest.approx((8.58 + 3.05) * 1.1 + 0.6, rel=0.03)


def test_each_way_needs_less_than_those_before_it() -> None:
    for device, precision in (("cuda:0", "fp16"), ("cuda:0", "fp32"), ("cpu", "fp32"), ("mps", "fp16")):
        plans = execution_plans(SPEC, device, precision)
        for index, plan in enumerate(plans):
            for other in plans[:index]:
                assert plan.device_bytes < other.device_bytes or plan.host_bytes < other.host_bytes


def test_a_decode_chunk_that_was_asked_for_is_kept() -> None:
    spec = replace(SPEC, settings=Settings(decode_chunk=6))
    assert {plan.decode_chunk for plan in execution_plans(spec, "cuda:0", "fp16")} == {6}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's peak memory")
@pytest.mark.parametrize(("frames", "way"), [(8, 0), (20, 1)])
def test_peak_memory_is_within_what_is_announced(frames: int, way: int) -> None:
    program = f"""
import numpy
from pathlib import Path
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import Settings, ShotSpec
import depth_engine.models.depthcrafter.estimator  # what loading imports is no memory of the model
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
spec, weights = ShotSpec({frames}, 256, 192, settings=Settings(steps=1)), Path({str(WEIGHTS)!r})
plan = registry.module("depthcrafter").execution_plans(spec, "cpu", "fp32", weights)[{way}]
estimator = registry.load("depthcrafter", weights, "cpu", plan).open_shot(spec)
before = memory("VmRSS")
estimator.push([Frame(n + 1, numpy.zeros((192, 256, 3), numpy.uint8)) for n in range({frames})], lambda _: None)
estimator.finish(lambda _: None)
print(memory("VmHWM") - before, plan.device_bytes)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    used, announced = map(int, done.stdout.split())
    assert used < announced < 6 * used
