# SPDX-License-Identifier: GPL-3.0-or-later
"""The compositor with depth: fog, defocus, and renders merged with the footage.

What is in the scene's tree already stays: each effect is put once into the link that ends in the tree's output. Depth
is computed from the raw disparity with the controls of the result's relief, or with its own where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import bpy

from .. import compat
from ..engine.contract import DepthError, ExitCode
from .animation import drive, release, set_keys
from .camera import create_camera, find_camera, look_through
from .images import load_sequence, play, play_numbers
from .marks import find, has_role, mark
from .nodes import effects, get_input, input_path
from .plate import load_plate
from .playback import player
from .ranges import NAMES, Range, range_keys
from .rendering import keep_depth, show_scene, show_through
from .result import Result
from .rig import result_collection
from .settings import SceneSettings
from .timing import clip_range

Picture = Literal["FOOTAGE", "OVER", "MERGE"]

_ORDER: dict[str, Callable[[], bpy.types.NodeTree]] = {
    "Under": effects.under,
    "Merge": effects.merge,
    "Fog": effects.fog,
    "Defocus": effects.defocus,
}
"""Roles of the nodes that a picture goes through, in that order, and their groups."""


@dataclass(frozen=True, slots=True)
class CompositingSettings:
    """picture: the footage; the render over it; or both merged by depth. In a tree that puts something out already,
    that is taken for the footage or the render.
    """

    picture: Picture = "FOOTAGE"
    fog: bool = True
    defocus: bool = False


def set_up_compositing(
    scene: bpy.types.Scene, result: Result, scene_settings: SceneSettings, how: CompositingSettings
) -> list[str]:
    """Put the wanted effects into the scene's compositor; those that are there already stay as they are.

    Returns what was changed besides, in words. Raises DepthError when the tree has no output or files are missing.
    """
    existing = compat.find_compositor_tree(scene)
    if existing and compat.compositor_output(existing) is None:
        raise DepthError(
            ExitCode.USAGE, "The compositor's nodes have no output.", "Add a Composite or Group Output node."
        )
    changes = _prepare(scene, result, scene_settings, how)
    tree, new = compat.compositor_tree(scene)
    work = _Tree(scene, tree, result)
    work.start(how.picture)
    if how.picture == "OVER":
        work.remove("Merge")
        work.connect(work.insert("Under"), {"Footage": work.footage()})
    elif how.picture == "MERGE":
        work.remove("Under")
        depths = {"Footage": work.footage(), "Footage Depth": work.depth(scene_settings), "Depth": work.render("Depth")}
        work.connect(work.insert("Merge"), depths)
    for role, wanted in (("Fog", how.fog), ("Defocus", how.defocus)):
        if wanted:
            work.insert(role)
    work.give_depth(scene_settings)
    if new:
        work.arrange()
    return changes


def compositing_nodes(scene: bpy.types.Scene, identity: str) -> list[bpy.types.Node]:
    """The nodes with live controls that were put into the scene's compositor for a result, in their order."""
    tree = compat.find_compositor_tree(scene)
    if tree is None:
        return []
    roles = ("Disparity to Depth", *_ORDER)
    return [node for role in roles for node in tree.nodes if has_role(node, role, identity)]


def _prepare(
    scene: bpy.types.Scene, result: Result, scene_settings: SceneSettings, how: CompositingSettings
) -> list[str]:
    """What a render must have for this picture."""
    changes = show_scene(scene)
    if not scene.render.use_compositing:
        scene.render.use_compositing = True
        changes.append("turned Output > Post Processing > Compositing on")
    if how.picture != "FOOTAGE":
        camera = find_camera(scene, result) or create_camera(scene, result, scene_settings)
        changes += [*show_through(scene), *look_through(scene, camera)]
    if how.picture == "MERGE":
        changes += keep_depth(scene.view_layers[0])
    return changes


class _Tree:
    """The scene's compositor nodes, as far as they are a result's."""

    def __init__(self, scene: bpy.types.Scene, tree: bpy.types.NodeTree, result: Result) -> None:
        self._scene, self._tree, self._result = scene, tree, result

    def start(self, picture: Picture) -> None:
        """Feed the output, if nothing does."""
        output = self._output()
        if not output.is_linked:
            self._tree.links.new(self.footage() if picture == "FOOTAGE" else self.render("Image"), output)

    def insert(self, role: str) -> bpy.types.Node:
        """The effect's node: where it is, else put before the effects that come after it."""
        node = self._find(role)
        if node:
            return node
        target = self._after(role)
        link = next(iter(cast("Any", target).links))
        source = link.from_socket
        if role in ("Under", "Merge") and has_role(source.node, "Footage Size", self._result.identity):
            source = self.render("Image")  # an earlier set-up showed the footage alone
        node = self._add("CompositorNodeGroup", role)
        node.node_tree = _ORDER[role]()
        x, y = cast(bpy.types.Node, target.node).location
        node.location = (x - 220, y + 60)
        self._tree.links.new(source, node.inputs["Image"])
        self._tree.links.new(node.outputs["Image"], target)
        return node

    def remove(self, role: str) -> None:
        """Take an effect away again; its image goes on as it came."""
        node = self._find(role)
        if not node:
            return
        source = next(iter(node.inputs["Image"].links)).from_socket
        for target in [link.to_socket for link in node.outputs["Image"].links]:
            self._tree.links.new(source, target)
        self._tree.nodes.remove(node)

    def connect(self, node: bpy.types.Node, inputs: dict[str, bpy.types.NodeSocket]) -> None:
        for name, source in inputs.items():
            self._tree.links.new(source, node.inputs[name])

    def give_depth(self, settings: SceneSettings) -> None:
        """Fog and defocus go by the depth of what is merged, else by the footage's."""
        merged = self._find("Merge")
        for role in ("Fog", "Defocus"):
            node = self._find(role)
            if node:
                self.connect(node, {"Depth": merged.outputs["Depth"] if merged else self.depth(settings)})

    def render(self, output: str) -> bpy.types.NodeSocket:
        """An output of the scene's Render Layers node, which is made if there is none."""
        layers = [node for node in self._tree.nodes if node.bl_idname == "CompositorNodeRLayers"]
        node = next((node for node in layers if cast("Any", node).scene == self._scene), None)
        if not node:
            node = self._add("CompositorNodeRLayers", "Render")
            node.scene, node.location = self._scene, (-700, 200)
        return node.outputs[output]

    def footage(self) -> bpy.types.NodeSocket:
        """The footage in the render's size."""
        plate, keys = load_plate(self._result)
        node = self._find("Footage") or self._add_image("Footage", (-900, -100))
        node.image = plate
        play_numbers(node, self._tree, f'nodes["{node.name}"]', keys)
        return self._scaled("Footage")

    def depth(self, settings: SceneSettings) -> bpy.types.NodeSocket:
        """The footage's depth in the render's size."""
        manifest = self._result.manifest
        written = manifest.depth.get("exr32") or manifest.depth.get("exr16") or manifest.proxy_depth
        disparity = self._find("Disparity") or self._add_image("Disparity", (-900, -500))
        disparity.image = load_sequence(self._result, written, data=True)
        play(disparity, self._tree, f'nodes["{disparity.name}"]', self._result)
        node = self._find("Disparity to Depth")
        if not node:
            node = self._add("CompositorNodeGroup", "Disparity to Depth")
            node.node_tree = effects.depth_from_disparity()
            node.location = (-460, -500)
            node.inputs["Near"].default_value, node.inputs["Far"].default_value = settings.near, settings.far
        node.inputs["Metric"].default_value = float(self._result.metric and self._result.calibration is None)
        self.connect(node, {"Disparity": self._scaled("Disparity")})
        self._set_controls(node)
        return node.outputs["Depth"]

    def _set_controls(self, node: Any) -> None:
        """Driven by the relief's controls, where there is a relief; else the node's own, keyed for each shot."""
        relief = find(result_collection(self._scene, self._result).objects, "relief", self._result)
        near, far = node.inputs["Near"].default_value, node.inputs["Far"].default_value
        values, keyed = Range(near, far, *clip_range(self._result.manifest.shots)), range_keys(self._result, near, far)
        own = dict(zip(NAMES, zip(values, keyed)))
        if self._result.calibration is None:  # Near and Far are the artist's
            del own["Near"], own["Far"]
        for name in ("Near", "Far", "Range Min", "Range Max", "Invert"):
            # Curves go by a socket's place, whichever way it was named.
            path = f'nodes["{node.name}"].inputs[{node.inputs.find(name)}].default_value'
            driven = release(self._tree, path)
            if relief:
                node.inputs[name].default_value = float(get_input(player(relief), name))
                set_keys(self._tree, path, [])
                drive(self._tree, path, {"relief": (relief, input_path(player(relief), name))})
            elif name in own and (driven or not self._is_keyed(path)):
                value, keys = own[name]
                node.inputs[name].default_value = value
                set_keys(self._tree, path, keys)

    def _is_keyed(self, path: str) -> bool:
        curves = compat.fcurves(self._tree)
        return bool(curves and curves.find(path))

    def arrange(self) -> None:
        """Place the output of a new tree to the right of what leads there."""
        effects_there = [node for role in _ORDER if (node := self._find(role))]
        for place, node in enumerate(effects_there):
            node.location = (-200 + 240 * place, 100)
        output = cast(bpy.types.Node, self._output().node)
        output.location = (-200 + 240 * len(effects_there), 100)

    def _output(self) -> bpy.types.NodeSocket:
        return cast(bpy.types.NodeSocket, compat.compositor_output(self._tree))

    def _after(self, role: str) -> bpy.types.NodeSocket:
        """The input that takes the image after this effect."""
        roles = list(_ORDER)
        later = (self._find(other) for other in roles[roles.index(role) + 1 :])
        node = next((node for node in later if node), None)
        return node.inputs["Image"] if node else self._output()

    def _find(self, role: str) -> Any:
        return next((node for node in self._tree.nodes if has_role(node, role, self._result.identity)), None)

    def _add(self, kind: str, role: str) -> Any:
        node = self._tree.nodes.new(kind)
        node.name = node.label = f"{role} {self._result.name}"
        mark(node, role, self._result)
        return node

    def _add_image(self, role: str, location: tuple[float, float]) -> Any:
        """An image node, and after it one that brings the image to the render's size."""
        node = self._add("CompositorNodeImage", role)
        scale = self._add("CompositorNodeScale", f"{role} Size")
        compat.set_scale_to_render(scale)
        node.location, scale.location = location, (location[0] + 200, location[1])
        self._tree.links.new(node.outputs["Image"], scale.inputs["Image"])
        return node

    def _scaled(self, role: str) -> bpy.types.NodeSocket:
        return self._find(f"{role} Size").outputs[0]
