# SPDX-License-Identifier: Apache-2.0
"""What the engine answers to questions: plan, doctor, models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .codec import CONTRACT_VERSION
from .result import ModelFacts, SourceFacts


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a planned job cannot start."""

    code: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job will do and need; it can start if `problems` is empty. seconds_measured: from runs on this machine.

    execution: how the networks will run to fit this machine, in words.
    """

    facts: SourceFacts
    model: ModelFacts
    frames: int
    first: int
    last: int
    windows: int
    processed_width: int
    processed_height: int
    output_width: int
    output_height: int
    seconds: float
    seconds_measured: bool
    disk_bytes: int
    disk_free_bytes: int
    memory_bytes: int
    memory_free_bytes: int
    problems: tuple[Problem, ...] = ()
    execution: str = ""
    contract_version: int = CONTRACT_VERSION


Fix = Literal["", "engine", "folder", "model"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of `depth-engine doctor`.

    fix: what a button can do about it: set the engine up again, open the folder `target`, or fetch the weights of the
    model `target`. Empty where there is nothing to mend, or no button could.
    """

    name: str
    status: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""
    fix: Fix = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`depth-engine doctor --json`: also the handshake between extension and engine."""

    engine_version: str
    checks: tuple[Check, ...]
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One line of `depth-engine models --json`.

    group: the heading under which menus list it. included: the weights come with the engine; fetchable:
    `depth-engine models fetch NAME` downloads them. folder: where fetched weights lie. licence_url, licence_summary:
    what to read before a download; accepted: it was accepted on this machine. bytes_here: how much of size_bytes lies
    here, a half download included. exported_bytes: what its networks take in the form that other runtimes read, which
    goes with `depth-engine models remove NAME` and comes again when needed. unchanged: no file here was changed since
    it was found to be the published one.
    settings: those of a job's options from `seed` on that the model has; it refuses the others.
    """

    name: str
    title: str
    kind: Literal["disparity", "metric"]
    temporal: bool
    licence: str
    commercial_use: bool
    summary: str
    installed: bool
    size_bytes: int
    group: str = ""
    included: bool = True
    fetchable: bool = False
    folder: str = ""
    licence_url: str = ""
    licence_summary: str = ""
    accepted: bool = False
    bytes_here: int = 0
    exported_bytes: int = 0
    unchanged: bool = True
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelList:
    models: tuple[ModelEntry, ...]
    contract_version: int = CONTRACT_VERSION
