# SPDX-License-Identifier: GPL-3.0-or-later
"""Files whose frames Blender and the engine may count differently: read directly only where both always agree."""

from __future__ import annotations

from fractions import Fraction

import bpy
import pytest

from .engine_reading import Reading, make_and_read
from .sequencer import add_by_operator, new_scene, shown

_VARIABLE = [0, 1000, 2500, 3000, 6000, 7000, 7500, 9000, 12000, 13000, 14500, 15000, 18000, 19000, 20500, 21000]

DIRECT = {
    "plain": {},
    "B-frames": {"b_frames": 2, "frames": 30},
    "B-frames in Matroska": {"b_frames": 2, "suffix": ".mkv"},
    "open GOP": {"b_frames": 2, "open_gop": True, "gop": 8, "frames": 40},
    "with sound": {"audio": True, "frames": 30},
    "one frame": {"frames": 1},
    "odd size": {"size": (97, 65), "pixel_format": "yuv444p"},
    "not square": {"pixel_aspect": "4/3"},
    "10 bits": {"pixel_format": "yuv420p10le"},
    "MPEG-4 in AVI": {"codec": "mpeg4", "suffix": ".avi", "codec_options": {"qscale": "2"}},
    "ProRes": {"codec": "prores_ks", "suffix": ".mov", "pixel_format": "yuv422p10le"},
    "23.976": {"rate": "24000/1001", "frames": 60},
    "29.97 in Matroska": {"rate": "30000/1001", "frames": 60, "suffix": ".mkv"},
}
RENDERED = {
    "variable rate": ({"ticks": _VARIABLE, "frames": 16, "time_base": "1/24000"}, "Variable frame rate"),
    "variable rate in Matroska": (
        {"ticks": _VARIABLE, "frames": 16, "time_base": "1/24000", "suffix": ".mkv"},
        "Variable frame rate",
    ),
    "late start": ({"start": 12, "suffix": ".mkv"}, "Video starts late"),
    "late start with sound": ({"start": 12, "audio": True}, "Video starts late"),
    "late start and B-frames": ({"start": 12, "b_frames": 2, "suffix": ".mkv"}, "Video starts late"),
    "transport stream": ({"b_frames": 2, "suffix": ".ts"}, "Video starts late"),
    "turned right": ({"rotation": 90}, "Turned video"),
    "turned over": ({"rotation": 180}, "Turned video"),
    "turned left": ({"rotation": 270}, "Turned video"),
}


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    """The engine's reading of each file, by its name here."""
    rendered = {name: options for name, (options, _reason) in RENDERED.items()}
    return make_and_read(tmp_path_factory.mktemp("hard"), DIRECT | rendered)


def place(reading: Reading):
    """A scene of the footage's size and rate with the footage as its only strip, as the Add menu makes it."""
    rate = Fraction(reading.facts["rate"])
    base = 1.0 if rate.denominator == 1 else 1.001
    scene = new_scene((reading.facts["width"], reading.facts["height"]), round(rate * Fraction(str(base))), base)
    return scene, add_by_operator(scene, reading.path)


def engine_frames(description, indices):
    """The coded index at each scene frame, as the engine counts the source's frames."""
    first, last = description.frames
    numbers = (frame - description.number_one + 1 for frame in range(description.left, description.right))
    return [indices[min(max(number, first), last) - 1] for number in numbers]


@pytest.mark.parametrize("name", DIRECT)
def test_read_directly_and_equal_in_every_frame(strips, contract, readings, name):
    scene, strip = place(readings[name])
    description = strips.describe(scene, strip)
    decision = strips.decide(description, contract.SourceFacts(**readings[name].facts))
    assert decision == strips.Direct(description.source, description.frames, description.number_one)
    seen = shown(scene, range(description.left, description.right))
    assert None not in seen
    assert seen == engine_frames(description, readings[name].indices)


@pytest.mark.parametrize("name", RENDERED)
def test_rendered_first_with_a_reason(strips, contract, readings, name):
    scene, strip = place(readings[name])
    # Blender guesses a variable rate: let the engine's facts alone decide.
    scene.render.fps, scene.render.fps_base = round(strip.fps), 1.0
    description = strips.describe(scene, strip)
    assert description.source == contract.MovieSource(str(readings[name].path))
    decision = strips.decide(description, contract.SourceFacts(**readings[name].facts))
    assert decision == strips.Rendered(f"{RENDERED[name][1]}: frames will be rendered first", description.left)


@pytest.mark.parametrize("name", ["variable rate", "variable rate in Matroska", "turned right"])
def test_reading_these_directly_would_be_wrong(strips, compat, readings, name):
    """The reasons are no mere caution: here the engine's frames are others than Blender's, at least in 4.2."""
    scene, strip = place(readings[name])
    left, right = compat.handles(strip)
    seen = shown(scene, range(left, right))
    differs = seen[: len(readings[name].indices)] != readings[name].indices
    assert differs or (name == "turned right" and bpy.app.version >= (4, 4))


@pytest.mark.parametrize("fps", [24, 30])
def test_other_rates_are_rendered_first(strips, readings, fps):
    scene = new_scene(fps=fps)
    strip = add_by_operator(scene, readings["plain" if fps == 30 else "29.97 in Matroska"].path)
    description = strips.describe(scene, strip)
    assert (description.source, description.frames) == (None, None)
    assert "frames a second in a" in strips.decide(description, None).reason
