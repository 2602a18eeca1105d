# SPDX-License-Identifier: GPL-3.0-or-later
"""Footage that takes light: a card before the matched camera or the relief, a material with live controls, a key light.

On the card light falls by the normals that the engine made of depth; nothing there casts a shadow on itself. The relief
has a shape of its own, which light and shadows see.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import bpy

from .. import compat
from ..engine.contract import NormalsAnswer, Sequence
from .animation import drive
from .camera import create_camera, find_camera, look_through, match_render
from .images import load_sequence, play, play_numbers
from .marks import find, has_role, mark
from .materials import new_material, show_fading
from .nodes import get_input, set_input
from .nodes.lit import lit_group
from .plate import load_plate
from .playback import player
from .relief import create_relief
from .rendering import show_scene
from .result import Result
from .rig import add_object, result_collection
from .settings import SceneSettings

Variant = Literal["CARD", "RELIEF"]
LightKind = Literal["AREA", "SUN"]

_GROUP = "Relight"
_DISTANCE = "Distance"  # the card's property that moves it along the view
_LEAST_FACING = 0.02  # of the card's normals: what turns away from the card altogether would take no light
_KEY_LIGHT = (-0.6, 0.7, 0.75)  # from the target, in parts of its distance: from above, left of the camera


@dataclass(frozen=True, slots=True)
class RelightSettings:
    """variant: what takes the light. light: the kind of the key light that is added if the result has none.
    shadow_catcher: show nothing but the shadows that fall on it (Cycles). match_render: render through the matched
    camera, in the footage's size and colors.
    """

    variant: Variant = "CARD"
    light: LightKind = "AREA"
    shadow_catcher: bool = False
    match_render: bool = True


def existing_settings(scene: bpy.types.Scene, result: Result, settings: SceneSettings) -> SceneSettings:
    """The view and distances of what was already made of the result, else those given."""
    camera, relief = find_camera(scene, result), _find(scene, result, "relief")
    view = cast(bpy.types.Camera, camera.data).angle if camera else settings.field_of_view
    near, far = settings.near, settings.far
    if relief:
        near, far = sorted(float(get_input(player(relief), name)) for name in ("Near", "Far"))
    return replace(settings, field_of_view=view, near=near, far=max(far, near * 1.001))


def set_up_relighting(
    scene: bpy.types.Scene, result: Result, normals: NormalsAnswer, scene_settings: SceneSettings, how: RelightSettings
) -> tuple[bpy.types.Object, list[str]]:
    """The object that takes the light, and what was changed besides, in words. What is there already is used again.

    Raises DepthError when the result's files are missing.
    """
    camera = find_camera(scene, result) or create_camera(scene, result, scene_settings)
    distance = 2 / (1 / scene_settings.near + 1 / scene_settings.far)
    material = _lit_material(result, normals, how.variant)
    if how.variant == "CARD":
        lit = _find(scene, result, "relit card") or _add_card(scene, result, camera, distance)
        cast(bpy.types.Mesh, lit.data).materials[0] = material
    else:
        lit = _find(scene, result, "relief") or create_relief(scene, result, scene_settings)
        set_input(player(lit), "Material", material)
        lit.update_tag()
    lit.is_shadow_catcher = how.shadow_catcher
    lit.hide_render = lit.hide_viewport = False
    changes = [*_hide_others(scene, result, lit), *show_scene(scene)]
    _add_key_light(scene, result, how.light, distance)
    if how.match_render:
        changes += [*look_through(scene, camera), *match_render(scene, result)]
    return lit, changes


def relit_controls(identity: str) -> list[bpy.types.Node]:
    """The nodes with live controls of a result's materials that take light; no file is read."""
    materials = (item for item in bpy.data.materials if not item.library)
    lit = [item for item in materials if any(has_role(item, f"lit {kind}", identity) for kind in ("card", "relief"))]
    nodes = (material.node_tree.nodes.get(_GROUP) for material in lit if material.node_tree)
    return [node for node in nodes if node]


def _find(scene: bpy.types.Scene, result: Result, role: str) -> bpy.types.Object | None:
    return find(result_collection(scene, result).objects, role, result)


def _hide_others(scene: bpy.types.Scene, result: Result, lit: bpy.types.Object) -> list[str]:
    """Hide what else stands for the same footage: it would lie in or before the lit one."""
    changes: list[str] = []
    for role in ("relit card", "relief", "points"):
        other = _find(scene, result, role)
        if other and other != lit and not other.hide_render:
            other.hide_render = other.hide_viewport = True
            changes.append(f"hid {other.name}")
    return changes


def _add_card(scene: bpy.types.Scene, result: Result, camera: bpy.types.Object, distance: float) -> bpy.types.Object:
    """A plane across the camera's whole view, wherever along it the plane is moved, whatever the lens."""
    card = add_object(scene, result, "Relit Card", bpy.data.meshes.new)
    mesh, up = cast(bpy.types.Mesh, card.data), result.picture_aspect / 2
    mesh.from_pydata([(-0.5, -up, 0), (0.5, -up, 0), (0.5, up, 0), (-0.5, up, 0)], [], [(0, 1, 2, 3)])
    corners = mesh.uv_layers.new(name="UVMap")
    for corner, uv in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
        corners.data[corner].uv = uv
    mesh.materials.append(None)
    card.parent = camera
    card[_DISTANCE] = distance
    cast("Any", card).id_properties_ui(_DISTANCE).update(description="From the camera", min=0.001, subtype="DISTANCE")
    card.lock_location = card.lock_rotation = card.lock_scale = (True, True, True)
    # Expressions as simple as these need no Python, so no trust in the file.
    away = {"distance": (card, f'["{_DISTANCE}"]')}
    drive(card, "location", away, "-distance", 2)
    for axis in range(3):
        view = {"angle": (cast(bpy.types.Camera, camera.data), "angle")}
        drive(card, "scale", {**away, **view}, "2 * distance * tan(angle / 2)", axis)
    return card


def _lit_material(result: Result, normals: NormalsAnswer, variant: Variant) -> bpy.types.Material:
    """The result's material for this variant; made on first use, afterwards only what it plays is renewed."""
    role = f"lit {variant.lower()}"
    material = find(bpy.data.materials, role, result)
    if not material:
        material, tree = new_material(f"Relit {result.name}")
        mark(material, role, result)
        _wire_material(tree, variant)
        _set_cycles(material)
        group = cast("Any", tree.nodes[_GROUP])
        group.inputs["Light Level"].default_value = normals.light_level
    tree = compat.shader_nodes(material)
    plate, keys = load_plate(result)
    footage = _texture(tree, "Footage")
    footage.image = plate
    play_numbers(footage.image_user, tree, 'nodes["Footage"].image_user', keys)
    played: dict[str, Sequence] = {"Lighting": normals.lighting}
    if variant == "CARD":
        played["Normals"] = normals.normals
    for name, sequence in played.items():
        texture = _texture(tree, name)
        texture.image = load_sequence(result, sequence, data=True)
        play(texture.image_user, tree, f'nodes["{name}"].image_user', result)
    return material


def _texture(tree: bpy.types.NodeTree, name: str) -> bpy.types.ShaderNodeTexImage:
    return cast(bpy.types.ShaderNodeTexImage, tree.nodes[name])


def _wire_material(tree: bpy.types.NodeTree, variant: Variant) -> None:
    def add(kind: str, name: str, x: float, y: float) -> Any:
        node = tree.nodes.new(kind)
        node.name = node.label = name
        node.location = (x - 400, y)
        return node

    group = add("ShaderNodeGroup", _GROUP, 0, 0)
    group.node_tree = lit_group()
    group.width = 220
    show_fading(tree, group.outputs["Shader"])
    played = ("Footage", "Lighting") if variant == "RELIEF" else ("Footage", "Lighting", "Normals")
    for place, name in enumerate(played):
        texture = add("ShaderNodeTexImage", name, -640, 300 - 300 * place)
        texture.extension = "EXTEND"
        if name != "Normals":
            tree.links.new(texture.outputs["Color"], group.inputs[name])
    if variant == "RELIEF":
        surface = add("ShaderNodeNewGeometry", "Surface", -640, -300).outputs["Normal"]
        placed = add("ShaderNodeVectorTransform", "To Object", -320, -300)
        placed.vector_type, placed.convert_from, placed.convert_to = "NORMAL", "WORLD", "OBJECT"
    else:
        surface = tree.nodes["Normals"].outputs["Color"]
        placed = add("ShaderNodeVectorMath", "Facing", -320, -300)
        placed.operation = "MAXIMUM"
        placed.inputs[1].default_value = (-1, -1, _LEAST_FACING)
    tree.links.new(surface, placed.inputs[0])
    tree.links.new(placed.outputs[0], group.inputs["Normal"])
    tree.nodes.active = tree.nodes["Footage"]


def _set_cycles(material: bpy.types.Material) -> None:
    cycles = getattr(material, "cycles", None)
    if cycles:
        cycles.emission_sampling = "NONE"  # as a lamp, every pixel would cost much time and give little light
        cycles.use_bump_map_correction = False  # the card is flat on purpose; its normals are no bumps


def _add_key_light(scene: bpy.types.Scene, result: Result, kind: LightKind, distance: float) -> None:
    """A light from above and beside the camera on the middle of the footage, and an empty that it looks at."""
    if _find(scene, result, "key light"):
        return
    target = _find(scene, result, "light target") or add_object(scene, result, "Light Target", _nothing)
    target.location = (0, 0, -distance)
    target.empty_display_size = distance / 10
    light = add_object(scene, result, "Key Light", lambda name: bpy.data.lights.new(name, kind))
    x, y, z = (distance * part for part in _KEY_LIGHT)
    light.location = (x, y, z - distance)
    aim = cast(bpy.types.TrackToConstraint, light.constraints.new("TRACK_TO"))
    aim.target, aim.track_axis, aim.up_axis = target, "TRACK_NEGATIVE_Z", "UP_Y"
    # So strong that a surface at the target that takes away half of the light, and faces it, shows as white.
    lamp = cast("Any", light.data)
    if kind == "SUN":
        lamp.energy, lamp.angle = 2 * math.pi, math.radians(5)
    else:
        lamp.size = distance / 2
        lamp.energy = 2 * math.pi**2 * distance**2 * sum(part * part for part in _KEY_LIGHT)


def _nothing(_name: str) -> None:
    """The data of an empty."""
