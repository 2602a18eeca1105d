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
FADE_ATTRIBUTE = "Fade"  # 0 is opaque, which is also what a missing attribute reads as

_HOLD_OUT = "Depth Hold-Out"
_HOLD_OUT_KEY = "estimate_depth_hold_out"


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


def hold_out_material() -> bpy.types.Material:
    """Cuts a hole into the render's alpha: what is behind does not show, and the footage can be laid under it.

    It belongs to no result, so one serves the whole file.
    """
    for material in bpy.data.materials:
        if not material.library and material.get(_HOLD_OUT_KEY):
            return material
    material, tree = new_material(_HOLD_OUT)
    show_fading(tree, tree.nodes.new("ShaderNodeHoldout").outputs["Holdout"])
    material[_HOLD_OUT_KEY] = True
    return material


def _emitting(name: str) -> tuple[bpy.types.Material, bpy.types.NodeTree, bpy.types.NodeSocket]:
    """A material that shows the color given to the returned socket, unlit."""
    material, tree = new_material(name)
    emission = tree.nodes.new("ShaderNodeEmission")
    show_fading(tree, emission.outputs["Emission"])
    cycles = getattr(material, "cycles", None)
    if cycles:  # as a lamp, every pixel of the footage would cost much time and give little light
        cycles.emission_sampling = "NONE"
    return material, tree, emission.inputs["Color"]


def new_material(name: str) -> tuple[bpy.types.Material, bpy.types.NodeTree]:
    """A material without nodes."""
    material = bpy.data.materials.new(name)
    tree = compat.shader_nodes(material)
    tree.nodes.clear()
    return material, tree


def show_fading(tree: bpy.types.NodeTree, shader: bpy.types.NodeSocket) -> None:
    """Show this shader, clearer towards soft cuts."""
    fade, clear, mix, output = (
        tree.nodes.new(f"ShaderNode{kind}") for kind in ("Attribute", "BsdfTransparent", "MixShader", "OutputMaterial")
    )
    for node, place in ((fade, (0, 160)), (clear, (0, -120)), (mix, (220, 0)), (output, (420, 0))):
        node.location = place
    cast(bpy.types.ShaderNodeAttribute, fade).attribute_name = FADE_ATTRIBUTE
    tree.links.new(fade.outputs["Fac"], mix.inputs["Fac"])
    tree.links.new(shader, mix.inputs[1])
    tree.links.new(clear.outputs["BSDF"], mix.inputs[2])
    tree.links.new(mix.outputs["Shader"], output.inputs["Surface"])
