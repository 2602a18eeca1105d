# SPDX-License-Identifier: GPL-3.0-or-later
"""Diffusers' and transformers' own networks, for references that share no code with the engine's."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler, UNetSpatioTemporalConditionModel
from safetensors.torch import load_file
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection


class Parts:
    """Networks of a folder in the published layout, in float32 or float64 on the CPU.

    model: the folder of the UNet, beside svd/. Its config may name a class of its authors, who have no other parts.
    """

    def __init__(self, folder: Path, model: str, dtype: torch.dtype) -> None:
        config = json.loads((folder / model / "config.json").read_text())
        config.pop("_class_name", None)
        unet = UNetSpatioTemporalConditionModel.from_config(config)
        weights = load_file(folder / model / "diffusion_pytorch_model.safetensors")
        unet.load_state_dict({name: value.float() for name, value in weights.items()})
        vae = AutoencoderKLTemporalDecoder.from_pretrained(
            folder / "svd/vae", variant="fp16", torch_dtype=torch.float32
        )
        clip = CLIPVisionModelWithProjection.from_pretrained(
            folder / "svd/image_encoder", variant="fp16", dtype=torch.float32
        )
        self.unet, self.vae, self.clip = (network.to(dtype).eval() for network in (unet, vae, clip))
        self.processor = CLIPImageProcessor.from_pretrained(folder / "svd/feature_extractor")
        self.scheduler = EulerDiscreteScheduler.from_pretrained(folder / "svd/scheduler")
        self.dtype = dtype
