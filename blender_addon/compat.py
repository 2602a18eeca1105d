# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between the Blender versions 4.2 to 5.2 that the add-on meets, and only those.

Types are written for Blender 4.5, which the type checker knows; older and newer names are reached by getattr.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, cast

import bpy


def sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene | None:
    """The scene that the Video Sequencer shows: from 5.0 on it may be another than the window's, or none."""
    known = cast("Any", context)
    return known.sequencer_scene if hasattr(context, "sequencer_scene") else known.scene


def active_strip(context: bpy.types.Context) -> bpy.types.Strip | None:
    """The active strip, also outside the sequencer's own areas, where the context of 5.x still names the scene."""
    scene = sequencer_scene(context)
    editor = scene.sequence_editor if scene else None
    return editor.active_strip if editor else None


def strips(owner: bpy.types.SequenceEditor | bpy.types.MetaStrip) -> bpy.types.StripsTopLevel:
    """The strips directly in a sequence editor or a meta strip. `strips` is new in 4.4; `sequences` went with 5.0."""
    known = cast("Any", owner)
    return known.strips if hasattr(owner, "strips") else known.sequences


def all_strips(editor: bpy.types.SequenceEditor) -> bpy.types.bpy_prop_collection[bpy.types.Strip]:
    """All strips, also those inside meta strips."""
    known = cast("Any", editor)
    return known.strips_all if hasattr(editor, "strips_all") else known.sequences_all


def selected_strips(editor: bpy.types.SequenceEditor) -> list[bpy.types.Strip]:
    """The selected strips that the sequencer shows: those inside the meta strip that is being edited, if one is."""
    stack = editor.meta_stack
    owner = cast("bpy.types.MetaStrip", stack[-1]) if len(stack) else editor
    return [strip for strip in strips(owner) if strip.select]


def handles(strip: bpy.types.Strip) -> tuple[int, int]:
    """The strip's first frame and the frame after its last on the timeline. The names changed in 5.2."""
    first, end = _handle_names(strip)
    return int(getattr(strip, first)), int(getattr(strip, end))


def set_handles(strip: bpy.types.Strip, left: int, right: int) -> None:
    """Trim or extend a strip to the frames from `left` to before `right`; its content stays where it is."""
    changes = list(zip(_handle_names(strip), (left, right)))
    if left >= handles(strip)[1]:  # the left handle cannot pass the right one
        changes.reverse()
    for name, frame in changes:
        setattr(strip, name, frame)


def move(strip: bpy.types.Strip, frames: int) -> None:
    """Move a strip's content and handles along the timeline; the name changed in 5.2."""
    name = "content_start" if hasattr(strip, "content_start") else "frame_start"
    setattr(strip, name, getattr(strip, name) + frames)


def _handle_names(strip: bpy.types.Strip) -> tuple[str, str]:
    if hasattr(strip, "left_handle"):
        return "left_handle", "right_handle"
    return "frame_final_start", "frame_final_end"


class Content(NamedTuple):
    """What a strip holds, whatever its handles show of it.

    start: scene frame of its first frame; length: in scene frames, after the hard trim; trimmed: frames that the hard
    trim took away at the start.
    """

    start: float
    length: int
    trimmed: int


def content(strip: bpy.types.Strip) -> Content:
    """The names changed in 5.2. Effects that make their own pictures know no hard trim."""
    known = cast("Any", strip)
    if hasattr(strip, "content_start"):
        return Content(known.content_start, known.content_duration, getattr(strip, "content_trim_start", 0))
    return Content(known.frame_start, known.frame_duration, getattr(strip, "animation_offset_start", 0))


def effect_inputs(strip: bpy.types.Strip) -> list[bpy.types.Strip]:
    """The strips that an effect takes; none for others."""
    inputs = (getattr(strip, f"input_{number}", None) for number in range(1, getattr(strip, "input_count", 0) + 1))
    return [taken for taken in inputs if taken is not None]


def new_effect(
    owner: bpy.types.SequenceEditor | bpy.types.MetaStrip,
    name: str,
    kind: str,
    channel: int,
    frames: tuple[int, int],
    inputs: tuple[bpy.types.Strip, ...] = (),
) -> bpy.types.EffectStrip:
    """Add an effect strip over the frames from `frames[0]` to before `frames[1]`; inputs only for those that take any.

    4.5 renamed the inputs, 5.0 replaced the last frame by a length.
    """
    collection = cast("Any", strips(owner))
    known = collection.bl_rna.functions["new_effect"].parameters.keys()
    left, right = frames
    span = {"length": right - left} if "length" in known else {"frame_end": right}
    prefix = "input" if "input1" in known else "seq"
    named = {f"{prefix}{number}": strip for number, strip in enumerate(inputs, 1)}
    return collection.new_effect(name=name, type=kind, channel=channel, frame_start=left, **span, **named)


def set_file_format(render: bpy.types.RenderSettings, file_format: str, media: Literal["IMAGE", "VIDEO"]) -> None:
    """Choose an output format; from 5.0 on its kind of media must be chosen first."""
    settings = cast("Any", render.image_settings)
    if hasattr(settings, "media_type"):
        settings.media_type = media
    settings.file_format = file_format


def action_fcurves(action: bpy.types.Action) -> list[bpy.types.FCurve]:
    """All curves of an action, of all its slots; 4.4 brought slots, and from 5.0 on curves lie nowhere else."""
    known = cast("Any", action)
    layers = getattr(known, "layers", ())
    if len(layers) == 0:
        return list(getattr(known, "fcurves", ()))
    bags = [bag for layer in layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def disable_white_balance(view: bpy.types.ColorManagedViewSettings) -> None:
    """White balance came with 4.3."""
    if hasattr(view, "use_white_balance"):
        cast("Any", view).use_white_balance = False


def fcurves(owner: bpy.types.ID) -> bpy.types.ActionFCurves | None:
    """The curves that animate one datablock, to find and remove; None if it has none. From 4.4 on those of its slot."""
    animation = cast("Any", owner).animation_data
    action = animation.action if animation else None
    if action is None or not hasattr(action, "slots"):
        return action and action.fcurves
    bags = (strip.channelbag(animation.action_slot) for layer in action.layers for strip in layer.strips)
    return next((bag.fcurves for bag in bags if bag), None)


def set_single_value(socket: bpy.types.NodeTreeInterfaceSocket) -> None:
    """Let a group's input take no attributes: 4.5 has a property for it that 5.x knows alone."""
    if hasattr(socket, "structure_type"):
        cast("Any", socket).structure_type = "SINGLE"
    else:
        socket.force_non_field = True


def shader_nodes(material: bpy.types.Material) -> bpy.types.ShaderNodeTree:
    """A material's nodes; from 5.0 on every material has them, and asking for them is deprecated."""
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    return cast("bpy.types.ShaderNodeTree", material.node_tree)


def group_input(modifier: bpy.types.NodesModifier, identifier: str) -> tuple[Any, str, str]:
    """An input of a modifier's group: what holds it, its name there as layouts take it, and its path in the object.

    Up to 5.1 inputs are custom properties of the modifier; 5.2 made them properties of their own.
    """
    path = f'modifiers["{bpy.utils.escape_identifier(modifier.name)}"]'
    if hasattr(modifier, "properties"):
        inputs = cast("Any", modifier).properties.inputs
        return getattr(inputs, identifier), "value", f"{path}.properties.inputs.{identifier}.value"
    return modifier, f'["{identifier}"]', f'{path}["{identifier}"]'


def get_group_input(modifier: bpy.types.NodesModifier, identifier: str) -> Any:
    """The value of an input of a modifier's group; of a menu the number of the chosen item."""
    holder, _, _ = group_input(modifier, identifier)
    if holder is modifier:
        return modifier[identifier]
    items = _menu_items(holder)
    return items.index(holder.value) if items else holder.value


def set_group_input(modifier: bpy.types.NodesModifier, identifier: str, value: Any) -> None:
    """As `get_group_input`, the other way."""
    holder, _, _ = group_input(modifier, identifier)
    if holder is modifier:
        modifier[identifier] = value
        return
    items = _menu_items(holder)
    holder.value = items[value] if items else value


def _menu_items(holder: Any) -> list[str]:
    """The items of an input that is a menu: 5.2 knows them by name, earlier versions by number."""
    value = holder.bl_rna.properties["value"]
    return [item.identifier for item in value.enum_items] if value.type == "ENUM" else []


def exports_usd_points() -> bool:
    """Whether USD export writes native point clouds: 4.2 leaves them empty."""
    return "export_points" in cast("Any", bpy.ops.wm.usd_export).get_rna_type().properties


def set_rate(render: bpy.types.RenderSettings, rate: float) -> None:
    """Give a scene a frame rate that need not be whole, such as 30000/1001."""
    render.fps = max(1, round(rate))
    render.fps_base = render.fps / rate


def compositor_tree(scene: bpy.types.Scene) -> tuple[bpy.types.NodeTree, bool]:
    """The scene's compositor nodes, switched on, and whether they are new; new ones hold nothing but an output."""
    known = cast("Any", scene)
    if hasattr(scene, "compositing_node_group"):
        tree = known.compositing_node_group
        new = tree is None
        if new:
            tree = known.compositing_node_group = cast("Any", bpy.data.node_groups).new(
                scene.name, "CompositorNodeTree"
            )
            tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
            tree.nodes.new("NodeGroupOutput")
        return tree, new
    new = known.node_tree is None
    known.use_nodes = True
    tree = known.node_tree
    if new:
        tree.nodes.clear()
        tree.nodes.new("CompositorNodeComposite")
    return tree, new


def find_compositor_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree | None:
    """The scene's compositor nodes, if there are any."""
    known = cast("Any", scene)
    return known.compositing_node_group if hasattr(scene, "compositing_node_group") else known.node_tree


def compositor_output(tree: bpy.types.NodeTree) -> bpy.types.NodeSocket | None:
    """The input that takes the composited image; None if nothing in the tree is rendered."""
    kinds = ("CompositorNodeComposite",) if bpy.app.version < (5, 0, 0) else ("NodeGroupOutput",)
    outputs = [node for node in tree.nodes if node.bl_idname in kinds and not node.mute]
    active = [node for node in outputs if getattr(node, "is_active_output", node == tree.nodes.active)]
    node = next(iter(active or outputs), None)
    return next((socket for socket in node.inputs if socket.type == "RGBA"), None) if node else None


def compositor_math() -> str:
    """The compositor has the nodes of shaders for numbers and colors alone from 5.0 on."""
    return "CompositorNodeMath" if bpy.app.version < (5, 0, 0) else "ShaderNodeMath"


def compositor_mix() -> tuple[str, dict[str, Any]]:
    """A node that mixes two images, and its settings; its enabled inputs are the second's share, first and second."""
    if bpy.app.version < (5, 0, 0):
        return "CompositorNodeMixRGB", {"use_clamp": False}
    return "ShaderNodeMix", {"data_type": "RGBA", "clamp_factor": True}


def over_inputs(node: bpy.types.Node) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Where an Alpha Over node takes what is behind and what is before. 5.0 gave them names and another order."""
    if "Background" in node.inputs:
        return node.inputs["Background"], node.inputs["Foreground"]
    return node.inputs[1], node.inputs[2]


def set_scale_to_render(node: bpy.types.Node) -> None:
    """Let a Scale node stretch an image to the render's size; from 5.0 on its settings are inputs."""
    known = cast("Any", node)
    if hasattr(node, "space"):
        known.space, known.frame_method = "RENDER_SIZE", "STRETCH"
    else:
        known.inputs["Type"].default_value, known.inputs["Frame Type"].default_value = "Render Size", "Stretch"
