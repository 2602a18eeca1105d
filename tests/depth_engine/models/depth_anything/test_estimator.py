# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth Anything gives what transformers' own model gives, as disparity, from a folder in the published layout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import DepthAnythingForDepthEstimation
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

from depth_engine.cli.main import run
from depth_engine.contract import JobFolder
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import Disparity, ExecutionPlan, Precision, ShotSpec
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.models.depth_anything.published import DATA, PREPROCESSOR, make_weights, read_table
from tests.support.movies import make_movie

ROOT = Path(__file__).resolve().parents[4]
CLIP = ROOT / "examples" / "dog_handheld.mp4"
RELATIVE, METRIC = "depth_anything_v2_small", "depth_anything_v2_metric_outdoor_small"
METRIC_CONFIG = {"depth_estimation_type": "metric", "max_depth": 80}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def metric_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_weights(tmp_path_factory.mktemp("metric"), **METRIC_CONFIG)


@pytest.fixture(scope="module")
def dog() -> NDArray[np.uint8]:
    return np.ascontiguousarray(cv2.imread(str(DATA / "dog.png"))[..., ::-1])


def estimate(
    name: str, weights: Path, picture: NDArray[np.uint8], max_size: int, precision: Precision = "fp32"
) -> Disparity:
    model = registry.load(name, weights, "cpu", ExecutionPlan(precision))
    height, width = picture.shape[:2]
    estimator = model.open_shot(ShotSpec(1, width, height, max_size=max_size))
    (disparity,) = estimator.push([Frame(1, picture)], lambda _: None)
    return disparity


def transformers_own(weights: Path, picture: NDArray[np.uint8], shorter_side: int) -> NDArray[np.float32]:
    """What transformers' own loading, preprocessing and network make of the picture."""
    size = {"height": shorter_side, "width": shorter_side}
    options = {name: PREPROCESSOR[name] for name in ("ensure_multiple_of", "keep_aspect_ratio", "resample")}
    colours = {name: PREPROCESSOR[name] for name in ("image_mean", "image_std")}
    pixels = DPTImageProcessorPil(size=size, **options, **colours)(picture, return_tensors="pt").pixel_values
    network = DepthAnythingForDepthEstimation.from_pretrained(weights).eval()
    with torch.inference_mode():
        return network(pixels).predicted_depth[0].numpy()


@pytest.mark.parametrize(("max_size", "shorter_side", "tolerance"), [(224, 126, 1e-5), (126, 70, 1e-2)])
def test_values_are_those_of_transformers_own(
    weights: Path, dog: NDArray[np.uint8], max_size: int, shorter_side: int, tolerance: float
) -> None:
    """The second is resized, by torch and by Pillow, which round colours differently now and then."""
    expected = transformers_own(weights, dog, shorter_side)
    disparity = estimate(RELATIVE, weights, dog, max_size)
    assert (disparity.shape, disparity.dtype) == (expected.shape, np.float32)
    assert np.ptp(expected) > 0.1
    assert np.abs(disparity - expected).max() < tolerance * np.ptp(expected)


def test_metric_depth_is_given_as_one_over_metres(metric_weights: Path, dog: NDArray[np.uint8]) -> None:
    metres = transformers_own(metric_weights, dog, 126)
    assert 1 < metres.min() < metres.max() < 80
    np.testing.assert_allclose(1 / estimate(METRIC, metric_weights, dog, 224), metres, rtol=1e-4)


def test_wide_pixels_are_seen_as_they_are_shown(weights: Path, dog: NDArray[np.uint8]) -> None:
    model = registry.load(RELATIVE, weights, "cpu", ExecutionPlan("fp32"))
    narrow = cv2.resize(dog, (112, 126), interpolation=cv2.INTER_AREA).astype(np.uint8)
    estimator = model.open_shot(ShotSpec(1, 112, 126, pixel_aspect=2.0))
    (disparity,) = estimator.push([Frame(1, narrow)], lambda _: None)
    assert disparity.shape == (126, 224)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_gives_nearly_the_same_depth_without_steps(
    weights: Path, dog: NDArray[np.uint8], precision: Precision
) -> None:
    expected, disparity = estimate(RELATIVE, weights, dog, 112), estimate(RELATIVE, weights, dog, 112, precision)
    assert 0 < np.abs(disparity - expected).mean() < 0.02 * np.ptp(expected)
    assert len(np.unique(disparity)) > 0.9 * disparity.size


def test_default_size_is_that_of_the_training_and_never_enlarged() -> None:
    processed_size = registry.module(RELATIVE).processed_size
    assert processed_size(ShotSpec(1, 1920, 1080)) == (924, 518)
    assert processed_size(ShotSpec(1, 1080, 1920)) == (518, 924)
    assert processed_size(ShotSpec(1, 224, 126)) == (224, 126)
    assert processed_size(ShotSpec(1, 3840, 2160, max_size=560)) == (546, 308)


def test_memory_is_that_of_the_size_and_does_not_grow_with_length() -> None:
    def memory(name: str, frames: int, device: str = "cpu", precision: Precision = "fp32") -> int:
        (plan,) = registry.module(name).execution_plans(ShotSpec(frames, 1920, 1080), device, precision)
        return plan.device_bytes

    assert memory(RELATIVE, 1) == memory(RELATIVE, 1_000_000)
    assert memory(RELATIVE, 1) < memory("depth_anything_v2_base", 1) < memory("depth_anything_v1_large", 1)
    assert memory(RELATIVE, 1, "cuda:0", "fp16") < memory(RELATIVE, 1, "cuda:0")


def test_a_plan_knows_how_large_given_weights_are(weights: Path) -> None:
    module, spec = registry.module("depth_anything_v2_large"), ShotSpec(1, 640, 360)
    (published,), (own,) = (module.execution_plans(spec, "cpu", "fp32", folder) for folder in (None, weights))
    assert own.device_bytes < 0.2 * published.device_bytes
    assert module.guess_seconds(spec, "cpu", weights) < 0.01 * module.guess_seconds(spec, "cpu")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's peak memory")
def test_peak_memory_of_the_published_size_is_within_what_is_announced(tmp_path: Path) -> None:
    program = """
import numpy, sys, torch
from pathlib import Path
from transformers import DepthAnythingForDepthEstimation  # what loading imports is no memory of the model
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ShotSpec
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
name, weights = sys.argv[1], Path(sys.argv[2])
before, spec = memory("VmRSS"), ShotSpec(1, 420, 238)
estimator = registry.load(name, weights, "cpu", ExecutionPlan("fp32")).open_shot(spec)
estimator.push([Frame(1, numpy.zeros((238, 420, 3), numpy.uint8))], lambda _: None)
plan, = registry.module(name).execution_plans(spec, "cpu", "fp32", weights)
print(memory("VmHWM") - before, plan.device_bytes)
"""
    full_size = {"backbone__hidden_size": 384, "backbone__num_attention_heads": 6, "backbone__num_hidden_layers": 12}
    full_size |= {"backbone__image_size": 518, "fusion_hidden_size": 64, "head_hidden_size": 32}
    weights = make_weights(tmp_path, read_table("small"), **full_size, neck_hidden_sizes=[48, 96, 192, 384])
    command = [sys.executable, "-c", program, RELATIVE, str(weights)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    used, announced = map(int, done.stdout.split())
    assert 0.5 * announced < used < announced


def test_a_real_clip_through_the_command_line(weights: Path, tmp_path: Path) -> None:
    command = ["estimate", str(CLIP), "-o", str(tmp_path / "out"), "--frames", "1:3", "--max-size", "112"]
    assert run([*command, "--model", RELATIVE, "--weights", str(weights), "--precision", "fp32"]) == 0
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest and manifest.model.name == RELATIVE and manifest.model.kind == "disparity"
    assert manifest.model.weights.startswith("supplied by the user")
    depths = [read_exr(tmp_path / "out" / "depth" / f"dog_handheld.0000{number:02d}.exr") for number in (1, 2, 3)]
    assert all(np.isfinite(depth).all() and depth.std() > 0 for depth in depths)
    assert len({depth.tobytes() for depth in depths}) == 3


def test_a_metric_job_says_that_it_is_in_metres(metric_weights: Path, tmp_path: Path) -> None:
    movie = make_movie(tmp_path / "clip.mp4", frames=2)
    out = tmp_path / "out"
    assert run(["estimate", str(movie), "-o", str(out), "--model", METRIC, "--weights", str(metric_weights)]) == 0
    manifest = JobFolder(out).read_manifest()
    assert manifest and manifest.model.kind == "metric"
    depth = read_exr(out / "depth" / "clip.000001.exr")
    assert 1 / 80 < depth.min() <= depth.max() < 1
