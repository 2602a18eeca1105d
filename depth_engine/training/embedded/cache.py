# SPDX-License-Identifier: Apache-2.0
"""What frozen blocks make of augmented samples, kept on disk: they are computed once instead of in every step.

One file of tokens and one of disparity, float16, for each size, written from front to back and read through the
operating system's page cache, so memory does not grow with the data.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode, write_text
from depth_engine.models.patches import PATCH
from depth_engine.training.embedded.batches import Batch
from depth_engine.training.embedded.learner import Learner
from depth_engine.training.embedded.recipe import Stage
from depth_engine.training.embedded.samples import Samples, Size
from depth_engine.training.synthetic.clips import Clip

EVERY = 50
"""Samples between two notes of how far the cache is."""

Tell = Callable[[str], None]
Shape = tuple[int, ...]


class Cache:
    """The kept features of a stage (a `batches.Source`); `fill` computes those that are not there yet."""

    def __init__(self, folder: Path, samples: Samples, stage: Stage, learner: Learner, seed: int) -> None:
        self._folder, self._samples, self._stage, self._learner, self._seed = folder, samples, stage, learner, seed
        self._order = [(number, variant) for variant in range(stage.variants) for number in range(len(samples))]
        self._sizes = [samples.size(*place) for place in self._order]
        self._counts = {size: self._sizes.count(size) for size in stage.sizes if size in self._sizes}
        folder.mkdir(parents=True, exist_ok=True)
        self._check_space()
        self._files = {size: self._open(size) for size in self._counts}

    def fill(self, tell: Tell) -> None:
        """Compute what is missing; an interrupted one goes on where it was."""
        done = self._done()
        if done < len(self._order):
            tell(f"features of {len(self._order) - done} samples")
        taken = {size: self._sizes[:done].count(size) for size in self._counts}
        for index in range(done, len(self._order)):
            size = self._sizes[index]
            self._compute(self._order[index], size, taken[size])
            taken[size] += 1
            if (index + 1) % EVERY == 0 or index + 1 == len(self._order):
                self._note(index + 1)
                tell(f"features: {index + 1} of {len(self._order)}")

    def batch(self, step: int) -> Batch:
        """Different samples of one size, drawn by the step's number."""
        random = np.random.default_rng([self._seed, step])
        sizes = list(self._counts)
        shares = np.array([self._counts[size] for size in sizes], np.float64)
        size = sizes[int(random.choice(len(sizes), p=shares / shares.sum()))]
        count = min(self._stage.batch, self._counts[size])
        places = np.sort(random.choice(self._counts[size], count, replace=False))
        tokens, disparity = self._files[size]
        kept = torch.as_tensor(np.array(tokens[places])).flatten(0, 1)
        return Batch(torch.as_tensor(np.array(disparity[places]).astype(np.float32)), kept=kept)

    @torch.no_grad()
    def _compute(self, place: tuple[int, int], size: Size, row: int) -> None:
        sample = self._samples.drawn(*place, size)
        tokens, disparity = self._files[size]
        tokens[row] = self._learner.front(torch.as_tensor(sample.pictures)).cpu().numpy().astype(np.float16)
        disparity[row] = sample.disparity

    def _open(self, size: Size) -> tuple[NDArray[Any], NDArray[Any]]:
        name = f"{size[0]}x{size[1]}"
        tokens, disparity = self._shapes(size)
        return self._array(f"{name}.tokens.npy", tokens), self._array(f"{name}.disparity.npy", disparity)

    def _shapes(self, size: Size) -> tuple[Shape, Shape]:
        count, frames = self._counts[size], self._stage.frames
        places = 1 + size[0] * size[1] // PATCH**2
        levels, width = len(self._learner.kept_states), self._learner.architecture.width
        return (count, frames, levels, places, width), (count, frames, size[1], size[0])

    def _array(self, name: str, shape: Shape) -> NDArray[Any]:
        path = self._folder / name
        mode = "r+" if path.is_file() and self._done() else "w+"
        return cast(Any, np.lib.format).open_memmap(path, mode=mode, dtype=np.float16, shape=shape)

    def _done(self) -> int:
        path = self._folder / "done.json"
        return int(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else 0

    def _note(self, done: int) -> None:
        for arrays in self._files.values():
            for array in arrays:
                cast(Any, array).flush()
        write_text(self._folder / "done.json", json.dumps(done))

    def _check_space(self) -> None:
        if self._done():
            return
        shapes = [self._shapes(size) for size in self._counts]
        needed = sum(2 * int(np.prod(shape)) for pair in shapes for shape in pair)
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise DepthError(
                ExitCode.DISK_FULL,
                f"The stage {self._stage.name!r} keeps {needed / 1e9:.1f} GB of features, but {free / 1e9:.1f} GB are "
                f"free at {self._folder}.",
                "Lower variants, set them to 0 to keep nothing, or give another folder.",
            )


def cache_name(stage: Stage, clips: Sequence[Clip], learner: Learner, seed: int) -> str:
    """Names all that kept features depend on, so that two stages that need the same ones share them."""
    digest = hashlib.sha256()
    chosen = [stage.sizes, stage.frames, stage.every, stage.variants, learner.cut, asdict(learner.architecture), seed]
    told = [*chosen, [asdict(clip.info) for clip in clips]]
    digest.update(json.dumps(told).encode())
    frozen = tuple(f"pretrained.blocks.{index}." for index in range(learner.cut))
    for name, tensor in learner.network.state_dict().items():
        if name.startswith((*frozen, "pretrained.patch_embed", "pretrained.pos_embed", "pretrained.cls_token")):
            digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
