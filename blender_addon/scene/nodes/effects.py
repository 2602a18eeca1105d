# SPDX-License-Identifier: GPL-3.0-or-later
"""The compositor's groups: depth from raw disparity, and what is done with it. All of a file's results share them."""

from __future__ import annotations

import bpy

from ... import compat
from .inputs import Input
from .library import Builder, color, number, shared_group
from .wiring import Value, Wiring

_VERSION = 1
_SMALLEST = 1e-6
_LARGEST_BLUR = 128.0  # pixels: beyond, a frame would take minutes

_IMAGE = color("Image", "What is shown")
_DEPTH = number("Depth", "Distance along the camera's axis", 10.0, 0.0, 1e10, "DISTANCE")
_OUT = ("Image", "NodeSocketColor")

DEPTH_CONTROLS = (
    number("Near", "Distance of what is nearest", 1.0, 0.001, 1e6, "DISTANCE"),
    number("Far", "Distance of what is farthest", 20.0, 0.001, 1e6, "DISTANCE"),
    number("Range Min", "Disparity that stands at Far, keyed for each shot", 0.0, -1e6, 1e6),
    number("Range Max", "Disparity that stands at Near, keyed for each shot", 1.0, -1e6, 1e6),
    number("Invert", "Swap near and far", 0.0, 0.0, 1.0, "FACTOR"),
    number("Metric", "At 1 the disparity is 1/meters, so Near, Far and Range do not place it", 0.0, 0.0, 1.0, "FACTOR"),
)
FOG_CONTROLS = (
    color("Fog Color", "Color of the fog", (0.6, 0.65, 0.7)),
    number("Density", "Share of the light that is lost in each unit of distance", 0.15, 0.0, 1e3),
    number("Start", "Distance at which the fog begins", 1.0, 0.0, 1e6, "DISTANCE"),
)
DEFOCUS_CONTROLS = (
    number("Focus Distance", "Distance of what is sharp", 2.0, 0.001, 1e6, "DISTANCE"),
    number("Blur", "Radius of the blur of what is far beyond the focus, in pixels", 12.0, 0.0, _LARGEST_BLUR),
)


class CompositorWiring(Wiring):
    """A short way to write compositor nodes."""

    def math(self, operation: str, *inputs: Value) -> bpy.types.NodeSocket:
        return self.new(compat.compositor_math(), *inputs, operation=operation)

    def mix(self, share: Value, first: Value, second: Value) -> bpy.types.NodeSocket:
        """The first image, and by `share` the second."""
        kind, settings = compat.compositor_mix()
        return self.new(kind, share, first, second, **settings)

    def over(self, behind: Value, before: Value) -> bpy.types.NodeSocket:
        """An image over another, by its alpha."""
        node = self.node("CompositorNodeAlphaOver")
        for socket, value in zip(compat.over_inputs(node), (behind, before)):
            self.set(socket, value)
        return node.outputs[0]


def depth_from_disparity() -> bpy.types.NodeTree:
    """Depth from an image of raw disparity, by the formula of relief and points."""

    def build(group: bpy.types.NodeTree) -> None:
        wire = CompositorWiring(group)
        given = wire.node("NodeGroupInput").outputs
        disparity = wire.node("CompositorNodeSeparateColor", given["Disparity"]).outputs[0]
        low = wire.math("MAXIMUM", wire.math("MINIMUM", given["Near"], given["Far"]), _SMALLEST)
        high = wire.math("MAXIMUM", wire.math("MAXIMUM", given["Near"], given["Far"]), low)
        share = wire.divide(
            wire.subtract(disparity, given["Range Min"]), wire.subtract(given["Range Max"], given["Range Min"])
        )
        share = wire.math("MINIMUM", wire.math("MAXIMUM", share, 0.0), 1.0)
        share = wire.math("ABSOLUTE", wire.subtract(given["Invert"], share))
        inverse = wire.divide(1.0, high)
        inverse = wire.add(inverse, wire.multiply(wire.subtract(wire.divide(1.0, low), inverse), share))
        metric = wire.math("MAXIMUM", disparity, _SMALLEST)
        chosen = wire.add(inverse, wire.multiply(given["Metric"], wire.subtract(metric, inverse)))
        wire.node("NodeGroupOutput", wire.divide(1.0, chosen))

    inputs = (color("Disparity", "Raw disparity, Non-Color"), *DEPTH_CONTROLS)
    return _group("Depth from Disparity", inputs, ("Depth", "NodeSocketFloat"), build)


def fog() -> bpy.types.NodeTree:
    """Image and Fog Color mixed by 1 - exp(-Density * (Depth - Start))."""

    def build(group: bpy.types.NodeTree) -> None:
        wire = CompositorWiring(group)
        given = wire.node("NodeGroupInput").outputs
        way = wire.math("MAXIMUM", wire.subtract(given["Depth"], given["Start"]), 0.0)
        clear = wire.math("EXPONENT", wire.multiply(wire.multiply(way, given["Density"]), -1.0))
        wire.node("NodeGroupOutput", wire.mix(wire.subtract(1.0, clear), given["Image"], given["Fog Color"]))

    return _group("Depth Fog", (_IMAGE, _DEPTH, *FOG_CONTROLS), _OUT, build)


def defocus() -> bpy.types.NodeTree:
    """A lens' blur, its radius Blur * |1 - Focus Distance / Depth|: a thin lens' circle of confusion."""

    def build(group: bpy.types.NodeTree) -> None:
        wire = CompositorWiring(group)
        given = wire.node("NodeGroupInput").outputs
        off = wire.math("ABSOLUTE", wire.subtract(1.0, wire.divide(given["Focus Distance"], given["Depth"])))
        radius = wire.math("MINIMUM", wire.multiply(off, given["Blur"]), _LARGEST_BLUR)
        blur = wire.node("CompositorNodeDefocus", given["Image"], radius, use_zbuffer=False, blur_max=_LARGEST_BLUR)
        wire.node("NodeGroupOutput", blur.outputs[0])

    return _group("Depth Defocus", (_IMAGE, _DEPTH, *DEFOCUS_CONTROLS), _OUT, build)


def merge() -> bpy.types.NodeTree:
    """Of a render and the footage what is nearer, by the render's alpha; and its depth."""

    def build(group: bpy.types.NodeTree) -> None:
        wire = CompositorWiring(group)
        given = wire.node("NodeGroupInput").outputs
        before = wire.math("LESS_THAN", given["Depth"], given["Footage Depth"])
        both = wire.over(given["Footage"], given["Image"])
        nearest = wire.math("MINIMUM", given["Depth"], given["Footage Depth"])
        wire.node("NodeGroupOutput", wire.mix(before, given["Footage"], both), nearest)

    footage = (color("Footage", "The footage"), Input("Footage Depth", "NodeSocketFloat", "Depth of the footage"))
    return _group("Depth Merge", (_IMAGE, _DEPTH, *footage), (*_OUT, "Depth", "NodeSocketFloat"), build)


def under() -> bpy.types.NodeTree:
    """The footage behind a render, where that is transparent."""

    def build(group: bpy.types.NodeTree) -> None:
        wire = CompositorWiring(group)
        given = wire.node("NodeGroupInput").outputs
        wire.node("NodeGroupOutput", wire.over(given["Footage"], given["Image"]))

    return _group("Footage Under", (_IMAGE, color("Footage", "The footage")), _OUT, build)


def _group(name: str, inputs: tuple[Input, ...], output: tuple[str, ...], build: Builder) -> bpy.types.NodeTree:
    return shared_group(name, "CompositorNodeTree", _VERSION, inputs, output, build)
