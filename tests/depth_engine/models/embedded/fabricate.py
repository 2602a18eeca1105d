# SPDX-License-Identifier: GPL-3.0-or-later
"""The included weights with temporal modules that change much, whatever they were trained to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from depth_engine.models import embedded
from depth_engine.models.int8 import SCALE
from depth_engine.models.weights import MODELS_FOLDER

(FILE,) = (file.path for file in embedded.INFO.files)
PUBLISHED = MODELS_FOLDER / "embedded" / FILE


def save_changed(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> Path:
    """Write the included tensors, changed, into the folder; returns the folder."""
    tensors = load_file(PUBLISHED)
    change(tensors)
    save_file(tensors, folder / FILE)
    return folder


def fabricate(folder: Path) -> Path:
    return save_changed(folder, _informed)


def _informed(tensors: dict[str, Tensor]) -> None:
    """What each frame learns of earlier ones is as large as what it knows itself."""
    generator = torch.Generator().manual_seed(7)
    for name in [name for name in tensors if name.endswith("temporal_transformer.proj_out.weight")]:
        del tensors[name + SCALE]
        shape = tensors[name].shape
        tensors[name] = torch.randn(shape, generator=generator) / shape[1] ** 0.5
