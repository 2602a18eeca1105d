# SPDX-License-Identifier: GPL-3.0-or-later
"""Node groups for materials and the compositor that all results of a file share: built on first use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import bpy

from .inputs import Input

_VERSION_KEY = "estimate_depth_version"


def shared_group(
    name: str, tree_type: str, version: int, inputs: Sequence[Input], output: tuple[str, ...], build: Builder
) -> bpy.types.NodeTree:
    """The file's group of this name and version. Files made before keep theirs, new results get the new one.

    output: names and socket types of what it gives, alternating. build: makes its nodes.
    """
    key = f"{name} {version}"
    for group in bpy.data.node_groups:
        if not group.library and group.get(_VERSION_KEY) == key:
            return group
    group = cast("Any", bpy.data.node_groups).new(name, tree_type)
    interface = cast(bpy.types.NodeTreeInterface, group.interface)
    for label, socket in zip(output[::2], output[1::2]):
        interface.new_socket(label, in_out="OUTPUT", socket_type=socket)
    for spec in inputs:
        socket = interface.new_socket(spec.name, description=spec.tip, in_out="INPUT", socket_type=spec.socket)
        for option, value in spec.options.items():
            setattr(socket, option, value)
    build(group)
    group[_VERSION_KEY] = key
    return group


Builder = Callable[[bpy.types.NodeTree], None]


def number(name: str, tip: str, default: float, low: float, high: float, subtype: str = "NONE") -> Input:
    """An input that takes a number within these limits."""
    options = {"subtype": subtype, "default_value": default, "min_value": low, "max_value": high}
    return Input(name, "NodeSocketFloat", tip, options=options)


def color(name: str, tip: str, default: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Input:
    """An input that takes a color or an image."""
    return Input(name, "NodeSocketColor", tip, options={"default_value": (*default, 1.0)})
