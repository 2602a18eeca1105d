# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of install.py."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import extension
from .report import InstallError, say


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code is 0 when it did all it was asked to do."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except InstallError as error:
        print(f"\ninstall.py: {error.message}", error.fix, sep="\n", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="install.py", description="Sets up Estimate Depth.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    blender = commands.add_parser("blender", help="build the extension and install it into Blender")
    blender.add_argument("--zip-only", action="store_true", help="build and validate the zip, install nothing")
    blender.set_defaults(command=_blender)
    return parser


def _blender(options: argparse.Namespace) -> int:
    say(f"The extension is {extension.build()}.")
    return 0
