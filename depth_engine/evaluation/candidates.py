# SPDX-License-Identifier: Apache-2.0
"""What is compared: models of the engine, and what any of them has to beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Frame, Rgb
from depth_engine.inference.device import choose_device, choose_precision
from depth_engine.models import registry
from depth_engine.models.base import ShotSpec, WindowProgress

Values = NDArray[np.float32]

Candidate = Callable[[Sequence[Rgb]], Values]
"""Disparity [T,h,w], near = large, of consecutive pictures [H,W,3]; T may be 1."""

FASTDEPTH_SIDE = 224


def constant(pictures: Sequence[Rgb]) -> Values:
    """The same everywhere: what the metrics give for nothing."""
    return np.ones((len(pictures), *pictures[0].shape[:2]), np.float32)


def row_gradient(pictures: Sequence[Rgb]) -> Values:
    """Nearer towards the lower edge: what a picture gives away without being looked at."""
    height, width = pictures[0].shape[:2]
    rows = np.linspace(0, 1, height, dtype=np.float32)[None, :, None]
    return np.broadcast_to(rows, (len(pictures), height, width)).copy()


def engine_model(name: str, weights: Path | None, device: str = "auto") -> Candidate:
    """A model of the registry, as `estimate` runs it by default.

    Raises DepthError UNKNOWN_MODEL, MISSING_WEIGHTS, BAD_WEIGHTS, NO_DEVICE.
    """
    where = choose_device(device)
    module = registry.module(name)
    precision = choose_precision("auto", where, module.INFO.half_precision)
    plan = module.execution_plans(ShotSpec(1, 320, 180), where, precision, weights)[0]
    model = module.load(weights, where, plan)

    def predict(pictures: Sequence[Rgb]) -> Values:
        height, width = pictures[0].shape[:2]
        estimator = model.open_shot(ShotSpec(len(pictures), width, height))
        frames = [Frame(number, rgb) for number, rgb in enumerate(pictures, 1)]
        values = [*estimator.push(frames, _ignored), *estimator.finish(_ignored)]
        return np.stack(values)

    return predict


def _ignored(progress: WindowProgress) -> None:
    pass


def fastdepth(path: Path) -> Candidate:
    """FastDepth (Wofk et al. 2019), an ONNX file of 224x224 pixels that gives metres: the only pretrained depth network
    in a package registry; see docs/training-embedded.md.

    Raises DepthError BAD_WEIGHTS.
    """
    import onnxruntime  # pyright: ignore[reportMissingTypeStubs]

    options = cast(Any, onnxruntime).SessionOptions()
    options.log_severity_level = 3  # it warns of every constant that it does not need
    try:
        session = cast(Any, onnxruntime).InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        entry, *others = session.get_inputs()
    except Exception as error:  # noqa: BLE001  onnxruntime has no common class of errors
        reason = next(iter(str(error).splitlines()), "")
        raise DepthError(ExitCode.BAD_WEIGHTS, f"{path} is no ONNX network ({reason}).", "See --help.") from None
    if others or list(entry.shape) != [1, 3, FASTDEPTH_SIDE, FASTDEPTH_SIDE]:
        raise DepthError(ExitCode.BAD_WEIGHTS, f"{path} is not FastDepth's network.", "See docs/training-embedded.md.")

    def predict(pictures: Sequence[Rgb]) -> Values:
        values: list[Values] = []
        for rgb in pictures:
            small = cv2.resize(rgb, (FASTDEPTH_SIDE, FASTDEPTH_SIDE), interpolation=cv2.INTER_AREA)
            depth = session.run(None, {entry.name: (small.astype(np.float32) / 255).transpose(2, 0, 1)[None]})[0]
            values.append(1 / np.maximum(np.squeeze(depth), 0.1))
        return np.stack(values)

    return predict
