# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub on this machine, and a made-up model whose weights lie there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from depth_engine.models import hub as hub_module
from depth_engine.models import registry
from tests.support.hub import Hub
from tests.support.made_model import HUB_FILES, known


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that the engine takes for the real one; a broken connection is not waited for."""
    with Hub(dict(HUB_FILES)) as served:
        template = "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", served.url)
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", served.url + template)
        monkeypatch.setattr(hub_module, "PAUSES", ())
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr(registry, "MODELS", registry.MODELS | known())
        yield served


@pytest.fixture
def folder(data_folder: Path) -> Path:
    """Where the store keeps the made-up model."""
    return data_folder / "models" / "made"
