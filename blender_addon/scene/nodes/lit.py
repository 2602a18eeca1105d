# SPDX-License-Identifier: GPL-3.0-or-later
"""The shader group that lets light fall on footage: its own lighting divided out, the scene's put on."""

from __future__ import annotations

import bpy

from .inputs import Input
from .library import color, number, shared_group
from .wiring import Wiring

_VERSION = 1
_MOST_GAIN = 8.0  # of shadows that are lifted: beyond, footage holds nothing but noise

CONTROLS = (
    number(
        "Flatten",
        "How much of the footage's own lighting is divided out: a rough guess, made of its widely blurred brightness",
        0.6,
        0.0,
        1.0,
        "FACTOR",
    ),
    number("Keep Original Light", "Share of the footage as it was filmed", 0.2, 0.0, 1.0, "FACTOR"),
    number("Normal Strength", "How steep the surface is to light; 0 is flat, 1 as estimated", 1.0, 0.0, 4.0),
    number("Roughness", "How wide highlights are", 0.7, 0.0, 1.0, "FACTOR"),
    number("Specular", "How strong highlights are", 0.2, 0.0, 1.0, "FACTOR"),
    number("Light Level", "Brightness that flattened footage gets; the clip's own mean", 0.18, 0.001, 10.0),
)
SOURCE = (
    color("Footage", "The footage as it was filmed"),
    number("Lighting", "The footage's own lighting", 0.18, 0.0, 1e6),
    Input("Normal", "NodeSocketVector", "Normal in the space of the object", options={"default_value": (0, 0, 1)}),
)


def lit_group() -> bpy.types.NodeTree:
    """Footage as a surface: inputs are the live controls and what is played; its output is a shader."""
    inputs = (*SOURCE, *CONTROLS)
    return shared_group("Relit Footage", "ShaderNodeTree", _VERSION, inputs, ("Shader", "NodeSocketShader"), _build)


def _build(group: bpy.types.NodeTree) -> None:
    wire = Wiring(group)
    given = wire.node("NodeGroupInput").outputs
    surface = wire.node("ShaderNodeBsdfPrincipled")
    for name, value in (
        ("Base Color", _flattened(wire, given)),
        ("Roughness", given["Roughness"]),
        ("Specular IOR Level", given["Specular"]),
        ("Normal", _steepened(wire, given)),
    ):
        wire.set(surface.inputs[name], value)
    filmed = wire.new("ShaderNodeEmission", given["Footage"])
    mixed = wire.new("ShaderNodeMixShader", given["Keep Original Light"], surface.outputs["BSDF"], filmed)
    wire.node("NodeGroupOutput", mixed)


def _flattened(wire: Wiring, given: bpy.types.bpy_prop_collection[bpy.types.NodeSocket]) -> bpy.types.NodeSocket:
    """Footage times (Light Level / Lighting) to the power of Flatten."""
    level = given["Light Level"]
    light = wire.math("MAXIMUM", given["Lighting"], wire.divide(level, _MOST_GAIN))
    gain = wire.math("POWER", wire.divide(level, light), given["Flatten"])
    return wire.new("ShaderNodeVectorMath", given["Footage"], wire.vector(gain, gain, gain), operation="MULTIPLY")


def _steepened(wire: Wiring, given: bpy.types.bpy_prop_collection[bpy.types.NodeSocket]) -> bpy.types.NodeSocket:
    """The normal in the world, its slopes times Normal Strength."""
    x, y, z = wire.node("ShaderNodeSeparateXYZ", given["Normal"]).outputs
    strength = given["Normal Strength"]
    steep = wire.vector(wire.multiply(x, strength), wire.multiply(y, strength), z)
    placed = wire.new(
        "ShaderNodeVectorTransform", steep, vector_type="NORMAL", convert_from="OBJECT", convert_to="WORLD"
    )
    return wire.new("ShaderNodeVectorMath", placed, operation="NORMALIZE")
