# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender's own sequencer shows, as the truth that strips are tested against."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np

from tests.support.coded import read_index

SIZE = (96, 64)


def new_scene(size=SIZE, fps: int = 24, fps_base: float = 1.0) -> bpy.types.Scene:
    """The file's scene with an empty sequencer, at the size of the test clips.

    From 5.0 on the window must show it in its sequencer: without that some calls crash there.
    """
    scene = bpy.context.scene
    scene.sequence_editor_create()
    workspace = bpy.context.window_manager.windows[0].workspace
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene
    render = scene.render
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage = 100
    render.fps, render.fps_base = fps, fps_base
    scene.view_settings.view_transform = "Standard"
    return scene


def add_by_operator(scene: bpy.types.Scene, path: Path, start: int = 1) -> bpy.types.Strip:
    """Add a movie as the Add menu does: Blender fits its rate to the scene's, which the data API does not."""
    with sequencer_context():
        bpy.ops.sequencer.movie_strip_add(
            filepath=str(path),
            directory=f"{path.parent}/",
            files=[{"name": path.name}],
            frame_start=start,
            channel=1,
            sound=False,
            use_framerate=False,
        )
    return scene.sequence_editor.active_strip


def sequencer_context():
    """A context in which the sequencer's operators run."""
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    return bpy.context.temp_override(window=window, area=area)


def shown(scene: bpy.types.Scene, frames: Iterable[int]) -> list[int | None]:
    """The index of the coded picture at each scene frame, rendered by the sequencer; None where there is none."""
    return [index_in(pixels) for pixels in pictures(scene, frames)]


def pictures(scene: bpy.types.Scene, frames: Iterable[int]) -> list[np.ndarray]:
    """The scene's pictures [H,W,3] uint8 as the sequencer renders them; the scene is as before afterwards."""
    render, found = scene.render, []
    with tempfile.TemporaryDirectory() as folder, _kept(scene, "frame_current"), _kept(render, "filepath"):
        for frame in frames:
            scene.frame_current = frame
            render.filepath = f"{folder}/{frame}.png"
            bpy.ops.render.render(write_still=True)
            found.append(read_picture(Path(render.filepath)))
    return found


@contextmanager
def _kept(owner, name):
    before = getattr(owner, name)
    yield
    setattr(owner, name, before)


def read_picture(path: Path) -> np.ndarray:
    """An image file's pixels [H,W,3] uint8, top row first."""
    image = bpy.data.images.load(str(path))
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return np.round(pixels.reshape(height, width, 4)[::-1, :, :3] * 255).astype(np.uint8)


def index_in(picture: np.ndarray) -> int | None:
    try:
        return read_index(picture)
    except ValueError:
        return None


def dump(scene: bpy.types.Scene) -> dict[str, object]:
    """Everything that a careless export could change: the scene, its editor, all strips and their parts, all data.

    But for the image in which Blender keeps what it rendered last.
    """
    editor = scene.sequence_editor
    strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    found: dict[str, object] = {"scene": _values(scene), "render": _values(scene.render), "editor": _values(editor)}
    found["image_settings"] = _values(scene.render.image_settings)
    found["view"], found["display"] = _values(scene.view_settings), _values(scene.display_settings)
    found["channels"] = [_values(channel) for channel in editor.channels]
    found["curves"] = _curves(scene)
    for strip in strips:
        found[f"strip {strip.name}"] = _values(strip)
        for part in ("transform", "crop", "colorspace_settings"):
            if getattr(strip, part, None):
                found[f"strip {strip.name} {part}"] = _values(getattr(strip, part))
        found[f"strip {strip.name} own"] = {key: str(value) for key, value in strip.items()}
    found["objects"] = sorted(item.name for item in scene.collection.all_objects)
    for kind in ("scenes", "actions", "collections", "images", "movieclips", "objects", "worlds", "texts", "sounds"):
        # Scene.copy() of 4.2 leaves a user too many on what lies in the scene's own collection, until the next load.
        counted = bpy.app.version >= (4, 5) or kind not in ("objects", "collections")
        data = [item for item in getattr(bpy.data, kind) if item.name != "Render Result"]
        found[kind] = [(item.name, item.users if counted else 0) for item in data]
    preferences = bpy.context.preferences
    found["preferences"] = (preferences.is_dirty, preferences.edit.use_negative_frames)
    return found


def _values(owner) -> dict[str, str]:
    kinds = {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM", "POINTER", "COLLECTION"}
    found = {}
    for item in owner.bl_rna.properties:
        if item.type in kinds and item.identifier not in ("rna_type", "use_nodes"):  # the latter is deprecated
            value = getattr(owner, item.identifier)
            if item.type == "COLLECTION":
                value = [getattr(entry, "name", "") for entry in value]
            elif item.type == "POINTER":
                value = getattr(value, "name", value is not None)
            elif getattr(item, "is_array", False):
                value = tuple(value)
            found[item.identifier] = str(value)
    return found


def _curves(scene: bpy.types.Scene) -> list[tuple[str, int]]:
    action = scene.animation_data.action if scene.animation_data else None
    if action is None:
        return []
    if hasattr(action, "fcurves"):
        curves = action.fcurves
    else:
        curves = [c for layer in action.layers for s in layer.strips for bag in s.channelbags for c in bag.fcurves]
    return [(curve.data_path, len(curve.keyframe_points)) for curve in curves]
