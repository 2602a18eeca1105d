# SPDX-License-Identifier: Apache-2.0
"""`depth-engine models`: which there are, their licences, and their weights in the store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depth_engine.contract import DepthError, ExitCode, to_json

if TYPE_CHECKING:
    from depth_engine.models.base import ModelInfo

app = typer.Typer(help="List, download and remove models.", invoke_without_command=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The model's name; `depth-engine models` lists them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Speak JSON, for programs.")]


@app.callback(epilog="Example: depth-engine models")
def models(context: typer.Context, as_json: AsJson = False) -> None:
    """List the models, their licences, and whether their weights are here; or a command on one of them."""
    from depth_engine.cli.tables import model_lines
    from depth_engine.models.listing import list_models

    if context.invoked_subcommand is None:
        listed = list_models()
        typer.echo(to_json(listed) if as_json else model_lines(listed), nl=False)


@app.command(epilog="Example: depth-engine models fetch depthcrafter")
def fetch(
    name: Name,
    folder: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Copy from a folder in the published layout; no download."),
    ] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="I have read the model's licence and accept it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Download a model's weights, after its licence was accepted, or go on with a download that was interrupted."""
    from depth_engine.cli.downloads import make_download_report
    from depth_engine.models import registry
    from depth_engine.models.fetch import Folder, fetch

    info = registry.info(name)
    if info.included:
        raise DepthError(ExitCode.USAGE, f"{name} comes with the engine: there is nothing to fetch.", "Just use it.")
    if folder is None:
        from depth_engine.models.hub import Hub

        source = Hub()
        _agree(info, accept_licence, as_json)
    else:
        source = Folder(info, folder)
    with make_download_report(as_json) as report:
        fetch(info, source, report)


@app.command(epilog="Example: depth-engine models remove depthcrafter")
def remove(name: Name) -> None:
    """Delete the weights that were fetched for a model, and its exported networks."""
    from depth_engine.cli.tables import size
    from depth_engine.models import registry
    from depth_engine.models.store import StoredModel
    from depth_engine.runtimes.shelf import remove_graphs

    info = registry.info(name)
    freed = remove_graphs(name)
    if info.included and not freed:
        raise DepthError(ExitCode.USAGE, f"{name} comes with the engine and goes with it.", "See install.py uninstall.")
    if not info.included:
        stored = StoredModel(info)
        with stored.changing():
            freed += stored.remove()
    typer.echo(f"{size(freed)} freed." if freed else f"No weights of {name} were fetched.")


@app.command(epilog="Example: depth-engine models licence depthcrafter")
def licence(name: Name) -> None:
    """Tell a model's licence and where to read it."""
    from depth_engine.cli.tables import licence_lines
    from depth_engine.models import registry

    typer.echo(licence_lines(registry.info(name)), nl=False)


def _agree(info: ModelInfo, accepts: bool, as_json: bool) -> None:
    """See that the licence is accepted on this machine: earlier, by the option, or by an answer on a terminal."""
    from depth_engine.cli.tables import licence_lines
    from depth_engine.models.store import StoredModel

    stored = StoredModel(info)
    if stored.accepted():
        return
    if not as_json:
        typer.echo(licence_lines(info), nl=False)
    if not accepts and not (not as_json and sys.stdin.isatty() and _confirmed()):
        raise DepthError(
            ExitCode.LICENCE_NOT_ACCEPTED,
            f"The licence of {info.name} ({info.licence}) was not accepted.",
            f"Read {info.licence_url}, then: depth-engine models fetch {info.name} --accept-licence",
        )
    with stored.changing():
        stored.accept()


def _confirmed() -> bool:
    try:
        return typer.confirm("Do you accept this licence?")
    except typer.Abort:  # Ctrl+C is a no
        return False
