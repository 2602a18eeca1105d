# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a strip's frames as the sequencer shows them, a few at a time, without touching the user's scene.

Each step copies the scene, renders, and removes the copy before it returns. So nothing of it can get into an undo step,
a saved file or the user's sight, and the scene and its strip are looked up by name each time: they may have gone.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import bpy

from .. import compat
from ..engine.contract import DepthError, ExitCode, ImagesSource
from .describe import describe
from .description import StripDescription

STEP_SECONDS = 0.25
"""A step ends after this time though frames may be left of it: Blender answers again."""

_TOP_CHANNEL = 128
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"


class FrameExport:
    """Renders the frames between a strip's handles to 000001.png and so on, in the timeline's order.

    The folder is made; it should be the export's own. Close an export that is given up: it takes its frames along.
    """

    def __init__(
        self, scene: bpy.types.Scene, strip: bpy.types.Strip, folder: Path, span: tuple[int, int] | None = None
    ) -> None:
        """span: the first scene frame, and the one after the last, where not all are wanted.

        Raises DepthError as `describe` does.
        """
        self._scene, self._strip = scene.name, strip.name
        self._folder = folder
        self._description = describe(scene, strip)
        self.first, end = span or (self._description.left, self._description.right)
        self.total = end - self.first
        self.done = 0

    def step(self, frames: int = 8) -> bool:
        """Render up to this many frames more, fewer if they take long; True while more remain.

        Raises DepthError when the scene or the strip has gone or was changed, or a frame cannot be written.
        """
        if self.done < self.total and not bpy.app.is_job_running("RENDER"):
            scene, strip = self._find()
            self._folder.mkdir(parents=True, exist_ok=True)
            until = time.monotonic() + STEP_SECONDS
            with _isolated(scene, strip, self._description) as copy:
                for _ in range(min(frames, self.total - self.done)):
                    self._render(copy)
                    if time.monotonic() > until:
                        break
        return self.done < self.total

    def source(self) -> ImagesSource:
        """The rendered frames, for the engine; only once all of them are there."""
        if self.done < self.total:
            raise RuntimeError(f"{self.done} of {self.total} frames are rendered")
        files = tuple(self._file(number).name for number in range(1, self.total + 1))
        return ImagesSource(str(self._folder.absolute()), files, self._description.rate)

    def close(self) -> None:
        """Give an unfinished export up: its frames are removed. A finished one stays as it is."""
        if self.done < self.total:
            for number in range(1, self.done + 2):
                self._file(number).unlink(missing_ok=True)
            self.done = 0

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06d}.png"

    def _find(self) -> tuple[bpy.types.Scene, bpy.types.Strip]:
        scene = bpy.data.scenes.get(self._scene)
        editor = scene.sequence_editor if scene else None
        strip = compat.all_strips(editor).get(self._strip) if editor else None
        if scene is None or strip is None:
            raise DepthError(
                ExitCode.BAD_INPUT,
                f"“{self._strip}” has gone while its frames were rendered.",
                "Undo the deletion, or start again with another strip.",
            )
        if describe(scene, strip) != self._description:
            raise DepthError(
                ExitCode.BAD_INPUT,
                f"“{self._strip}” was changed while its frames were rendered.",
                "Start again; change the strip when its frames are done.",
            )
        return scene, strip

    def _render(self, copy: bpy.types.Scene) -> None:
        file = self._file(self.done + 1)
        copy.frame_current = self.first + self.done
        copy.render.filepath = str(file)
        try:
            with cast("Any", bpy.context).temp_override(scene=copy):
                bpy.ops.render.render(write_still=True)
        except RuntimeError as error:
            raise DepthError(
                ExitCode.NOT_WRITABLE,
                f"Blender cannot write {file}: {str(error).strip()}.",
                "Check that the folder may be written to.",
            ) from None
        if not _is_whole(file):
            raise DepthError(
                ExitCode.DISK_FULL, f"Blender could not write all of {file}.", "Make room on the disk and start again."
            )
        self.done += 1


def _is_whole(png: Path) -> bool:
    """Whether a PNG has its end: on a full disk Blender writes what fits and reports nothing."""
    try:
        with png.open("rb") as file:
            file.seek(-len(_PNG_END), os.SEEK_END)
            return file.read() == _PNG_END
    except OSError:
        return False


@contextlib.contextmanager
def _isolated(
    scene: bpy.types.Scene, strip: bpy.types.Strip, description: StripDescription
) -> Generator[bpy.types.Scene]:
    """A copy of the scene that shows only this strip's own pictures, at the description's size, as they are."""
    copy = scene.copy()
    try:
        _show_alone(copy, strip.name, description)
        _prepare_output(copy.render, description.size)
        _keep_colors(copy)
        _forget_objects(copy)
        with _negative_frames(description.left < 0):
            yield copy
    finally:
        bpy.data.scenes.remove(copy)


def _show_alone(copy: bpy.types.Scene, name: str, description: StripDescription) -> None:
    """Put a blur of no width over the strip, on top of all, replacing what lies below.

    An effect takes its input as it is: without its opacity, blending and mute, even where these are animated, and
    also out of a meta strip. What an adjustment layer sees below itself stays.
    """
    editor = cast("bpy.types.SequenceEditor", copy.sequence_editor)
    shown = compat.all_strips(editor)[name]
    shown.blend_type = "ALPHA_OVER"  # "Replace" would multiply by the opacity first
    if not description.on_canvas:
        transform = cast("bpy.types.StripTransform", cast("bpy.types.MovieStrip", shown).transform)
        transform.offset_x = transform.offset_y = 0
        transform.scale_x = transform.scale_y = 1
    for other in compat.strips(editor):
        if other.channel == _TOP_CHANNEL:
            other.mute = True
    view = cast(
        "bpy.types.GaussianBlurStrip",
        compat.new_effect(
            editor, "Depth Export", "GAUSSIAN_BLUR", _TOP_CHANNEL, (description.left, description.right), (shown,)
        ),
    )
    view.size_x = view.size_y = 0
    view.blend_type, view.blend_alpha = "REPLACE", 1
    editor.channels[_TOP_CHANNEL].mute = False


def _prepare_output(render: bpy.types.RenderSettings, size: tuple[int, int]) -> None:
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage = 100
    render.use_sequencer, render.use_compositing = True, False
    render.use_border = render.use_multiview = render.use_stamp = False
    render.frame_map_old = render.frame_map_new = 100
    render.dither_intensity = 0
    render.use_overwrite, render.use_placeholder, render.use_file_extension = True, False, True
    compat.set_file_format(render, "PNG", "IMAGE")
    settings = render.image_settings
    settings.color_management = "FOLLOW_SCENE"
    settings.color_mode, settings.color_depth, settings.compression = "RGB", "8", 15


def _keep_colors(copy: bpy.types.Scene) -> None:
    """Display values as they are in the files: no look, no curves, no exposure."""
    display, view = cast("Any", copy.display_settings), cast("Any", copy.view_settings)
    try:
        display.display_device = "sRGB"
        view.view_transform, view.look = "Standard", "None"
    except TypeError:  # Blender was started with another color configuration than its own
        raise DepthError(
            ExitCode.BAD_INPUT,
            "The color configuration has no Standard view for sRGB displays.",
            "Start Blender without the environment variable OCIO, or use a strip that need not be rendered.",
        ) from None
    view.exposure, view.gamma = 0, 1
    view.use_curve_mapping = False
    compat.disable_white_balance(view)


def _forget_objects(copy: bpy.types.Scene) -> None:
    """Let the copy hold no 3D scene, which would be evaluated at every frame."""
    for child in list(copy.collection.children):
        copy.collection.children.unlink(child)
    for member in list(copy.collection.objects):
        copy.collection.objects.unlink(member)


@contextlib.contextmanager
def _negative_frames(needed: bool) -> Generator[None]:
    """Let the current frame be negative, which a preference forbids by default."""
    preferences = cast("bpy.types.Preferences", bpy.context.preferences)
    before = preferences.edit.use_negative_frames, preferences.is_dirty
    preferences.edit.use_negative_frames = needed or before[0]
    try:
        yield
    finally:
        preferences.edit.use_negative_frames, preferences.is_dirty = before
