# SPDX-License-Identifier: Apache-2.0
"""The job folder: its paths, its lock, and files that exist whole or not at all."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .calibration import Calibration
from .codec import read, to_json
from .events import Event, decode_event
from .request import Job
from .result import Manifest
from .tasks import TASKS, Answer, Task


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The paths of a job folder, and what may be done with it from either side."""

    path: Path

    @property
    def job_file(self) -> Path:
        return self.path / "job.json"

    @property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def log_file(self) -> Path:
        return self.path / "engine.log"

    @property
    def manifest_file(self) -> Path:
        return self.path / "manifest.json"

    @property
    def checkpoint_file(self) -> Path:
        """From where the job can go on; it exists once a part of an unfinished job is safe on disk."""
        return self.path / "checkpoint" / "state.safetensors"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def cancel_file(self) -> Path:
        return self.path / "cancel"

    @property
    def answer_file(self) -> Path:
        """What a task gave, written last: it exists if and only if the task succeeded."""
        return self.path / "answer.json"

    def write_job(self, job: Job | Task) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        write_text(self.job_file, to_json(job))

    def read_job(self) -> Job:
        """Raises DepthError BAD_JOB or CONTRACT_MISMATCH when job.json is not a job of this contract."""
        return read(self.job_file, Job)

    def task_kind(self) -> str | None:
        """The kind of task that job.json asks for; None for an estimate, and for what is no job at all."""
        try:
            kind = json.loads(self.job_file.read_text(encoding="utf-8"))["kind"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return kind if isinstance(kind, str) and kind in TASKS else None

    def read_task(self) -> Task:
        """Raises DepthError BAD_JOB or CONTRACT_MISMATCH when job.json is not a task of this contract."""
        request, _ = TASKS[self.task_kind() or next(iter(TASKS))]
        return cast(Task, read(self.job_file, request))

    def read_answer(self) -> Answer | None:
        """None until the task has succeeded. Raises DepthError when the answer or the task is damaged."""
        if not self.answer_file.exists():
            return None
        _, answer = TASKS[self.read_task().kind]
        return cast(Answer, read(self.answer_file, answer))

    def read_manifest(self) -> Manifest | None:
        """None until the job has succeeded. Raises DepthError when the manifest is damaged or of another version."""
        return read(self.manifest_file, Manifest) if self.manifest_file.exists() else None

    @property
    def calibration_file(self) -> Path:
        return self.path / "calibration.json"

    def read_calibration(self) -> Calibration | None:
        """None for a result that is not calibrated. Raises DepthError when the file is damaged."""
        return read(self.calibration_file, Calibration) if self.calibration_file.exists() else None

    def read_events(self) -> Iterator[Event]:
        if self.events_file.exists():
            with self.events_file.open(encoding="utf-8", errors="replace") as lines:
                yield from (event for event in map(decode_event, lines) if event)

    def request_cancel(self) -> None:
        self.cancel_file.touch()

    def is_running(self) -> bool:
        """Whether an engine holds the job's lock now (probing holds it for an instant: engines wait a little)."""
        if not self.lock_file.exists():
            return False
        lock = JobLock(self.lock_file)
        if not lock.acquire():
            return True
        lock.release()
        return False


class JobLock:
    """An operating-system lock on a file. It goes with the process that holds it, however that process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self, wait_seconds: float = 0.0) -> bool:
        """Take the lock; False when another process (or another lock object) still holds it after the wait."""
        deadline = time.monotonic() + wait_seconds
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        while True:
            try:
                _lock(handle)
            except OSError:
                if time.monotonic() >= deadline:
                    os.close(handle)
                    return False
                time.sleep(0.05)
            else:
                self._handle = handle
                return True

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_text(path: Path, text: str) -> None:
    """Write a file so that it exists whole or not at all: beside, then renamed."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def user_data_folder() -> Path:
    """Where the engine's environment, caches and the note on where it lies are kept for this user.

    ESTIMATE_DEPTH_HOME overrides it. `engine.json` in it, written by the installer, names the engine's command:
    {"command": "/path/to/depth-engine"}.
    """
    override = os.environ.get("ESTIMATE_DEPTH_HOME")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "estimate_depth"
