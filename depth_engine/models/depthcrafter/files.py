# SPDX-License-Identifier: Apache-2.0
"""The published files, pinned to revisions; those of Stable Video Diffusion XT are in `models.svd.files`.

Sizes and SHA-256 are facts of public pages, read in November 2026, and of no file of ours:

- The weights: the SHA-256 is shown at huggingface.co/tencent/DepthCrafter/blob/main/diffusion_pytorch_model.safetensors
  (commit e83a487, unchanged since). The size follows from the format: a header with the names and shapes of SVD's UNet
  and 2 bytes a parameter, as in SVD's own fp16 file; the page says 3.05 GB.
- config.json: computed from its text, shown at huggingface.co/tencent/DepthCrafter/commit/
  e83a4879e5dc6e00e0228efa63746ed7110a940d; its 891 bytes are those of the file list.
"""

from __future__ import annotations

from depth_engine.models.svd.files import FILES as SVD_FILES
from depth_engine.models.svd.files import pinned

FILES = (
    *pinned(
        "depthcrafter",
        ("tencent/DepthCrafter", "c1a22b53f8abf80cd0b025adf29e637773229eca"),
        {
            "config.json": (891, "20dd305eb822d45a81cf0c1cb61d197770893276ca7cb1123fe18cc34c0713b8"),
            "diffusion_pytorch_model.safetensors": (
                3_049_435_868,
                "48feba12ce91f2ba2e7d3853bfcdd50ad45a4980be227f43f5add28baa451f94",
            ),
        },
    ),
    *SVD_FILES,
)
