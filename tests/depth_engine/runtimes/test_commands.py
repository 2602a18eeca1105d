# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line tells of runtimes: bench measures, doctor says what is chosen, models what they take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from depth_engine.cli.main import run
from depth_engine.contract import Diagnosis, ExitCode, ModelList, load
from depth_engine.inference.runtimes import Measured, Run, Work, known, machine, remember
from depth_engine.runtimes import TITLES, Runtime
from tests.depth_engine.models.depth_anything.published import make_weights

WORK = Work("embedded", 1000, 420, 238)


@pytest.fixture(autouse=True)
def plain_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)


def took(runtime: Runtime, seconds: float, startup: float, failure: str = "") -> None:
    remember(Measured(WORK, Run("cpu", "fp32", runtime), machine(), seconds, startup, failure))


def findings(capfd: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    assert run(["doctor", "--json"]) == ExitCode.OK
    checks = load(Diagnosis, capfd.readouterr().out, "diagnosis").checks
    return [(each.name, each.status, each.message) for each in checks if each.name.startswith("Runtime")]


def test_doctor_says_which_runtimes_there_are_and_which_is_chosen(capfd: pytest.CaptureFixture[str]) -> None:
    both = findings(capfd)
    assert [(name, status) for name, status, _ in both] == [("Runtime OpenVINO", "ok"), ("Runtime ONNX Runtime", "ok")]
    took("torch", 0.3, 1.0)
    took("openvino", 0.2, 8.0)
    took("onnx", 0.25, 1.0)
    assert findings(capfd)[2:] == [
        (
            "Runtime for embedded at 420x238",
            "ok",
            "OpenVINO fp32 is chosen for 83 frames and more, PyTorch for fewer "
            "(OpenVINO fp32 200 ms a frame, ONNX Runtime fp32 250 ms a frame, PyTorch fp32 300 ms a frame)",
        )
    ]


def test_doctor_warns_of_a_runtime_that_failed(capfd: pytest.CaptureFixture[str]) -> None:
    took("torch", 0.3, 1.0)
    took("openvino", 0.0, 0.0, "It cannot.")
    took("onnx", 0.4, 1.0)
    name = "Runtime for embedded at 420x238"
    assert findings(capfd)[2:] == [
        (name, "ok", "PyTorch is chosen (PyTorch fp32 300 ms a frame, ONNX Runtime fp32 400 ms a frame)"),
        (name, "warning", "OpenVINO is left out: It cannot."),
    ]


def test_bench_measures_them_and_models_tells_and_clears_what_they_left(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = "depth_anything_v2_small"
    weights = ["--weights", str(make_weights(tmp_path / "weights"))]
    assert run(["bench", "runtime", "--model", name, *weights, "--size", "64", "48"]) == ExitCode.OK
    lines = capfd.readouterr().out.splitlines()
    assert [line.split(" fp32")[0] for line in lines] == [*TITLES.values()]
    assert all(re.search(r"[\d.]+ ms a frame, +[\d.]+ s to start", line) for line in lines)
    assert [each.run.runtime for each in known()] == [*TITLES]
    assert run(["models", "--json"]) == ExitCode.OK
    entries = {entry.name: entry for entry in load(ModelList, capfd.readouterr().out, "models").models}
    taken = entries[name].exported_bytes
    assert taken == sum(path.stat().st_size for path in (tmp_path / "home/graphs").rglob("*") if path.is_file()) > 0
    assert entries["embedded"].exported_bytes == 0
    run(["models"])
    assert "of exported networks" in capfd.readouterr().out
    assert run(["models", "remove", name]) == ExitCode.OK
    assert "freed" in capfd.readouterr().out
    assert not [*(tmp_path / "home/graphs").rglob("*.onnx")]


def test_the_included_models_exports_can_be_removed_and_its_weights_cannot(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "home" / "graphs" / "embedded" / "key" / "network.onnx"
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(2_000_000))
    assert run(["models", "remove", "embedded"]) == ExitCode.OK
    assert "2 MB freed" in capfd.readouterr().out and not file.exists()
    assert run(["models", "remove", "embedded"]) == ExitCode.USAGE
    assert "comes with the engine" in capfd.readouterr().err


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path / "home"))
