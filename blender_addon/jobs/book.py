# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of this user: started, found again after a restart, dismissed, and which strip each belongs to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import bpy

from .. import compat, strips
from ..engine import contract
from ..engine.folders import FolderRemoval
from ..engine.job import FollowedJob, State
from ..engine.leftovers import Kind, Leftover, leftovers
from ..engine.locate import Engine, NoEngine
from ..engine.query import Query
from ..engine.queue import JobQueue
from .asking import ask_plan
from .less_memory import LessMemory
from .places import SUFFIX, JobIndex, file_folder, job_folders, job_name, new_job_folder, user_folder
from .preparation import FOOTAGE, StripPreparation
from .request import Request


class JobBook:
    """All jobs that the user interface shows. Jobs refer to strips by the placements in their folders."""

    def __init__(self, find_engine: Callable[[], Engine | NoEngine]) -> None:
        self.queue = JobQueue(find_engine)
        self._find_engine = find_engine
        self._index = JobIndex(user_folder() / "jobs.json")
        self._placements: dict[Path, strips.Placement] = {}
        self._removals: dict[Path, FolderRemoval] = {}
        self._search_wanted = True
        self.queue.held = self._index.held

    @property
    def jobs(self) -> list[FollowedJob]:
        """Oldest first, but for waiting jobs that were moved."""
        return self.queue.jobs

    @property
    def held(self) -> bool:
        """Whether the queue as a whole is paused: no waiting job begins."""
        return self.queue.held

    def hold(self, held: bool) -> None:
        """Pause the queue, or let it go on; kept over restarts."""
        self.queue.held = self._index.held = held

    def move(self, job: FollowedJob, step: int) -> None:
        """Let a waiting job have its turn earlier (step -1) or later (1) by one; kept over restarts."""
        self.queue.move(job, step)
        self._keep_order()

    @property
    def active(self) -> bool:
        return self._search_wanted or self.queue.active or bool(self._removals)

    def start(
        self, scene: bpy.types.Scene, strip: bpy.types.Strip, request: Request, facts: contract.SourceFacts | None
    ) -> FollowedJob:
        """Put an estimate of the strip into the queue. Raises DepthError when its folder cannot be made."""
        return self._queue(
            strips.place(scene, strip, request.strip, strips.decide(request.strip, facts)), request, facts
        )

    def start_preview(
        self, scene: bpy.types.Scene, strip: bpy.types.Strip, request: Request, facts: contract.SourceFacts | None
    ) -> FollowedJob:
        """As `start`, for a preview: it is the next job to run, and those of the strip that have ended go."""
        for job in self.previews_of(scene, strip):
            if job.ended:
                with suppress(OSError):  # it is forgotten all the same, when it is looked for next
                    self.remove(job, delete_files=True)
        placement = strips.place(scene, strip, request.strip, strips.decide(request.strip, facts))
        job = self._queue(replace(placement, preview=True), request, facts, first=True)
        self._keep_order()
        return job

    def _queue(
        self,
        placement: strips.Placement,
        request: Request,
        facts: contract.SourceFacts | None,
        first: bool = False,
    ) -> FollowedJob:
        path = new_job_folder(request.parent, request.name)
        folder = contract.JobFolder(path)
        try:
            path.mkdir(parents=True)
            placement.save(path)
            self._index.add(path)
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise contract.DepthError(
                contract.ExitCode.NOT_WRITABLE,
                f"Cannot write to {error.filename or request.parent}: {error.strerror}.",
                "Choose another folder for the results.",
            ) from None
        preparation = StripPreparation(
            request, placement, folder, facts, lambda asked: self._ask(asked, request.parent)
        )
        job = FollowedJob(path, request.name, preparation)
        self._placements[path] = placement
        self.queue.add(job, first)
        if not preparation.pending:  # all is known: the job outlives Blender from now on
            job.prepare_ahead()
        return job

    def retry_with_less_memory(self, job: FollowedJob) -> None:
        """Put a job that ran out of memory back into the queue, to be changed first so that it needs less.

        Raises OSError when its checkpoint cannot be removed.
        """

        def note(text: str) -> None:
            job.note = text

        parent = job.folder.path.parent
        job.prepare_anew(LessMemory(job.folder, lambda asked: self._ask(asked, parent), note))

    def placement(self, job: FollowedJob) -> strips.Placement | None:
        """Where the job's strip lay; None if it did not come from a strip."""
        return self._placements.get(job.folder.path)

    def of_strip(self, scene: bpy.types.Scene, strip: bpy.types.Strip) -> list[FollowedJob]:
        """The jobs of one strip, the most fitting last: made between its present handles, then the newest.

        The parts of a strip that was cut, and its copies, share their jobs. A strip that lost its id, by an undo or
        with a file that was not saved, is known by its name. Previews do not count.
        """
        found = self._all_of_strip(scene, strip)
        return sorted((job for job in found if not self.is_preview(job)), key=lambda job: self._fits(job, strip))

    def previews_of(self, scene: bpy.types.Scene, strip: bpy.types.Strip) -> list[FollowedJob]:
        """The quick looks at a strip, the newest last."""
        return [job for job in self._all_of_strip(scene, strip) if self.is_preview(job)]

    def is_preview(self, job: FollowedJob) -> bool:
        """Whether a job is a quick look, not the depth of a strip."""
        placement = self.placement(job)
        return placement is not None and placement.preview

    def _all_of_strip(self, scene: bpy.types.Scene, strip: bpy.types.Strip) -> list[FollowedJob]:
        own = strips.strip_id(strip)
        names = (scene.name, strip.name)
        placed = [(job, placement) for job in self.jobs if (placement := self.placement(job))]
        if own is None:
            return [job for job, placement in placed if (placement.scene, placement.strip_name) == names]
        return [job for job, placement in placed if placement.strip_id == own]

    def is_estimating(self, scene: bpy.types.Scene, strip: bpy.types.Strip) -> bool:
        """Whether just what the strip shows now is being estimated already."""
        return any(not job.ended and self._fits(job, strip) for job in self.of_strip(scene, strip))

    def search(self) -> None:
        """Look for jobs of earlier sessions and of the opened file at the next tick."""
        self._search_wanted = True

    def leave_scene(self) -> None:
        """Another file is being opened."""
        for job in self.jobs:
            if isinstance(job.preparation, StripPreparation):
                job.preparation.leave_scene()

    def remove(self, job: FollowedJob, delete_files: bool) -> None:
        """Forget a job that does not run; with its folder if wanted. Raises OSError when that cannot be removed."""
        path = job.folder.path
        if not job.ended:
            job.cancel()
        if delete_files:
            shutil.rmtree(path)
        self.queue.remove(job)
        self._placements.pop(path, None)
        self._index.dismiss(path)

    @property
    def cleaning(self) -> bool:
        """Whether folders are being removed."""
        return bool(self._removals)

    def leftovers(self) -> list[Leftover]:
        """What all ended jobs have left and can be made again. Looks on the disk: not for redraws."""
        ended = (job.folder for job in self.jobs if job.ended)
        return [leftover for folder in ended for leftover in leftovers(folder, FOOTAGE) if leftover.path.exists()]

    def clean_up(self, kinds: set[Kind]) -> None:
        """Take leftovers of these kinds away: files now, folders by and by."""
        for leftover in self.leftovers():
            if leftover.kind in kinds and leftover.path.is_dir():
                self._removals[leftover.path] = FolderRemoval(leftover.path)
            elif leftover.kind in kinds:
                with suppress(OSError):  # it stays
                    leftover.path.unlink()
        if Kind.UNFINISHED in kinds:
            for job in self.jobs:
                job.resumable = job.resumable and not job.ended

    def close(self, keep_running: bool) -> None:
        """The add-on is being disabled: engines go on by themselves, or are asked to stop."""
        for job in self.jobs:
            if job.state in (State.WAITING, State.PAUSED, State.PREPARING) and job.preparation:
                job.preparation.close()
            elif job.state is State.RUNNING and not keep_running:
                job.cancel()

    def tick(self) -> None:
        if self._search_wanted:
            self._search_wanted = False
            self._search()
        running = [job for job in self.jobs if not job.ended]
        self.queue.tick()
        for job in running:
            if job.state is State.DONE:  # the frames rendered for it have served their purpose
                path = job.folder.path / FOOTAGE
                self._removals[path] = FolderRemoval(path)
        for path, removal in list(self._removals.items()):
            removal.tick()
            if removal.done:
                del self._removals[path]

    def _search(self) -> None:
        known = self._index.folders
        own, file = job_folders(user_folder() / "results"), job_folders(file_folder())
        for path in dict.fromkeys((*known, *own, *file)):
            if self.queue.find(path) is None and not self._index.is_dismissed(path):
                with suppress(OSError):  # a folder on a drive that is away is looked for next time
                    self._adopt(path, waits=path in known)
        self.queue.arrange(known)

    def _adopt(self, path: Path, waits: bool) -> None:
        """waits: a job that waits was put into the queue by this user; one that came with a file begins at no time."""
        if path.suffix != SUFFIX or not path.is_dir():
            return
        job = FollowedJob(path, job_name(path))
        with suppress(contract.DepthError):  # a damaged placement: the job itself may be whole
            placement = strips.Placement.load(path)
            if placement:
                self._placements[path] = placement
        job.adopt(waits)
        self.queue.add(job)

    def _keep_order(self) -> None:
        self._index.arrange([job.folder.path for job in self.jobs])

    def _fits(self, job: FollowedJob, strip: bpy.types.Strip) -> bool:
        """Whether the strip still has the handles that it had when the job was started."""
        placement = self.placement(job)
        return placement is not None and (placement.left, placement.right) == compat.handles(strip)

    def _ask(self, job: contract.Job, parent: Path) -> Query[contract.Plan]:
        engine = self._find_engine()
        if isinstance(engine, NoEngine):
            raise contract.DepthError(contract.ExitCode.USAGE, engine.reason, engine.hint)
        return ask_plan(engine.command, job, parent)
