# SPDX-License-Identifier: GPL-3.0-or-later
"""Render settings that a set-up needs: changed only where they differ, and told in words."""

from __future__ import annotations

import bpy

from .. import compat


def show_scene(scene: bpy.types.Scene) -> list[str]:
    """Let a render show the scene: with strips in the Sequencer it would show those instead."""
    editor = scene.sequence_editor
    if not (editor and compat.strips(editor) and scene.render.use_sequencer):
        return []
    scene.render.use_sequencer = False
    return ["turned Output > Post Processing > Sequencer off"]


def show_through(scene: bpy.types.Scene) -> list[str]:
    """Let the render have alpha where nothing is, so that footage can be laid under it."""
    if scene.render.film_transparent:
        return []
    scene.render.film_transparent = True
    return ["made the render's background transparent"]


def keep_depth(layer: bpy.types.ViewLayer) -> list[str]:
    """Let the render keep the depth of its pixels."""
    if layer.use_pass_z:
        return []
    layer.use_pass_z = True
    return [f"turned the Z pass of {layer.name} on"]
