# SPDX-License-Identifier: Apache-2.0
"""The published files of Stable Video Diffusion XT that models need, pinned; its UNet is not used.

Sizes and SHA-256 are facts of public pages, read in November 2026, and of no file of ours, all from revision 9e439095:
the networks and config.json files as pinned by several public projects that check them after download (genlit,
lab2shot's VideoMaMa, QuickPlayer); preprocessor_config.json and scheduler_config.json also computed from their text,
with sizes and git blob ids as the hub reports them.
"""

from __future__ import annotations

from collections.abc import Mapping

from depth_engine.models.base import WeightFile


def pinned(folder: str, hub: tuple[str, str], files: Mapping[str, tuple[int, str]]) -> tuple[WeightFile, ...]:
    """Files of a hub's repository at a revision, for a folder of the model's; each path with its bytes and SHA-256."""
    repo, revision = hub
    return tuple(
        WeightFile(f"{folder}/{path}", size, sha256, repo, revision, path) for path, (size, sha256) in files.items()
    )


FILES = pinned(
    "svd",
    ("stabilityai/stable-video-diffusion-img2vid-xt", "9e43909513c6714f1bc78bcb44d96e733cd242aa"),
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
