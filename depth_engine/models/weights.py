# SPDX-License-Identifier: Apache-2.0
"""Where a model's weights lie, and whether they are what was published. Files are safetensors, never pickles."""

from __future__ import annotations

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


def find_weights(info: ModelInfo, folder: Path | None) -> FoundWeights:
    """The weights in the given folder (in the published layout, but any values); without one, those that come with the
    engine or were fetched.

    Raises DepthError MISSING_WEIGHTS where a file is not there, BAD_WEIGHTS where one that came with the engine or was
    fetched is not as published.
    """
    if folder is not None:
        return _given(info, folder)
    stored = StoredModel(info)
    root = MODELS_FOLDER / info.name if info.included else stored.folder
    files = tuple(root / file.path for file in info.files)
    hashes: list[str] = []
    for path, file in zip(files, info.files):
        if not path.is_file():
            message = f"The weights of {info.name} are not installed: {path} is missing."
            raise DepthError(ExitCode.MISSING_WEIGHTS, message, _cure(info))
        found = sha256(path) if info.included else stored.check(file)
        if found is None or (info.included and found != file.sha256):
            message = f"The weights of {info.name} are damaged: {path} is not the published file."
            raise DepthError(ExitCode.BAD_WEIGHTS, message, _cure(info))
        hashes.append(found)
    return FoundWeights(root, files, ", ".join(hashes))


def _given(info: ModelInfo, folder: Path) -> FoundWeights:
    if not folder.is_dir():
        raise DepthError(ExitCode.MISSING_WEIGHTS, f"There is no folder {folder}.", "Give the folder of the weights.")
    files = tuple(_lying_in(folder, file.path) for file in info.files)
    for path, file in zip(files, info.files):
        if not path.is_file():
            names = ", ".join(file.path for file in info.files)
            raise DepthError(
                ExitCode.MISSING_WEIGHTS, f"{folder} has no {file.path}.", f"{info.name} is made of: {names}."
            )
    hashes = [sha256(path) for path in files]
    published = hashes == [file.sha256 for file in info.files]
    return FoundWeights(folder, files, ("" if published else "supplied by the user, SHA-256 ") + ", ".join(hashes))


def _lying_in(folder: Path, path: str) -> Path:
    """The file; where only the same network in full precision was published or kept, that one."""
    full = folder / path.replace(".fp16.", ".")
    return full if full.is_file() and not (folder / path).is_file() else folder / path


def _cure(info: ModelInfo) -> str:
    if info.included:
        return "Set the engine up again: python3 install.py engine"
    return f"Download them: depth-engine models fetch {info.name}; or give their folder with --weights DIR."
