# SPDX-License-Identifier: Apache-2.0
"""The published networks' sizes: facts of the files' own parameter shapes. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """A DINOv2 encoder with a DPT head.

    width, depth, heads: of the encoder; taps: the blocks, from 0, whose output the head sees, the earliest first.
    channels: of the head's levels before they become equally wide; features: their width from then on.
    grid: the encoder's learned positions, along each side. parameters: in all.
    """

    width: int
    depth: int
    heads: int
    taps: tuple[int, int, int, int]
    channels: tuple[int, int, int, int]
    features: int
    parameters: int
    grid: int = 37


SMALL = Architecture(384, 12, 6, (2, 5, 8, 11), (48, 96, 192, 384), 64, 29_080_193)
BASE = Architecture(768, 12, 12, (2, 5, 8, 11), (96, 192, 384, 768), 128, 114_531_521)
LARGE = Architecture(1024, 24, 16, (4, 11, 17, 23), (256, 512, 1024, 1024), 256, 384_554_177)
