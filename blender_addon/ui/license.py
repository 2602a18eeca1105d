# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog in which a model's license is read and accepted before a download."""

import bpy

from .. import models
from ..figures import data_size
from ..operators.models import DIALOG_WIDTH, DownloadModel
from .layout import fact, layout_of, paragraph


class SEQUENCER_OT_depth_download_model(DownloadModel):
    """Download the weights of a model, after its license was accepted"""

    def draw(self, context: bpy.types.Context) -> None:
        layout, name = layout_of(self), self.chosen(context)
        model = models.find(name)
        if model is None:
            layout.label(text=f"The engine has not told about {name}", icon="ERROR")
            return
        fact(layout, "Model", model.title)
        fact(layout, "Download", data_size(model.size_bytes))
        fact(layout, "Commercial Use", "Allowed" if model.commercial_use else "Not Allowed")
        box = layout.box()
        for text in (model.licence, model.licence_summary):
            paragraph(box, context, text, width=DIALOG_WIDTH)
        if model.licence_url:
            box.operator("wm.url_open", text="Read the License", icon="URL").url = model.licence_url
        layout.prop(self, "accept")
