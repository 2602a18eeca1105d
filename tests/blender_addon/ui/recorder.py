# SPDX-License-Identifier: GPL-3.0-or-later
"""A layout that draws nothing, checks what it is given against Blender's own definitions, and remembers it."""

from __future__ import annotations

import types

import bpy

ICONS = set(bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys())


class Button:
    """The properties of an operator's button: only those that the operator has can be set."""

    def __init__(self, operator):
        module, name = operator.split(".")
        self._known = getattr(getattr(bpy.ops, module), name).get_rna_type().properties.keys()
        self.values = {}

    def __setattr__(self, name, value):
        if name.startswith("_") or name == "values":
            super().__setattr__(name, value)
            return
        assert name in self._known, f"the operator has no property {name}"
        self.values[name] = value


class Recorder:
    """Stands in for bpy.types.UILayout; sub-layouts write into the same records."""

    def __init__(self, root=None):
        self.root = root or self
        if root is None:
            self.labels, self.buttons, self.props, self.bars = [], [], [], []
            self.menus, self.choices = [], []
            self.pictures = 0

    def label(self, *, text="", icon="NONE"):
        assert icon in ICONS, icon
        self.root.labels.append(text)

    def prop(self, data, name, *, text=None, icon="NONE", **_):
        if name.startswith('["'):  # a modifier's input, which is known by its label
            assert name[2:-2] in data.keys(), name  # noqa: SIM118  it is no dictionary
            self.root.props.append(text)
            return
        assert name in data.bl_rna.properties, name
        self.root.props.append(name)

    def menu(self, name, *, text=None, icon="NONE"):
        assert hasattr(bpy.types, name), name
        self.root.menus.append((name, text))

    def prop_enum(self, data, name, value):
        assert name in data.bl_rna.properties, name
        self.root.choices.append(value)

    def operator(self, operator, *, text=None, icon="NONE", **_):
        assert icon in ICONS, icon
        button = Button(str(operator))
        self.root.buttons.append((str(operator), button))
        return button

    def progress(self, *, text="", factor=0.0, type="BAR"):  # noqa: A002  Blender's own name
        assert 0.0 <= factor <= 1.0
        self.root.bars.append((text, factor))

    def template_list(self, kind, list_id, data, name, active_data, active_name, *, rows=5):
        assert name in data.bl_rna.properties and active_name in active_data.bl_rna.properties
        lines = types.SimpleNamespace()
        for owner in reversed(getattr(bpy.types, kind).__mro__):
            for method, value in vars(owner).items():
                if isinstance(value, types.FunctionType):
                    setattr(lines, method, types.MethodType(value, lines))
        for item in getattr(data, name):
            lines.draw_item(bpy.context, Recorder(self.root), data, item, 0, active_data, active_name)

    def template_icon(self, *, icon_value, scale):
        self.root.pictures += 1

    def separator(self, **_):
        pass

    def _sub(self, **_):
        return Recorder(self.root)

    row = column = box = split = grid_flow = _sub

    @property
    def text(self):
        """All labels as one text, for what was broken into several lines."""
        return " ".join(self.root.labels)

    @property
    def operators(self):
        return [operator for operator, _ in self.root.buttons]


def draw(kind, owner=None, **attributes):
    """Let a panel or the preferences draw, and return what was drawn."""
    recorder = Recorder()
    panel = types.SimpleNamespace(layout=recorder, **attributes)
    for name, value in ((name, value) for base in reversed(kind.__mro__) for name, value in vars(base).items()):
        if isinstance(value, types.FunctionType):
            setattr(panel, name, types.MethodType(value, panel))
        elif isinstance(value, tuple) and not name.startswith("__"):
            setattr(panel, name, value)
    if owner is not None:
        panel.__dict__.update(bl_rna=getattr(owner, "bl_rna", owner))
    panel.draw(bpy.context)
    return recorder
