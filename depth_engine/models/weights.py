# SPDX-License-Identifier: Apache-2.0
"""Where a model's weights lie, and whether they are what was published. Nothing in them is ever run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import ModelInfo
from depth_engine.models.store import StoredModel, sha256

MODELS_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """The model's folder, the files of `ModelInfo.files`, in that order, and `identity`, which the manifest notes: the
    SHA-256 of each, after "supplied by the user" where they are not the published ones.
    """

    root: Path
    files: tuple[Path, ...]
    identity: str


def locate_weights(info: ModelInfo, folder: Path | None) -> tuple[Path, tuple[Path, ...]]:
    """The model's folder and its files, as `find_weights` takes them; that they are there is all that is looked at.

    Raises DepthError MISSING_WEIGHTS.
    """
    if folder is None:
        root = MODELS_FOLDER / info.name if info.included else StoredModel(info).folder
        files = tuple(root / file.path for file in info.files)
    elif not folder.is_dir():
        raise DepthError(ExitCode.MISSING_WEIGHTS, f"There is no folder {folder}.", "Give the folder of the weights.")
    else:
        root, files = folder, tuple(_lying_in(folder, file.path) for file in info.files)
    for path, file in zip(files, info.files):
        if path.is_file():
            continue
        if folder is None:
            message = f"The weights of {info.name} are not installed: {path} is missing."
            raise DepthError(ExitCode.MISSING_WEIGHTS, message, _cure(info))
        names = ", ".join(file.path for file in info.files)
        raise DepthError(ExitCode.MISSING_WEIGHTS, f"{folder} has no {file.path}.", f"{info.name} is made of: {names}.")
    return root, files


def find_weights(info: ModelInfo, folder: Path | None) -> FoundWeights:
    """The weights in the given folder (in the published layout, but any values); without one, those that come with the
    engine or were fetched.

    Raises DepthError MISSING_WEIGHTS where a file is not there, BAD_WEIGHTS where one that came with the engine or was
    fetched is not as published.
    """
    root, files = locate_weights(info, folder)
    if folder is None and not info.included:
        stored = StoredModel(info)
        hashes = [stored.check(file) for file in info.files]
    else:
        hashes = [sha256(path) for path in files]
    published = [found == file.sha256 for found, file in zip(hashes, info.files)]
    if folder is not None:
        given = "" if all(published) else "supplied by the user, SHA-256 "
        return FoundWeights(root, files, given + ", ".join(map(str, hashes)))
    for path, found, same in zip(files, hashes, published):
        if found is None or (info.included and not same):
            message = f"The weights of {info.name} are damaged: {path} is not the published file."
            raise DepthError(ExitCode.BAD_WEIGHTS, message, _cure(info))
    return FoundWeights(root, files, ", ".join(map(str, hashes)))


def _lying_in(folder: Path, path: str) -> Path:
    """The file; where it is not there, the same network in full precision, or as safetensors instead of a pickle."""
    names = (path, path.replace(".fp16.", "."), re.sub(r"\.pth$", ".safetensors", path))
    return next((folder / name for name in names if (folder / name).is_file()), folder / path)


def _cure(info: ModelInfo) -> str:
    if info.included:
        return "Set the engine up again: python3 install.py engine"
    return f"Download them: depth-engine models fetch {info.name}; or give their folder with --weights DIR."
