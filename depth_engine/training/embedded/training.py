# SPDX-License-Identifier: Apache-2.0
"""A whole training: a recipe's stages one after the other, in a folder that it can be taken up again in.

OUT/recipe.toml, start.sha256, log.jsonl, curves.png, pictures/, cache/ (may be deleted at any time), STAGE.state.pt
while a stage is not finished, STAGE.safetensors after each, in the names of the published file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch

from depth_engine.contract import DepthError, ExitCode, write_text
from depth_engine.models.store import sha256
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from depth_engine.models.video_depth_anything.published import SMALL, Architecture
from depth_engine.training.embedded.batches import Fresh
from depth_engine.training.embedded.cache import Cache, cache_name
from depth_engine.training.embedded.dinov2 import encoder_parameters
from depth_engine.training.embedded.journal import Journal, Tell
from depth_engine.training.embedded.learner import (
    Learner,
    known_network,
    new_network,
    read_table,
    write_table,
)
from depth_engine.training.embedded.recipe import Recipe, Stage, read_recipe
from depth_engine.training.embedded.samples import Samples
from depth_engine.training.embedded.stage import Trainer
from depth_engine.training.embedded.validation import Validation
from depth_engine.training.synthetic.clips import Clip, read_split

START = "start.sha256"
"""The SHA-256 and name of the weights that a training began with."""


@dataclass(frozen=True, slots=True)
class Training:
    """What a training needs. start: where it begins, either the weights of this network, or as an ONNX file those of
    DINOv2, to which a head is made. architecture: another one than the shipped is for tests.
    """

    recipe: Path
    data: Path
    out: Path
    start: Path
    device: str
    architecture: Architecture = SMALL

    def run(self, tell: Tell, *, resume: bool = False) -> Path:
        """Train all stages; returns the last one's weights.

        resume: go on where the folder's training stopped. Raises DepthError BAD_JOB, BAD_INPUT, BAD_WEIGHTS,
        JOB_UNFINISHED where the folder has a training already, CANNOT_RESUME where it is another one.
        """
        recipe = read_recipe(self.recipe)
        clips, held_out = read_split(self.data, "train"), read_split(self.data, "held_out")
        cast(Any, torch).manual_seed(recipe.seed)
        network = self._network()
        self._take_folder(resume)
        journal = Journal(self.out, tell)
        for stage in recipe.stages:
            if not self._weights(stage).is_file():
                blocks = min(stage.blocks, self.architecture.depth)
                learner = Learner(network, self.architecture, blocks, alone=stage.frames == 1)
                self._stage(recipe, stage, learner, (clips, held_out), journal)
            network.load_state_dict(read_table(self._weights(stage)))
            self._state(stage).unlink(missing_ok=True)
        return self._weights(recipe.stages[-1])

    def _network(self) -> VideoDepthNetwork:
        if self.start.suffix == ".onnx":
            return new_network(self.architecture, encoder_parameters(self.start))
        return known_network(self.architecture, self.start)

    def _weights(self, stage: Stage) -> Path:
        return self.out / f"{stage.name}.safetensors"

    def _state(self, stage: Stage) -> Path:
        return self.out / f"{stage.name}.state.pt"

    def _take_folder(self, resume: bool) -> None:
        mine, begun = self.out / "recipe.toml", f"{sha256(self.start)}  {self.start.name}\n"
        if mine.is_file():
            if not resume:
                raise DepthError(
                    ExitCode.JOB_UNFINISHED,
                    f"{self.out} has a training already.",
                    "Go on with --resume, or name another.",
                )
            if mine.read_bytes() != self.recipe.read_bytes():
                raise DepthError(
                    ExitCode.CANNOT_RESUME,
                    f"{self.out} was begun with another recipe than {self.recipe}.",
                    f"Go on with its own: {mine}.",
                )
            if (self.out / START).read_text(encoding="utf-8") != begun:
                raise DepthError(
                    ExitCode.CANNOT_RESUME,
                    f"{self.out} was begun with other weights than {self.start}.",
                    f"{self.out / START} has their SHA-256.",
                )
            return
        (self.out / "pictures").mkdir(parents=True, exist_ok=True)
        write_text(self.out / START, begun)
        shutil.copyfile(self.recipe, mine)

    def _stage(
        self,
        recipe: Recipe,
        stage: Stage,
        learner: Learner,
        data: tuple[Sequence[Clip], Sequence[Clip]],
        journal: Journal,
    ) -> None:
        clips, held_out = data
        seed = recipe.seed * 1000 + recipe.stages.index(stage)
        trainer = Trainer(recipe, stage, learner, self.device, self._state(stage))
        samples = Samples(clips, stage, recipe.seed)
        validation = Validation(held_out, recipe.check_clips, stage, learner)

        def check(step: int) -> None:
            journal.check(stage.name, step, validation.scores(self.out / "pictures" / f"{stage.name}-{step:06d}.png"))
            journal.draw()

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            if stage.variants:
                folder = self.out / "cache" / cache_name(stage, clips, learner, recipe.seed)
                source = Cache(folder, samples, stage, learner, seed)
                source.fill(journal.tell)
            else:
                source = Fresh(samples, stage, seed, pool)
            if trainer.state_file.is_file():
                trainer.restore()
                journal.rewind(stage.name, trainer.step)
            trainer.run(source, journal, check)
        with trainer.average.in_place():
            write_table(learner.network.state_dict(), self._weights(stage))
