# SPDX-License-Identifier: Apache-2.0
"""Whether a runtime works on this machine, tried with the smallest of graphs."""

from __future__ import annotations

import importlib.metadata
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from depth_engine.runtimes import Runtime
from depth_engine.runtimes.sessions import open_session

PACKAGES: dict[Runtime, str] = {"torch": "torch", "openvino": "openvino", "onnx": "onnxruntime"}


def version(runtime: Runtime) -> str:
    return importlib.metadata.version(PACKAGES[runtime])


def try_runtime(runtime: Runtime) -> bool:
    """Whether it squares numbers rightly. Raises RuntimeUnavailable where it does not even load."""
    given = np.array([[1.5, -2.0, 3.0]], np.float32)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "square.onnx"
        _write_square(path, given.shape)
        (found,) = open_session(path, runtime, "fp32")([given])
    return np.array_equal(found, given**2)


def _write_square(path: Path, shape: tuple[int, ...]) -> None:
    import onnx

    helper, kind = cast(Any, onnx.helper), onnx.TensorProto.FLOAT
    given, squared = (helper.make_tensor_value_info(name, kind, shape) for name in ("given", "squared"))
    graph = helper.make_graph([helper.make_node("Mul", ["given", "given"], ["squared"])], "square", [given], [squared])
    cast(Any, onnx).save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
