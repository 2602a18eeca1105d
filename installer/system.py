# SPDX-License-Identifier: GPL-3.0-or-later
"""Which system libraries Blender's Python module needs, which are missing, and the command that installs them."""

from __future__ import annotations

import ctypes
import shutil
import sys

# Shared library: Debian's package, Fedora's package.
LIBRARIES = {
    "libX11.so.6": ("libx11-6", "libX11"),
    "libXrender.so.1": ("libxrender1", "libXrender"),
    "libXfixes.so.3": ("libxfixes3", "libXfixes"),
    "libXi.so.6": ("libxi6", "libXi"),
    "libXext.so.6": ("libxext6", "libXext"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libSM.so.6": ("libsm6", "libSM"),
    "libICE.so.6": ("libice6", "libICE"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libEGL_mesa.so.0": ("libegl-mesa0", "mesa-libEGL"),
}


def missing_libraries() -> list[str]:
    """The libraries that Blender's module would not find; none but on Linux."""
    return [] if sys.platform != "linux" else [name for name in LIBRARIES if not _loads(name)]


def fix(missing: list[str]) -> str:
    """The command that installs the missing libraries."""
    if shutil.which("dnf"):
        return "sudo dnf install " + " ".join(LIBRARIES[name][1] for name in missing)
    return "sudo apt install " + " ".join(LIBRARIES[name][0] for name in missing)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
