# SPDX-License-Identifier: Apache-2.0
"""The published checkpoint: what it is, whose licence it is under, and where it lies.

Length, SHA-256 and address as Pampaj7/ARGOS pins them, ARGOS_hand/external_comparison/checkpoints.lock.json, commit
414c5733c1d7778feb01d6ade82bd67a522bf52d; another public project notes the same length of its own copy.
"""

from __future__ import annotations

from dataclasses import replace

from depth_engine.models.base import ModelInfo, WeightFile
from depth_engine.models.nvds.published import WINDOW

CHECKPOINT = WeightFile(
    path="NVDS_Stabilizer.pth",
    size_bytes=354_794_886,
    sha256="631d9207e58d84a31f9e5765e42ed38660bd486c71e6fe98a8729cc54524b618",
    url="https://github.com/RaymondWang987/NVDS/releases/download/NVDS_checkpoints/NVDS_Stabilizer.pth",
)

LICENCE_SUMMARY = (
    "The authors' program is under MIT; of the weights they say nothing else. They grew out of SegFormer weights whose "
    "licence is for research and out of footage for academic use only, so they count as not for commercial use here: "
    "ask the authors before commercial use."
)


def info(name: str, inner: ModelInfo) -> ModelInfo:
    """What to know of the stabiliser over another model. Where that one does not come with the engine, its files lie in
    a folder of its name beside the checkpoint.
    """
    own = () if inner.included else tuple(replace(file, path=f"{inner.name}/{file.path}") for file in inner.files)
    return ModelInfo(
        name=name,
        title=f"NVDS over {inner.title}",
        kind="disparity",
        temporal=True,
        licence="MIT, stated for the program; none for the weights",
        commercial_use=False,
        summary=f"Takes the flicker out of {inner.title}: each frame's depth meets that of its neighbours.",
        files=(CHECKPOINT, *own),
        included=False,
        window=WINDOW,
        group="Baselines",
        licence_url="https://github.com/RaymondWang987/NVDS/blob/main/LICENSE",
        licence_summary=LICENCE_SUMMARY,
        settings=("streaming",),
    )
