# SPDX-License-Identifier: GPL-3.0-or-later
"""What was installed outside the checkout, so that uninstalling removes exactly that."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depth_engine import contract


@dataclass(frozen=True)
class Record:
    """engines: folders of engine environments; blenders: Blender programs that got the extension."""

    engines: tuple[str, ...] = ()
    blenders: tuple[str, ...] = ()


def path() -> Path:
    return contract.user_data_folder() / "installed.json"


def read() -> Record:
    """The record; an empty one when nothing was installed."""
    try:
        data: dict[str, Any] = json.loads(path().read_text(encoding="utf-8"))
        return Record(tuple(data["engines"]), tuple(data["blenders"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


def remember(engine: Path | None = None, blender: Path | None = None) -> None:
    """Add to the record."""
    old = read()
    engines = old.engines if engine is None else tuple(sorted({*old.engines, str(engine)}))
    blenders = old.blenders if blender is None else tuple(sorted({*old.blenders, str(blender)}))
    new = Record(engines, blenders)
    if new != old:
        path().parent.mkdir(parents=True, exist_ok=True)
        contract.write_text(path(), json.dumps(dataclasses.asdict(new), indent=1) + "\n")
