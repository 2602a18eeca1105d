# SPDX-License-Identifier: GPL-3.0-or-later
from tests.blender_addon.fixtures import (  # noqa: F401
    add_strip,
    answers,
    clip,
    fake_engine,
    finish,
    module,
    preferences,
    press,
    session,
    sessions,
    strip,
)
