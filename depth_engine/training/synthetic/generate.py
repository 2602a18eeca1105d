# SPDX-License-Identifier: Apache-2.0
"""The work: Blender processes side by side, each rendering clip after clip."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.synthetic.catalogue import ClipPlan
from depth_engine.training.synthetic.finishing.finish import finish
from depth_engine.training.synthetic.scenes.request import ANSWER, Request

START = Path(__file__).parent / "scenes" / "start.py"
CLIPS_A_PROCESS = 40
"""After so many a Blender process is replaced by a fresh one, so that its memory does not grow."""
FAILURES_IN_A_ROW = 3


@dataclass(frozen=True)
class Done:
    """A clip is dealt with: made, there already, or without any view worth rendering."""

    plan: ClipPlan
    outcome: str
    frames: int


class Tally:
    """Counts what became of clips; safe from several threads."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._frames = 0
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def add(self, done: Done) -> None:
        with self._lock:
            self._outcomes[done.outcome] += 1
            self._frames += done.frames

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._outcomes.items()))
        return f"{counts}; {self._frames} frames, {self._frames / (time.monotonic() - self._began):.2f} a second"


def generate(
    plans: Sequence[ClipPlan],
    root: Path,
    command: Sequence[str],
    jobs: int,
    report: Callable[[Done], None],
    environments: Path | None = None,
) -> None:
    """Render the clips that are not there yet. Raises DepthError when Blender fails again and again.

    root: the data folder. command: from `renderer`. report: called from any thread, once a clip.
    """
    todo = iter(plans)
    turn, stop = threading.Lock(), threading.Event()

    def next_plan() -> ClipPlan | None:
        with turn:
            return None if stop.is_set() else next(todo, None)

    with ThreadPoolExecutor(jobs) as lanes, tempfile.TemporaryDirectory(prefix="depth-engine-") as scratch:
        workers = [_Worker(command, Path(scratch) / str(lane), environments) for lane in range(jobs)]
        running = [lanes.submit(_lane, worker, next_plan, stop, root, report) for worker in workers]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
            stop.set()
            for each in running:
                each.result()
        finally:
            stop.set()
            for worker in workers:
                worker.kill()


def _lane(
    worker: _Worker,
    plans: Callable[[], ClipPlan | None],
    stop: threading.Event,
    root: Path,
    report: Callable[[Done], None],
) -> None:
    failures = 0
    for plan in iter(plans, None):
        folder = root / plan.split / plan.name
        if (folder / "clip.json").exists():
            report(Done(plan, "there", 0))
            continue
        with worker.rendered(plan) as (answer, rendered):
            if answer.get("done"):
                finish(plan, rendered, folder)
        if stop.is_set() and not answer.get("done"):  # the process was ended, not the clip's fault
            return
        if "unfit" in answer:
            raise DepthError(
                ExitCode.USAGE, f"This Blender {answer['unfit']}.", "Use one from blender.org: --blender PATH."
            )
        failures = failures + 1 if "error" in answer else 0
        if failures == FAILURES_IN_A_ROW:
            raise DepthError(
                ExitCode.INTERNAL,
                f"Blender failed {failures} times in a row, last with {plan.name}.",
                answer["error"][-1500:],
            )
        outcome = "made" if answer.get("done") else "failed" if "error" in answer else "no view"
        report(Done(plan, outcome, plan.frames if outcome == "made" else 0))


class _Worker:
    """One Blender process, started when it is first needed and again when it has died or rendered enough."""

    def __init__(self, command: Sequence[str], scratch: Path, environments: Path | None) -> None:
        self._command = [*command, str(START)]
        self._scratch = scratch
        self._environments = str(environments.resolve()) if environments else ""
        self._process: subprocess.Popen[str] | None = None
        self._clips = 0
        self._log = scratch.with_suffix(".log")

    @contextmanager
    def rendered(self, plan: ClipPlan) -> Generator[tuple[dict[str, Any], Path]]:
        """Blender's answer and the folder with what it rendered, which is gone afterwards."""
        folder = self._scratch / plan.name
        folder.mkdir(parents=True)
        request = Request(
            plan.family, plan.seed, plan.kind, plan.frames, plan.width, plan.height, str(folder), self._environments
        )
        try:
            yield self._ask(request), folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def kill(self) -> None:
        """End the process at once; what it was rendering is not kept."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def _ask(self, request: Request) -> dict[str, Any]:
        if self._clips == CLIPS_A_PROCESS:
            self.kill()
        if self._process is None or self._process.poll() is not None:
            self._start()
        self._clips += 1
        process = cast("subprocess.Popen[str]", self._process)
        asking, answering = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        with suppress(BrokenPipeError):  # a dead process is told of below
            asking.write(json.dumps(asdict(request)) + "\n")
            asking.flush()
        for line in answering:
            if line.startswith(ANSWER):
                return json.loads(line.removeprefix(ANSWER))
        code = process.wait()
        return {"error": f"Blender ended with code {code}. {self._log.read_text(encoding='utf-8', errors='replace')}"}

    def _start(self) -> None:
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
            )
        self._clips = 0
