# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a private Debian system that holds the real Blender with its window, for the UI tests.

usage: python tests/ui/chroot.py FOLDER

Needs root, apt-get and a Debian mirror; the machine's own packages, lists and mounts stay untouched. About a minute
and 1.4 GB. A folder that was built from the same recipe is left as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import enclosure

SUITE = "trixie"  # its Blender is 4.3.2
PACKAGES = ("blender", "xvfb", "xauth", "imagemagick", "libgl1-mesa-dri", "libegl1", "libgl1", "python3-numpy")
# What the host's Python may load: the engine runs inside with the host's own interpreter.
PYTHON_LIBRARIES = (
    "libffi8",
    "libssl3t64",
    "libsqlite3-0",
    "liblzma5",
    "libbz2-1.0",
    "libexpat1",
    "zlib1g",
    "libreadline8t64",
)
DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
RECIPE = "\n".join((SUITE, *PACKAGES, *PYTHON_LIBRARIES)) + "\n"
STAMP = "estimate-depth-recipe"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    target = Path(arguments[0]).absolute()
    if not KEYRING.exists():
        print(f"{KEYRING} is missing: sudo apt install debian-archive-keyring", file=sys.stderr)
        return 1
    if not is_current(target):
        build(target)
    return 0


def is_current(target: Path) -> bool:
    """Whether a folder was built from this very recipe, to the end."""
    stamp = target / STAMP
    return stamp.exists() and stamp.read_text() == RECIPE


def build(target: Path) -> None:
    """Build beside the target, then put it in place. Raises CalledProcessError; its output is on the terminal."""
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        _bootstrap(part, Path(work))
    _install(part)
    (part / STAMP).write_text(RECIPE)
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


def _bootstrap(target: Path, work: Path) -> None:
    """A minimal Debian, by a debootstrap that is unpacked for this use alone."""
    (work / "lists" / "partial").mkdir(parents=True)
    (work / "cache" / "archives" / "partial").mkdir(parents=True)
    apt = ["apt-get", f"-oDir::State::Lists={work / 'lists'}", f"-oDir::Cache={work / 'cache'}", "-q"]
    _run([*apt, "update"])
    _run([*apt, "-oAPT::Sandbox::User=root", "download", "debootstrap"], cwd=work)
    _run(["dpkg", "-x", next(work.glob("debootstrap_*.deb")), work / "debootstrap"])
    folder = work / "debootstrap" / "usr"
    _run(
        [folder / "sbin" / "debootstrap", "--variant=minbase", f"--keyring={KEYRING}", SUITE, target, _mirror()],
        DEBOOTSTRAP_DIR=str(folder / "share" / "debootstrap"),
    )


def _install(target: Path) -> None:
    shutil.copy("/etc/resolv.conf", target / "etc" / "resolv.conf")
    # A throw-away system needs neither a safe write of every file nor manuals.
    lean = ["force-unsafe-io", *(f"path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale"))]
    (target / "etc" / "dpkg" / "dpkg.cfg.d" / "lean").write_text("\n".join([*lean, ""]))
    (target / "etc" / "mtab").symlink_to("/proc/mounts")
    policy = target / "usr" / "sbin" / "policy-rc.d"  # no package may start a service
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    # A release file may look expired to a machine whose clock is off.
    update = ["apt-get", "-oAcquire::Check-Valid-Until=false", "-q", "update"]
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES, *PYTHON_LIBRARIES]
    for program in (update, install, ["apt-get", "clean"], ["blender", "--version"]):
        _run(enclosure.command(target, program), DEBIAN_FRONTEND="noninteractive")


def _mirror() -> str:
    """The Debian mirror that this machine's apt uses already, else Debian's own address."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], capture_output=True, text=True, check=True
    ).stdout.split()
    return next((uri for uri in listed if uri.rstrip("/").endswith("/debian")), DEFAULT_MIRROR)


def _run(program: Sequence[str | Path], cwd: Path | None = None, **environment: str) -> None:
    subprocess.run(program, check=True, cwd=cwd, env={**os.environ, "LC_ALL": "C", **environment})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
