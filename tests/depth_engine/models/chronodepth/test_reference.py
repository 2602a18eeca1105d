# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's numbers are those of the published algorithm, put together from diffusers' and transformers' parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from depth_engine.models.chronodepth import pipeline
from depth_engine.models.chronodepth.networks import load_networks
from depth_engine.models.svd.schedule import Schedule
from tests.depth_engine.models.chronodepth.cases import compute, depth_of, load, noise_file, spec_of, video
from tests.depth_engine.models.chronodepth.reference import Reference


@pytest.fixture(scope="module")
def reference(weights: Path) -> Reference:
    return Reference(weights)


def difference(weights: Path, reference: Reference, folder: Path, count: int, **settings: int) -> float:
    """The largest difference of depth, which is in 0..1, from the published algorithm's."""
    frames = video(count)
    path, initial, posterior = noise_file(folder / "noise.safetensors", count)
    options = {"window": 10, "overlap": 5, "steps": 2} | settings
    spec = spec_of(frames, noise=path, compat="reference", **options)
    found = depth_of(compute(load(weights, spec), spec, frames))
    chunk = options["window"] - options["overlap"]
    wanted = reference.depth(
        frames, initial, posterior, n_tokens=options["window"], chunk_size=chunk, steps=options["steps"]
    )
    assert wanted.std() > 0.01
    return float(np.abs(found - wanted.numpy()).max())


@pytest.mark.parametrize("count", [1, 12, 23])
def test_depth_is_that_of_the_published_parts(weights: Path, reference: Reference, tmp_path: Path, count: int) -> None:
    assert difference(weights, reference, tmp_path, count) < 1e-6


@pytest.mark.parametrize("settings", [{"steps": 5}, {"window": 4, "overlap": 1}])
def test_other_settings_are_the_published_ones_too(
    weights: Path, reference: Reference, tmp_path: Path, settings: dict[str, int]
) -> None:
    assert difference(weights, reference, tmp_path, 8, **settings) < 1e-6


CHANGES: dict[str, tuple[object, str, Callable[[Any], Any]]] = {
    "known level": (pipeline, "KNOWN_LEVEL", lambda _: -1.0),
    "time ids": (pipeline, "TIME_IDS", lambda _: (7.0, 127.0, 0.02)),
    "sampler": (Schedule, "scaled", lambda _: lambda schedule, sample, step: sample),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_slightly_changed_algorithm_is_told_from_it(
    weights: Path, reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    owner, name, changed = CHANGES[change]
    monkeypatch.setattr(owner, name, changed(getattr(owner, name)))
    assert difference(weights, reference, tmp_path, 12) > 1e-4


def test_cross_attention_sees_clips_view_of_black(weights: Path, reference: Reference) -> None:
    expected = reference._token()  # pyright: ignore[reportPrivateUsage]
    assert torch.allclose(load_networks(weights, torch.float32).token, expected, atol=1e-6)
