# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: a person at the mouse. A scenario is a generator that yields how many seconds to wait next.

A scenario file ends with `play(scenario)`. What it reports goes to report.json in the folder named after `--`;
pictures go there too. Blender ends with the scenario, also when it fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import bpy

Steps = Generator[float, None, Any]
_BEAT = 0.05  # seconds between two ticks of the timer that watches for freezes


class Window:
    """Blender's only window, its panels and buttons."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self.folder = folder
        self.arguments = arguments
        self.report: dict[str, Any] = {}
        self.beats: list[float] = []
        self._mouse = (0, 0)

    @property
    def window(self) -> bpy.types.Window:
        return bpy.context.window_manager.windows[0]

    def area(self, kind: str) -> bpy.types.Area:
        """The largest area of a type."""
        areas = [area for area in self.window.screen.areas if area.type == kind]
        return max(areas, key=lambda area: area.width * area.height)

    def region(self, area: bpy.types.Area, kind: str = "WINDOW") -> bpy.types.Region:
        return next(region for region in area.regions if region.type == kind)

    def context(self, area: bpy.types.Area, kind: str = "WINDOW") -> Any:
        """A context manager in which operators see the window, this area and its region."""
        return bpy.context.temp_override(window=self.window, area=area, region=self.region(area, kind))

    def show_tab(self, area: bpy.types.Area, tab: str) -> Steps:
        """Open an area's sidebar at a tab."""
        area.spaces.active.show_region_ui = True
        yield 0.3
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)  # a sidebar not yet drawn has no tabs
        self.region(area, "UI").active_panel_category = tab
        area.tag_redraw()
        yield 0.5

    def buttons(self, area: bpy.types.Area, kind: str = "UI") -> Generator[float, None, dict[str, tuple[int, int]]]:
        """Every operator's button that the mouse finds in a region: its Python command and where it lies."""
        region = self.region(area, kind)
        found: dict[str, tuple[int, int]] = {}
        for part in (0.25, 0.7):
            x = region.x + round(region.width * part)
            for y in range(region.y + region.height - 6, region.y, -9):
                self._event("MOUSEMOVE", "NOTHING", x, y)
                yield 0.02
                with self.context(area, kind):
                    if bpy.ops.ui.copy_python_command_button.poll():
                        bpy.ops.ui.copy_python_command_button()
                        found.setdefault(bpy.context.window_manager.clipboard, (x, y - 2))
        return found

    def click(self, area: bpy.types.Area, operator: str, kind: str = "UI") -> Steps:
        """Find the button of an operator ("sequencer.depth_estimate") with the mouse and click it."""
        found = yield from self.buttons(area, kind)
        places = [place for command, place in found.items() if command.startswith(f"bpy.ops.{operator}(")]
        if not places:
            raise AssertionError(f"There is no button for {operator}; there are {sorted(found)}")
        yield from self.press(*places[0])

    def press(self, x: int, y: int) -> Steps:
        """Click a place."""
        yield from self.point(x, y)
        self._event("LEFTMOUSE", "PRESS", x, y)
        yield 0.1
        self._event("LEFTMOUSE", "RELEASE", x, y)
        yield 0.5

    def wheel_down(self, x: int, y: int, notches: int) -> Steps:
        """Turn the wheel at a place."""
        yield from self.point(x, y)
        for _ in range(notches):
            self._event("WHEELDOWNMOUSE", "PRESS", x, y)
            yield 0.05
        yield 1

    def type(self, *keys: str) -> Steps:
        """Press keys one after the other, by Blender's names for them."""
        for key in keys:
            for value in ("PRESS", "RELEASE"):
                self.window.event_simulate(type=key, value=value, x=self._mouse[0], y=self._mouse[1])
                yield 0.1
        yield 0.5

    def point(self, x: int, y: int) -> Steps:
        """Move the mouse."""
        self._event("MOUSEMOVE", "NOTHING", x, y)
        yield 0.3

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 240.0) -> Steps:
        """Wait until a condition holds, as a person would, with Blender running on."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"Waited {seconds:.0f} s in vain for {what}")
            yield 0.2

    def picture(self, name: str, rest: bool = True) -> Steps:
        """Take a picture of the window, with the mouse out of the way of tooltips; not `rest`: where it is."""
        if rest:
            yield from self.point(4, 4)
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=2)
        subprocess.run(["import", "-window", "root", str(self.folder / f"{name}.png")], check=True)

    def hover(self, x: int, y: int) -> Steps:
        """Move the mouse and let Blender notice."""
        self._event("MOUSEMOVE", "NOTHING", x, y)
        yield 0.3

    def _event(self, kind: str, value: str, x: int, y: int) -> None:
        self._mouse = (x, y)
        self.window.event_simulate(type=kind, value=value, x=x, y=y)

    def beat(self) -> float:
        """Counts how often Blender came round to its timers."""
        self.beats.append(time.monotonic())
        return _BEAT


def play(scenario: Callable[[Window], Steps]) -> None:
    """Run a scenario from a timer once Blender's window stands."""
    folder, *arguments = sys.argv[sys.argv.index("--") + 1 :]
    window = Window(Path(folder), arguments)
    steps = scenario(window)
    bpy.context.preferences.view.show_splash = False  # later, in a timer, would be too late

    def end() -> None:
        (window.folder / "report.json").write_text(json.dumps(window.report, indent=1))
        bpy.ops.wm.quit_blender()

    def tick() -> float | None:
        try:
            return next(steps)
        except StopIteration:
            end()
        except Exception:  # noqa: BLE001 - whatever went wrong, the test must see it
            window.report["error"] = traceback.format_exc()
            end()
        return None

    # Both must outlive the loading of a file.
    bpy.app.timers.register(window.beat, first_interval=1.0, persistent=True)
    bpy.app.timers.register(tick, first_interval=1.5, persistent=True)
