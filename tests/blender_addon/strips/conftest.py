# SPDX-License-Identifier: GPL-3.0-or-later
"""Footage that is made once for all tests of the strips, and the parts of the built add-on under test."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.support import elsewhere

from .finished import manifest
from .sequencer import SIZE, new_scene


@pytest.fixture(scope="session")
def strips(addon: ModuleType) -> ModuleType:
    return importlib.import_module(f"{addon.__name__}.strips")


@pytest.fixture(scope="session")
def compat(addon: ModuleType) -> ModuleType:
    return importlib.import_module(f"{addon.__name__}.compat")


@pytest.fixture(scope="session")
def contract(addon: ModuleType) -> ModuleType:
    return importlib.import_module(f"{addon.__name__}.engine.contract")


@pytest.fixture(scope="session")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A coded movie by its options; the same options give the same file."""
    folder = tmp_path_factory.mktemp("movies")
    made: dict[str, Path] = {}

    def make(suffix: str = ".mp4", **options: object) -> Path:
        key = repr((suffix, sorted(options.items())))
        if key not in made:
            made[key] = elsewhere.make_movie(folder / f"clip{len(made)}{suffix}", **{"size": SIZE, **options})
        return made[key]

    return make


@pytest.fixture(scope="session")
def plate(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Twelve coded images, plate.1001.png to plate.1012.png."""
    folder = tmp_path_factory.mktemp("plate")
    return elsewhere.make_images(folder, frames=12, pattern="plate.####.png", start=1001, size=SIZE)


@pytest.fixture
def clip(compat, movie):
    scene = new_scene()
    return scene, compat.strips(scene.sequence_editor).new_movie("clip", str(movie()), 2, 10)


@pytest.fixture
def result(strips, contract, movie, tmp_path):
    """Makes a finished job of a strip: its placement, a manifest for frames first to last, and its folder."""

    def make(scene, strip, first: int, last: int, preview_size=(96, 64), name: str = "clip-0123.depth"):
        folder = tmp_path / name
        (folder / "preview").mkdir(parents=True)
        source = movie(frames=last - first + 1, first_index=first - 1, size=preview_size)
        shutil.copy(source, folder / "preview" / "clip.mp4")
        description = strips.describe(scene, strip)
        placement = strips.place(scene, strip, description, strips.decide(description, None))
        return placement, manifest(contract, first, last), folder

    return make
