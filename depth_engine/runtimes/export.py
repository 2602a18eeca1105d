# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
"""A torch module becomes an ONNX file, the form that both OpenVINO and ONNX Runtime read."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from depth_engine.runtimes import RuntimeUnavailable


@dataclass(frozen=True, slots=True)
class Part:
    """One graph to export: a module, float32 on the CPU, and examples of its inputs, whose shapes become its own."""

    module: nn.Module
    inputs: tuple[Tensor, ...]


def export(part: Part, path: Path) -> None:
    """Write the module as an ONNX file with its weights in it.

    Raises RuntimeUnavailable where torch cannot express it, OSError where it cannot be written.
    """
    try:
        with _quiet(), torch.no_grad():
            program = torch.export.export(
                part.module.eval(), part.inputs
            )  # left to itself, the exporter may only trace
            # One file holds at most 2 GB: the largest of our networks has 1.4.
            torch.onnx.export(program, (), path, dynamo=True, external_data=False, verbose=False)
    except OSError:
        raise
    except Exception as error:  # torch raises its own, onnxscript's and plain ones
        reason = next(iter(str(error).strip().splitlines()), "")[:200]
        raise RuntimeUnavailable(f"The network could not be exported ({type(error).__name__}: {reason}).") from error


@contextmanager
def _quiet() -> Generator[None]:
    """The exporter tells every user of packages that are not there and of its own old code."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
