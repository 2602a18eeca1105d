# SPDX-License-Identifier: Apache-2.0
"""One stage of a training: steps, saved states, and what is told of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from depth_engine.contract import DepthError, ExitCode
from depth_engine.inference.device import choose_precision
from depth_engine.outputs.files import whole_file
from depth_engine.training.embedded.batches import Batch, Source, ahead
from depth_engine.training.embedded.journal import Journal
from depth_engine.training.embedded.learner import Average, Learner, trained_parameters
from depth_engine.training.embedded.losses import total_loss
from depth_engine.training.embedded.recipe import Recipe, Stage
from depth_engine.training.embedded.targets import prepared

LEAST_RATE = 0.02
"""Of a learning rate's highest value, at a stage's end."""

EVERY = 20
"""Steps between two lines of the journal."""

Check = Callable[[int], None]


@dataclass(slots=True)
class Trainer:
    """The moving parts of a stage. state_file: where it can be taken up again."""

    recipe: Recipe
    stage: Stage
    learner: Learner
    device: str
    state_file: Path
    parameters: dict[str, tuple[float, nn.Parameter]] = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    average: Average = field(init=False)
    step: int = field(init=False, default=0)
    half: bool = field(init=False)

    def __post_init__(self) -> None:
        network = self.learner.network.to(self.device).train()
        cast(Any, network.head).to(memory_format=torch.channels_last)  # quicker convolutions
        self.parameters = trained_parameters(network, self.stage.rates, self.stage.blocks)
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name in self.parameters)
        together: dict[float, list[nn.Parameter]] = {}
        for rate, parameter in self.parameters.values():
            together.setdefault(rate, []).append(parameter)
        groups = [{"params": parameters, "lr": rate, "full": rate} for rate, parameters in together.items()]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=self.stage.weight_decay)
        self.average = Average({name: each for name, (_, each) in self.parameters.items()}, self.stage.average)
        self.half = choose_precision("auto", self.device) == "bf16"

    def run(self, source: Source, journal: Journal, check: Check) -> None:
        """All steps that are left. check: called now and then and at the end, with averaged parameters in place."""
        begun, first = time.monotonic(), self.step
        for batch in ahead(source, self.step + 1, self.stage.steps):
            self.step += 1
            terms = self.learn(batch)
            self.average.update(self.step)
            last = self.step == self.stage.steps
            if self.step % EVERY == 0 or last:
                self._tell(terms, journal, (time.monotonic() - begun) / (self.step - first))
            if self.step % self.recipe.check_every == 0 or last:
                with self.average.in_place():
                    check(self.step)
                self.learner.network.train()
            if self.step % self.recipe.save_every == 0 or last:
                self.save()

    def learn(self, batch: Batch) -> dict[str, Tensor]:
        """One step; returns the loss, its terms, and the gradient's norm before it was cut."""
        rate = self._rate()
        for group in self.optimizer.param_groups:
            group["lr"] = group["full"] * rate
        target = prepared(batch.disparity.to(self.device, non_blocking=True), self.stage.loss.near)
        with torch.autocast(self.device.partition(":")[0], torch.bfloat16, enabled=self.half):
            predicted = self.learner.back(self._kept(batch), self._size(batch), self.stage.frames)
        loss, terms = total_loss(predicted.float().view_as(target.disparity), target, self.stage.loss)
        if not torch.isfinite(loss):
            raise DepthError(
                ExitCode.INTERNAL,
                f"The loss of step {self.step} of the stage {self.stage.name!r} is not a finite number.",
                "Lower the learning rates; --resume goes on from the last saved state.",
            )
        self.optimizer.zero_grad(set_to_none=True)
        cast(Any, loss).backward()
        norm = nn.utils.clip_grad_norm_([each for _, each in self.parameters.values()], self.stage.clip)
        self.optimizer.step()
        return {"loss": loss.detach(), **terms, "gradient": norm}

    def _kept(self, batch: Batch) -> Tensor:
        if batch.kept is not None:
            return batch.kept.to(self.device, non_blocking=True).float()
        with torch.set_grad_enabled(self.learner.cut == 0):
            return self.learner.front(batch.pictures).float()

    @staticmethod
    def _size(batch: Batch) -> tuple[int, int]:
        return batch.disparity.shape[-2], batch.disparity.shape[-1]

    def _rate(self) -> float:
        """Share of the highest learning rate: a linear warm-up, then half a cosine down to LEAST_RATE."""
        done = (self.step - 1) / max(1, self.stage.steps)
        cosine = LEAST_RATE + (1 - LEAST_RATE) * (1 + math.cos(math.pi * done)) / 2
        return min(1.0, self.step / max(1, self.stage.warm_up)) * cosine

    def _tell(self, terms: dict[str, Tensor], journal: Journal, seconds: float) -> None:
        values = {name: round(float(value), 6) for name, value in terms.items()}
        journal.steps(self.stage.name, self.step, values | {"rate": self._rate()}, seconds, self.stage.steps)

    def save(self) -> None:
        """All that the stage needs to go on, bit for bit on a CPU; whole or not at all."""
        state = {
            "step": self.step,
            "network": self.learner.network.state_dict(),
            "average": self.average.values,
            "optimizer": self.optimizer.state_dict(),
        }
        with whole_file(self.state_file) as part:
            torch.save(state, part)

    def restore(self) -> None:
        """Take up the saved state. Raises DepthError CANNOT_RESUME where it does not fit."""
        try:
            state = torch.load(self.state_file, map_location=self.device, weights_only=True)
            self.learner.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            for name, value in state["average"].items():
                self.average.values[name].copy_(value)
            self.step = int(state["step"])
        except Exception as error:  # noqa: BLE001  as of any file of chance bytes
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise DepthError(
                ExitCode.CANNOT_RESUME,
                f"{self.state_file} is not the state of this stage ({reason}).",
                "Delete it to begin the stage anew.",
            ) from None
