# SPDX-License-Identifier: GPL-3.0-or-later
"""What would happen to the strip that the panel shows: found out between redraws, never by the panel itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from .. import compat, strips
from ..engine import contract
from ..engine.job import Failure
from ..engine.locate import Engine
from ..engine.questions import Questions
from ..preferences import Preferences
from .asking import ask_plan, ask_rendered_plan
from .request import Request, make_request

LOOK_SECONDS = 0.5  # between two looks at the strip and its files


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known about a strip.

    error: why it cannot be estimated. rendered: why its frames must be rendered first, in words. plan: what the
    engine would do; None while that is not known.
    """

    scene: str
    strip: str
    request: Request | None = None
    error: Failure | None = None
    rendered: str = ""
    plan: contract.Plan | None = None


class OutlookWatch:
    """Keeps the outlook of the strip that the panel shows up to date."""

    def __init__(self) -> None:
        self.revision = 0
        self._outlook = Outlook("", "")
        self._shown: tuple[str, str] | None = None
        self._look_at = 0.0
        self._plans: Questions[contract.Plan] = Questions()
        self._answers_seen = 0

    def show(self, scene: bpy.types.Scene, strip: bpy.types.Strip) -> Outlook:
        """What is known now. It only notes that this strip is shown: every redraw may call it."""
        self._shown = (scene.name, strip.name)
        return self.known(scene, strip)

    def known(self, scene: bpy.types.Scene, strip: bpy.types.Strip) -> Outlook:
        """What is known now, without keeping it up to date."""
        names = (scene.name, strip.name)
        return self._outlook if (self._outlook.scene, self._outlook.strip) == names else Outlook(*names)

    @property
    def active(self) -> bool:
        return self._shown is not None or self._plans.active

    def ask_again(self) -> None:
        """Forget what the engine said."""
        self._plans.forget()

    def close(self) -> None:
        self._plans.cancel()

    def facts(self, engine: Engine, request: Request) -> contract.SourceFacts | None:
        """What the engine found in the request's source, if it has been asked."""
        answer = self._plans.known((engine.command, request.direct_job(), request.parent))
        return answer.facts if isinstance(answer, contract.Plan) else None

    def tick(self, engine: Engine | None, preferences: Preferences) -> None:
        """Look at the strip if it is shown, or was when its plan was asked for."""
        self._plans.tick()
        answered = self._plans.revision != self._answers_seen
        if not answered and (self._shown is None or time.monotonic() < self._look_at):
            return
        names = self._shown or (self._outlook.scene, self._outlook.strip)
        self._shown, self._answers_seen = None, self._plans.revision
        self._look_at = time.monotonic() + LOOK_SECONDS
        outlook = self._look(*names, engine, preferences)
        if outlook != self._outlook:
            self._outlook = outlook
            self.revision += 1

    def _look(self, scene_name: str, strip_name: str, engine: Engine | None, preferences: Preferences) -> Outlook:
        scene = bpy.data.scenes.get(scene_name)
        editor = scene.sequence_editor if scene else None
        strip = compat.all_strips(editor).get(strip_name) if editor else None
        if scene is None or strip is None:
            return Outlook(scene_name, strip_name)
        try:
            request = make_request(scene, strip, preferences)
        except contract.DepthError as error:
            return Outlook(scene_name, strip_name, error=Failure(error.message, error.hint))
        outlook = Outlook(scene_name, strip_name, request)
        return self._with_plan(outlook, request, engine.command) if engine else outlook

    def _with_plan(self, outlook: Outlook, request: Request, command: Path) -> Outlook:
        """Add what the engine says, as far as it has said it: about the source, else about rendered frames."""
        job = request.direct_job()
        said = None
        if job:
            key = (command, job, request.parent)
            said = self._plans.want(key, lambda: ask_plan(command, job, request.parent))
            if not isinstance(said, contract.Plan):
                return _add(outlook, said)
        decision = strips.decide(request.strip, said.facts if said else None)
        if isinstance(decision, strips.Direct):
            return _add(outlook, said)
        said = self._plans.want((command, request), lambda: ask_rendered_plan(command, request))
        return _add(replace(outlook, rendered=decision.reason), said)


def _add(outlook: Outlook, said: contract.Plan | contract.DepthError | None) -> Outlook:
    if isinstance(said, contract.DepthError):
        return replace(outlook, error=Failure(said.message, said.hint))
    return replace(outlook, plan=said)
