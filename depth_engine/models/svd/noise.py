# SPDX-License-Identifier: Apache-2.0
"""Random numbers, from a seed or a file. Each frame has its own, whatever the device or the clip's length."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode

INITIAL, AUGMENTATION = 0, 1
STREAMS = 2


class NoiseSource(Protocol):
    """Unit-normal noise on the CPU, float32."""

    def initial(self, index: int, shape: tuple[int, int, int]) -> Tensor:
        """What frame `index` starts denoising from, [4,h,w]; counted in the model's own way."""
        ...

    def augmentation(self, index: int, shape: tuple[int, int, int]) -> Tensor:
        """What the job's frame `index` is encoded with: a model adds it, weakly, to the picture or the latents."""
        ...


class SeededNoise:
    """Each frame draws from a generator of its own, so no frame's noise depends on how many there are."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def initial(self, index: int, shape: tuple[int, int, int]) -> Tensor:
        return self._draw(INITIAL, index, shape)

    def augmentation(self, index: int, shape: tuple[int, int, int]) -> Tensor:
        return self._draw(AUGMENTATION, index, shape)

    def _draw(self, stream: int, index: int, shape: tuple[int, int, int]) -> Tensor:
        generator = torch.Generator().manual_seed(_mixed(self._seed, index * STREAMS + stream))
        return torch.randn(shape, generator=generator)


class FileNoise:
    """Noise of a safetensors file: `initial` and `augmentation`, whose first axis is the index."""

    def __init__(self, path: Path) -> None:
        """Raises DepthError BAD_INPUT."""
        try:
            self._file: Any = cast(Any, safe_open(path, "pt")).__enter__()
            names = set(self._file.keys())
        except (SafetensorError, OSError) as error:
            raise _refusal(path, f"it cannot be read as safetensors ({error})") from None
        if missing := {"initial", "augmentation"} - names:
            raise _refusal(path, f"it has no {' and no '.join(sorted(missing))}")
        self._path = path

    def initial(self, index: int, shape: tuple[int, int, int]) -> Tensor:
        return self._read("initial", index, shape)

    def augmentation(self, index: int, shape: tuple[int, int, int]) -> Tensor:
        return self._read("augmentation", index, shape)

    def _read(self, name: str, index: int, shape: tuple[int, int, int]) -> Tensor:
        part = self._file.get_slice(name)
        count, *found = part.get_shape()
        if tuple(found) != shape:
            raise _refusal(self._path, f"{name} is noise for frames of {found}, but {list(shape)} is wanted")
        if index >= count:
            raise _refusal(self._path, f"{name} ends after {count} frames")
        return part[index : index + 1][0].float()


def make_noise(seed: int, path: Path | None) -> NoiseSource:
    """The file's noise where there is one, else the seed's. Raises DepthError BAD_INPUT."""
    return FileNoise(path) if path else SeededNoise(seed)


def _mixed(seed: int, index: int) -> int:
    """A seed for each pair (SplitMix64's finisher), so that neighbours have nothing in common."""
    mask = 2**64 - 1
    value = (seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03 + 0x9E3779B97F4A7C15) & mask
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return (value ^ (value >> 31)) & (2**63 - 1)


def _refusal(path: Path, reason: str) -> DepthError:
    return DepthError(
        ExitCode.BAD_INPUT,
        f"The noise file {path} cannot be used: {reason}.",
        "Write noise for the processed size and the window (`depth-engine plan` tells both), or leave --noise out.",
    )
