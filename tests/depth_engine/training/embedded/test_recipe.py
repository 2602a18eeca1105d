# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes: those that come with the engine are right, and what is wrong in one is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.embedded.recipe import RECIPES, find_recipe, read_recipe

GOOD = """
[[stages]]
name = "head"
steps = 10
batch = 2
sizes = [[56, 28]]
rates = { head = 1e-3 }
"""


@pytest.mark.parametrize("name", ["quick", "cpu", "gpu"])
def test_recipes_that_come_with_the_engine_are_right(name: str) -> None:
    recipe = read_recipe(find_recipe(name))
    assert recipe.stages[0].rates.head > 0
    assert {path.stem for path in RECIPES.glob("*.toml")} == {"quick", "cpu", "gpu"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("steps = 10", "stepz = 10"), "unknown field 'stepz'"),
        (("steps = 10", ""), "lacks the field 'steps'"),
        (("steps = 10", "steps = 'many'"), "must be a whole number"),
        (("steps = 10", "steps = 0"), "at least 1"),
        (("[56, 28]", "[56, 30]"), "multiple of 14"),
        (("[[56, 28]]", "[]"), "at least one width"),
        (("head = 1e-3", "head = 0.0"), "nothing would be trained"),
        (("head = 1e-3", "encoder = 1e-5"), "needs blocks"),
        (("head = 1e-3", "temporal = 1e-5"), "more than one frame"),
        (("steps = 10", "steps = 10\nblocks = 12"), "variants"),
        (("steps = 10", "steps = 10\nframes = 40"), "1 to 32"),
        (("steps = 10", "steps = 10\nloss = { near = 'far' }"), "plain, capped, weighted"),
        (('name = "head"', 'name = "../head"'), "small letters"),
        (("[[stages]]", "[[stages"), "not valid TOML"),
        ((GOOD, "stages = []"), "no stage"),
        ((GOOD, GOOD + GOOD), "the same name"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(DepthError, match=sentence) as caught:
        read_recipe(path)
    assert caught.value.code is ExitCode.BAD_JOB and "mine.toml" in caught.value.message


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DepthError, match="Cannot read") as caught:
        read_recipe(find_recipe(str(tmp_path / "none.toml")))
    assert "cpu" in caught.value.hint
