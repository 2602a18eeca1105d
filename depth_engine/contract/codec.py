# SPDX-License-Identifier: Apache-2.0
"""JSON of the contract's dataclasses, with every field's type checked."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from .errors import DepthError, ExitCode

CONTRACT_VERSION = 1

T = TypeVar("T")


def to_json(value: Any) -> str:
    """Readable JSON of a dataclass of this module."""
    return json.dumps(dataclasses.asdict(value), indent=1) + "\n"


def from_json(kind: type[T], data: Any, where: str) -> T:
    """Build `kind`, a dataclass of this module, from parsed JSON with every field's type checked.

    Raises DepthError BAD_JOB that names the field in words: `where` is how the whole thing is called.
    """
    return cast(T, _convert(kind, data, where))


def load(kind: type[T], text: str, where: str) -> T:
    """Parse the text of a job, manifest, plan, diagnosis or model list; raises DepthError as `from_json` does."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DepthError(ExitCode.BAD_JOB, f"{where} is not valid JSON ({error}).", "Write it again.") from None
    version = cast("dict[str, Any]", data).get("contract_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version != CONTRACT_VERSION:
        raise DepthError(
            ExitCode.CONTRACT_MISMATCH,
            f"{where} speaks contract version {version}, but this side speaks {CONTRACT_VERSION}.",
            "Update the extension and the engine to the same release.",
        )
    return from_json(kind, data, where)


def read(path: Path, kind: type[T]) -> T:
    """The file as `kind`. Raises DepthError BAD_JOB when it cannot be read, else as `load` does."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise DepthError(ExitCode.BAD_JOB, f"Cannot read {path}: {reason}.", "Start a new job.") from None
    return load(kind, text, path.name)


def _wrong(where: str, wanted: str, data: Any) -> DepthError:
    shown = json.dumps(data)[:60] if not isinstance(data, (dict, list)) else type(cast(object, data)).__name__
    return DepthError(ExitCode.BAD_JOB, f"{where} must be {wanted}, not {shown}.", "Correct it and start again.")


_PLAIN: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _convert(kind: Any, data: Any, where: str) -> Any:
    """Check and convert parsed JSON to a type: plain types, Literal, unions, tuples, dicts and dataclasses."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if kind in _PLAIN:
        if type(data) is not kind:
            raise _wrong(where, _PLAIN[kind], data)
        return data
    if origin is Literal:
        if data not in arguments:
            raise _wrong(where, "one of " + ", ".join(map(str, arguments)), data)
        return data
    if origin in (typing.Union, types.UnionType):
        return _convert_union(arguments, data, where)
    if origin is tuple:
        return _convert_tuple(arguments, data, where)
    if origin is dict:
        if not isinstance(data, dict):
            raise _wrong(where, "an object", data)
        items = cast("dict[str, Any]", data).items()
        return {key: _convert(arguments[1], value, f"{where}.{key}") for key, value in items}
    return _convert_dataclass(kind, data, where)


def _convert_union(kinds: tuple[Any, ...], data: Any, where: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    if len(kinds) == 1:
        return _convert(kinds[0], data, where)
    # Several dataclasses: their `type` field tells them apart.
    tags = {kind.__dataclass_fields__["type"].default: kind for kind in kinds}
    tag = cast("dict[str, Any]", data).get("type") if isinstance(data, dict) else None
    if not isinstance(tag, str) or tag not in tags:
        raise _wrong(f"{where}.type", "one of " + ", ".join(tags), tag)
    return _convert(tags[tag], data, where)


def _convert_tuple(kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(data, (list, tuple)):
        raise _wrong(where, "a list", data)
    values = cast("list[Any]", data)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(values)
    if len(values) != len(kinds):
        raise _wrong(where, f"a list of {len(kinds)}", values)
    return tuple(_convert(kind, value, f"{where}[{i}]") for i, (kind, value) in enumerate(zip(kinds, values)))


@functools.cache
def _fields(kind: Any) -> tuple[dict[str, Any], dict[str, dataclasses.Field[Any]]]:
    """The types and the fields of a dataclass by name; kept, for a long clip's manifest has thousands of records."""
    return typing.get_type_hints(kind), {spec.name: spec for spec in dataclasses.fields(kind)}


def _convert_dataclass(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise _wrong(where, "an object", data)
    values = cast("dict[str, Any]", data)
    hints, known = _fields(kind)
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise DepthError(
            ExitCode.BAD_JOB,
            f"{where} has the unknown field {unknown[0]!r}.",
            "Known fields: " + ", ".join(known) + ".",
        )
    for name, spec in known.items():
        required = spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise DepthError(ExitCode.BAD_JOB, f"{where} lacks the field {name!r}.", "Add it and start again.")
    return kind(**{name: _convert(hints[name], value, f"{where}.{name}") for name, value in values.items()})
