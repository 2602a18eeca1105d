# SPDX-License-Identifier: Apache-2.0
"""Procedural materials. Patterns lie in object coordinates, so on a box of real size they are in metres.

Mirrors, water and thick glass keep their own surface's depth. Clear panes (`pane`) are mostly transparent: Blender
then records what stands behind them.
"""

from __future__ import annotations

from typing import Any

import bpy

from .draw import Color, Draw, shaded
from .nodes import Nodes

SKIN: tuple[Color, ...] = (
    (0.75, 0.5, 0.38), (0.6, 0.36, 0.24), (0.35, 0.19, 0.11), (0.85, 0.62, 0.5), (0.16, 0.08, 0.05),
)  # fmt: skip
HAIR: tuple[Color, ...] = (
    (0.02, 0.015, 0.01), (0.08, 0.04, 0.02), (0.4, 0.28, 0.1), (0.4, 0.4, 0.4), (0.15, 0.05, 0.02),
)  # fmt: skip
PATTERNS = {"plain": 25, "noise": 30, "bricks": 6, "checker": 4, "stripes": 8, "cells": 8, "patches": 10, "speckles": 9}


def plain(
    color: Color, roughness: float = 0.6, metal: float = 0.0, glow: float = 0.0, bump: Any = None
) -> bpy.types.Material:
    """One colour; glow is emitted radiance relative to the colour."""
    return _principled(color, roughness, metal, glow)[0]


def any_surface(draw: Draw, color: Color | None = None) -> bpy.types.Material:
    """A surface of any everyday thing: a colour or a pattern, dull or shiny."""
    color = color or draw.color()
    if draw.chance(0.06):
        return plain(color, draw.uniform(0.05, 0.4), metal=1.0)
    return patterned(draw, draw.weighted(PATTERNS), color)


def patterned(
    draw: Draw,
    pattern: str,
    color: Color | None = None,
    scale: float | None = None,
    roughness: float | None = None,
    calm: bool = False,
) -> bpy.types.Material:
    """A material with one of PATTERNS, or "tiles", "planks"; scale: repetitions a metre; calm: tones of one colour."""
    color = color or draw.color()
    roughness = draw.uniform(0.35, 1) if roughness is None else roughness
    scale = scale or draw.log(0.5, 8)
    if pattern == "plain":
        return plain(color, roughness)
    made, nodes, shader = _principled(color, roughness)
    where = _coordinates(nodes, scale)
    if pattern in ("bricks", "tiles", "planks"):
        base = _masonry(nodes, draw, pattern, color, where)
    elif pattern == "checker":
        other = shaded(color, draw.uniform(0.3, 0.8)) if draw.chance(0.7) else draw.color()
        node = nodes.add("TexChecker", Vector=where, Color1=color, Color2=other)
        nodes.set(node, "Scale", 1.0)
        base = node.outputs[0]
    else:
        base = _ramped(nodes, draw, pattern, color, where, shader, calm)
    nodes.link(base, shader.inputs["Base Color"])
    return made


def facade(draw: Draw, pattern: str = "windows", scale: float = 1.0, lit: float = 0.0) -> bpy.types.Material:
    """Bricks or rows of windows that stand upright on all four walls of a box; lit: share of glowing windows."""
    color = draw.hsv((0, 0.15), (0, 0.5), (0.15, 0.8)) if draw.chance(0.7) else draw.color()
    made, nodes, shader = _principled(color, draw.uniform(0.5, 0.95))
    split = nodes.add("SeparateXYZ", Vector=_coordinates(nodes, scale))
    around = nodes.math("ADD", split.outputs[0], split.outputs[1])
    where = nodes.add("CombineXYZ", X=around, Y=split.outputs[2]).outputs[0]
    if pattern == "bricks":
        nodes.link(_masonry(nodes, draw, "bricks", color, where), shader.inputs["Base Color"])
        return made
    glass, dark = shaded(color, 0.15), (0.02, 0.03, 0.05)
    width, height = draw.uniform(0.9, 2.2), draw.uniform(2.4, 3.4)
    node = nodes.add("TexBrick", Vector=where, offset=0.0, squash=1.0, Color1=dark, Color2=glass, Mortar=color)
    settings = {"Scale": 1.0, "Brick_Width": width, "Row_Height": height, "Mortar_Smooth": 0.0, "Bias": 0.0}
    for name, value in settings.items():
        nodes.set(node, name, value)
    nodes.set(node, "Mortar_Size", draw.uniform(0.15, 0.42) * width * 0.5)
    nodes.link(node.outputs[0], shader.inputs["Base Color"])
    pane = nodes.math("SUBTRACT", 1.0, node.outputs["Fac"])
    nodes.link(nodes.math("SUBTRACT", 0.85, nodes.math("MULTIPLY", pane, 0.75)), shader.inputs["Roughness"])
    if lit > 0:
        _light_windows(nodes, draw, shader, where, pane, (width, height), lit)
    return made


def mirror(draw: Draw) -> bpy.types.Material:
    return plain((0.92, 0.92, 0.92), draw.uniform(0.0, 0.04), metal=1.0)


def pane(draw: Draw) -> bpy.types.Material:
    """Clear thin glass: what stands behind it is seen, and is its depth; some reflection on top."""
    made = bpy.data.materials.new("pane")
    nodes = Nodes(made)
    nodes.clear()
    clear = nodes.add("BsdfTransparent", Color=draw.hsv((0.3, 0.6), (0, 0.12), (0.85, 1)))
    gloss = nodes.add("BsdfGlossy", Roughness=draw.uniform(0, 0.05))
    facing = nodes.add("LayerWeight", Blend=0.15).outputs["Fresnel"]
    share = nodes.math("MINIMUM", nodes.math("MULTIPLY", facing, draw.uniform(0.4, 0.9)), 0.3)
    mixed = nodes.add("MixShader")
    for socket, value in zip(mixed.inputs, (share, clear.outputs[0], gloss.outputs[0])):
        nodes.link(value, socket)
    nodes.link(mixed.outputs[0], nodes.add("OutputMaterial").inputs[0])
    return made


def thick_glass(draw: Draw) -> bpy.types.Material:
    """A bottle, a glass, a crystal ball: its own surface is its depth."""
    made, nodes, shader = _principled(draw.hsv((0, 1), (0, 0.4), (0.8, 1)), draw.uniform(0, 0.15))
    nodes.set(shader, "Transmission Weight", 1.0)
    nodes.set(shader, "IOR", draw.uniform(1.1, 1.5))
    return made


def water(draw: Draw, scale: float = 1.0) -> bpy.types.Material:
    """A reflecting surface with waves; dark, or as muddy as a river."""
    color = (
        draw.hsv((0.42, 0.62), (0.3, 0.9), (0.01, 0.12))
        if draw.chance(0.8)
        else draw.hsv((0.06, 0.2), (0.2, 0.6), (0.05, 0.2))
    )
    made, nodes, shader = _principled(color, draw.uniform(0.01, 0.12))
    where = _coordinates(nodes, scale)
    waves = nodes.add("TexNoise", Vector=where, Scale=draw.log(0.3, 4), Detail=3.0)
    bump = nodes.add("Bump", Height=waves.outputs[0], Strength=draw.log(0.03, 0.6), Distance=draw.uniform(0.05, 0.3))
    nodes.link(bump.outputs[0], shader.inputs["Normal"])
    return made


def foliage(draw: Draw) -> bpy.types.Material:
    """Leaves of most seasons."""
    green = draw.hsv((0.2, 0.36), (0.35, 0.9), (0.06, 0.35))
    color = green if draw.chance(0.85) else draw.hsv((0.02, 0.12), (0.5, 0.9), (0.2, 0.6))
    return patterned(draw, draw.pick(["plain", "noise"]), color, roughness=draw.uniform(0.5, 1), calm=True)


def bark(draw: Draw) -> bpy.types.Material:
    return patterned(draw, "noise", draw.hsv((0.05, 0.1), (0.1, 0.6), (0.04, 0.3)), 5.0, calm=True)


def ground(draw: Draw) -> bpy.types.Material:
    """Grass, earth, sand, snow or rock of two tones."""
    color = draw.weighted({
        draw.hsv((0.17, 0.33), (0.3, 0.8), (0.05, 0.25)): 40, draw.hsv((0.05, 0.1), (0.2, 0.6), (0.08, 0.35)): 30,
        draw.hsv((0.08, 0.13), (0.2, 0.5), (0.4, 0.7)): 12, draw.hsv((0.5, 0.6), (0, 0.06), (0.7, 0.95)): 8,
        draw.hsv((0, 0.1), (0, 0.15), (0.1, 0.4)): 10,
    })  # fmt: skip
    made, nodes, shader = _principled(color, draw.uniform(0.8, 1))
    fine = _ramped(
        nodes,
        draw,
        draw.pick(["noise", "patches", "speckles"]),
        color,
        _coordinates(nodes, draw.log(0.2, 3)),
        shader,
        calm=True,
    )
    wide = nodes.add("TexNoise", Vector=_coordinates(nodes, draw.log(0.01, 0.2)), Scale=3.0, Detail=4.0)
    share = nodes.ramp(wide.outputs[0], (0.4, (0, 0, 0)), (draw.uniform(0.45, 0.7), (1, 1, 1)))
    other = draw.hsv((0.05, 0.3), (0.1, 0.6), (0.05, 0.45))
    nodes.link(nodes.mix(share, fine, other), shader.inputs["Base Color"])
    return made


def asphalt(draw: Draw) -> bpy.types.Material:
    grey = draw.uniform(0.03, 0.2)
    wet = draw.chance(0.2)
    return patterned(
        draw, "speckles", (grey, grey, grey * 1.05), draw.log(1, 6), draw.uniform(0.05, 0.3) if wet else 0.9
    )


def _principled(
    color: Color, roughness: float, metal: float = 0.0, glow: float = 0.0
) -> tuple[bpy.types.Material, Nodes, Any]:
    made = bpy.data.materials.new("surface")
    nodes = Nodes(made)
    shader = nodes.find("BSDF_PRINCIPLED")
    for name, value in {"Base Color": color, "Roughness": roughness, "Metallic": metal}.items():
        nodes.set(shader, name, value)
    if glow:
        nodes.set(shader, "Emission Color", color)
        nodes.set(shader, "Emission Strength", glow)
    return made, nodes, shader


def _coordinates(nodes: Nodes, scale: float) -> Any:
    mapping = nodes.add("Mapping", Vector=nodes.add("TexCoord").outputs["Object"])
    nodes.set(mapping, "Scale", (scale, scale, scale))
    return mapping.outputs[0]


def _masonry(nodes: Nodes, draw: Draw, pattern: str, color: Color, where: Any) -> Any:
    joint = shaded(color, draw.uniform(0.3, 0.8)) if draw.chance(0.7) else draw.color()
    width, height, gap = {"bricks": (0.5, 0.25, 0.02), "tiles": (0.5, 0.5, 0.015), "planks": (4.0, 0.3, 0.005)}[pattern]
    node = nodes.add("TexBrick", Vector=where, Color1=color, Color2=shaded(color, draw.uniform(0.7, 1.1)), Mortar=joint)
    node.offset = 0.0 if pattern == "tiles" else 0.5
    for name, value in {"Scale": 1.0, "Brick_Width": width, "Row_Height": height, "Mortar_Size": gap}.items():
        nodes.set(node, name, value)
    return node.outputs[0]


def _ramped(nodes: Nodes, draw: Draw, pattern: str, color: Color, where: Any, shader: Any, calm: bool) -> Any:
    """A texture of one value through a ramp of two or three colours, sometimes with relief."""
    if pattern == "stripes":
        texture = nodes.add("TexWave", Vector=where, Distortion=draw.pick([0.0, 0.0, 3.0, 10.0]))
    elif pattern == "cells":
        texture = nodes.add("TexVoronoi", Vector=where)
    else:
        fineness = {"noise": (3.0, 6.0), "patches": (3.0, 1.0), "speckles": (25.0, 5.0)}[pattern]
        texture = nodes.add("TexNoise", Vector=where, Scale=fineness[0], Detail=fineness[1])
    other = shaded(color, draw.uniform(0.3, 0.8)) if calm or draw.chance(0.7) else draw.color()
    stops = [(draw.uniform(0.25, 0.45), color), (draw.uniform(0.5, 0.75), other)]
    if not calm and draw.chance(0.3):
        stops.append((0.5, draw.color()))
    if draw.chance(0.3):
        bump = nodes.add("Bump", Height=texture.outputs[0], Strength=draw.uniform(0.1, 0.6), Distance=0.05)
        nodes.link(bump.outputs[0], shader.inputs["Normal"])
    return nodes.ramp(texture.outputs[0], *stops)


def _light_windows(
    nodes: Nodes, draw: Draw, shader: Any, where: Any, pane: Any, cell: tuple[float, float], lit: float
) -> None:
    """Let a share of the windows glow, whole windows at a time."""
    size = nodes.add("VectorMath", operation="DIVIDE")
    nodes.link(where, size.inputs[0])
    size.inputs[1].default_value = (cell[0], cell[1], 1)
    whole = nodes.add("VectorMath", operation="FLOOR")
    nodes.link(size.outputs[0], whole.inputs[0])
    chance = nodes.add("TexWhiteNoise", Vector=whole.outputs[0])
    glows = nodes.math("LESS_THAN", chance.outputs["Value"], lit)
    strength = nodes.math("MULTIPLY", nodes.math("MULTIPLY", glows, pane), draw.uniform(0.5, 4))
    nodes.set(shader, "Emission Color", draw.hsv((0.06, 0.15), (0.2, 0.6), (0.8, 1)))
    nodes.link(strength, shader.inputs["Emission Strength"])
