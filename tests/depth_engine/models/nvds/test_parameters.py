# SPDX-License-Identifier: GPL-3.0-or-later
"""The network has the published program's parameters: every name, shape and the total.

The table in tests/data/parameters is written down from public sources, which its header names.
"""

from __future__ import annotations

import re
from math import prod

import torch

from depth_engine.models.nvds.checkpoint import PLACES
from depth_engine.models.nvds.files import CHECKPOINT
from depth_engine.models.nvds.network import NvdsNetwork
from depth_engine.models.nvds.published import PUBLISHED, Architecture
from depth_engine.models.nvds.settings import PARAMETERS
from tests.depth_engine.models.nvds.cases import TINY, published_form, tiny_network
from tests.support.parameters import Shapes, read_table

TABLE = read_table("nvds.txt")
OWN = {name: shape for name, shape in TABLE.items() if not PLACES.search(name)}


def shapes(architecture: Architecture) -> Shapes:
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in NvdsNetwork(architecture).state_dict().items()}


def test_every_parameter_has_the_published_name_and_shape() -> None:
    found = shapes(PUBLISHED)
    assert found.keys() ^ OWN.keys() == set()
    assert {name: shape for name, shape in found.items() if shape != OWN[name]} == {}
    assert sum(map(prod, found.values())) == PARAMETERS


def test_the_sizes_are_told_from_the_shapes() -> None:
    assert Architecture.of(OWN) == PUBLISHED
    assert Architecture.of(shapes(TINY)) == TINY


def test_the_published_file_has_room_for_these_values_and_their_names_only() -> None:
    """torch.save writes 4 bytes a value, 8 a place, and some 250 to 360 for the name and place of a tensor."""
    values = sum((4 if name in OWN else 8) * prod(shape) for name, shape in TABLE.items())
    assert 250 * len(TABLE) < CHECKPOINT.size_bytes - values < 360 * len(TABLE)


def test_the_tiny_checkpoint_differs_in_depth_and_width_only() -> None:
    def patterns(found: Shapes) -> dict[str, int]:
        names = {name: re.sub(r"\.(block\d|blocks)\.\d+\.", r".\1.N.", name) for name in found}
        return {names[name]: len(shape) for name, shape in found.items()}

    tiny = {name: tuple(tensor.shape) for name, tensor in published_form(tiny_network().state_dict()).items()}
    assert patterns({name.removeprefix("module."): shape for name, shape in tiny.items()}) == patterns(TABLE)
