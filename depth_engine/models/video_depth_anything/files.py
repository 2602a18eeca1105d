# SPDX-License-Identifier: Apache-2.0
"""The six published checkpoints: which they are, whose licence they are under, and where they lie.

Sizes, revisions and SHA-256 are facts of public pages, read in November 2026, and of no file of ours: all six
revisions and hashes as vfxli/Lab2Shot pins them in its extension for Video Depth Anything; size, revision and hash of
both small ones in sawfwair/mere-run, scripts/model-conversion/convert_vda_small.py, commit e4221be; the other sizes,
beside the same hashes, in public programs that check their downloads. No two sources disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from depth_engine.models.base import Kind, ModelInfo, WeightFile
from depth_engine.models.video_depth_anything.published import BASE, LARGE, SMALL, Architecture
from depth_engine.models.video_depth_anything.windows import WINDOW

APACHE_URL = "https://huggingface.co/depth-anything/Video-Depth-Anything-Small"
NONCOMMERCIAL_URL = "https://creativecommons.org/licenses/by-nc/4.0/legalcode"

SUMMARIES = {
    "small": "Steady depth over time, the quickest of its family; free for any use.",
    "base": "Steady depth over time, finer than the small one; not for commercial use.",
    "large": "Steady depth over time, the finest of its family; not for commercial use.",
}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One of the published files. revision: of the hub's repository that has it."""

    size: str
    kind: Kind
    architecture: Architecture
    size_bytes: int
    sha256: str
    revision: str

    @property
    def info(self) -> ModelInfo:
        metric = self.kind == "metric"
        free = self.size == "small"
        prefix, repo = ("metric_", "Metric-") if metric else ("", "")
        path = f"{prefix}video_depth_anything_vit{self.size[0]}.pth"
        hub = f"depth-anything/{repo}Video-Depth-Anything-{self.size.title()}"
        return ModelInfo(
            name=f"video_depth_anything_{self.size}" + ("_metric" if metric else ""),
            title=f"Video Depth Anything ({self.size}{', metric' if metric else ''})",
            kind=self.kind,
            temporal=True,
            licence="Apache-2.0" if free else "CC-BY-NC-4.0",
            commercial_use=free,
            summary=SUMMARIES[self.size] + (" In metres." if metric else ""),
            files=(WeightFile(path, self.size_bytes, self.sha256, hub, self.revision, path),),
            included=False,
            window=WINDOW,
            group="Recommended" if free else "Best Quality",
            half_precision="fp16",  # as published
            settings=("decode_chunk", "streaming"),
            licence_url=APACHE_URL if free else NONCOMMERCIAL_URL,
            licence_summary=(
                "Use it for anything, commercially too; pass the licence and the notices on with the weights."
                if free
                else "Share and adapt the weights with credit to their authors, but not for commercial purposes."
            ),
        )


CHECKPOINTS = (
    Checkpoint(
        "small",
        "disparity",
        SMALL,
        116_440_756,
        "13379300b739e659f076a59d52e9801bd8d38c541a7e71f73bbca4dcfb013609",
        "256875362cff76724b920335dfb4b29dd611f66e",
    ),
    Checkpoint(
        "base",
        "disparity",
        BASE,
        458_247_082,
        "775e578e8f9431ec0496514aa466bd0a1f67c28d0f518267809f35a43c04329b",
        "7231d0c6e260f54f103eba5005d01f6efa4f43db",
    ),
    Checkpoint(
        "large",
        "disparity",
        LARGE,
        1_538_392_012,
        "43df27c6b396042ba34ff7b798ab279f64d204d2e86d7a373968f8fa36d0e6fa",
        "7aafbcb5c6af0bac741aad2b6471894fb4761afa",
    ),
    Checkpoint(
        "small",
        "metric",
        SMALL,
        116_444_063,
        "3c28432b4e1f0d7bb31cad5151b6313b49457db5aa58d82e85bfb0f8b1311b33",
        "273d090f2ce17df50c2872d82c8322c45da5b4dd",
    ),
    Checkpoint(
        "base",
        "metric",
        BASE,
        458_249_567,
        "f6f58576b9680a112f2428d4f39aff92656d3ae85745b0164675ace8d5b1fade",
        "f6a245abad4b5a5b0d26722c8e1767ef310c547d",
    ),
    Checkpoint(
        "large",
        "metric",
        LARGE,
        1_538_348_216,
        "24eba25342e7ee0f054be25da6a852ebd7cfa40cd6bf41a353ecb6abfe24e620",
        "607fcdbd454b95c3bd39abbd3054142869a527d3",
    ),
)
