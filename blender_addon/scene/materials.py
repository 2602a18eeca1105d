# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials that show the footage as it was filmed: the light is in the picture already, so they emit and take none.

Colors pass through the scene's view transform like everything else; `match_render` offers Standard, under which they
look as in the footage.
"""

from __future__ import annotations

from typing import cast

import bpy

from .. import compat
from .images import load_sequence, play
from .result import Result

COLOR_ATTRIBUTE = "Col"
UV_MAP = "UVMap"


def relief_material(result: Result) -> bpy.types.Material:
    """The footage as a texture on the relief's UV map, so that a coarse grid keeps a sharp picture."""
    footage = load_sequence(result, result.manifest.proxy_color, data=False)
    material, tree, color = _emitting(f"Relief {result.name}")
    node = tree.nodes.new("ShaderNodeTexImage")
    node.name = node.label = "Footage"
    node.location = (-320, 0)
    texture = cast(bpy.types.ShaderNodeTexImage, node)
    texture.extension = "EXTEND"
    texture.image = footage
    play(texture.image_user, tree, 'nodes["Footage"].image_user', result)
    tree.links.new(node.outputs["Color"], color)
    tree.nodes.active = node
    return material


def points_material(result: Result) -> bpy.types.Material:
    """Each point's own color: points have no UV map."""
    material, tree, color = _emitting(f"Points {result.name}")
    node = tree.nodes.new("ShaderNodeAttribute")
    node.location = (-200, 0)
    cast(bpy.types.ShaderNodeAttribute, node).attribute_name = COLOR_ATTRIBUTE
    tree.links.new(node.outputs["Color"], color)
    return material


def _emitting(name: str) -> tuple[bpy.types.Material, bpy.types.NodeTree, bpy.types.NodeSocket]:
    """A material that shows the color given to the returned socket, unlit."""
    material = bpy.data.materials.new(name)
    tree = compat.shader_nodes(material)
    tree.nodes.clear()
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location = (200, 0)
    emission = tree.nodes.new("ShaderNodeEmission")
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    cycles = getattr(material, "cycles", None)
    if cycles:  # as a lamp, every pixel of the footage would cost much time and give little light
        cycles.emission_sampling = "NONE"
    return material, tree, emission.inputs["Color"]
