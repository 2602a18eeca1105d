# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.footage.frame import Rgb
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, Model
from tests.depth_engine.models.embedded.fabricate import fabricate

DOG = Path(__file__).resolve().parents[3] / "data" / "dog.png"


@pytest.fixture(scope="module")
def dog() -> Rgb:
    return np.ascontiguousarray(cv2.imread(str(DOG))[..., ::-1])


@pytest.fixture(scope="module")
def clip(dog: Rgb) -> Sequence[Rgb]:
    """20 pictures [32,56,3], more than any of them sees."""
    small = cv2.resize(dog, (56, 32), interpolation=cv2.INTER_AREA)
    return [np.roll(small, 3 * number, 1) for number in range(20)]


@pytest.fixture(scope="module")
def model() -> Model:
    return registry.load("embedded", None, "cpu", ExecutionPlan("fp32"))


@pytest.fixture(scope="module")
def informed_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fabricate(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def informed(informed_weights: Path) -> Model:
    """With temporal modules that make a difference."""
    return registry.load("embedded", informed_weights, "cpu", ExecutionPlan("fp32"))
