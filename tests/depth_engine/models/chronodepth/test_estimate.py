# SPDX-License-Identifier: GPL-3.0-or-later
"""ChronoDepth through the program itself, and its memory held against a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.cli.main import run
from depth_engine.contract import ExitCode
from tests.depth_engine.models.chronodepth.cases import compute, load, spec_of, video


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plates")
    for number, rgb in enumerate(video(13), start=1001):
        cv2.imwrite(str(folder / f"plate.{number}.png"), rgb[..., ::-1])
    return folder


def estimate(plates: Path, out: Path, weights: Path, *options: str) -> int:
    common = ["--model", "chronodepth", "--weights", str(weights), "--device", "cpu", "--precision", "fp32"]
    return run(["estimate", str(plates), "-o", str(out), *common, "--steps", "1", "--format", "npz", *options])


def test_footage_becomes_depth_that_says_where_it_is_from(plates: Path, tmp_path: Path, weights: Path) -> None:
    assert estimate(plates, tmp_path / "out", weights) == 0
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["model"]["name"] == "chronodepth" and not manifest["model"]["commercial_use"]
    assert manifest["model"]["weights"].startswith("supplied by the user")
    assert manifest["seams"] == []
    with np.load(next((tmp_path / "out/npz").glob("*.npz"))) as part:
        written, numbers = part["disparity"], part["frame_numbers"]
    assert len(numbers) == 13 and written.shape == (13, 64, 128)
    frames = video(13)
    spec = spec_of(frames)
    assert np.array_equal(written, compute(load(weights, spec), spec, frames))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--guidance", "1.5"), ExitCode.BAD_JOB),
        (("--weights", "nowhere"), ExitCode.MISSING_WEIGHTS),
    ],
)
def test_what_it_cannot_do_is_refused(
    plates: Path, tmp_path: Path, weights: Path, options: tuple[str, ...], code: ExitCode
) -> None:
    assert estimate(plates, tmp_path / "out", weights, *options) == code


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's peak memory")
def test_peak_memory_is_within_what_is_announced_and_clip_is_not_kept(weights: Path) -> None:
    program = f"""
import gc, numpy
from pathlib import Path
from transformers import CLIPVisionModelWithProjection
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import Settings, ShotSpec
import depth_engine.models.chronodepth.estimator  # what loading imports is no memory of the model
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
spec, weights = ShotSpec(20, 256, 192, settings=Settings(steps=1)), Path({str(weights)!r})
plan = registry.module("chronodepth").execution_plans(spec, "cpu", "fp32", weights)[0]
estimator = registry.load("chronodepth", weights, "cpu", plan).open_shot(spec)
gc.collect()
assert not any(isinstance(each, CLIPVisionModelWithProjection) for each in gc.get_objects())
before = memory("VmRSS")
estimator.push([Frame(n + 1, numpy.zeros((192, 256, 3), numpy.uint8)) for n in range(20)], lambda _: None)
estimator.finish(lambda _: None)
print(memory("VmHWM") - before, plan.device_bytes)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    used, announced = map(int, done.stdout.split())
    assert used < announced < 6 * used, (used, announced)
