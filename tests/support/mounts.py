# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs on small or read-only file systems, made with Linux's own means."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def in_own_mounts(mount: str, folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command where `folder` is a file system of its own, which only the command sees."""
    isolated = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    folder.mkdir()
    script = 'mount -t tmpfs -o "$1" tmpfs "$2" && cd / && shift 2 && exec "$@"'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    probe = subprocess.run(
        [*isolated, "sh", "-c", script, "sh", mount, str(folder), "true"], capture_output=True, text=True, check=False
    )
    if probe.returncode:
        reason = f"no file system can be mounted here: {probe.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return subprocess.run(
        [*isolated, "sh", "-c", script, "sh", mount, str(folder), *command],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
