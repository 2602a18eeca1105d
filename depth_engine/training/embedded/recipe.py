# SPDX-License-Identifier: Apache-2.0
"""What a training is: one TOML file. Imports nothing heavy."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from depth_engine.contract import DepthError, ExitCode, from_json
from depth_engine.models.patches import PATCH
from depth_engine.models.video_depth_anything.published import SMALL
from depth_engine.models.video_depth_anything.windows import WINDOW

RECIPES = Path(__file__).parent / "recipes"
"""Those that come with the engine, by name."""

Near = Literal["plain", "capped", "weighted"]


@dataclass(frozen=True, slots=True)
class Rates:
    """Learning rates at their highest; a part with rate 0 stays as it is."""

    head: float = 0.0
    encoder: float = 0.0
    temporal: float = 0.0


@dataclass(frozen=True, slots=True)
class LossSettings:
    """Shares of the terms of `losses.total_loss`.

    trim: the part of the pixels, those with the largest errors, that the main term leaves out. gradient, temporal,
    anchor, ratio: weights of their terms, the main one's being 1. near: what keeps the near ground from taking the
    whole range, see `targets.prepared`.
    """

    trim: float = 0.1
    gradient: float = 1.0
    temporal: float = 0.0
    anchor: float = 0.1
    ratio: float = 0.0
    near: Near = "weighted"


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training with its own data, trained parameters and schedule.

    sizes: width and height of what the network sees, multiples of 14; each sample is cropped to one of them.
    frames: of a sample; 1 trains on single pictures, without the temporal modules. every: of a clip's frames, each
    n-th begins a sample. blocks: the encoder's last so many are computed in every step, and trained at
    `rates.encoder`; the others are frozen. variants: how often each sample is augmented and its features are kept on
    disk; 0: augmented anew each time, nothing kept. warm_up: steps. average: of the moving average of the parameters,
    which is what a stage hands on. clip: the gradient's largest norm.
    """

    name: str
    steps: int
    batch: int
    sizes: tuple[tuple[int, int], ...]
    rates: Rates
    loss: LossSettings = LossSettings()
    frames: int = 1
    every: int = 1
    blocks: int = 0
    variants: int = 2
    warm_up: int = 60
    average: float = 0.995
    weight_decay: float = 0.01
    clip: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """seed: of everything random. save_every, check_every: steps between saved states and between validations.
    check_clips: held-out clips that a validation looks at.
    """

    stages: tuple[Stage, ...]
    seed: int = 0
    save_every: int = 100
    check_every: int = 500
    check_clips: int = 24


def find_recipe(name: str) -> Path:
    """The recipe of that name that comes with the engine, else the file of that name."""
    own = RECIPES / f"{name}.toml"
    return own if re.fullmatch(r"[a-z]+", name) and own.is_file() else Path(name)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file. Raises DepthError BAD_JOB that names what is wrong in one sentence."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(sorted(each.stem for each in RECIPES.glob("*.toml")))
        hint = f"Recipes that come with the engine lie in {RECIPES}: {known}."
        raise DepthError(ExitCode.BAD_JOB, f"Cannot read {path}: {error.strerror}.", hint) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(f"{path.name} is not valid TOML ({error})") from None
    recipe = from_json(Recipe, data, path.name)
    _check(recipe, path.name)
    return recipe


def _check(recipe: Recipe, where: str) -> None:
    names = [stage.name for stage in recipe.stages]
    if not names:
        raise _wrong(f"{where} has no stage")
    if len(set(names)) < len(names):
        raise _wrong(f"two stages of {where} have the same name")
    if min(recipe.save_every, recipe.check_every, recipe.check_clips) < 1:
        raise _wrong(f"save_every, check_every and check_clips of {where} must be at least 1")
    for stage in recipe.stages:
        if problem := _problem(stage):
            raise _wrong(f"Stage {stage.name!r} of {where}: {problem}")


def _problem(stage: Stage) -> str:
    rates = stage.rates
    fractions = (stage.loss.trim, stage.average)
    checks = {
        "its name may only have small letters, digits, - and _": re.fullmatch(r"[a-z0-9_-]+", stage.name),
        "sizes must have at least one width and height": stage.sizes,
        f"every width and height must be a multiple of {PATCH}, at least {2 * PATCH}": all(
            side % PATCH == 0 and side >= 2 * PATCH for size in stage.sizes for side in size
        ),
        "steps, batch and every must be at least 1": min(stage.steps, stage.batch, stage.every) >= 1,
        f"frames must be 1 to {WINDOW}": 1 <= stage.frames <= WINDOW,
        f"blocks must be 0 to {SMALL.depth}": 0 <= stage.blocks <= SMALL.depth,
        "variants and warm_up must not be negative": min(stage.variants, stage.warm_up) >= 0,
        "trim and average must be at least 0 and less than 1": all(0 <= value < 1 for value in fractions),
        "rates must not be negative": min(rates.head, rates.encoder, rates.temporal) >= 0,
        "all rates are 0, so nothing would be trained": max(rates.head, rates.encoder, rates.temporal) > 0,
        "rates.encoder needs blocks to train": rates.encoder == 0 or stage.blocks > 0,
        "the temporal modules can only be trained on more than one frame": rates.temporal == 0 or stage.frames > 1,
        "features cannot be kept where every block is trained: set variants to 0": not (
            stage.variants and stage.blocks == SMALL.depth
        ),
    }
    return next((sentence for sentence, fine in checks.items() if not fine), "")


def _wrong(message: str) -> DepthError:
    return DepthError(
        ExitCode.BAD_JOB, f"{message}.", "Correct it and start again; docs/training-embedded.md explains."
    )
