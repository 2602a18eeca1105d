# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: a job is started and cancelled by clicks."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import sequencer
from window import Steps, Window, play


def scenario(ui: Window) -> Steps:
    yield from sequencer.open_shot(ui, Path(ui.arguments[0]))
    yield from sequencer.wait_for_plan(ui)
    area = sequencer.timeline(ui)
    yield from ui.click(area, sequencer.ESTIMATE)
    yield from ui.wait(lambda: sequencer.events(ui, "frames_written"), "the first frames")
    yield from ui.click(area, sequencer.CANCEL)
    yield from sequencer.wait_for_end(ui, "cancelled")
    ui.report["job"] = str(sequencer.job_folder(ui))
    buttons = yield from ui.buttons(area)
    ui.report["buttons"] = sorted(buttons)


play(scenario)
