# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu of models."""

from __future__ import annotations

from dataclasses import replace

import bpy
import pytest

from tests.blender_addon.fakes import wait_until
from tests.blender_addon.ui.recorder import draw


@pytest.fixture
def known(session, fake_engine):
    """The session has looked for the engine and asked for its models."""

    def ask(**answers):
        fake_engine(**answers)
        session.engine.show()
        wait_until(lambda: not session.engine.active, session.tick)

    return ask


@pytest.fixture
def settings():
    return bpy.context.scene.estimate_depth


def lines(models, settings):
    return [label for _, label, _ in models.menu_items(settings.model)]


def test_the_menu_tells_license_use_and_size(known, module, settings):
    known()
    assert lines(module("models"), settings) == [
        "Embedded · 30 MB · Apache-2.0",
        "Video Diffusion · 5.4 GB · No Commercial Use · Academic License",
    ]
    settings.model_choice = "video"
    assert settings.model == "video"


def test_the_menu_lists_models_under_their_headings(known, module, settings, strip):
    known()
    models = module("models")
    first, second = models.known
    third = replace(first, name="third", group="Recommended")
    models.known[:] = [replace(first, group="Recommended"), replace(second, group="Best Quality"), third]
    menu = draw(bpy.types.SEQUENCER_MT_depth_models)
    assert menu.labels == ["Recommended", "Best Quality"]
    assert menu.choices == [first.name, "third", second.name]
    for name in menu.choices:
        settings.model_choice = name
        assert (settings.model, settings.model_choice) == (name, name)


def test_another_model_brings_another_plan_and_another_time(session, strip, settings, module):
    """With the engine that is installed: the numbers come from the models themselves."""
    session.engine.show()
    wait_until(lambda: not session.engine.active, session.tick)
    names = [model.name for model in module("models").known]
    wanted = ("embedded", "video_depth_anything_small", "depthcrafter")
    assert set(wanted) < set(names)
    plans = []
    for name in wanted:
        settings.model_choice = name
        session.outlooks.show(bpy.context.scene, strip)
        wait_until(lambda: not session.outlooks.active, session.tick)
        plans.append(session.outlooks.show(bpy.context.scene, strip).plan)
    assert [plan.model.name for plan in plans] == list(wanted)
    assert len({plan.seconds for plan in plans}) == 3 and len({plan.memory_bytes for plan in plans}) == 3


def test_the_menu_s_texts_stay_where_blender_has_seen_them(known, module, settings):
    known()
    first, again = (module("models").menu_items("video") for _ in range(2))
    assert all(old is new for line, other in zip(first, again) for old, new in zip(line, other))


def test_a_model_that_the_engine_does_not_know_stays_chosen(known, module, settings):
    settings.model = "unheard"
    known()
    assert lines(module("models"), settings)[-1] == "unheard" and settings.model_choice == "unheard"


def test_another_engine_brings_its_own_models(known, module, preferences, session):
    known()
    preferences.engine = "/nowhere"
    session.engine.look(preferences.engine)
    assert module("models").known == []


def test_every_model_that_is_not_included_gets_a_place_for_its_weights(known, preferences):
    known()
    assert [entry.name for entry in preferences.weights] == ["video"]
    assert preferences.weights_folder("video") is None and preferences.weights_folder("embedded") is None


@pytest.mark.filterwarnings("ignore:.*blend relative")  # 4.2 offers such paths, 4.5 and later only take them
def test_a_chosen_folder_is_kept_and_made_absolute(known, preferences, tmp_path):
    preferences.add_weights("video").folder = "//weights"
    bpy.context.preferences.is_dirty = False
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    known()
    assert preferences.weights_folder("video") == str(tmp_path / "weights")
    preferences.weights_of("video").folder = ""
    assert bpy.context.preferences.is_dirty
