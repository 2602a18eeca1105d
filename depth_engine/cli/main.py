# SPDX-License-Identifier: Apache-2.0
"""Where the command line starts and ends: every failure becomes one sentence, a hint and an exit code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

import typer

from depth_engine.cli.commands import app
from depth_engine.contract import DepthError, ExitCode, Failed, encode_event, user_data_folder


def main() -> None:
    """The program `depth-engine`."""
    # Threads of a network that wait for one another would burn the cores that writers and other programs need:
    # on a busy machine a frame then takes four times as long. Read by OpenMP when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        result = app(list(arguments) or ["--help"], prog_name="depth-engine", standalone_mode=False)
        return result if isinstance(result, int) else ExitCode.OK
    except typer.TyperException as error:
        message = error.format_message().strip().rstrip(".") + "."
        failure = DepthError(ExitCode.USAGE, message, "See depth-engine --help, or --help after a command.")
    except DepthError as error:
        failure = error
    except Exception as error:  # noqa: BLE001  the last resort: nobody should see a traceback
        failure = _unforeseen(error)
    if failure.code is not ExitCode.CANCELLED:  # the job's report has told of its cancelling
        _tell(failure, as_json="--json" in arguments)
    return failure.code


def _tell(failure: DepthError, as_json: bool) -> None:
    """The sentence and the hint for a person; with --json also the event for a program."""
    if as_json:
        typer.echo(encode_event(Failed(failure.code, failure.message, failure.hint)))
    typer.secho("error: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    typer.echo(f"{failure.message} [{failure.code.name}]", err=True)
    if failure.hint:
        typer.echo(f"hint: {failure.hint}", err=True)


def _unforeseen(error: Exception) -> DepthError:
    log_file = user_data_folder() / "engine.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    log = logging.getLogger("depth_engine.unforeseen")
    log.propagate = False
    log.addHandler(logging.FileHandler(log_file, encoding="utf-8"))
    log.error("unforeseen", exc_info=error)
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(".")
    return DepthError(ExitCode.INTERNAL, f"Something unexpected went wrong ({what}).", f"Details: {log_file}")
