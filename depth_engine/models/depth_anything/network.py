# SPDX-License-Identifier: Apache-2.0
"""The network, transformers' own, and its parameters from the published layout.

Of a config.json only the entries below are read: others could make transformers load what is in no folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from depth_engine.models.base import Kind
from depth_engine.models.files import Refusal, read_json
from depth_engine.models.parameters import load_parameters
from depth_engine.models.patches import PATCH

PUBLISHED_NAMES = {
    ".attention.q_proj.": ".attention.attention.query.",
    ".attention.k_proj.": ".attention.attention.key.",
    ".attention.v_proj.": ".attention.attention.value.",
    ".attention.o_proj.": ".attention.output.dense.",
}
"""What transformers calls them now, and what it called them when the files were made."""

LARGEST = 16_384
"""Of any count or width in a config: more is no network that somebody trained."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a config.json says. grid: patches along each side of the pictures that it was trained on. taps: hidden
    states that the neck sees, 0 being the embeddings. max_depth: metres that the largest value stands for, of a metric
    one; 1 of a relative one.
    """

    width: int
    depth: int
    heads: int
    grid: int
    taps: tuple[int, int, int, int]
    neck: tuple[int, int, int, int]
    fusion: int
    head: int
    kind: Kind
    max_depth: int

    @staticmethod
    def of(config: Mapping[str, Any]) -> Architecture:
        """Raises ValueError with the reason where the config is of another network, KeyError where an entry is missing.

        The published files leave out what was transformers' default when they were made.
        """
        backbone: Mapping[str, Any] = config["backbone_config"]
        for entries, name, value in (
            (config, "model_type", "depth_anything"),
            (backbone, "model_type", "dinov2"),
            (config, "reassemble_factors", [4, 2, 1, 0.5]),
            (config, "patch_size", PATCH),
            (backbone, "patch_size", PATCH),
            (backbone, "mlp_ratio", 4),
            (backbone, "use_swiglu_ffn", False),
            (backbone, "apply_layernorm", True),
        ):
            if entries.get(name, value) != value:
                raise ValueError(f"its {name} is {entries[name]!r}, not {value!r}")
        metric = config.get("depth_estimation_type", "relative") == "metric"
        width, depth = _count(backbone, "hidden_size", 768), _count(backbone, "num_hidden_layers", 12)
        made = Architecture(
            width=width,
            depth=depth,
            heads=_count(backbone, "num_attention_heads", 12),
            grid=_count(backbone, "image_size", 224) // PATCH,
            taps=_four(backbone["out_indices"], "out_indices"),
            neck=_four(config.get("neck_hidden_sizes", [48, 96, 192, 384]), "neck_hidden_sizes"),
            fusion=_count(config, "fusion_hidden_size", 64),
            head=_count(config, "head_hidden_size", 32),
            kind="metric" if metric else "disparity",
            max_depth=_count(config, "max_depth") if metric else 1,
        )
        if width % made.heads or made.taps[3] > depth or sorted(made.taps) != [*made.taps] or made.fusion % 2:
            raise ValueError("its sizes do not fit each other")
        return made


def build(made: Architecture) -> DepthAnythingForDepthEstimation:
    """The network without its weights, on the meta device."""
    backbone = cast(Any, Dinov2Config)(
        hidden_size=made.width,
        num_hidden_layers=made.depth,
        num_attention_heads=made.heads,
        image_size=made.grid * PATCH,
        patch_size=PATCH,
        out_indices=[*made.taps],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=made.width,
        neck_hidden_sizes=[*made.neck],
        fusion_hidden_size=made.fusion,
        head_hidden_size=made.head,
        depth_estimation_type="metric" if made.kind == "metric" else "relative",
        max_depth=made.max_depth,
    )
    with torch.device("meta"):
        return DepthAnythingForDepthEstimation(config)


def load_network(config: Path, weights: Path, kind: Kind, dtype: torch.dtype, refusal: Refusal) -> Any:
    """The network on the CPU. Raises the refusal where a file is not what it should be."""
    entries = read_json(config, refusal)
    try:
        made = Architecture.of(entries)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"it has no {error.args[0]}" if isinstance(error, KeyError) else str(error)
        raise refusal(config, reason) from None
    if made.kind != kind:
        names = {"metric": "metres", "disparity": "relative depth"}
        raise refusal(config, f"its network gives {names[made.kind]}, not {names[kind]}")
    network = build(made)
    load_parameters(network, weights, dtype, refusal, published_name)
    last = network.head.conv3.float()  # half precision has too few steps for depth
    last.register_forward_pre_hook(_in_float32)
    return cast(Any, network.eval().requires_grad_(False))


def published_name(name: str) -> str:
    """What the published files call a parameter of transformers' network."""
    for now, then in PUBLISHED_NAMES.items():
        name = name.replace(now, then)
    return name


def _count(entries: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = entries.get(name, default)
    if value is None:
        raise KeyError(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"its {name} is not a number")
    if not 1 <= value <= LARGEST or value % 1:
        raise ValueError(f"its {name} is {value}")
    return int(value)


def _four(values: Any, name: str) -> tuple[int, int, int, int]:
    if not isinstance(values, list) or len(cast("list[Any]", values)) != 4:
        raise ValueError(f"its {name} are not four")
    first, second, third, fourth = (_count({name: value}, name) for value in cast("list[Any]", values))
    return first, second, third, fourth


def _in_float32(_module: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(each.float() for each in inputs)
