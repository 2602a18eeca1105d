# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying a job again that ran out of memory: with smaller pictures for its model, and, where the engine knows how,
shorter windows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..engine import contract
from ..engine.query import Query

SHARE = 0.75
"""Of the longest side that the model saw: a little more than half of the pixels."""
SMALLEST = 140


def lighter(options: contract.Options, plan: contract.Plan) -> contract.Options:
    """The options of a job that needs less memory. plan: of the job as it is. Raises DepthError OUT_OF_MEMORY."""
    size = int(max(plan.processed_width, plan.processed_height) * SHARE)
    if size < SMALLEST:
        raise contract.DepthError(
            contract.ExitCode.OUT_OF_MEMORY,
            "The model's pictures are as small as is useful already.",
            "Choose a smaller model, or close other programs.",
        )
    return replace(options, max_size=size, allow_smaller=True)


class LessMemory:
    """A preparation that asks the engine how the job would run, and changes job.json so that it runs with less.

    changed: is told in words what was changed.
    """

    title = "Asking for Less Memory"
    done = total = 0

    def __init__(
        self,
        folder: contract.JobFolder,
        ask: Callable[[contract.Job], Query[contract.Plan]],
        changed: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._ask = ask
        self._changed = changed
        self._query: Query[contract.Plan] | None = None
        self._written = False

    @property
    def pending(self) -> bool:
        return not self._written

    def ahead(self) -> bool:
        job = self._folder.read_job()
        self._query = self._query or self._ask(job)
        if self._query.poll() and not self._written:
            plan = self._query.wait()
            options = lighter(job.options, plan)
            self._folder.write_job(replace(job, options=options))
            self._written = True
            self._changed(f"Model Size {max(plan.processed_width, plan.processed_height)} to {options.max_size}")
        return self._written

    def step(self) -> bool:
        return not self.ahead()

    def close(self) -> None:
        if self._query:
            self._query.cancel()
