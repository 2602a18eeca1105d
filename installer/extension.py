# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the extension: a zip that holds the add-on and the contract it shares with the engine."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from .places import BUILD, ENVIRONMENTS, EXTENSION_ZIP, ROOT, STAGED
from .report import InstallError, run_quietly, say

EXTENSION_ID = "estimate_depth"
_IGNORED = {"__pycache__", ".ruff_cache", ".pytest_cache"}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same sources give the same bytes

# How pyright reads the staged add-on.
_PYRIGHT = {
    "include": [EXTENSION_ID],
    "typeCheckingMode": "strict",
    "pythonVersion": "3.11",
    "venvPath": "../../.venv",
    "venv": "engine",
    "reportMissingModuleSource": "none",  # bpy has types there and nothing to run
}


def contents() -> dict[str, bytes]:
    """Every file of the extension by its name in the zip."""
    package = ROOT / "blender_addon"
    files = {
        "blender_manifest.toml": ROOT / "blender_manifest.toml",
        "LICENSE": ROOT / "LICENSE",
        "engine/LICENSE-Apache-2.0.txt": ROOT / "depth_engine" / "LICENSE",
    }
    for folder, place in ((package, ""), (ROOT / "depth_engine" / "contract", "engine/contract/")):
        for path in folder.rglob("*"):
            if path.is_file() and not _IGNORED.intersection(path.parts) and not path.name.startswith("."):
                files[place + path.relative_to(folder).as_posix()] = path
    try:
        return {name: path.read_bytes() for name, path in sorted(files.items())}
    except FileNotFoundError as error:
        raise InstallError(
            f"The extension cannot be built: {error.filename} is missing.", "Get the whole repository."
        ) from None


def archive(files: dict[str, bytes]) -> bytes:
    """The zip's bytes: the same for the same files, whenever and wherever it is built."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as target:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            target.writestr(entry, data)
    return memory.getvalue()


def build(blenders: Sequence[Path] = ()) -> Path:
    """Stage the sources, check the zip with Blender's own validator, and put it in place; nothing if unchanged."""
    files = contents()
    data = archive(files)
    stage(files)
    if _is_in_place(data):
        return EXTENSION_ZIP
    part = BUILD / f"{EXTENSION_ID}.{os.getpid()}.zip"
    part.write_bytes(data)
    try:
        validate(part, blenders)
        if not _is_in_place(data):  # two layers of tests may build at the same time
            part.replace(EXTENSION_ZIP)
            say(f"Built {EXTENSION_ZIP} ({len(data) / 1024:.0f} KB, {len(files)} files).")
    finally:
        part.unlink(missing_ok=True)
    return EXTENSION_ZIP


def _is_in_place(data: bytes) -> bool:
    return EXTENSION_ZIP.exists() and EXTENSION_ZIP.read_bytes() == data


def stage(files: dict[str, bytes]) -> None:
    """The add-on as the zip holds it, for the type checker; files that did not change are left alone."""
    folder = STAGED / EXTENSION_ID
    wanted = {folder / name: data for name, data in files.items()}
    wanted[STAGED / "pyrightconfig.json"] = json.dumps(_PYRIGHT, indent=1).encode()
    for path, data in wanted.items():
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for path in folder.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink(missing_ok=True)


def validate(archive_path: Path, blenders: Sequence[Path] = ()) -> None:
    """Run Blender's own validator on a zip. Raises InstallError when it objects; says so when there is none."""
    command = _validator(blenders)
    if command is None:
        say("Not validated: Blender's validator comes with Blender or with `python3 install.py test`.")
        return
    run_quietly(
        [*command, "validate", archive_path],
        "Blender's validator rejects the extension",
        "Correct what the lines above name, in blender_manifest.toml or blender_addon/.",
    )


def _validator(blenders: Sequence[Path]) -> list[str | Path] | None:
    pattern = "blender-*/lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    windows = "blender-*/Lib/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    scripts = sorted([*ENVIRONMENTS.glob(pattern), *ENVIRONMENTS.glob(windows)])
    if scripts:
        return [sys.executable, scripts[-1]]
    return [blenders[0], "--command", "extension"] if blenders else None
