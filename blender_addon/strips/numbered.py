# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip's frames as files that are numbered as those of a result beside it on the timeline."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import bpy

from ..engine.contract import DepthError, ExitCode
from .export import FrameExport


def export_numbered(
    scene: bpy.types.Scene,
    strip: bpy.types.Strip,
    folder: Path,
    number_one: int,
    progress: Callable[[int, int], None],
) -> Path:
    """Render what the strip shows to folder/000001.png and so on; returns the first file.

    number_one: scene frame at which number 1 shows; what lies before it is left out. The folder is the export's own:
    what was there goes once all frames are rendered. progress(done, total) is called now and then. Raises DepthError.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    export = FrameExport(scene, strip, part)
    try:
        while export.step():
            progress(export.done, export.total)
        first = export.first - number_one + 1
        # The last one first where numbers grow, so that no file takes another's name.
        files = sorted(part.iterdir(), reverse=first > 1)
        for file in files:
            number = int(file.stem) + first - 1
            if number < 1:
                file.unlink()
            else:
                file.rename(part / f"{number:06d}.png")
        kept = sorted(part.iterdir())
        if not kept:
            raise DepthError(
                ExitCode.BAD_INPUT, f"“{strip.name}” ends before the footage begins.", "Put it over the footage."
            )
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    except OSError as error:
        raise DepthError(
            ExitCode.NOT_WRITABLE, f"Cannot write {error.filename or folder}: {error.strerror}.", "Make room there."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder / kept[0].name
