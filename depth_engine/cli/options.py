# SPDX-License-Identifier: Apache-2.0
"""The options of a job on the command line: one for each field of `contract.Options`, with the same name.

`--no-shots` besides is short for `--shots off`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any, Literal, cast, get_args

import typer

from depth_engine.contract import DepthError, ExitCode, Format, Options

FormatName = StrEnum("FormatName", [str(name) for name in get_args(Format)])  # typer takes no list of Literal

JOB = "What to compute"
OUTPUT = "What to write"
COMPUTING = "How the model computes (models lists what each has)"

ANNOTATIONS: dict[str, Any] = {
    "model": Annotated[
        str, typer.Option(help="The model's name; `depth-engine models` lists them.", rich_help_panel=JOB)
    ],
    "weights": Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="A folder with the model's weights, in the layout they are published in.",
            rich_help_panel=JOB,
        ),
    ],
    "device": Annotated[
        str, typer.Option(metavar="auto|cpu|cuda[:N]|mps", help="Where the model runs.", rich_help_panel=JOB)
    ],
    "precision": Annotated[
        Literal["auto", "fp32", "fp16", "bf16"],
        typer.Option(help="The numbers the model computes with.", rich_help_panel=JOB),
    ],
    "runtime": Annotated[
        Literal["auto", "torch", "openvino", "onnx"],
        typer.Option(help="What computes on a processor. auto: the quickest for this job.", rich_help_panel=JOB),
    ],
    "frames": Annotated[
        str | None,
        typer.Option(
            metavar="A:B", help="First and last frame, from 1, both included. Default: all.", rich_help_panel=JOB
        ),
    ],
    "step": Annotated[int, typer.Option(help="Compute every N-th frame only.", metavar="N", rich_help_panel=JOB)],
    "fps": Annotated[
        str | None,
        typer.Option(
            metavar="RATE", help="Compute only the frames shown at this rate: 15 or 30000/1001.", rich_help_panel=JOB
        ),
    ],
    "max_size": Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Longest side in pixels that the model may see; never enlarges.", rich_help_panel=JOB
        ),
    ],
    "output_size": Annotated[
        str,
        typer.Option(
            metavar="source|processed|N",
            help="Size of the written depth: the footage's, the model's, or the longest side in pixels.",
            rich_help_panel=OUTPUT,
        ),
    ],
    "format": Annotated[
        list[FormatName],
        typer.Option(help="What to write; may be given several times.", rich_help_panel=OUTPUT),
    ],
    "preview": Annotated[bool, typer.Option(help="Whether to write a preview movie.", rich_help_panel=OUTPUT)],
    "colormap": Annotated[
        Literal["gray", "inferno", "turbo", "viridis"],
        typer.Option(help="The preview's colours.", rich_help_panel=OUTPUT),
    ],
    "shots": Annotated[
        str,
        typer.Option(
            metavar="auto|N,N…",
            help="Where shots begin: find the cuts, or the positions of further shots' first frames.",
            rich_help_panel=JOB,
        ),
    ],
    "no_shots": Annotated[bool, typer.Option("--no-shots", help="Take the clip as one shot.", rich_help_panel=JOB)],
    "seed": Annotated[int, typer.Option(metavar="N", help="Of the random numbers.", rich_help_panel=COMPUTING)],
    "noise": Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Random numbers from a safetensors file: initial [window,4,h,w], augmentation [frames,3,H,W].",
            rich_help_panel=COMPUTING,
        ),
    ],
    "steps": Annotated[
        int | None,
        typer.Option(metavar="1-50", help="Denoising steps. Default: the model's.", rich_help_panel=COMPUTING),
    ],
    "guidance": Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Classifier-free guidance; above 1 every step takes twice as long. Default: the model's.",
            rich_help_panel=COMPUTING,
        ),
    ],
    "window": Annotated[
        int | None,
        typer.Option(metavar="N", help="Frames computed at once. Default: the model's.", rich_help_panel=COMPUTING),
    ],
    "overlap": Annotated[
        int | None,
        typer.Option(metavar="N", help="Frames two windows share. Default: the model's.", rich_help_panel=COMPUTING),
    ],
    "decode_chunk": Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Frames decoded at once; it changes the result. Default: the model's.",
            rich_help_panel=COMPUTING,
        ),
    ],
    "ensemble": Annotated[
        int | None,
        typer.Option(
            metavar="1-50",
            help="How often Marigold predicts each frame; the median counts. Default: once.",
            rich_help_panel=COMPUTING,
        ),
    ],
    "allow_smaller": Annotated[
        bool,
        typer.Option(
            "--allow-smaller",
            help="Where memory is short, see smaller pictures, then shorter windows, than asked for.",
            rich_help_panel=JOB,
        ),
    ],
    "compat": Annotated[
        Literal["default", "reference"],
        typer.Option(
            help="reference: the numbers of the model's published code, with its defects.", rich_help_panel=COMPUTING
        ),
    ],
    "streaming": Annotated[
        bool,
        typer.Option(
            "--streaming",
            help="Each frame comes out at once and sees only those before it; less steady.",
            rich_help_panel=COMPUTING,
        ),
    ],
    "stabilise": Annotated[
        bool,
        typer.Option(
            "--stabilise",
            help="Take drift and flicker out of a model that gives each frame at once.",
            rich_help_panel=COMPUTING,
        ),
    ],
}


def takes_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command every option of a job on its command line, and hand them over as `options: Options`."""

    @functools.wraps(command)
    def run(**values: Any) -> int | None:
        own = {name: values.pop(name) for name in ANNOTATIONS}
        return command(options=_options(own), **values)

    own = inspect.signature(command, eval_str=True).parameters
    parameters = [parameter for parameter in own.values() if parameter.name != "options"]
    defaults = asdict(Options()) | {"no_shots": False}
    for name, annotation in ANNOTATIONS.items():
        default = defaults[name]
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=list(cast("tuple[str, ...]", default)) if isinstance(default, tuple) else default,
                annotation=annotation,
            )
        )
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]  read by typer
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _options(values: dict[str, Any]) -> Options:
    try:
        values["format"] = tuple(str(name) for name in values["format"])
        values["frames"] = _frames(values["frames"])
        values["shots"] = _shots(values["shots"], values.pop("no_shots"))
        return Options(**values)
    except DepthError as error:
        raise DepthError(ExitCode.USAGE, error.message, error.hint) from None


def _frames(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, _, last = text.partition(":")
    if not (first.isdecimal() and last.isdecimal()):
        raise DepthError(
            ExitCode.USAGE, f"The option frames {text!r} is not a range.", "Write it as FIRST:LAST, as in 1:48."
        )
    return int(first), int(last)


def _shots(shots: str, off: bool) -> str:
    if off and shots not in ("auto", "off"):
        raise DepthError(ExitCode.USAGE, "The options shots and no-shots exclude each other.", "Give one of the two.")
    return "off" if off else shots
