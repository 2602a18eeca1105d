# SPDX-License-Identifier: GPL-3.0-or-later
"""The field of view from what the camera noted in the file."""

from __future__ import annotations

import dataclasses
import math

import bpy
import pytest

from tests.blender_addon.fakes import wait_until


def look(session, strip) -> None:
    """Let the engine tell what the strip's footage is, as an open panel does."""
    session.engine.show()
    session.outlooks.show(bpy.context.scene, strip)
    wait_until(lambda: not session.engine.active and not session.outlooks.active, session.tick, seconds=30)


@pytest.mark.parametrize("angle", [42.5, None])
def test_the_footage_s_angle_is_taken_where_it_is_known(session, strip, fake_engine, answers, angle) -> None:
    plan = answers["plan"]
    fake_engine(plan=dataclasses.replace(plan, facts=dataclasses.replace(plan.facts, field_of_view=angle)))
    assert not bpy.ops.sequencer.depth_use_footage_view.poll()  # nobody has looked yet
    look(session, strip)
    assert bpy.ops.sequencer.depth_use_footage_view.poll() == (angle is not None)
    if angle:
        assert bpy.ops.sequencer.depth_use_footage_view() == {"FINISHED"}
        assert bpy.context.scene.estimate_depth.field_of_view == pytest.approx(math.radians(angle))
