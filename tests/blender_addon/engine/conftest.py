# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.blender_addon.fakes import write_engine


@pytest.fixture
def part(addon: ModuleType) -> Callable[[str], ModuleType]:
    """A module of the installed add-on's engine package, by its name."""
    return lambda name: importlib.import_module(f"{addon.__name__}.engine.{name}")


@pytest.fixture
def fake(tmp_path: Path) -> Callable[[str], Path]:
    """Writes an engine that misbehaves, and gives its command."""
    return lambda body: write_engine(tmp_path / "depth-engine", body)


@pytest.fixture
def manifest(part) -> str:
    """The text of a manifest.json, as an engine writes it after three frames."""
    contract = part("contract")
    facts = contract.SourceFacts(
        width=64, height=36, frame_count=3, rate="24", duration_seconds=0.125, constant_rate=True, start_seconds=0.0,
        rotation=0, pixel_aspect="1", codec="h264", alpha=False,
    )  # fmt: skip
    model = contract.ModelFacts("embedded", "Embedded", "disparity", "Apache-2.0", True, "0" * 64, "cpu", "fp32")
    return contract.to_json(
        contract.Manifest(
            name="clip",
            engine_version="0.1.0",
            source=contract.MovieSource("/footage/clip.mp4"),
            facts=facts,
            options=contract.Options(),
            model=model,
            frames=tuple(contract.FrameRecord(n, n, (n - 1) / 24) for n in (1, 2, 3)),
            shots=(contract.ShotRange(1, 3, 0.0, 1.0, 0.1, 0.9),),
            depth={"exr32": contract.Sequence("depth/clip.######.exr", 64, 36)},
            proxy_depth=contract.Sequence("proxy/depth.######.exr", 32, 18),
            proxy_color=contract.Sequence("proxy/color.######.jpg", 32, 18),
            preview="preview/clip.mp4",
            npz=(),
            warnings=("A frame was dark.",),
            seconds=1.0,
        )
    )
