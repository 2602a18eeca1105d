# SPDX-License-Identifier: Apache-2.0
"""Turns one rendered clip into the folder of a clip."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np

from depth_engine.training.synthetic import GENERATOR_VERSION
from depth_engine.training.synthetic.catalogue import ClipPlan
from depth_engine.training.synthetic.clips import ClipInfo, ClipWriter
from depth_engine.training.synthetic.finishing import delivery, exposure, geometry, weather
from depth_engine.training.synthetic.finishing.rendered import Frame, Shot, read_frame, read_shot


def finish(plan: ClipPlan, rendered: Path, folder: Path) -> None:
    """Read Blender's files from `rendered` and write the clip to `folder`; everything is drawn from the plan's seed."""
    shot = read_shot(rendered)
    frames = [read_frame(rendered, index) for index in range(plan.frames)]  # a clip at its own small size
    writer = ClipWriter(folder)
    try:
        effects = _pictures(plan, shot, frames, writer)
        bar = effects.get("letter_box", 0)
        highest = _disparities(frames, bar, writer)
        if plan.kind == "clip":
            for index in range(plan.frames - 1):
                moved, valid = geometry.flow(shot, index, frames[index], frames[index + 1])
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


def _pictures(plan: ClipPlan, shot: Shot, frames: list[Frame], writer: ClipWriter) -> dict[str, Any]:
    """Write the pictures; a clip is exposed once, views one by one. Returns the effects."""
    draw = random.Random(f"finish {plan.seed}")  # noqa: S311  pictures, not secrets
    noise = np.random.default_rng(plan.seed)
    how = delivery.choose(draw, plan.height)
    hazy = shot.haze is not None and draw.random() < 0.3
    haze = development = None
    for index, frame in enumerate(frames):
        colour = frame.colour
        first = index == 0 or plan.kind == "views"
        if hazy and shot.haze:
            if first or haze is None:
                haze = weather.choose_haze(draw, shot.haze, colour, frame.sky)
            colour = weather.with_haze(haze, colour, frame.depth)
        if first or development is None:
            development = exposure.choose(draw, colour, shot.dark)
        writer.picture(index, delivery.deliver(how, exposure.develop(development, colour, noise)))
    effects: dict[str, Any] = {"move": shot.move, "jpeg_quality": how.quality}
    if haze:
        effects["haze"] = round(haze.distance, 1)
    if how.shrink < 1:
        effects["shrink"] = round(how.shrink, 2)
    if how.bar:
        effects["letter_box"] = how.bar
    return effects
