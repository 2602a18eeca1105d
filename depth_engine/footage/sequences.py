# SPDX-License-Identifier: Apache-2.0
"""File names that belong together: numbered sequences, natural order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

_DIGITS = re.compile(r"\d+")
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Files of one directory in playing order. numbers: each file's number, or None for names without one.

    title: how a person would write it, "plate.####.png".
    """

    title: str
    files: tuple[str, ...]
    numbers: tuple[int | None, ...]


def natural_order(name: str) -> tuple[list[tuple[int, int | str]], str]:
    """A sort key by which 2 comes before 10 and case does not matter."""
    words = re.split(r"(\d+)", name.casefold())
    return [(0, int(word)) if i % 2 else (1, word) for i, word in enumerate(words) if word], name


def find_sequences(names: Iterable[str]) -> list[Sequence]:
    """The sequences among these names. A name that belongs to no other is a sequence of one.

    Of several numbers in a name, the one counts that the most names differ in; of equals, the last.
    """
    spans = {name: list(_DIGITS.finditer(PurePath(name).stem)) for name in names}
    shared = Counter(_key(name, span) for name, found in spans.items() for span in found)
    groups: dict[_Key, list[tuple[int | None, str]]] = {}
    titles: dict[_Key, str] = {}
    for name, found in spans.items():
        best = max(reversed(found), key=lambda span: shared[_key(name, span)], default=None)
        key = (name, "") if best is None else _key(name, best)
        groups.setdefault(key, []).append((int(best.group()) if best else None, name))
        titles[key] = name if best is None else f"{key[0]}{'#' * len(best.group())}{key[1]}"
    sequences: list[Sequence] = []
    for key, members in groups.items():
        members.sort(key=lambda member: (member[0] or 0, natural_order(member[1])))
        title = titles[key] if len(members) > 1 else members[0][1]
        numbers, files = zip(*members)
        sequences.append(Sequence(title, files, numbers))
    return sorted(sequences, key=lambda sequence: natural_order(sequence.title))


def _key(name: str, span: re.Match[str]) -> _Key:
    return name[: span.start()], name[span.end() :]
