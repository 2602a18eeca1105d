# SPDX-License-Identifier: Apache-2.0
"""A trained network as it is given away: int8 weights under 30 MB, and a card that says what they are."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import torch

from depth_engine.contract import DepthError, ExitCode, write_text
from depth_engine.models import embedded
from depth_engine.models.int8 import packed, unpacked
from depth_engine.models.store import sha256
from depth_engine.models.video_depth_anything.checkpoint import load_network
from depth_engine.models.video_depth_anything.published import SMALL
from depth_engine.training.embedded.journal import Journal
from depth_engine.training.embedded.learner import read_table, write_table
from depth_engine.training.embedded.recipe import read_recipe
from depth_engine.training.embedded.rounding import refined
from depth_engine.training.embedded.training import START
from depth_engine.training.synthetic.clips import read_split

FILE = embedded.INFO.files[0].path
"""As the engine's own file is called: `--weights` takes the folder."""

MOST_BYTES = 30_000_000
HEADER_BYTES = 150
"""That the file spends on each tensor's name, shape and place, at most."""

CARD = """# Model card

`{file}`, {megabytes:.1f} MB, SHA-256 `{sha256}`.

**What it is.** Video Depth Anything's small network (a DINOv2 ViT-S/14 encoder, a DPT head, attention over time), with
weights of our own: relative disparity, near = large, of pictures and clips. Stored as 8-bit integers with one scale for
each output channel; computed in floating point.

**Encoder.** Begun as DINOv2 ViT-S/14, Copyright (c) Meta Platforms, Inc. and affiliates, Apache License 2.0. This
training began with the file `{start}` (SHA-256 `{start_sha256}`).

**Data.** Rendered by the project itself with Blender, under painted skies or photographed ones in the public domain
(CC0); see docs/training-data.md. No other data sets.

**Recipe.** `recipe.toml` beside this file. Trained steps: {steps}. Of what the temporal
modules add, {temporal:g} is kept.

**Held-out scenes** (other seeds than the training's; scale and shift fitted in disparity):

| {heads} |
|{rule}
| {values} |

**Storage.** The largest deviation of a parameter from the trained one is {deviation:.2e} of its tensor's largest value.

**Limits.** Scale and shift are unknown. Trained on rendered scenes only: expect errors on mirrors, glass, screens,
water and faces close to the lens. Not for measuring, and not where a wrong distance does harm.

**Licence.** Apache License 2.0, for the weights as for the code.
"""


def export(training: Path, out: Path, temporal: float = 1.0, data: Path | None = None) -> Path:
    """Write the last finished stage of a training's folder to the new folder `out`; returns the weight file.

    temporal: share of what the temporal modules add; less gives more detail and more flicker. data: scenes by whose
    training pictures the encoder is rounded (`rounding`); None: to the nearest steps.
    Raises DepthError MISSING_WEIGHTS where no stage is finished, NOT_WRITABLE where `out` has files, BAD_JOB.
    """
    recipe = read_recipe(training / "recipe.toml")
    finished = [stage.name for stage in recipe.stages if (training / f"{stage.name}.safetensors").is_file()]
    if not finished:
        message = f"No stage of {training} is finished."
        raise DepthError(ExitCode.MISSING_WEIGHTS, message, "Go on with: depth-engine train embedded --resume")
    if out.exists() and any(out.iterdir()):
        raise DepthError(ExitCode.NOT_WRITABLE, f"{out} has files already.", "Name a new folder.")
    trained = training / f"{finished[-1]}.safetensors"
    parameters = _weakened(read_table(trained), temporal)
    table = packed(parameters)
    if data is not None:
        table = refined(table, load_network(SMALL, trained), read_split(data, "train"))
    out.mkdir(parents=True, exist_ok=True)
    size = sum(tensor.nbytes + HEADER_BYTES for tensor in table.values())
    if size > MOST_BYTES:
        raise DepthError(ExitCode.INTERNAL, f"The weights take {size} bytes, more than {MOST_BYTES}.")
    write_table(table, out / FILE)
    shutil.copyfile(training / "recipe.toml", out / "recipe.toml")
    lines = Journal(training, print).lines()
    write_text(
        out / "MODEL_CARD.md",
        _card(training, out / FILE, lines, finished, temporal, _deviation(parameters, unpacked(table))),
    )
    return out / FILE


def _weakened(parameters: dict[str, torch.Tensor], temporal: float) -> dict[str, torch.Tensor]:
    """With that share of what each temporal module adds to its features: their last layers are multiplied."""
    last = re.compile(r"head\.motion_modules\.\d\.temporal_transformer\.proj_out\.")
    return {name: value * temporal if last.match(name) else value for name, value in parameters.items()}


def _deviation(trained: dict[str, torch.Tensor], stored: dict[str, torch.Tensor]) -> float:
    return max(
        float((stored[name].float() - value).abs().max() / value.abs().max().clamp(min=1e-12))
        for name, value in trained.items()
    )


def _card(
    training: Path, path: Path, lines: list[dict[str, Any]], finished: list[str], temporal: float, deviation: float
) -> str:
    own = [line for line in lines if line["stage"] in finished]
    steps = {line["stage"]: line["step"] for line in own}
    checks: list[dict[str, float]] = [line["check"] for line in own if "check" in line]
    scores = checks[-1] if checks else {}
    begun, start = (training / START).read_text(encoding="utf-8").strip().split("  ", 1)
    return CARD.format(
        file=path.name,
        megabytes=path.stat().st_size / 1e6,
        sha256=sha256(path),
        start=start,
        start_sha256=begun,
        temporal=temporal,
        steps=json.dumps(steps).strip("{}").replace('"', ""),
        heads=" | ".join(scores),
        rule="---|" * len(scores),
        values=" | ".join(f"{value:.3f}" for value in scores.values()),
        deviation=deviation,
    )
