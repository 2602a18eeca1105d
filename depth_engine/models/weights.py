# SPDX-License-Identifier: Apache-2.0
"""Where a model's weights lie, and whether they are what was published. Files are safetensors, never pickles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import ModelInfo

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
    """The weights in the given folder (in the published layout, but any values), or those that come with the engine.

    Raises DepthError MISSING_WEIGHTS where a file is not there, BAD_WEIGHTS where one that came with the engine is not
    as published.
    """
    root = MODELS_FOLDER / info.name if folder is None else folder
    files = tuple(root / file.path for file in info.files)
    for path in files:
        if not path.is_file():
            raise _missing(info, path, folder)
    hashes = [_sha256(path) for path in files]
    changed = [path for path, found, file in zip(files, hashes, info.files) if found != file.sha256]
    if changed and folder is None:
        raise DepthError(
            ExitCode.BAD_WEIGHTS,
            f"The weights of {info.name} are damaged: {changed[0]} is not the published file.",
            "Set the engine up again: python3 install.py engine",
        )
    return FoundWeights(root, files, ("supplied by the user, SHA-256 " if changed else "") + ", ".join(hashes))


def _missing(info: ModelInfo, path: Path, folder: Path | None) -> DepthError:
    if folder is None:
        message = f"The weights of {info.name} are not installed: {path} is missing."
        return DepthError(ExitCode.MISSING_WEIGHTS, message, "Set the engine up again: python3 install.py engine")
    if not folder.is_dir():
        return DepthError(ExitCode.MISSING_WEIGHTS, f"There is no folder {folder}.", "Give the folder of the weights.")
    names = ", ".join(file.path for file in info.files)
    return DepthError(
        ExitCode.MISSING_WEIGHTS, f"{folder} has no {path.relative_to(folder)}.", f"{info.name} is made of: {names}."
    )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DepthError(
            ExitCode.BAD_WEIGHTS, f"Cannot read {path}: {error.strerror}.", "Check the file's permissions."
        ) from None
