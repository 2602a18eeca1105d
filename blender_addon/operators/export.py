# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting the active relief or points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from .. import export
from ..engine.contract import DepthError, ExitCode
from ..export.choices import PRESET_ITEMS, ExportChoices, apply_preset, choices_of
from ..figures import data_size
from .base import DepthOperator, Returned
from .ids import Operator


def active_object(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object, also where the sequencer's context names none."""
    layer = cast("bpy.types.ViewLayer | None", context.view_layer)
    return layer.objects.active if layer else None


class ExportOperator(ExportChoices, DepthOperator):
    """What the export does; how it is drawn is the user interface's."""

    bl_idname = Operator.EXPORT
    bl_label = "Export Depth"
    bl_options = {"REGISTER"}

    if TYPE_CHECKING:
        preset: str
        filepath: str
        check_existing: bool
    else:
        preset: bpy.props.EnumProperty(
            name="Preset",
            description="What suits a program replaces format, scale, axes and size budget",
            items=PRESET_ITEMS,
            options={"HIDDEN", "SKIP_SAVE"},
        )
        filepath: bpy.props.StringProperty(
            name="File", description="The file, or the folder of a sequence", subtype="FILE_PATH"
        )
        check_existing: bpy.props.BoolProperty(
            name="Confirm Overwrite", default=True, options={"HIDDEN"}, description="Ask before a file is replaced"
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = export.refusal(active_object(context))
        if not reason and bpy.app.is_job_running("RENDER"):
            reason = "Blender is rendering"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Take the scene's settings, and ask for a file."""
        choices = choices_of(cast("bpy.types.Scene", context.scene))
        for name in ExportChoices.__annotations__:
            if not self.properties.is_property_set(name):
                setattr(self, name, getattr(choices, name))
        if not self.properties.is_property_set("filepath"):  # what an earlier export was called is another matter
            shown = cast("bpy.types.Object", active_object(context))
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
            self.filepath = str(export.complete(folder / shown.name, self.format))
        cast("bpy.types.WindowManager", context.window_manager).fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, context: bpy.types.Context) -> bool:
        """Keep the extension that of the format."""
        before = self.filepath
        self.filepath = str(export.complete(Path(before), self.format))
        return self.filepath != before

    def run(self, context: bpy.types.Context) -> None:
        apply_preset(self, self.preset)
        if not self.filepath:
            raise DepthError(ExitCode.USAGE, "There is no file to export to.", "Give it as filepath.")
        scene = cast("bpy.types.Scene", context.scene)
        source = export.find_source(scene, active_object(context))
        manager = cast("Any", context.window_manager)
        path = Path(cast("Any", bpy.path).abspath(self.filepath))
        manager.progress_begin(0.0, 1.0)
        try:
            done = export.export(
                scene, source, self.format, path, self.settings(scene, source),
                lambda frames, total: manager.progress_update(frames / total),
            )  # fmt: skip
        finally:
            manager.progress_end()
        thinned = f", every {done.stride}. vertex" if done.stride > 1 else ""
        self.report({"INFO"}, f"Exported {done.frames} frames, {data_size(done.size)}{thinned}: {done.files[0]}")
