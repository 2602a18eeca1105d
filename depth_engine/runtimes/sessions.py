# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (Neither library is typed.)
"""A graph, ready to compute on this machine's processor, with as many threads as torch has.

Nothing is asked of a network by either: OpenVINO's Python package reports its import to its makers where nobody has
declined, so what it would do that with is kept from it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from depth_engine.contract import DepthError
from depth_engine.models.base import Precision
from depth_engine.runtimes import TITLES, Runtime, RuntimeUnavailable

Arrays = list[NDArray[np.float32]]
Session = Callable[[Arrays], Arrays]
"""The outputs, arrays of their own, of float32 inputs."""

HINTS: dict[Precision, str] = {"fp32": "f32", "bf16": "bf16"}


def open_session(path: Path, runtime: Runtime, precision: Precision) -> Session:
    """Raises RuntimeUnavailable where the library cannot load the graph or has not such numbers."""
    opener = {"openvino": _openvino, "onnx": _onnx}[runtime]
    try:
        return opener(path, precision)
    except (DepthError, MemoryError):
        raise
    except Exception as error:  # each library has its own
        reason = next(iter(str(error).strip().splitlines()), "")[:200]
        raise RuntimeUnavailable(f"{TITLES[runtime]} cannot compute this network ({reason}).") from error


def import_openvino() -> Any:
    """The library, without its telemetry."""
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))
    import openvino

    return openvino


def import_onnxruntime() -> Any:
    """The library, without its telemetry, which only its builds for Windows have."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _openvino(path: Path, precision: Precision) -> Session:
    core = import_openvino().Core()
    wanted = {
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "INFERENCE_PRECISION_HINT": HINTS[precision],
        "PERFORMANCE_HINT": "LATENCY",
    }
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeUnavailable("OpenVINO computes in bf16 only where the processor does.", "Use --precision fp32.")
    request = core.compile_model(core.read_model(path), "CPU", wanted).create_infer_request()

    def run(inputs: Arrays) -> Arrays:
        return [np.array(output, np.float32) for output in request.infer(inputs, share_inputs=True).values()]

    return run


def _onnx(path: Path, precision: Precision) -> Session:
    library = import_onnxruntime()
    options = library.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # as OMP_WAIT_POLICY: leave cores to others
    session = library.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return lambda inputs: session.run(None, dict(zip(names, inputs)))
