# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program inside another system's folder, seeing some of the host's folders at the same paths.

The program gets its own mounts and processes: when it ends, both are gone, whatever it left behind. Needs root.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def command(root: Path, program: Sequence[str | Path], shared: Sequence[Path] = ()) -> list[str]:
    """The command line that runs `program` inside `root` with the host's `shared` files and folders in their places."""
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    parts = [*namespaces, sys.executable, __file__, root, str(len(shared)), *shared, *program]
    return [str(part) for part in parts]


def main(arguments: list[str]) -> int:
    """Inside the namespaces: mount, change the root, and run the program to its end."""
    root, count = Path(arguments[0]), int(arguments[1])
    shared, program = arguments[2 : 2 + count], arguments[2 + count :]
    _mount("-t", "proc", "proc", root / "proc")
    _mount("--rbind", "/dev", root / "dev")
    for place in map(Path, shared):
        inside = root / place.relative_to("/")
        if place.is_dir():
            inside.mkdir(parents=True, exist_ok=True)
        else:
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.touch()
        _mount("--bind", place, inside)
    folder = Path.cwd()
    os.chroot(root)
    os.chdir(folder if folder.is_dir() else "/")
    return subprocess.run(program, check=False).returncode  # as a child: process 1 gets no signals from an X server


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
