# SPDX-License-Identifier: GPL-3.0-or-later
"""The models' depth is the same in every runtime, on real footage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from depth_engine.contract import MovieSource
from depth_engine.footage import open_footage
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import Disparity, ExecutionPlan, ShotSpec
from depth_engine.runtimes import Runtime, graphs
from tests.depth_engine.models.depth_anything.published import make_weights

ROOT = Path(__file__).resolve().parents[3]
CLIP = ROOT / "examples" / "dog_handheld.mp4"
MAX_SIZE = 126
RUNTIMES: tuple[Runtime, ...] = ("openvino", "onnx")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports are shared by the tests of this file."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(autouse=True)
def shared_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(home))


EXPORT = """
from pathlib import Path
import numpy, torch
import depth_engine.models.embedded.estimator  # what loading imports is no memory of the model
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import ShotSpec
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
before, spec = memory("VmRSS"), ShotSpec(2, 1280, 720, max_size=MAX_SIZE)
plan = registry.module("embedded").runtime_plans(spec, "openvino", "fp32")[0]
estimator = registry.load("embedded", None, "cpu", plan).open_shot(spec)
for number in (1, 2):
    estimator.push([Frame(number, numpy.zeros((720, 1280, 3), numpy.uint8))], lambda _: None)
print(memory("VmHWM") - before, plan.device_bytes)
"""


@pytest.fixture(scope="module")
def exported(home: Path) -> tuple[int, int]:
    """The model `embedded` exported, and run, by a program of its own: its peak memory, and what was announced."""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads Linux's peak memory")
    command = [sys.executable, "-c", EXPORT.replace("MAX_SIZE", str(MAX_SIZE))]
    environment = os.environ | {"ESTIMATE_DEPTH_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    used, announced = map(int, done.stdout.split())
    return used, announced


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return list(open_footage(MovieSource(str(CLIP))).read([1, 40]))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path | None]:
    return {"embedded": None, "depth_anything_v2_small": make_weights(tmp_path_factory.mktemp("weights"))}


def depth(name: str, weights: Path | None, runtime: Runtime, frames: list[Frame]) -> list[Disparity]:
    height, width = frames[0].rgb.shape[:2]
    model = registry.load(name, weights, "cpu", ExecutionPlan("fp32", runtime=runtime))
    return model.open_shot(ShotSpec(len(frames), width, height, max_size=MAX_SIZE)).push(frames, lambda _: None)


@pytest.mark.parametrize("name", ["embedded", "depth_anything_v2_small"])
@pytest.mark.usefixtures("exported")
def test_depth_is_that_of_torch_to_a_ten_thousandth_of_the_range(
    name: str, folders: dict[str, Path | None], frames: list[Frame]
) -> None:
    wanted = depth(name, folders[name], "torch", frames)
    for runtime in RUNTIMES:
        for found, expected in zip(depth(name, folders[name], runtime, frames), wanted, strict=True):
            assert found.shape == expected.shape and found.dtype == np.float32
            assert np.abs(found - expected).max() < 1e-4 * np.ptp(expected)


def test_a_network_is_exported_once_for_both(
    folders: dict[str, Path | None], frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    for runtime in RUNTIMES:
        depth("depth_anything_v2_small", folders["depth_anything_v2_small"], runtime, frames[:1])
        monkeypatch.setattr(graphs, "export", lambda *_: pytest.fail("exported again"))


def test_peak_memory_with_the_export_is_within_what_is_announced(exported: tuple[int, int]) -> None:
    used, announced = exported
    assert 0.5 * announced < used < announced
