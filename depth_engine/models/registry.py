# SPDX-License-Identifier: Apache-2.0
"""Every model that the engine knows, by name. Importing it imports no network."""

from __future__ import annotations

import difflib
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import (
    chronodepth,
    depth_anything,
    depthcrafter,
    embedded,
    marigold,
    nvds,
    video_depth_anything,
)
from depth_engine.models.base import ExecutionPlan, Model, ModelInfo, ModelModule

MODELS: dict[str, ModelModule] = {
    "embedded": embedded,
    **video_depth_anything.MODELS,
    **depth_anything.MODELS,
    **marigold.MODELS,
    "depthcrafter": depthcrafter,
    "chronodepth": chronodepth,
    **nvds.MODELS,
}
"""A new model is a folder beside this file and an entry here, under the name that its INFO says."""


def module(name: str) -> ModelModule:
    """The model's folder. Raises DepthError UNKNOWN_MODEL that names the known models and the nearest of them."""
    if name in MODELS:
        return MODELS[name]
    nearest = difflib.get_close_matches(name.lower(), MODELS, n=1)
    raise DepthError(
        ExitCode.UNKNOWN_MODEL,
        f"There is no model {name!r}; known are: {', '.join(MODELS)}.",
        f"Did you mean {nearest[0]}?" if nearest else "See depth-engine models.",
    )


def info(name: str) -> ModelInfo:
    """What to know before choosing a model. Raises DepthError UNKNOWN_MODEL."""
    return module(name).INFO


def load(name: str, weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
    """The model, ready for shots. weights: a folder in the model's published layout, or None for the included ones.

    device: as `inference.device` chooses it. plan: one of the model's `execution_plans`.
    Raises DepthError UNKNOWN_MODEL, MISSING_WEIGHTS or BAD_WEIGHTS.
    """
    return module(name).load(weights, device, plan)
