# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers and transformers carry few types.)
"""The networks, diffusers' and transformers' own, from the published files: Stable Diffusion 2's VAE and text encoder,
and its UNet with eight input channels.

Of the configs only the entries below are read: others could make the libraries load what is in no folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_lcm import LCMScheduler
from huggingface_hub.errors import StrictDataclassError
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from depth_engine.models.files import Refusal, read_json, tensor_shapes
from depth_engine.models.parameters import load_parameters

N = TypeVar("N", bound=nn.Module)

UNET_ENTRIES = (
    *("act_fn", "attention_head_dim", "block_out_channels", "center_input_sample", "cross_attention_dim"),
    *("down_block_types", "downsample_padding", "dual_cross_attention", "flip_sin_to_cos", "freq_shift"),
    *("in_channels", "layers_per_block", "mid_block_scale_factor", "norm_eps", "norm_num_groups"),
    *("only_cross_attention", "out_channels", "up_block_types", "upcast_attention", "use_linear_projection"),
)
VAE_ENTRIES = (
    *("act_fn", "block_out_channels", "down_block_types", "in_channels", "latent_channels", "layers_per_block"),
    *("norm_num_groups", "out_channels", "scaling_factor", "up_block_types"),
)
TEXT_ENTRIES = (
    *("bos_token_id", "eos_token_id", "hidden_act", "hidden_size", "intermediate_size", "layer_norm_eps"),
    *("max_position_embeddings", "num_attention_heads", "num_hidden_layers", "vocab_size"),
)
SCHEDULER_ENTRIES = (
    *("beta_end", "beta_schedule", "beta_start", "clip_sample", "clip_sample_range", "num_train_timesteps"),
    *("original_inference_steps", "prediction_type", "rescale_betas_zero_snr", "set_alpha_to_one", "steps_offset"),
    *("timestep_scaling", "timestep_spacing"),
)
SCHEDULERS: dict[str, Any] = {"DDIMScheduler": DDIMScheduler, "LCMScheduler": LCMScheduler}

BEGIN, END = "<|startoftext|>", "<|endoftext|>"
"""All that CLIP's tokenizer makes of an empty text."""

OLD_VAE_NAMES = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
"""What diffusers called the parameters of a VAE's attention when Stable Diffusion 2 was published."""

NOT_PARAMETERS = {"text_model.embeddings.position_ids"}
"""In some published files, though it is only 0, 1, 2 …"""

UNFIT = (StrictDataclassError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, NotImplementedError)
"""What diffusers and transformers raise where a config makes no sense."""

LEVELS, LATENT_CHANNELS = 4, 4
"""Of the VAE: a latent stands for 8x8 pixels."""


@dataclass(frozen=True, slots=True)
class Networks:
    """On the CPU. prompt [1,2,D]: what the text encoder makes of an empty text, float32."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    scheduler: DDIMScheduler | LCMScheduler
    prompt: Tensor


def load_networks(files: Sequence[Path], unet: torch.dtype, vae: torch.dtype, refusal: Refusal) -> Networks:
    """files: those of `variants.PATHS`. unet, vae: the types to compute in.

    Raises the refusal where a file is not what it should be. The text encoder is needed once, and let go first.
    """
    scheduler, vocabulary, text_config, text_weights, unet_config, unet_weights, vae_config, vae_weights = files
    schedule = _made(scheduler, build_scheduler, refusal)
    text = _loaded(text_config, text_weights, build_text_encoder, torch.float32, refusal, text_name)
    prompt = _empty_prompt(text, vocabulary, refusal)
    del text
    made = _loaded(unet_config, unet_weights, build_unet, unet, refusal)
    old = any(".query." in name for name in tensor_shapes(vae_weights, refusal))
    decoder = _loaded(vae_config, vae_weights, build_vae, vae, refusal, old_vae_name if old else str)
    if prompt.shape[2] != cast(Any, made).config.cross_attention_dim:
        raise refusal(unet_config, f"its cross_attention_dim is not the text encoder's {prompt.shape[2]}")
    return Networks(made, decoder, schedule, prompt)


def build_unet(config: Mapping[str, Any]) -> UNet2DConditionModel:
    """The network of a published config, without its weights, on the meta device. Raises ValueError with the reason
    where it is of another network, and whatever diffusers does.
    """
    _require(config, in_channels=2 * LATENT_CHANNELS, out_channels=LATENT_CHANNELS)
    with torch.device("meta"):
        return cast(UNet2DConditionModel, UNet2DConditionModel.from_config(_chosen(config, UNET_ENTRIES)))


def build_vae(config: Mapping[str, Any]) -> AutoencoderKL:
    """As `build_unet`."""
    _require(config, in_channels=3, out_channels=3, latent_channels=LATENT_CHANNELS)
    if len(config["block_out_channels"]) != LEVELS:
        raise ValueError(f"its block_out_channels are not {LEVELS}")
    with torch.device("meta"):
        return cast(AutoencoderKL, AutoencoderKL.from_config(_chosen(config, VAE_ENTRIES)))


def build_text_encoder(config: Mapping[str, Any]) -> CLIPTextModel:
    """As `build_unet`."""
    with torch.device("meta"):
        return CLIPTextModel(CLIPTextConfig(**_chosen(config, TEXT_ENTRIES)))


def build_scheduler(config: Mapping[str, Any]) -> DDIMScheduler | LCMScheduler:
    """As `build_unet`."""
    kind = config["_class_name"]
    if kind not in SCHEDULERS:
        raise ValueError(f"its _class_name is {kind!r}, not {' or '.join(SCHEDULERS)}")
    return SCHEDULERS[kind].from_config(_chosen(config, SCHEDULER_ENTRIES))


def text_name(name: str) -> str:
    """What the published file calls a parameter of transformers' network."""
    return f"text_model.{name}"


def old_vae_name(name: str) -> str:
    """What a file of Stable Diffusion 2 in full precision calls a parameter of diffusers' network."""
    if ".attentions." in name:
        for now, then in OLD_VAE_NAMES.items():
            name = name.replace(now, then)
    return name


def _loaded(
    config: Path,
    weights: Path,
    build: Callable[[Mapping[str, Any]], N],
    dtype: torch.dtype,
    refusal: Refusal,
    published_name: Callable[[str], str] = str,
) -> N:
    network = _made(config, build, refusal)
    load_parameters(network, weights, dtype, refusal, published_name, NOT_PARAMETERS)
    return network.eval().requires_grad_(False)


def _made(config: Path, build: Callable[[Mapping[str, Any]], Any], refusal: Refusal) -> Any:
    entries = read_json(config, refusal)
    try:
        return build(entries)
    except KeyError as error:
        raise refusal(config, f"it has no {error.args[0]}") from None
    except UNFIT as error:
        reason = error.__cause__ or error
        raise refusal(config, " ".join(str(reason).split()).rstrip(".")) from None


@torch.inference_mode()
def _empty_prompt(text: CLIPTextModel, vocabulary: Path, refusal: Refusal) -> Tensor:
    network: Any = text
    embeddings = network.embeddings
    tokens = read_json(vocabulary, refusal)
    numbers = [tokens.get(token) for token in (BEGIN, END)]
    if not all(isinstance(number, int) and 0 <= number < network.config.vocab_size for number in numbers):
        raise refusal(vocabulary, f"it has no numbers of {BEGIN} and {END} that the text encoder knows")
    embeddings.position_ids = torch.arange(network.config.max_position_embeddings)[None]  # a buffer is in no file
    return network(torch.tensor([numbers])).last_hidden_state.clone()


def _chosen(config: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The entries that are known and set."""
    return {name: config[name] for name in names if config.get(name) is not None}


def _require(config: Mapping[str, Any], **values: int) -> None:
    for name, value in values.items():
        if config[name] != value:
            raise ValueError(f"its {name} is {config[name]!r}, not {value}")
