# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders in the published layout with small networks of random weights, written by diffusers and transformers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, LCMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

VOCABULARY = {"a</w>": 0, "b</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}

UNET: dict[str, Any] = {
    "attention_head_dim": [1, 1, 2, 2],
    "block_out_channels": [8, 8, 16, 16],
    "cross_attention_dim": 8,
    "in_channels": 8,
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "out_channels": 4,
    "use_linear_projection": True,
}
VAE: dict[str, Any] = {
    "block_out_channels": [8, 8, 8, 8],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "latent_channels": 4,
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}
TEXT: dict[str, Any] = {
    "hidden_act": "gelu",
    "hidden_size": 8,
    "intermediate_size": 16,
    "max_position_embeddings": 8,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "vocab_size": len(VOCABULARY),
    "bos_token_id": 0,
    "eos_token_id": 2,
}
SCHEDULE: dict[str, Any] = {
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "prediction_type": "v_prediction",
    "set_alpha_to_one": False,
    "steps_offset": 1,
}


def fabricate(
    folder: Path, *, lcm: bool = False, variant: str | None = "fp16", widths: Sequence[int] = (), groups: int = 4
) -> None:
    """Write the folder: 16-bit files as they are fetched, or with variant None those in full precision, whose VAE has
    the names that Stable Diffusion 2 was published with. The same values on every call.

    widths, groups: channels of both networks' levels, where others are wanted than the small ones.
    """
    wider: dict[str, Any] = {"block_out_channels": widths, "norm_num_groups": groups} if widths else {}
    dtype = torch.float16 if variant else torch.float32
    with torch.random.fork_rng():
        torch.manual_seed(11)
        vae = AutoencoderKL(**(VAE | wider))
        unet, text = UNet2DConditionModel(**(UNET | wider)), CLIPTextModel(CLIPTextConfig(**TEXT))
    _enliven(vae)
    for network in (unet, vae, text):
        nn.Module.to(network, dtype)
    schedule = SCHEDULE | {"timestep_spacing": "leading" if lcm else "trailing"}
    (LCMScheduler if lcm else DDIMScheduler)(**schedule).save_pretrained(folder / "scheduler")
    unet.save_pretrained(folder / "unet", variant=variant)
    vae.save_pretrained(folder / "vae", variant=variant)
    text.config.save_pretrained(folder / "text_encoder")
    tensors = {f"text_model.{name}": value for name, value in text.state_dict().items()}
    save_file(tensors, folder / f"text_encoder/model{'.fp16' if variant else ''}.safetensors", {"format": "pt"})
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer/vocab.json").write_text(json.dumps(VOCABULARY))
    if variant is None:
        path = folder / "vae/diffusion_pytorch_model.safetensors"
        save_file({_old(name): value for name, value in vae.state_dict().items()}, path, {"format": "pt"})


def _enliven(vae: AutoencoderKL) -> None:
    """Random networks say nearly the same everywhere: let the decoder's last layer speak up."""
    last: Any = vae.decoder.conv_out
    with torch.no_grad():
        last.weight *= 3
        last.bias.zero_()


def _old(name: str) -> str:
    if "mid_block.attentions" not in name:
        return name
    renamed = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    for now, then in renamed.items():
        name = name.replace(f".{now}.", f".{then}.")
    return name
