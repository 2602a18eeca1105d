# SPDX-License-Identifier: GPL-3.0-or-later
"""The weights of models: fetched by the engine, after the licence was shown and accepted."""

import time
from typing import TYPE_CHECKING, cast

import bpy

from .. import compat, models
from ..engine.contract import DepthError, ExitCode
from ..engine.locate import NoEngine
from ..jobs import timer
from ..jobs.session import POLL_SECONDS, session
from ..preferences import get_preferences
from ..properties import settings_of
from .base import DepthOperator, Returned, plain
from .ids import Operator

DIALOG_WIDTH = 420


def missing_weights(name: str) -> str:
    """What to say where a model's weights are neither downloaded nor in a folder of the user's; empty otherwise."""
    model = models.find(name)
    if model is None or model.installed or get_preferences().weights_folder(name):
        return ""
    return f"The weights of {model.title} are not here"


def download_refusal() -> str:
    """Why nothing can be downloaded now; empty if it can."""
    state = session()
    if isinstance(state.engine.engine, NoEngine):
        return plain(state.engine.engine.reason)
    if state.downloading:
        return "A download is running"
    return offline_reason()


def offline_reason() -> str:
    """Why Blender's settings keep this extension from the network; empty if they do not."""
    if bpy.app.online_access:
        return ""
    if bpy.app.online_access_override:
        return "Blender was started in offline mode"
    return "Online access is off: Preferences, System, Allow Online Access"


class DownloadModel(DepthOperator):
    """Download the weights of a model, after its license was accepted"""

    bl_idname = Operator.DOWNLOAD
    bl_label = "Download Model"

    if TYPE_CHECKING:
        model: str
        accept: bool
    else:
        model: bpy.props.StringProperty(
            name="Model", description="The model's name; empty for the scene's model", options={"SKIP_SAVE"}
        )
        accept: bpy.props.BoolProperty(
            name="I Have Read and Accept the License",
            description="Without it nothing is downloaded",
            options={"SKIP_SAVE"},
        )

    _in_dialog = False

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = download_refusal()
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Show the license: what is accepted is downloaded in the background."""
        model = models.find(self.chosen(context))
        self.accept = model is not None and model.accepted
        self._in_dialog = True
        manager = cast("bpy.types.WindowManager", context.window_manager)
        return manager.invoke_props_dialog(self, width=DIALOG_WIDTH, confirm_text="Download")

    def run(self, context: bpy.types.Context) -> None:
        """Download; scripts wait for the end."""
        name = self.chosen(context)
        if not self.accept:
            raise DepthError(
                ExitCode.LICENCE_NOT_ACCEPTED,
                f"The license of {name} was not accepted: nothing was downloaded.",
                "Read it and tick I Have Read and Accept the License.",
            )
        download = session().fetch(name)
        timer.wake()
        if self._in_dialog:
            return
        while not download.ended:
            session().tick()
            time.sleep(POLL_SECONDS)
        if download.error:
            raise download.error

    def chosen(self, context: bpy.types.Context) -> str:
        """The name of the model. Raises DepthError if there is none."""
        scene = compat.sequencer_scene(context)
        if self.model or scene is None:
            return self.model
        return settings_of(scene).model


class SEQUENCER_OT_depth_cancel_download(DepthOperator):
    """Stop the download; the next one goes on from there"""

    bl_idname = Operator.CANCEL_DOWNLOAD
    bl_label = "Cancel Download"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not session().downloading:
            cls.poll_message_set("No download is running")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        session().cancel_download()
        timer.wake()
