# SPDX-License-Identifier: Apache-2.0
"""What a result depends on, so that a job only goes on with what it was begun with."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from depth_engine.contract import DepthError, ExitCode, Job, MovieSource, Options, Source, SourceFacts, to_json

PIECE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """A job and the state of its files. footage, noise: fingerprints; see `fingerprint`."""

    name: str
    source: str
    options: Options
    footage: str
    noise: str


def identify(job: Job, facts: SourceFacts) -> Identity:
    """facts: what the engine finds in the job's footage now."""
    footage = hashlib.sha256((fingerprint(_files(job.source)) + to_json(facts)).encode()).hexdigest()
    noise = fingerprint([Path(job.options.noise)]) if job.options.noise else ""
    return Identity(job.name, str(_place(job.source)), job.options, footage, noise)


def fingerprint(files: list[Path]) -> str:
    """SHA-256 of each file's name, size, and 16 KiB at its start, middle and end: cheap for footage of any size.

    Times do not count, as copies have others. A file that cannot be read counts as empty: whoever needs it will say so.
    """
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0")
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                digest.update(str(size).encode())
                for start in (0, (size - PIECE_BYTES) // 2, size - PIECE_BYTES):
                    file.seek(max(0, start))
                    digest.update(file.read(PIECE_BYTES))
        except OSError:
            continue
    return digest.hexdigest()


def refuse_changed_job(before: Job, now: Job) -> None:
    """Raise DepthError CANNOT_RESUME that names what differs."""
    _refuse(_changes(before.name, now.name, str(_place(before.source)), str(_place(now.source))))
    _refuse(_changed_options(before.options, now.options))


def refuse_changes(before: Identity, now: Identity) -> None:
    """Raise DepthError CANNOT_RESUME that names what differs."""
    _refuse(_changes(before.name, now.name, before.source, now.source))
    _refuse(_changed_options(before.options, now.options))
    if before.footage != now.footage:
        _refuse([f"The footage {now.source} has changed."])
    if before.noise != now.noise:
        _refuse([f"The noise file {now.options.noise} has changed."])


def cannot_resume(reason: str) -> DepthError:
    """reason: a sentence."""
    return DepthError(
        ExitCode.CANNOT_RESUME,
        f"The job cannot go on: {reason[0].lower()}{reason[1:]}",
        "Undo the change, or begin anew: depth-engine run FOLDER --restart",
    )


def _refuse(reasons: Iterator[str] | list[str]) -> None:
    for reason in reasons:
        raise cannot_resume(reason)


def _changes(name: str, new_name: str, source: str, new_source: str) -> Iterator[str]:
    if source != new_source:
        yield f"Its footage was {source} and is now {new_source}."
    if name != new_name:
        yield f"Its name was {name} and is now {new_name}."


def _changed_options(before: Options, now: Options) -> Iterator[str]:
    for field in dataclasses.fields(Options):
        old, new = getattr(before, field.name), getattr(now, field.name)
        if old != new:
            yield f"The option {field.name} was {_shown(old)} and is now {_shown(new)}."


def _shown(value: object) -> str:
    return " ".join(map(str, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else str(value)


def _place(source: Source) -> Path:
    return Path(source.path if isinstance(source, MovieSource) else source.directory)


def _files(source: Source) -> list[Path]:
    place = _place(source)
    return [place] if isinstance(source, MovieSource) else [place / name for name in source.files]
