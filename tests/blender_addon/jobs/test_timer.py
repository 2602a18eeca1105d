# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer's own logic. Timers never fire in the background, so the tests call it as Blender would."""

from __future__ import annotations

import bpy
import pytest

from tests.blender_addon.fakes import wait_until


@pytest.fixture
def timer(module):
    return module("jobs.timer")


def test_it_ends_when_there_is_nothing_to_do(timer, session):
    wait_until(lambda: timer.tick() is None, lambda: None)
    assert not session.active


def test_it_goes_on_while_a_job_runs(timer, session, strip, fake_engine, press):
    fake_engine()
    press("depth_estimate")
    wait_until(lambda: session.book.jobs[0].started is not None, timer.tick)
    assert timer.tick() == timer.INTERVAL_SECONDS
    session.book.jobs[0].kill()
    wait_until(lambda: timer.tick() is None, lambda: None)


def test_redraws_come_with_changes_only_and_at_most_five_a_second(timer):
    redraws, now = timer.Redraws(), 100.0
    assert redraws.is_due("a", now)
    assert not redraws.is_due("a", now + 60) and not redraws.is_pending("a")
    now += 100
    assert redraws.is_due("b", now)
    assert not redraws.is_due("c", now + 0.1) and redraws.is_pending("c")
    assert redraws.is_due("c", now + 2 * timer.REDRAW_SECONDS) and not redraws.is_pending("c")


def test_it_is_taken_away_with_the_add_on_and_while_it_runs(timer, session, module):
    """Outside the background, where it would be registered by itself."""
    bpy.app.timers.register(timer.tick, persistent=True)
    timer.unregister()
    try:
        assert not bpy.app.timers.is_registered(timer.tick)
    finally:
        timer.register()
