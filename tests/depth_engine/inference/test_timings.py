# SPDX-License-Identifier: GPL-3.0-or-later
"""Speeds are remembered for later plans."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from depth_engine.inference.timings import KEPT, Timing, expected, remember

GUESS = Timing("embedded", "cpu", "bf16", 1000.0, 0.5, 4.0)


def test_without_a_measurement_the_guess_stands():
    assert expected(GUESS) == (GUESS, False)


def test_the_latest_measurement_counts():
    remember(replace(GUESS, seconds_per_frame=2.0))
    remember(replace(GUESS, seconds_per_frame=3.0))
    assert expected(GUESS) == (replace(GUESS, seconds_per_frame=3.0), True)


def test_other_work_is_scaled_from_the_nearest():
    remember(replace(GUESS, guessed_seconds=500, seconds_per_frame=1.0))
    remember(replace(GUESS, guessed_seconds=10_000, seconds_per_frame=30.0))
    assert expected(replace(GUESS, guessed_seconds=1000))[0].seconds_per_frame == pytest.approx(2.0)
    assert expected(replace(GUESS, guessed_seconds=20_000))[0].seconds_per_frame == pytest.approx(60.0)


@pytest.mark.parametrize("other", [{"model": "x"}, {"device": "cuda:0"}, {"precision": "fp32"}])
def test_another_model_device_or_precision_says_nothing(other: dict[str, str]):
    remember(replace(GUESS, **other))
    assert expected(GUESS) == (GUESS, False)


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"a": 1}', '[{"model": "embedded"}]'])
def test_a_damaged_note_is_started_anew(data_folder: Path, damage: str):
    (data_folder / "timings.json").write_text(damage)
    assert expected(GUESS) == (GUESS, False)
    remember(GUESS)
    assert expected(GUESS) == (GUESS, True)


def test_the_note_stays_small(data_folder: Path):
    note = data_folder / "timings.json"
    note.write_text(json.dumps([asdict(replace(GUESS, guessed_seconds=float(work))) for work in range(1, KEPT + 20)]))
    remember(GUESS)
    assert note.read_text().count('"model"') == KEPT
    assert expected(GUESS) == (GUESS, True)
