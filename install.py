#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets up Estimate Depth: the engine's environment and the Blender extension; runs the demo and the tests."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # before anything that an older Python could not even read
    sys.exit(f"Estimate Depth needs Python 3.11 or newer, and this is {sys.version.split()[0]}: install a newer one.")

from installer.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
