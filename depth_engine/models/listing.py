# SPDX-License-Identifier: Apache-2.0
"""The models that the engine knows, and what of them is on this machine."""

from __future__ import annotations

from depth_engine.contract import ModelEntry, ModelList
from depth_engine.models import registry
from depth_engine.models.base import ModelInfo
from depth_engine.models.store import StoredModel
from depth_engine.models.weights import MODELS_FOLDER
from depth_engine.runtimes.shelf import graph_bytes


def list_models() -> ModelList:
    """Every model, in the registry's order. No file is read through."""
    return ModelList(tuple(_entry(registry.info(name)) for name in registry.MODELS))


def _entry(info: ModelInfo) -> ModelEntry:
    stored = StoredModel(info)
    folder = MODELS_FOLDER / info.name if info.included else stored.folder
    own = [folder / file.path for file in info.files]
    return ModelEntry(
        name=info.name,
        title=info.title,
        kind=info.kind,
        temporal=info.temporal,
        licence=info.licence,
        commercial_use=info.commercial_use,
        summary=info.summary,
        installed=all(path.is_file() for path in own),
        size_bytes=sum(file.size_bytes for file in info.files),
        group=info.group,
        included=info.included,
        fetchable=not info.included,
        folder=str(folder),
        licence_url=info.licence_url,
        licence_summary=info.licence_summary,
        accepted=stored.accepted(),
        bytes_here=sum(path.stat().st_size for path in own if path.is_file()) if info.included else stored.bytes_here(),
        exported_bytes=graph_bytes(info.name),
        unchanged=info.included or stored.unchanged(),
        settings=info.settings,
    )
