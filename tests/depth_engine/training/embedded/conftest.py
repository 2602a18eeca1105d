# SPDX-License-Identifier: GPL-3.0-or-later
"""Trainings of a tiny network on tiny clips."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from depth_engine.training.embedded import training
from depth_engine.training.embedded.training import Training
from tests.depth_engine.models.video_depth_anything.cases import TINY, parameters
from tests.depth_engine.training.scenes import write_scenes

RECIPE = """
check_every = 20
save_every = 2
check_clips = 2

[[stages]]
name = "head"
steps = 5
batch = 4
sizes = [[56, 28], [28, 42]]
blocks = 2
rates = { head = 3e-3 }
warm_up = 2

[[stages]]
name = "blocks"
steps = 3
batch = 4
sizes = [[56, 28]]
blocks = 5
variants = 0
rates = { head = 1e-3, encoder = 1e-4 }

[[stages]]
name = "time"
steps = 3
batch = 2
frames = 3
sizes = [[56, 28]]
variants = 1
rates = { head = 1e-4, temporal = 1e-3 }
loss = { trim = 0.0, temporal = 10.0 }
"""


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scenes")
    write_scenes(root)
    return root


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads of tiny networks wait for one another most of the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def encoder() -> Iterator[None]:
    """The tiny network's encoder stands in for the public one."""
    network = VideoDepthNetwork(TINY)
    network.load_state_dict(parameters(network))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "encoder_parameters", lambda _: network.pretrained.state_dict())
        yield


def tiny(folder: Path, scenes: Path, recipe: str = RECIPE) -> Training:
    """A training of the tiny network in the folder `out` of a folder."""
    file = folder / "recipe.toml"
    file.write_text(recipe)
    (folder / "any.onnx").write_text("read by nobody: see `encoder`")
    return Training(file, scenes, folder / "out", folder / "any.onnx", "cpu", TINY)


@pytest.fixture
def make(encoder: None, scenes: Path, tmp_path: Path) -> Any:
    return lambda recipe=RECIPE: tiny(tmp_path, scenes, recipe)


@pytest.fixture(scope="session")
def finished(encoder: None, scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Training:
    """One whole training that tests look at and do not change."""
    whole = tiny(tmp_path_factory.mktemp("finished"), scenes)
    whole.run(lambda _: None)
    return whole
