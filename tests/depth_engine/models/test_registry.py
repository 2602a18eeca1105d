# SPDX-License-Identifier: GPL-3.0-or-later
"""Models are found by name, cheaply, and a wrong name is answered with the right one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ShotSpec


def test_importing_the_registry_imports_no_network() -> None:
    program = (
        "import sys; from depth_engine.models import registry; registry.info('embedded'); "
        "print([name for name in ('torch', 'transformers', 'cv2', 'av') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", registry.MODELS)
def test_every_model_is_known_by_its_own_name_and_says_what_it_is(name: str) -> None:
    info = registry.info(name)
    assert info.name == name
    assert info.title
    assert info.licence
    assert info.summary
    assert info.window >= 1
    assert registry.module(name).guess_seconds(ShotSpec(1, 640, 360), "cpu") > 0
    for file in info.files:
        assert len(file.sha256) == 64 or (not file.sha256 and file.repo and file.revision)  # then the hub's own counts
    assert sum(file.size_bytes for file in info.files) > 0


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("embeded", "Did you mean embedded?"),
        ("Embedded", "Did you mean embedded?"),
        ("xyz", "See depth-engine models."),
    ],
)
def test_an_unknown_model_is_answered_with_the_known_ones(name: str, hint: str) -> None:
    for ask in (registry.info, registry.module, lambda name: registry.load(name, None, "cpu", ExecutionPlan("fp32"))):
        with pytest.raises(DepthError) as caught:
            ask(name)
        assert caught.value.code is ExitCode.UNKNOWN_MODEL
        assert "embedded" in caught.value.message
        assert name in caught.value.message
        assert caught.value.hint == hint
