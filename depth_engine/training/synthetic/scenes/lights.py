# SPDX-License-Identifier: Apache-2.0
"""Skies, the sun and lamps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import bpy
from mathutils import Vector

from .draw import Color, Draw
from .nodes import Nodes
from .stage import Stage

WHITE: Color = (1, 1, 1)


def daylight(stage: Stage) -> None:
    """A sky, and in most cases a sun of its own: high or low, hard or veiled."""
    kind = sky(stage, stage.draw.log(0.5, 1.5))
    draw = stage.draw
    if kind != "photo" and draw.chance(0.7):
        height = draw.uniform(0.05, 1.3)
        warm = 1 - 0.5 * math.exp(-height * 4)
        color = (1.0, 0.55 + 0.45 * warm, 0.25 + 0.7 * warm)
        sun(stage, height, draw.turn(), draw.uniform(2, 9), draw.log(0.005, 0.2), color)


def interior(stage: Stage, half: Sequence[float], height: float) -> None:
    """Light from outside through the walls, and in most rooms lamps under the ceiling or beside it."""
    draw = stage.draw
    dim = draw.chance(0.15)
    sky(stage, draw.log(0.08, 0.2) if dim else draw.log(0.3, 1.1))
    for _ in range(draw.pick([0, 1, 1, 2, 3])):
        at = (draw.uniform(-0.7, 0.7) * half[0], draw.uniform(-0.7, 0.7) * half[1], height * draw.uniform(0.75, 0.95))
        warmth = draw.uniform(0.5, 1)
        color = (1.0, 0.7 + 0.3 * warmth, 0.4 + 0.6 * warmth)
        area(stage, at, draw.log(15, 150), draw.uniform(0.2, 1.5), color)
    if draw.chance(0.35):
        sun(stage, draw.uniform(0.3, 1.0), draw.turn(), draw.uniform(1, 5), draw.log(0.01, 0.1))


def night(stage: Stage) -> None:
    """A sky with next to no light, perhaps the moon."""
    draw = stage.draw
    _flat(stage, draw.hsv((0.55, 0.72), (0.3, 0.9), (0.5, 1)), draw.log(0.002, 0.03))
    if draw.chance(0.4):
        sun(stage, draw.uniform(0.3, 1.2), draw.turn(), draw.log(0.01, 0.08), 0.02, (0.7, 0.8, 1.0))


def sky(stage: Stage, strength: float) -> str:
    """Light and background from all around; returns its kind: photo, clouds, gradient or flat."""
    draw = stage.draw
    kinds = {"photo": 30.0 if stage.environments else 0.0, "clouds": 45.0, "gradient": 20.0, "flat": 8.0}
    kind = draw.weighted(kinds)
    if kind == "photo":
        _photo(stage, draw.pick(stage.environments), strength)
    elif kind == "flat":
        _flat(stage, draw.hsv((0.5, 0.7), (0, 0.4), (0.5, 1)), strength)
    else:
        _painted(stage, strength, clouds=kind == "clouds")
    return kind


def sun(
    stage: Stage, height: float, heading: float, energy: float, softness: float, color: Color = WHITE
) -> bpy.types.Object:
    """Parallel light; height above the horizon and heading in radians, energy in W/m2."""
    light = cast("bpy.types.SunLight", bpy.data.lights.new("sun", "SUN"))
    light.angle = softness
    made = _place(stage, light, energy, color)
    made.rotation_euler = (math.pi / 2 - height, 0, heading)
    return made


def area(stage: Stage, at: Sequence[float], energy: float, size: float, color: Color = WHITE) -> bpy.types.Object:
    """A shining square that looks down; energy in W."""
    light = cast("bpy.types.AreaLight", bpy.data.lights.new("area", "AREA"))
    light.size = size
    made = _place(stage, light, energy, color)
    made.location = Vector(at)
    return made


def lamp(stage: Stage, at: Sequence[float], energy: float, radius: float, color: Color = WHITE) -> bpy.types.Object:
    """A shining ball; energy in W."""
    light = cast("bpy.types.PointLight", bpy.data.lights.new("lamp", "POINT"))
    light.shadow_soft_size = radius
    made = _place(stage, light, energy, color)
    made.location = Vector(at)
    return made


def lamp_color(draw: Draw) -> Color:
    """Sodium, tungsten, white, now and then neon."""
    if draw.chance(0.2):
        return draw.hsv((0, 1), (0.5, 1), (1, 1))
    return draw.hsv((0.06, 0.13), (0.1, 0.8), (1, 1))


def _place(
    stage: Stage, light: bpy.types.SunLight | bpy.types.AreaLight | bpy.types.PointLight, energy: float, color: Color
) -> bpy.types.Object:
    light.energy = energy
    light.color = color
    made = bpy.data.objects.new("light", light)
    stage.scene.collection.objects.link(made)
    made.visible_camera = False
    return made


def _world(stage: Stage, strength: float) -> tuple[Nodes, bpy.types.NodeSocket]:
    world = bpy.data.worlds.new("world")
    stage.scene.world = world
    sampling = cast("Any", world).cycles
    sampling.sampling_method, sampling.sample_map_resolution = "MANUAL", 256  # a large map costs more than a picture
    nodes = Nodes(world)
    nodes.clear()
    background = nodes.add("Background", Strength=strength)
    nodes.link(background.outputs[0], nodes.add("OutputWorld").inputs[0])
    return nodes, background.inputs["Color"]


def _flat(stage: Stage, color: Color, strength: float) -> None:
    _, socket = _world(stage, strength)
    cast("bpy.types.NodeSocketColor", socket).default_value = (*color, 1.0)


def _photo(stage: Stage, path: str, strength: float) -> None:
    nodes, socket = _world(stage, strength)
    mapping = nodes.add("Mapping", Vector=nodes.add("TexCoord").outputs["Generated"])
    nodes.set(mapping, "Rotation", (0.0, 0.0, stage.draw.turn()))
    image = nodes.add(
        "TexEnvironment", image=bpy.data.images.load(path, check_existing=True), Vector=mapping.outputs[0]
    )
    nodes.link(image.outputs[0], socket)


def _painted(stage: Stage, strength: float, clouds: bool) -> None:
    """A gradient from the horizon up, with a layer of clouds."""
    draw = stage.draw
    nodes, socket = _world(stage, strength)
    direction = nodes.add("TexCoord").outputs["Generated"]
    height = nodes.add("SeparateXYZ", Vector=direction).outputs[2]
    blue, dusk = draw.hsv((0.54, 0.66), (0.2, 0.8), (0.3, 0.9)), draw.hsv((0, 1), (0, 0.5), (0.1, 0.9))
    haze, glow = draw.hsv((0.5, 0.65), (0, 0.3), (0.7, 1)), draw.hsv((0, 0.12), (0.2, 0.7), (0.6, 1))
    low = glow if draw.chance(0.3) else haze
    high = dusk if draw.chance(0.25) else blue
    color = nodes.ramp(height, (0.0, low), (draw.uniform(0.2, 0.8), high))
    if clouds:
        mapping = nodes.add("Mapping", Vector=direction)
        nodes.set(mapping, "Scale", (1.0, 1.0, draw.uniform(1.5, 5)))
        nodes.set(mapping, "Location", (draw.uniform(0, 50), 0.0, 0.0))
        noise = nodes.add("TexNoise", Vector=mapping.outputs[0], Scale=draw.uniform(2, 7), Detail=8.0)
        edge, grey = draw.uniform(0.3, 0.6), draw.uniform(0.5, 1)
        cover = nodes.ramp(noise.outputs[0], (edge, (0, 0, 0)), (edge + draw.uniform(0.08, 0.3), (1, 1, 1)))
        color = nodes.mix(cover, color, (grey, grey, grey))
    nodes.link(color, socket)
