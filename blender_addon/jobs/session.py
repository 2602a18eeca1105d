# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on does between Blender's redraws: one object that follows the jobs and asks the engine.

It lives while the add-on is enabled, outlives file loads and undo, and refers to Blender's data by names only.
Everything happens in `tick`, on the main thread, a little at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from pathlib import Path

import bpy

from ..engine import contract
from ..engine.download import Download
from ..engine.folders import FolderSize
from ..engine.job import FollowedJob, State
from ..engine.locate import Engine, NoEngine
from ..engine.setup import EngineSetup, Installer
from ..engine.task import Task
from ..preferences import get_preferences
from .book import JobBook
from .engine_watch import EngineWatch
from .outlook import OutlookWatch
from .places import user_folder
from .request import make_preview, make_request

POLL_SECONDS = 0.05  # of scripts that wait for a job


class Session:
    """The add-on's state outside the .blend."""

    def __init__(self) -> None:
        self.engine = EngineWatch()
        self.outlooks = OutlookWatch()
        self.book = JobBook(self._find_engine)
        self.download: Download | None = None  # the newest, also after its end
        self.tasks: list[Task] = []  # of this session; an ended one stays until the next one on the same result
        self.folders: dict[str, FolderSize] = {}
        self.sizes: dict[Path, FolderSize] = {}  # of results
        self._sizes_wanted = False
        self.setup: EngineSetup | None = None  # the newest, also after its end
        self._folders_wanted = False
        self._afterwards: dict[Task, Callable[[Task], None]] = {}

    def estimate(self, scene: bpy.types.Scene, strip: bpy.types.Strip) -> FollowedJob:
        """Start estimating the strip with the scene's settings. Raises DepthError when it cannot be started."""
        engine = self._needed_engine()
        request = make_request(scene, strip, get_preferences())
        return self.book.start(scene, strip, request, self.outlooks.facts(engine, request))

    def preview(self, scene: bpy.types.Scene, strip: bpy.types.Strip, frames: int) -> FollowedJob:
        """Start a quick look at some frames of the strip from the playhead on; the last one goes.

        Raises DepthError when it cannot be started.
        """
        engine = self._needed_engine()
        whole = make_request(scene, strip, get_preferences())
        facts = self.outlooks.facts(engine, whole)
        return self.book.start_preview(scene, strip, make_preview(whole, scene, frames), facts)

    def refuse_to_wait(self) -> None:
        """Raise DepthError where a new job's turn would never come."""
        if self.book.held:
            raise contract.DepthError(contract.ExitCode.USAGE, "The queue is paused.", "Resume it in the panel Jobs.")

    def wait(self, job: FollowedJob) -> None:
        """Block until the job has ended or is paused, for scripts."""
        while not (job.ended or job.state is State.PAUSED):
            self.tick()
            time.sleep(POLL_SECONDS)

    def run_task(self, request: contract.Task, then: Callable[[Task], None]) -> Task:
        """Start work on a finished result; `then` is called once it has ended, from a tick.

        Raises DepthError when there is no engine, or when the same kind of work is under way on the result.
        """
        engine = self._needed_engine()
        same = [
            task for task in self.tasks if (task.request.result, task.request.kind) == (request.result, request.kind)
        ]
        if any(not task.ended for task in same):
            raise contract.DepthError(
                contract.ExitCode.JOB_BUSY, "This is being worked on already.", "Wait for its end, or cancel it."
            )
        self.tasks = [task for task in self.tasks if task not in same]
        task = Task(engine.command, request)
        self.tasks.append(task)
        self._afterwards[task] = then
        return task

    def task_of(self, result: Path, kind: contract.TaskKind) -> Task | None:
        """The newest task of this kind on a result, running or ended."""
        tasks = (task for task in self.tasks if Path(task.request.result) == result and task.request.kind == kind)
        return next(tasks, None)

    def wait_for_task(self, task: Task) -> None:
        """Block until the task has ended and what follows it is done, for scripts."""
        while task in self._afterwards:
            self.tick()
            time.sleep(POLL_SECONDS)

    def fetch(self, model: str) -> Download:
        """Begin to download a model's weights; its licence has been accepted. Raises DepthError when that cannot be."""
        if self.downloading:
            raise contract.DepthError(contract.ExitCode.USAGE, "Another download is running.", "Wait for its end.")
        self.download = Download(self._needed_engine().command, model)
        return self.download

    def cancel_download(self) -> None:
        """Stop the download; the next one of the model goes on from there."""
        if self.download:
            self.download.cancel()
            self.look_again()

    def set_up_engine(self, installer: Installer) -> None:
        """Begin to set the engine up; nothing else does so."""
        self.setup = EngineSetup(installer)

    def cancel_setup(self) -> None:
        if self.setup:
            self.setup.cancel()

    @property
    def setting_up(self) -> bool:
        return self.setup is not None and not self.setup.ended

    @property
    def downloading(self) -> bool:
        return self.download is not None and not self.download.ended

    def look_again(self) -> None:
        """Forget what the engine said about models and plans: the disk, a file or the engine has changed."""
        self.engine.ask_models_again()
        self.outlooks.ask_again()

    def show_folders(self) -> None:
        """Somebody looks at the folders: measure them if that was not done yet. Every redraw may call it."""
        self._folders_wanted = not self.folders

    def show_sizes(self) -> None:
        """Somebody looks at the results: measure those that were not measured yet. Every redraw may call it."""
        self._sizes_wanted = any(
            job.state is State.DONE and job.folder.path not in self.sizes for job in self.book.jobs
        )

    def _measure_results(self) -> None:
        """Count a little of what is not counted yet; what was removed is forgotten."""
        done = [job.folder.path for job in self.book.jobs if job.state is State.DONE]
        if self._sizes_wanted:
            self._sizes_wanted = False
            self.sizes = {path: self.sizes.get(path) or FolderSize(path) for path in done}
        counting = next((size for size in self.sizes.values() if not size.done), None)
        if counting:
            counting.tick()

    def measure_folders(self) -> None:
        """Begin to count what the engine's and the add-on's folders hold."""
        self.folders = {
            "Engine and Its Data": FolderSize(contract.user_data_folder()),
            "Results and Add-on Data": FolderSize(user_folder()),
        }

    @property
    def active(self) -> bool:
        """Whether a tick has anything to do."""
        sizes = (*self.folders.values(), *self.sizes.values())
        measuring = self._folders_wanted or self._sizes_wanted or any(not size.done for size in sizes)
        asking = self.engine.active or self.outlooks.active
        return asking or self.book.active or self.downloading or self.setting_up or measuring or bool(self._afterwards)

    def tick(self) -> None:
        """Advance everything by a little."""
        preferences = get_preferences()
        self.engine.tick(preferences.engine)
        self.outlooks.tick(self.engine.found, preferences)
        self.book.tick()
        if self.download and not self.download.ended:
            self.download.tick()
            if self.download.ended:
                self.look_again()
                self.engine.check_again(preferences.engine)
        if self.setup and not self.setup.ended:
            self.setup.tick()
            if self.setup.state is State.DONE:
                self.engine.check_again(preferences.engine)
        for task in list(self._afterwards):
            task.tick()
            if task.ended:
                self._afterwards.pop(task)(task)
        if self._folders_wanted:
            self._folders_wanted = False
            self.measure_folders()
        for size in self.folders.values():
            size.tick()
        self._measure_results()

    def look(self) -> Hashable:
        """What a redraw would show: it changes when the user interface must be drawn anew."""
        jobs = (
            self.book.held,
            *((job.folder.path, job.state, job.phase, job.progress, _prepared(job)) for job in self.book.jobs),
        )
        counted = (*self.folders.values(), *self.sizes.values())
        sizes = tuple((size.bytes >> 24, size.done) for size in counted)
        download = (self.download, self.download.state, self.download.progress) if self.download else None
        tasks = tuple((task, task.state, task.progress) for task in self.tasks)
        setup = (self.setup.state, self.setup.step) if self.setup else None
        return jobs, sizes, download, tasks, setup, self.engine.revision, self.outlooks.revision

    def close(self) -> None:
        self.engine.close()
        self.outlooks.close()
        if self.download:
            self.download.cancel()
        for task in self.tasks:
            task.close()
        self.cancel_setup()
        self.book.close(get_preferences().keep_running)

    def _needed_engine(self) -> Engine:
        engine = self._find_engine()
        if isinstance(engine, NoEngine):
            raise contract.DepthError(contract.ExitCode.USAGE, engine.reason, engine.hint)
        return engine

    def _find_engine(self) -> Engine | NoEngine:
        return self.engine.look(get_preferences().engine)


def _prepared(job: FollowedJob) -> int:
    return job.preparation.done if job.preparation else 0


_sessions: list[Session] = []  # one while the add-on is enabled


def session() -> Session:
    """The session. The add-on must be enabled."""
    return _sessions[0]


def open_session() -> None:
    _sessions.append(Session())


def close_session() -> None:
    _sessions.pop().close()
