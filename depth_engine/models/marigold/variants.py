# SPDX-License-Identifier: Apache-2.0
"""The published models: what they are called, under which licence they are, and which files they are made of.

Revisions, sizes and SHA-256 are facts of public pages, read in November 2026, and of no file of ours:

- v1.0 and LCM: revisions, the UNets' and text encoders' SHA-256, and v1.0's VAE's, as pinned by a native program that
  checks them after download (InferBridge), the LCM UNet's and the text encoder's also at the hub's own pages.
- v1.1: the revision as pinned by a public evaluation script; no checksum of its 16-bit files was found.
- Sizes of the networks follow from the format, with the tables in tests/data/parameters; those of v1.0 and LCM that
  public projects name are the same, byte for byte. v1.1's text encoder may hold one more tensor, so its is not known.

Licences: the hub's pages say Apache-2.0 of v1.0 and LCM, and Marigold's README and LICENSE-MODEL.txt put v1.1 under
CreativeML Open RAIL++-M (github.com/prs-eth/Marigold).
"""

from __future__ import annotations

from dataclasses import dataclass

from depth_engine.models.base import ModelInfo, WeightFile

SCHEDULER, VOCABULARY = "scheduler/scheduler_config.json", "tokenizer/vocab.json"
TEXT_CONFIG, TEXT_WEIGHTS = "text_encoder/config.json", "text_encoder/model.fp16.safetensors"
UNET_CONFIG, UNET_WEIGHTS = "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors"
VAE_CONFIG, VAE_WEIGHTS = "vae/config.json", "vae/diffusion_pytorch_model.fp16.safetensors"
PATHS = (
    SCHEDULER,
    VOCABULARY,
    TEXT_CONFIG,
    TEXT_WEIGHTS,
    UNET_CONFIG,
    UNET_WEIGHTS,
    VAE_CONFIG,
    VAE_WEIGHTS,
)
"""All that is read, in the order of `ModelInfo.files`."""

TEXT = 680_820_392, "bc1827c465450322616f06dea41596eac7d493f4e95904dcb51f0fc745c4e13f"
VAE = 167_335_342, "3e4c08995484ee61270175e9e7a072b66a6e4eeb5f0c266667fe1f45b90daf9a"
UNET_SIZE = 1_731_927_776

APACHE = (
    "Apache-2.0",
    "Free for any use, also commercial, if the licence and its notices are passed on.",
)
RAIL = (
    "CreativeML Open RAIL++-M",
    "Free for any use, also commercial, but for a list of harmful uses that the licence forbids; whoever passes the "
    "model on must pass these restrictions on.",
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One published model. steps: denoising steps by default, as its authors set them. known: size and SHA-256 of
    files, as far as they are known.
    """

    name: str
    title: str
    repo: str
    revision: str
    steps: int
    licence: tuple[str, str]
    summary: str
    known: dict[str, tuple[int, str]]

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(
            name=self.name,
            title=self.title,
            kind="disparity",
            temporal=False,
            licence=self.licence[0],
            commercial_use=True,
            summary=self.summary,
            files=tuple(
                WeightFile(path, *self.known.get(path, (0, "")), self.repo, self.revision, path) for path in PATHS
            ),
            included=False,
            window=1,
            group="Baselines",
            licence_url=f"https://huggingface.co/{self.repo}",
            licence_summary=self.licence[1],
            half_precision="fp16",
            settings=("seed", "steps", "ensemble", "stabilise"),
        )


VARIANTS = (
    Variant(
        "marigold_v1_1",
        "Marigold v1.1",
        "prs-eth/marigold-depth-v1-1",
        "9571e7123e258cf052b4e54241f17971c290e9a8",
        4,
        RAIL,
        "Image diffusion: fine detail, in 4 steps. Each frame nearly on its own, so it flickers.",
        {UNET_WEIGHTS: (UNET_SIZE, ""), VAE_WEIGHTS: (VAE[0], "")},
    ),
    Variant(
        "marigold_lcm",
        "Marigold LCM",
        "prs-eth/marigold-depth-lcm-v1-0",
        "04a73502f7fd8fc5e59947b9df3b2266d71d6849",
        1,
        APACHE,
        "Image diffusion in one step. Each frame nearly on its own, so it flickers.",
        {
            TEXT_WEIGHTS: TEXT,
            UNET_WEIGHTS: (UNET_SIZE, "953f1ea06169fc6c358b09ecc96a6ee32515e81540442d16239f82348ea62614"),
            VAE_WEIGHTS: (VAE[0], ""),
        },
    ),
    Variant(
        "marigold_v1_0",
        "Marigold v1.0",
        "prs-eth/marigold-depth-v1-0",
        "f4fc453d7d217cbe30ddcad3eb311d1ad9a11c4c",
        10,
        APACHE,
        "Image diffusion, the first one, in 10 steps. Each frame nearly on its own, so it flickers.",
        {
            TEXT_WEIGHTS: TEXT,
            UNET_WEIGHTS: (UNET_SIZE, "da9c13e214461c2cf82e4a0f125d914976522e53806a54d508e30ea5b8cd67f2"),
            VAE_WEIGHTS: VAE,
        },
    ),
)
"""In the order in which they are listed."""
