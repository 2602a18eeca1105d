# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the layers of tests that can run here, and counts what they found.

lint: ruff, pyright. unit: the engine and the installer. blender-X.Y: the built extension inside Blender's Python
module. training: scenes that this module renders for training. demo: install.py's demo. ui: the whole way in a real
Blender window.
"""

from __future__ import annotations

import os
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import blenders, demo, engine, extension
from .places import BUILD, ENVIRONMENTS, ROOT, STAGED, executable
from .report import Argument, InstallError, Watch, call, run_quietly, say, step

_MODULES = [f"blender-{version}" for version in blenders.MODULES]
LAYERS = ("lint", "unit", *_MODULES, "training", "demo", "ui")
_AT_A_TIME = 2  # layers: one often waits for programs that it has started
_TESTS = {  # of the layers that run in the engine's environment
    "unit": ("tests/depth_engine", "tests/test_install.py", "tests/test_docs.py"),
    "training": ("tests/blender_training",),
    "demo": ("tests/test_demo.py",),
    "ui": ("tests/ui",),
}
# Which environment a layer needs besides the engine's.
_PREPARED = {"training": "blender-5.0", "demo": f"blender-{demo.MODULE}", "ui": "blender-ui"} | {
    name: name for name in _MODULES
}


@dataclass(frozen=True)
class Counts:
    """How many tests passed, failed (errors included) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Suite:
    """What every layer needs to know: the engine's environment, where reports go, pytest's extra arguments.

    labelled: whether lines of output begin with the layer's name, because two layers run at a time.
    """

    environment: Path
    reports: Path
    arguments: tuple[str, ...]
    labelled: bool = False

    @property
    def python(self) -> Path:
        return executable(self.environment, "python")

    def call(self, layer: str, command: Sequence[Argument], environment: Mapping[str, str] | None = None) -> int:
        return call(command, ROOT, environment, layer if self.labelled else "")

    def pytest(self, layer: str, python: Path, *paths: str) -> Counts:
        """Run pytest with its output shown and count its report; a run that dies counts as a failure."""
        report = self.reports / f"{layer}.xml"
        report.unlink(missing_ok=True)
        command = [python, "-m", "pytest", *paths, f"--junitxml={report}", *self.arguments]
        environment = {"ESTIMATE_DEPTH_ENGINE": str(executable(self.environment, "depth-engine"))}
        code = self.call(layer, command, environment)
        if not report.exists():
            say(f"{layer}: pytest ended with exit code {code} and no report.")
            return Counts(failed=1)
        counts = _read_report(report)
        nothing_chosen = code == 5 and self.arguments
        if code and not counts.failed and not nothing_chosen:
            say(f"{layer}: pytest ended with exit code {code} although no test failed.")
            return counts + Counts(failed=1)
        return counts


def test(layers: Sequence[str], arguments: Sequence[str]) -> int:
    """Set up and run the layers named, else all. Returns 0 if nothing failed and, with CI=true, nothing was skipped."""
    watch = Watch()
    chosen = [layer for layer in LAYERS if layer in layers or not layers]
    skipped = {layer: reason for layer in chosen if (reason := _obstacle(layer))}
    running = [layer for layer in chosen if layer not in skipped]
    environment, _ = engine.environment(ENVIRONMENTS / "engine", tools=True)
    suite = Suite(environment, BUILD / "test", tuple(arguments), labelled=len(running) > 1)
    with ThreadPoolExecutor(1) as background, ThreadPoolExecutor(_AT_A_TIME) as lanes:
        # What later layers need is made one after the other while the first layers run.
        needed = dict.fromkeys(_PREPARED[layer] for layer in running if layer in _PREPARED)
        preparations = {name: background.submit(_prepare, name) for name in needed}
        results = {
            layer: lanes.submit(_run, layer, suite, preparations.get(_PREPARED.get(layer, ""))) for layer in running
        }
        total = sum((result.result() for result in results.values()), Counts(skipped=len(skipped)))
    say(f"\nAll layers took {watch}.")
    for layer, result in results.items():
        say(f"  {layer}: {result.result()}")
    for layer, reason in skipped.items():
        say(f"  {layer}: skipped, because {reason}")
    say(str(total))
    strict = os.environ.get("CI", "").lower() == "true"
    return 1 if total.failed or (strict and total.skipped) else 0


def _obstacle(layer: str) -> str:
    """Why a layer cannot run on this machine, with what mends it; empty when it can."""
    if layer in (*_MODULES, "training", "demo"):
        return blenders.module_obstacle()
    if layer == "ui":
        if sys.platform != "linux" or not shutil.which("apt-get") or not shutil.which("unshare"):
            return "building a Debian system with Blender needs Debian or Ubuntu."
        if os.geteuid() != 0:
            return "mounting folders in a Debian system with Blender needs root."
    return ""


def _prepare(environment: str) -> None:
    """Make an environment that a layer needs besides the engine's."""
    if environment in _MODULES:
        blenders.module_environment(environment.removeprefix("blender-"), quiet=True)
    else:
        command = [sys.executable, ROOT / "tests" / "ui" / "chroot.py", ENVIRONMENTS / environment]
        run_quietly(command, "The Debian system with Blender could not be built", "Check the network, then try again.")


def _run(layer: str, suite: Suite, preparation: Future[None] | None) -> Counts:
    watch = Watch()
    try:
        if preparation:
            preparation.result()
        waited = f" (set-up waited for {watch})" if watch.seconds >= 1 else ""
        step(f"Layer {layer}{waited}")
        watch = Watch()
        counts = _lint(suite) if layer == "lint" else _pytest(layer, suite)
    except InstallError as error:
        say(f"{error.message} {error.fix}")
        counts = Counts(failed=1)
    say(f"Layer {layer}: {counts} in {watch}")
    return counts


def _pytest(layer: str, suite: Suite) -> Counts:
    if layer in _TESTS:
        return suite.pytest(layer, suite.python, *_TESTS[layer])
    return suite.pytest(layer, executable(ENVIRONMENTS / layer, "python"), "tests/blender_addon")


def _lint(suite: Suite) -> Counts:
    """Each check counts as one test."""
    extension.stage(extension.contents())
    checks = (["ruff", "check"], ["ruff", "format", "--check"], ["pyright"], ["pyright", "--project", STAGED])
    total = Counts()
    for program, *arguments in checks:
        command = [executable(suite.environment, str(program)), *arguments]
        passed = suite.call("lint", command) == 0
        total += Counts(passed=1) if passed else Counts(failed=1)
    return total


def _read_report(report: Path) -> Counts:
    suite = ElementTree.parse(report).getroot().find("testsuite")
    if suite is None:
        return Counts(failed=1)
    tests, failures, errors, skipped = (int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped"))
    return Counts(tests - failures - errors - skipped, failures + errors, skipped)
