# SPDX-License-Identifier: Apache-2.0
"""The city at night: lit windows, street lamps, headlights, wet asphalt."""

from __future__ import annotations

from .. import lights
from ..stage import Stage
from . import Setting, street


def build(stage: Stage) -> Setting:
    draw = stage.draw
    road = street.lay_out(stage, lit=draw.uniform(0.15, 0.7))
    lights.night(stage)
    return Setting(lambda draw: street.look(draw, road), near=0.5, reach=6.0, haze=(40, 400), dark=True, rain=True)
