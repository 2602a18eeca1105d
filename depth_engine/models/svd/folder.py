# SPDX-License-Identifier: Apache-2.0
"""What lies in a folder in the published layout, without loading it. Imports nothing heavy."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.files import tensor_shapes

VAE = "svd/vae"
CLIP = "svd/image_encoder"
SCHEDULER = "svd/scheduler/scheduler_config.json"
PREPROCESSOR = "svd/feature_extractor/preprocessor_config.json"


@dataclass(frozen=True, slots=True)
class NetworkSizes:
    """Parameters of each network (encoder, decoder: of the VAE), and the channels of the UNet's and the VAE's first
    level: on it most of the activations lie.
    """

    unet: int
    clip: int
    encoder: int
    decoder: int
    unet_width: int
    vae_width: int


PUBLISHED = NetworkSizes(1_524_623_082, 632_076_800, 34_163_664, 63_579_183, 320, 128)


@dataclass(frozen=True, slots=True)
class Layout:
    """A model's folder: its UNet in a folder of the model's name, and svd/ with the other networks beside it.

    name: the model's. title: what people call it.
    """

    name: str
    title: str

    def network_sizes(self, folder: Path | None) -> NetworkSizes:
        """Of the networks in a folder; None: of the published ones.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS that names the file.
        """
        if folder is None:
            return PUBLISHED
        unet, clip, vae = (self._parameters(self.weight_file(folder, part)) for part in (self.name, CLIP, VAE))
        decoder = sum(count for name, count in vae.items() if name.startswith("decoder."))
        widths = (self._width(folder / self.name / "config.json"), self._width(folder / VAE / "config.json"))
        return NetworkSizes(
            sum(unet.values()), sum(clip.values()), sum(vae.values()) - decoder, decoder, widths[0], widths[1]
        )

    def weight_file(self, folder: Path, part: str) -> Path:
        """The file of a network; part: the model's name (its UNet), VAE or CLIP. Raises DepthError MISSING_WEIGHTS."""
        stem = "model" if part == CLIP else "diffusion_pytorch_model"
        names = (f"{stem}.fp16.safetensors", f"{stem}.safetensors")
        for name in names:
            if (folder / part / name).is_file():
                return folder / part / name
        raise DepthError(
            ExitCode.MISSING_WEIGHTS,
            f"{folder / part} has neither {names[0]} nor {names[1]}.",
            f"Give the folder that holds {self.name}/ and svd/ as they are published.",
        )

    def read_config(self, path: Path) -> dict[str, Any]:
        """Raises DepthError BAD_WEIGHTS."""
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self.bad_weights(path, f"it cannot be read ({error})") from None
        if not isinstance(config, dict):
            raise self.bad_weights(path, "it is no JSON object")
        return cast("dict[str, Any]", config)

    def bad_weights(self, path: Path, reason: str) -> DepthError:
        return DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not belong to {self.title}: {reason}.",
            f"Fetch the weights again: depth-engine models fetch {self.name}",
        )

    def _parameters(self, path: Path) -> dict[str, int]:
        """How many numbers each tensor has."""
        return {name: math.prod(shape) for name, shape in tensor_shapes(path, self.bad_weights).items()}

    def _width(self, config: Path) -> int:
        try:
            return int(self.read_config(config)["block_out_channels"][0])
        except (KeyError, IndexError, TypeError, ValueError):
            raise self.bad_weights(config, "it has no block_out_channels") from None
