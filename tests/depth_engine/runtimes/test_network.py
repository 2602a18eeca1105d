# SPDX-License-Identifier: GPL-3.0-or-later
"""An exported network computes what torch does, as often as it is asked, and tells nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from depth_engine.models.base import ExecutionPlan
from depth_engine.runtimes import Runtime, RuntimeUnavailable
from depth_engine.runtimes.export import Part, export
from depth_engine.runtimes.graphs import GraphKey
from depth_engine.runtimes.network import Graph, open_network
from depth_engine.runtimes.sessions import import_openvino, open_session

RUNTIMES: tuple[Runtime, ...] = ("openvino", "onnx")


class Two(nn.Module):
    """Two inputs and two outputs, of different shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, pictures: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
        features = nn.functional.gelu(self.convolution(pictures)) + shift
        return features, nn.functional.interpolate(features, (20, 30), mode="bilinear", align_corners=True).mean(1)


@pytest.fixture(scope="module")
def part() -> Part:
    torch.manual_seed(3)
    return Part(Two().requires_grad_(False), (torch.randn(2, 3, 10, 14), torch.randn(1, 4, 1, 1)))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, part: Part) -> Path:
    path = tmp_path_factory.mktemp("graph") / "two.onnx"
    export(part, path)
    return path


@pytest.fixture(params=RUNTIMES)
def graph(request: pytest.FixtureRequest, file: Path, monkeypatch: pytest.MonkeyPatch) -> Graph:
    monkeypatch.setattr("depth_engine.runtimes.network.graph_files", lambda *_: {"two": file})
    plan = ExecutionPlan("fp32", runtime=request.param)
    return open_network(GraphKey("made", "", 14, 10), plan, dict)["two"]


def test_values_are_those_of_torch(graph: Graph, part: Part) -> None:
    for inputs in (part.inputs, (torch.randn(2, 3, 10, 14), torch.zeros(1, 4, 1, 1))):
        for found, wanted in zip(graph(*inputs), part.module(*inputs), strict=True):
            assert found.shape == wanted.shape and found.dtype == torch.float32
            assert (found - wanted).abs().max() < 1e-5 * (wanted.max() - wanted.min())


def test_the_same_inputs_give_the_same_bits_and_earlier_outputs_stay(graph: Graph, part: Part) -> None:
    first = graph(*part.inputs)
    kept = [each.clone() for each in first]
    graph(torch.zeros(2, 3, 10, 14), part.inputs[1])
    assert all(map(torch.equal, first, kept))
    assert all(map(torch.equal, graph(*part.inputs), kept))


def test_inputs_need_not_lie_in_order(graph: Graph, part: Part) -> None:
    pictures = part.inputs[0].contiguous(memory_format=torch.channels_last)
    assert all(map(torch.equal, graph(pictures, part.inputs[1]), graph(*part.inputs)))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_file_that_is_no_graph_is_refused_in_one_sentence(tmp_path: Path, runtime: Runtime) -> None:
    path = tmp_path / "no.onnx"
    path.write_bytes(b"no graph at all")
    with pytest.raises(RuntimeUnavailable) as caught:
        open_session(path, runtime, "fp32")
    assert "cannot compute this network" in caught.value.message and "\n" not in caught.value.message


def test_bf16_is_computed_or_refused_and_never_silently_fp32(file: Path, part: Part) -> None:
    """As the processor can: OpenVINO by itself would take fp32 where it has no bf16."""
    if "BF16" not in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        with pytest.raises(RuntimeUnavailable, match="only where the processor does"):
            open_session(file, "openvino", "bf16")
        return
    found, _ = open_session(file, "openvino", "bf16")([each.numpy() for each in part.inputs])
    wanted = part.module(*part.inputs)[0].numpy()
    assert abs(found - wanted).max() < 1e-2 * (wanted.max() - wanted.min())


def test_openvino_is_loaded_without_its_telemetry() -> None:
    program = """
import sys
from depth_engine.runtimes.sessions import import_openvino
import_openvino().Core()
print(sorted(name for name in sys.modules if name.startswith("openvino_telemetry") and sys.modules[name]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
