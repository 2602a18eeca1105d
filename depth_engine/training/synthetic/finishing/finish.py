# SPDX-License-Identifier: Apache-2.0
"""Turns one rendered clip into the folder of a clip."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depth_engine.training.synthetic import GENERATOR_VERSION
from depth_engine.training.synthetic.catalogue import ClipPlan
from depth_engine.training.synthetic.clips import ClipInfo, ClipWriter
from depth_engine.training.synthetic.finishing import delivery, exposure, geometry, lens, weather
from depth_engine.training.synthetic.finishing.rendered import Frame, Shot, read_frame, read_shot

F32 = NDArray[np.float32]


def finish(plan: ClipPlan, rendered: Path, folder: Path) -> None:
    """Read Blender's files from `rendered` and write the clip to `folder`; everything is drawn from the plan's seed."""
    shot = read_shot(rendered)
    frames = [read_frame(rendered, index) for index in range(plan.frames)]  # a clip at its own small size
    writer = ClipWriter(folder)
    try:
        flows = (
            [geometry.flow(shot, i, *frames[i : i + 2]) for i in range(plan.frames - 1)] if plan.kind == "clip" else []
        )
        effects = _pictures(plan, shot, frames, [moved for moved, _ in flows], writer)
        bar = effects.get("letter_box", 0)
        highest = _disparities(frames, bar, writer)
        for index, (moved, valid) in enumerate(flows):
            if bar:
                valid[:bar] = valid[-bar:] = False
            writer.flow(index, moved, valid)
        cameras = [geometry.camera(shot, index, plan.width, plan.height) for index in range(plan.frames)]
        writer.finish(
            ClipInfo(
                plan.family, plan.seed, GENERATOR_VERSION, plan.kind, plan.frames, plan.width, plan.height, highest,
                cameras, effects,
            )
        )  # fmt: skip
    except BaseException:
        writer.abandon()
        raise


def _disparities(frames: list[Frame], bar: int, writer: ClipWriter) -> float:
    disparities = [np.where(frame.sky, 0, 1 / frame.depth).astype(np.float32) for frame in frames]
    for disparity in disparities:
        if bar:
            disparity[:bar] = disparity[-bar:] = 0
    highest = max(float(disparity.max()) for disparity in disparities) or 1.0
    for index, disparity in enumerate(disparities):
        writer.disparity(index, disparity, highest)
    return highest


def _pictures(plan: ClipPlan, shot: Shot, frames: list[Frame], flows: list[F32], writer: ClipWriter) -> dict[str, Any]:
    """Write the pictures; a clip is exposed and focused once, views one by one. Returns the effects."""
    draw = random.Random(f"finish {plan.seed}")  # noqa: S311  pictures, not secrets
    noise = np.random.default_rng(plan.seed)
    how = delivery.choose(draw, plan.height)
    weathered = _choose_weather(draw, shot)
    camera = None
    for index, frame in enumerate(frames):
        if camera is None or plan.kind == "views":
            camera = _Camera.choose(draw, shot, frame, weathered, plan)
        moved = flows[min(index, len(flows) - 1)] if flows else None
        writer.picture(index, delivery.deliver(how, camera.film(frame, moved, noise)))
    effects: dict[str, Any] = {"move": shot.move, "jpeg_quality": how.quality}
    if camera:
        effects |= camera.effects()
    if how.shrink < 1:
        effects["shrink"] = round(how.shrink, 2)
    if how.bar:
        effects["letter_box"] = how.bar
    return effects


def _choose_weather(draw: random.Random, shot: Shot) -> tuple[bool, weather.Rain | None]:
    """Whether there is haze, and the rain."""
    hazy = shot.haze is not None and draw.random() < 0.3
    return hazy, weather.choose_rain(draw) if shot.rain and draw.random() < 0.12 else None


@dataclass(frozen=True)
class _Camera:
    """What happens to light from the scene to the picture, the same for all frames of a clip."""

    haze: weather.Haze | None
    rain: weather.Rain | None
    lens: lens.Lens
    development: exposure.Development

    @classmethod
    def choose(
        cls, draw: random.Random, shot: Shot, frame: Frame, weathered: tuple[bool, weather.Rain | None], plan: ClipPlan
    ) -> _Camera:
        hazy, rain = weathered
        haze = weather.choose_haze(draw, shot.haze, frame.colour, frame.sky) if hazy and shot.haze else None
        colour = weather.with_haze(haze, frame.colour, frame.depth) if haze else frame.colour
        optics = lens.choose(draw, frame.depth, plan.height, plan.kind == "clip")
        return cls(haze, rain, optics, exposure.choose(draw, colour, shot.dark))

    def film(self, frame: Frame, moved: F32 | None, noise: np.random.Generator) -> F32:
        """A picture [H,W,3] in 0..1."""
        colour = weather.with_haze(self.haze, frame.colour, frame.depth) if self.haze else frame.colour
        colour = lens.defocus(self.lens, colour, frame.depth)
        if moved is not None:
            colour = lens.motion_blur(self.lens, colour, moved)
        picture = exposure.develop(self.development, colour)
        if self.rain:
            picture = weather.with_rain(self.rain, picture, noise)
        return exposure.with_grain(self.development, picture, noise)

    def effects(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if self.haze:
            told["haze"] = round(self.haze.distance, 1)
        if self.rain:
            told["rain"] = self.rain.drops
        if self.lens.focus:
            told["focus"] = round(1 / self.lens.focus, 3)
        if self.lens.shutter:
            told["shutter"] = round(self.lens.shutter, 2)
        return told
