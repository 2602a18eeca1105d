# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program inside another system's folder, where it sees some of the host's folders.

The program gets its own mounts and processes: when it ends, both are gone, whatever it left behind. Needs root.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def command(root: Path, program: Sequence[str | Path], shared: Sequence[tuple[Path, Path]] = ()) -> list[str]:
    """The command line that runs `program` inside `root`; `shared`: the host's places, and where they appear."""
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    places = [place for pair in shared for place in pair]
    return [str(part) for part in (*namespaces, sys.executable, __file__, root, len(shared), *places, *program)]


def main(arguments: list[str]) -> int:
    """Inside the namespaces: mount, change the root, and run the program to its end."""
    root, end = Path(arguments[0]), 2 + 2 * int(arguments[1])
    places, program = [Path(place) for place in arguments[2:end]], arguments[end:]
    _mount("-t", "proc", "proc", root / "proc")
    _mount("--rbind", "/dev", root / "dev")
    for outside, inside in zip(places[::2], places[1::2]):
        _share(outside, root / inside.relative_to("/"))
    os.chroot(root)
    os.chdir("/")
    return subprocess.run(program, check=False).returncode  # as a child: process 1 gets no signals from an X server


def _share(outside: Path, inside: Path) -> None:
    if outside.is_dir():
        inside.mkdir(parents=True, exist_ok=True)
    else:
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.touch()
    _mount("--bind", outside, inside)


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
