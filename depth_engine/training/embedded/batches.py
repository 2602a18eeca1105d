# SPDX-License-Identifier: Apache-2.0
"""Batches of a stage, each drawn from its step's number alone, so that a training can go on as if never stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from depth_engine.training.embedded.recipe import Stage
from depth_engine.training.embedded.samples import Sample, Samples

NOTHING = torch.empty(0)

AHEAD = 4
"""Batches that are read while the network is at work."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Of samples of one size. disparity: float32 [B,T,h,w], of any scale. pictures: uint8 [B*T,h,w,3]; kept: what
    `learner.front` makes of them, where that was kept instead.
    """

    disparity: Tensor
    pictures: Tensor = NOTHING
    kept: Tensor | None = None


class Source(Protocol):
    """Where batches come from."""

    def batch(self, step: int) -> Batch: ...


class Fresh:
    """Samples augmented anew for every step, on threads: decoding and resizing leave Python to itself."""

    def __init__(self, samples: Samples, stage: Stage, seed: int, pool: ThreadPoolExecutor) -> None:
        self._samples, self._stage, self._seed, self._pool = samples, stage, seed, pool

    def batch(self, step: int) -> Batch:
        """Samples of the size that the step's first one has."""
        random = np.random.default_rng([self._seed, step])
        size = self._stage.sizes[int(random.integers(len(self._stage.sizes)))]
        places = [
            (int(random.integers(len(self._samples))), int(random.integers(2**31))) for _ in range(self._stage.batch)
        ]

        def draw(place: tuple[int, int]) -> Sample:
            return self._samples.drawn(*place, size)

        drawn = list(self._pool.map(draw, places))
        pictures = torch.as_tensor(np.concatenate([sample.pictures for sample in drawn]))
        disparity = np.stack([sample.disparity for sample in drawn])
        return Batch(torch.as_tensor(disparity), pictures)


def ahead(source: Source, first: int, last: int) -> Iterator[Batch]:
    """The batches of the steps from first to last, both included, read before they are asked for."""
    with ThreadPoolExecutor(1) as reader:
        waiting: deque[Future[Batch]] = deque()
        for step in range(first, last + 1):
            waiting.append(reader.submit(source.batch, step))
            if len(waiting) == AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
