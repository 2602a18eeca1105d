# SPDX-License-Identifier: Apache-2.0
"""The published files, pinned to revisions. The UNet of Stable Video Diffusion is not among them: it is not used.

Sizes and SHA-256 are facts of public pages, read in November 2026, and of no file of ours:

- DepthCrafter's weights: the SHA-256 is shown at huggingface.co/tencent/DepthCrafter/blob/main/
  diffusion_pytorch_model.safetensors (commit e83a487, unchanged since). The size follows from the format: a header with
  the names and shapes of SVD's UNet and 2 bytes a parameter, as in SVD's own fp16 file; the page says 3.05 GB.
- DepthCrafter's config.json: computed from its text, shown at huggingface.co/tencent/DepthCrafter/commit/
  e83a4879e5dc6e00e0228efa63746ed7110a940d; its 891 bytes are those of the file list.
- SVD-XT, all from revision 9e439095: the networks and config.json files as pinned by several public projects that check
  them after download (genlit, lab2shot's VideoMaMa, QuickPlayer); preprocessor_config.json and scheduler_config.json
  also computed from their text, with sizes and git blob ids as the hub reports them.
"""

from __future__ import annotations

from depth_engine.models.base import WeightFile

DEPTHCRAFTER = "tencent/DepthCrafter", "c1a22b53f8abf80cd0b025adf29e637773229eca"
SVD = "stabilityai/stable-video-diffusion-img2vid-xt", "9e43909513c6714f1bc78bcb44d96e733cd242aa"


def _files(folder: str, hub: tuple[str, str], files: dict[str, tuple[int, str]]) -> tuple[WeightFile, ...]:
    repo, revision = hub
    return tuple(
        WeightFile(f"{folder}/{path}", size, sha256, repo, revision, path) for path, (size, sha256) in files.items()
    )


FILES = _files(
    "depthcrafter",
    DEPTHCRAFTER,
    {
        "config.json": (891, "20dd305eb822d45a81cf0c1cb61d197770893276ca7cb1123fe18cc34c0713b8"),
        "diffusion_pytorch_model.safetensors": (
            3_049_435_868,
            "48feba12ce91f2ba2e7d3853bfcdd50ad45a4980be227f43f5add28baa451f94",
        ),
    },
) + _files(
    "svd",
    SVD,
    {
        "feature_extractor/preprocessor_config.json": (
            518,
            "4db495644e3e5bd8fcac52f70e7fc0b413c911086021acf73ac30e5911166e95",
        ),
        "image_encoder/config.json": (685, "65da4496f116d2b297fe864e0f31242fbc57e26a5d95b93310f2034e1e90d0ec"),
        "image_encoder/model.fp16.safetensors": (
            1_264_217_240,
            "ae616c24393dd1854372b0639e5541666f7521cbe219669255e865cb7f89466a",
        ),
        "scheduler/scheduler_config.json": (533, "59aa43afc33395efd40fe94c7369c0477b81698f4b65b63e3ae06f26269876d5"),
        "vae/config.json": (607, "8f34272db69f7e2c615da6142ca3f9fdcd7b682bcfd903ceb15035fea79a8303"),
        "vae/diffusion_pytorch_model.fp16.safetensors": (
            195_531_910,
            "af602cd0eb4ad6086ec94fbf1438dfb1be5ec9ac03fd0215640854e90d6463a3",
        ),
    },
)
