# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of install.py."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from . import blenders, demo, doctor, engine, extension, testing, uninstall
from .places import BUILD, engine_note
from .report import InstallError, say


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code is 0 when it did all it was asked to do."""
    own, extra = _split(list(arguments))
    options = _parser().parse_args(own)
    options.extra = extra
    try:
        return options.run(options)
    except InstallError as error:
        say(f"\ninstall.py: {error.message}" + (f"\n{error.fix}" if error.fix else ""))
        return 1
    except KeyboardInterrupt:
        say("\ninstall.py: stopped. Run the same command again to go on.")
        return 130


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands before and after a lone `--`."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="install.py",
        description="Sets up Estimate Depth: the engine and the Blender extension. Every command can be run again.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("demo", help="set up the engine, estimate the example clip, build a Blender scene")
    command.add_argument(
        "--output", type=Path, default=BUILD / "demo", help="where the results go (default: build/demo)"
    )
    command.add_argument("--blender", type=Path, help="the Blender program to use (default: the newest found)")
    command.set_defaults(run=_demo)

    command = commands.add_parser("test", help="set up and run the tests", epilog="What follows -- goes to pytest.")
    command.add_argument("layers", nargs="*", metavar="LAYER", help=f"only these: {', '.join(testing.LAYERS)}")
    command.add_argument("--update-pictures", action="store_true", help="renew the pictures in docs/images")
    command.set_defaults(run=_test)

    command = commands.add_parser("engine", help="set up the engine in its own Python environment")
    command.add_argument("--prefix", type=Path, help="the environment's folder (default: chosen for you)")
    command.set_defaults(run=_engine)

    command = commands.add_parser("blender", help="build the extension and install it into Blender")
    command.add_argument("--zip-only", action="store_true", help="build and validate the zip, install nothing")
    command.add_argument(
        "--blender",
        type=Path,
        action="append",
        default=[],
        help="a Blender program (may be repeated; default: all found)",
    )
    command.set_defaults(run=_blender)

    command = commands.add_parser("doctor", help="check the engine, the Blenders and the system's libraries")
    command.set_defaults(run=_doctor)

    command = commands.add_parser("uninstall", help="remove what was installed")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.set_defaults(run=_uninstall)
    return parser


def _demo(options: argparse.Namespace) -> int:
    return demo.demo(options.output, options.blender)


def _test(options: argparse.Namespace) -> int:
    unknown = sorted(set(options.layers) - set(testing.LAYERS))
    if unknown:
        raise InstallError(f"There is no test layer {unknown[0]!r}.", f"Layers: {', '.join(testing.LAYERS)}.")
    pictures = ["--update-pictures"] if options.update_pictures else []
    return testing.test(options.layers, [*pictures, *options.extra])


def _engine(options: argparse.Namespace) -> int:
    engine.install(options.prefix)
    return 0


def _blender(options: argparse.Namespace) -> int:
    if options.zip_only:
        say(f"The extension is {extension.build()}")
        return 0
    for blender in blenders.install_extension(options.blender):
        say(f"Estimate Depth is installed in {blender}: Video Sequencer, sidebar (N), tab Depth.")
    if not engine_note().exists():
        say("It also needs the engine: python3 install.py engine")
    return 0


def _doctor(_options: argparse.Namespace) -> int:
    return doctor.doctor()


def _uninstall(options: argparse.Namespace) -> int:
    return uninstall.uninstall(options.yes)
