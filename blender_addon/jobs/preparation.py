# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to a job.json: let the engine look at the strip's source, and render the strip where it must be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import bpy

from .. import strips
from ..engine import contract
from ..engine.query import Query
from .request import Request

FOOTAGE = "footage"  # the rendered frames, inside the job folder


class StripPreparation:
    """Decides how a strip's frames reach the engine, renders them if needed, and writes job.json.

    facts: what the engine found in the strip's source, if it was asked already.
    """

    def __init__(
        self,
        request: Request,
        placement: strips.Placement,
        folder: contract.JobFolder,
        facts: contract.SourceFacts | None,
        ask: Callable[[contract.Job], Query[contract.Plan]],
    ) -> None:
        self._request = request
        self._placement = placement
        self._folder = folder
        self._facts = facts
        self._ask = ask
        self._query: Query[contract.Plan] | None = None
        self._export: strips.FrameExport | None = None
        self._left_scene = False

    @property
    def title(self) -> str:
        if self._export:
            return "Rendering Frames"
        return "Reading the Footage" if self._query else "Preparing"

    @property
    def done(self) -> int:
        return self._export.done if self._export else 0

    @property
    def total(self) -> int:
        return self._export.total if self._export else 0

    @property
    def pending(self) -> bool:
        return self._facts is None and self._export is None and self._request.direct_job() is not None

    def ahead(self) -> bool:
        """Ask the engine, and write the job of a strip that need not be rendered."""
        self._look()
        return not self.pending and self._write_direct_job()

    def step(self) -> bool:
        """Advance by a moment. Raises DepthError when the strip's frames cannot be had."""
        if self._export:
            return self._render(self._export)
        if self.pending:
            self._look()
            return True
        if self._write_direct_job():
            return False
        self._begin_render()
        return True

    def leave_scene(self) -> None:
        """Another file is being opened: what is not rendered by now never will be."""
        self._left_scene = True

    def close(self) -> None:
        if self._query:
            self._query.cancel()
        if self._export:
            self._export.close()

    def _look(self) -> None:
        """Let the engine look at the strip's source."""
        job = self._request.direct_job()
        if job and self._facts is None:
            self._query = self._query or self._ask(job)
            if self._query.poll():
                self._facts = self._query.wait().facts

    def _write_direct_job(self) -> bool:
        """Write the job on the strip's own source; False where the strip must be rendered."""
        job = self._request.direct_job()
        if job is None or not isinstance(strips.decide(self._request.strip, self._facts), strips.Direct):
            return False
        self._folder.write_job(job)
        return True

    def _begin_render(self) -> None:
        scene = None if self._left_scene else bpy.data.scenes.get(self._placement.scene)
        strip = strips.find_strip(scene, self._placement.strip_id, self._placement) if scene else None
        if scene is None or strip is None:
            raise self._gone()
        number_one = strips.decide(self._request.strip, self._facts).number_one
        replace(self._placement, number_one=number_one).save(self._folder.path)
        self._export = strips.FrameExport(scene, strip, self._folder.path / FOOTAGE, self._request.span)

    def _render(self, export: strips.FrameExport) -> bool:
        if self._left_scene:
            raise self._gone()
        more = export.step()
        if not more:
            self._folder.write_job(self._request.rendered_job(export.source()))
        return more

    def _gone(self) -> contract.DepthError:
        return contract.DepthError(
            contract.ExitCode.BAD_INPUT,
            f"“{self._request.strip.name}” has gone before all its frames were rendered.",
            "Keep its file open until its frames are rendered.",
        )
