# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks have the published files' parameters: every name, shape and the totals.

The tables in tests/data/parameters come from public sources, which their headers name.
"""

from __future__ import annotations

import re
from math import prod

import pytest
import torch

from depth_engine.models.video_depth_anything.checkpoint import UNUSED
from depth_engine.models.video_depth_anything.files import CHECKPOINTS, Checkpoint
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from tests.depth_engine.models.video_depth_anything.cases import TINY
from tests.support.parameters import Shapes, read_table


def table(checkpoint: Checkpoint) -> Shapes:
    return read_table(f"video_depth_anything_{checkpoint.size}.txt")


def shapes(network: VideoDepthNetwork) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda checkpoint: checkpoint.info.name)
def test_every_parameter_has_the_published_name_and_shape(checkpoint: Checkpoint) -> None:
    with torch.device("meta"):
        found = shapes(VideoDepthNetwork(checkpoint.architecture))
    wanted = table(checkpoint)
    assert wanted.keys() - found.keys() == UNUSED
    assert found.keys() <= wanted.keys()
    assert {name: shape for name, shape in found.items() if shape != wanted[name]} == {}
    assert sum(map(prod, wanted.values())) == checkpoint.architecture.parameters


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda checkpoint: checkpoint.info.name)
def test_the_published_file_has_room_for_these_values_and_their_names_only(checkpoint: Checkpoint) -> None:
    """torch.save writes 4 bytes a value, and some 250 to 360 for the name and place of a tensor."""
    wanted = table(checkpoint)
    rest = checkpoint.size_bytes - 4 * sum(map(prod, wanted.values()))
    assert 250 * len(wanted) < rest < 360 * len(wanted)


def test_the_tiny_network_differs_in_depth_and_width_only() -> None:
    def patterns(found: Shapes) -> dict[str, int]:
        return {re.sub(r"blocks\.\d+\.", "blocks.N.", name): len(shape) for name, shape in found.items()}

    full = {name: shape for name, shape in table(CHECKPOINTS[0]).items() if name not in UNUSED}
    assert patterns(shapes(VideoDepthNetwork(TINY))) == patterns(full)
