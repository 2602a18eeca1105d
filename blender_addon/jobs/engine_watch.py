# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about the engine: where it lies, its models, and what its self-check found."""

from __future__ import annotations

import time

from .. import models
from ..engine import contract
from ..engine.locate import Engine, NoEngine, find_engine
from ..engine.query import Query
from ..engine.questions import Questions
from ..engine.setup import Installer, find_installer
from ..preferences import get_preferences

LOOK_AGAIN_SECONDS = 2.0  # for an engine that was not found, while somebody looks at the panel


class EngineWatch:
    """Keeps what the panel and the preferences tell about the engine; `tick` does the work."""

    def __init__(self) -> None:
        self.engine: Engine | NoEngine | None = None  # None until it was looked for
        self.installer: Installer | None = None  # what can set the engine up here
        self.diagnosis: contract.Diagnosis | contract.DepthError | None = None
        self.models_error: contract.DepthError | None = None  # why the engine's models are not known
        self.revision = 0
        self._models: Questions[contract.ModelList] = Questions()
        self._doctor: Query[contract.Diagnosis] | None = None
        self._shown = False
        self._models_wanted = False
        self._looked_for = ""
        self._look_at = 0.0

    @property
    def found(self) -> Engine | None:
        return self.engine if isinstance(self.engine, Engine) else None

    @property
    def checking(self) -> bool:
        return self._doctor is not None

    @property
    def active(self) -> bool:
        return self._shown or self.checking or self._models.active

    def show(self) -> None:
        """Somebody looks: keep it up to date. It only notes so: every redraw may call it."""
        self._shown = True

    def look(self, preferred: str) -> Engine | NoEngine:
        """Look for the engine now."""
        engine = find_engine(preferred)
        self.installer = find_installer()
        if engine != self.engine:
            self.engine = engine
            self.diagnosis = None
            self._models.forget()
            self.models_error = None
            models.known.clear()
            self.revision += 1
        self._looked_for, self._look_at = preferred, time.monotonic() + LOOK_AGAIN_SECONDS
        return engine

    def check(self, preferred: str) -> None:
        """Begin the engine's self-check."""
        engine = self.look(preferred)
        self._cancel_check()
        self._models.forget()
        self.diagnosis = None
        if isinstance(engine, NoEngine):
            self.diagnosis = contract.DepthError(contract.ExitCode.USAGE, engine.reason, engine.hint)
        else:
            self._doctor = Query(engine.command, ["doctor"], contract.Diagnosis)
        self.revision += 1

    def check_again(self, preferred: str) -> None:
        """Something was mended: let findings that are shown tell so."""
        self.look(preferred)
        if self.diagnosis:
            self.check(preferred)

    def ask_models_again(self) -> None:
        """Weights have come or gone."""
        self._models.forget()

    def tick(self, preferred: str) -> None:
        if self._shown:
            self._shown, self._models_wanted = False, True
            missing = self.found is None and time.monotonic() >= self._look_at
            if missing or preferred != self._looked_for:
                self.look(preferred)
        self._models.tick()
        if self._models_wanted and self.found:
            self._ask_models(self.found)
        if self._doctor and self._doctor.poll():
            self.diagnosis = self._doctor.answer or self._doctor.error
            self._doctor = None
            self.revision += 1

    def close(self) -> None:
        self._models.cancel()
        self._cancel_check()

    def _ask_models(self, engine: Engine) -> None:
        """Keep the list of models that the menu offers; an engine that does not answer leaves it as it is."""
        answer = self._models.want(engine.command, lambda: Query(engine.command, ["models"], contract.ModelList))
        if answer is None:
            return
        error = answer if isinstance(answer, contract.DepthError) else None
        if error is not self.models_error:
            self.models_error = error
            self.revision += 1
        if isinstance(answer, contract.ModelList) and tuple(models.known) != answer.models:
            models.known[:] = answer.models
            for model in answer.models:
                if not model.included:
                    get_preferences().add_weights(model.name)
            self.revision += 1

    def _cancel_check(self) -> None:
        if self._doctor:
            self._doctor.cancel()
            self._doctor = None
