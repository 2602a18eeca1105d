# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the engine for a strip: the scene's settings as a job of the contract. Holds no bpy objects."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from .. import models, strips
from ..engine import contract
from ..preferences import Preferences
from ..properties import DepthSettings, settings_of
from .places import results_folder

PREVIEW_SIZE = 384
"""Longest side of the pictures that the model sees of a preview, in pixels."""

_FILE_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,3}(?=\.\d{3}$|$)")


@dataclass(frozen=True, slots=True)
class Request:
    """An estimate of one strip as it is now. parent: the folder for the job's folder.

    span: for a preview: the first scene frame, and the one after the last.
    """

    strip: strips.StripDescription
    options: contract.Options
    parent: Path
    span: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The strip's name without the file's ending, which Blender puts into it: "shot.mp4.001" is shot.001."""
        return contract.clip_name(_FILE_ENDING.sub("", self.strip.name))

    @property
    def frames(self) -> int:
        """Frames of the strip on the timeline that are wanted."""
        left, right = self.span or (self.strip.left, self.strip.right)
        return right - left

    def direct_job(self) -> contract.Job | None:
        """The job on the strip's own source; None when the strip's frames must be rendered first."""
        if self.strip.source is None or self.strip.frames is None or self.strip.render_reasons:
            return None
        frames = self.strip.frames
        if self.span:  # handles beyond the content hold its first or last frame
            shown = self.span[0], self.span[1] - 1
            first, last = (min(max(scene - self.strip.number_one + 1, frames[0]), frames[1]) for scene in shown)
            frames = first, last
        return contract.Job(self.strip.source, self.name, replace(self.options, frames=frames))

    def rendered_job(self, source: contract.ImagesSource) -> contract.Job:
        """The job on the strip's rendered frames."""
        return contract.Job(source, self.name, self.options)


def _computing(settings: DepthSettings) -> dict[str, Any]:
    """The settings that the panel shows for the model. The engine refuses those that it does not have."""
    model = models.find(settings.model)
    offered = (*models.SETTINGS, *models.SWITCHES)
    names = offered if model is None else (name for name in offered if name in model.settings)
    return {name: value for name in names if (value := getattr(settings, name))}


def make_preview(request: Request, scene: bpy.types.Scene, frames: int) -> Request:
    """The same for a quick look at some frames from the playhead on, which must be on the strip: small, on its own."""
    first = scene.frame_current
    size = min(request.options.max_size or PREVIEW_SIZE, PREVIEW_SIZE)
    options = replace(
        request.options, max_size=size, output_size="processed", format=("exr16",), step=1, shots="off", preview=True
    )
    return replace(request, options=options, span=(first, min(first + frames, request.strip.right)))


def make_request(scene: bpy.types.Scene, strip: bpy.types.Strip, preferences: Preferences) -> Request:
    """Looks for the strip's files on the disk.

    Raises DepthError when the strip shows no pictures that can be had, or settings exclude each other.
    """
    settings = settings_of(scene)
    options = contract.Options(
        model=settings.model,
        weights=preferences.weights_folder(settings.model),
        device=preferences.device,
        step=settings.step,
        max_size=settings.max_size if settings.use_max_size else None,
        output_size=str(settings.output_pixels) if settings.output_size == "pixels" else settings.output_size,
        format=tuple(name for name in ("exr32", "exr16", "png16", "npz") if name in settings.format),
        shots=settings.shots,
        **_computing(settings),
    )
    parent = results_folder(settings.folder, preferences.folder)
    return Request(strips.describe(scene, strip), options, parent)
