# SPDX-License-Identifier: Apache-2.0
"""The published files, pinned to revisions; those of Stable Video Diffusion XT are in `models.svd.files`.

Facts of public pages, read in November 2026, and of no file of ours: revision, the weights' SHA-256 and length and the
text of config.json are shown at huggingface.co/jhshao/ChronoDepth-v1/commit/0c861c6f3ecbc410a661ae2ca7c0a83599d3c77d;
config.json's SHA-256 was computed from that text, whose 772 bytes are those of the file list.
"""

from __future__ import annotations

from depth_engine.models.svd.files import FILES as SVD_FILES
from depth_engine.models.svd.files import pinned

FILES = (
    *pinned(
        "chronodepth",
        ("jhshao/ChronoDepth-v1", "0c861c6f3ecbc410a661ae2ca7c0a83599d3c77d"),
        {
            "config.json": (772, "5cbfb3da6552b3f9cd488004353024783b3af1ec72dcbc12fb503a474bd50777"),
            "diffusion_pytorch_model.safetensors": (
                3_049_435_868,
                "9b5db40028bf26b24176485dc3e8f6c49591a3cdc1c276c1b86e87c89d60b469",
            ),
        },
    ),
    *SVD_FILES,
)
