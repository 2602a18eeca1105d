# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines that misbehave on purpose, and waiting for what happens in another process."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

_HEAD = """\
#!{python}
import json, os, signal, subprocess, sys, time
from pathlib import Path

folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None


def event(kind, /, **fields):
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({{"v": 1, "type": kind, **fields}}) + "\\n")


def started():
    event("started", engine_version="0", pid=os.getpid(), model="embedded", device="cpu", frames_total=3)


"""


def write_engine(path: Path, body: str) -> Path:
    """A program that stands in for a broken engine; its script may use event() and started()."""
    path.write_text(_HEAD.format(python=sys.executable) + textwrap.dedent(body))
    path.chmod(0o755)
    return path


def wait_until(condition: Callable[[], bool], tick: Callable[[], object], seconds: float = 300.0) -> None:
    """Tick until the condition holds; fails when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        tick()
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs: neither gone nor a zombie that waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
