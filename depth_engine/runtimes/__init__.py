# SPDX-License-Identifier: Apache-2.0
"""What computes a network: torch itself, or on a processor OpenVINO or ONNX Runtime, from an exported graph.

Any torch module whose inputs and outputs are float tensors of fixed shapes can be exported: see `network.open_network`.
Importing this imports none of them.
"""

from __future__ import annotations

from typing import Literal

from depth_engine.contract import DepthError, ExitCode

Runtime = Literal["torch", "openvino", "onnx"]

TITLES: dict[Runtime, str] = {"torch": "PyTorch", "openvino": "OpenVINO", "onnx": "ONNX Runtime"}


class RuntimeUnavailable(DepthError):
    """A network cannot be computed by this runtime here; torch can."""

    def __init__(self, message: str, hint: str = "Use --runtime torch.") -> None:
        super().__init__(ExitCode.NO_RUNTIME, message, hint)
