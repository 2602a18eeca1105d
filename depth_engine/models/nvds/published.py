# SPDX-License-Identifier: Apache-2.0
"""The published network's sizes, and how a file's own shapes tell them. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

WINDOW = 4
"""Frames that the network sees: three reference frames, then the one whose depth it gives."""

HEAD_WIDTH = 64
"""Channels of each of the encoder's attention heads, in every size of SegFormer."""

REDUCTIONS = (8, 4, 2, 1)
"""By what each stage of the encoder makes keys and values coarser, along each side."""

Four = tuple[int, int, int, int]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Architecture:
    """A SegFormer encoder with the stabilising head.

    widths, depths: of the encoder's four stages. features: of the head; blocks: of its cross-attention.
    edges: channels of the frame's own edges, at its size and at half of it.
    """

    widths: Four
    depths: Four
    features: int
    blocks: int
    edges: tuple[int, int]

    @staticmethod
    def of(shapes: Shapes) -> Architecture:
        """The sizes of a checkpoint, by its parameters' names (without "module.") and shapes.

        Raises ValueError that names what is missing.
        """
        widths = cast(Four, tuple(_shape(shapes, f"backbone.norm{stage}.weight", 1)[0] for stage in range(1, 5)))
        depths = cast(Four, tuple(_count(shapes, f"backbone.block{stage}.", ".norm1.weight") for stage in range(1, 5)))
        features = _shape(shapes, "Stabilizer.linear_fuse.0.weight", 4)[0]
        blocks = _count(shapes, "Stabilizer.decoder_focal.blocks.", ".norm1.weight")
        if any(width % max(1, width // HEAD_WIDTH) for width in widths) or features % HEADS:
            raise ValueError(f"its widths {[*widths, features]} cannot be shared among attention heads")
        fine, half = (_shape(shapes, f"{name}.0.weight", 4)[0] for name in ("edge_conv", "edge_conv1"))
        return Architecture(widths, depths, features, blocks, (fine, half))


HEADS = 8
"""Of the head's cross-attention."""

PUBLISHED = Architecture((64, 128, 320, 512), (3, 6, 40, 3), 256, 4, (64, 128))
"""MiT-B5 and its head."""


def _shape(shapes: Shapes, name: str, sides: int) -> tuple[int, ...]:
    if name not in shapes:
        raise ValueError(f"{name} is missing")
    if len(shapes[name]) != sides or not shapes[name][0]:
        raise ValueError(f"{name} has the shape {list(shapes[name])}")
    return shapes[name]


def _count(shapes: Shapes, prefix: str, suffix: str) -> int:
    """How many blocks there are from 0 on."""
    count = 0
    while f"{prefix}{count}{suffix}" in shapes:
        count += 1
    if not count:
        raise ValueError(f"{prefix}0{suffix} is missing")
    return count
