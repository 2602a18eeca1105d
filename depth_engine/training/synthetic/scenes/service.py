# SPDX-License-Identifier: Apache-2.0
"""Takes requests, one JSON object a line of standard input, and answers each with one line of standard output."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any, cast

import bpy
from mathutils import Matrix

from . import cameras, checks, families, render
from .draw import Draw
from .request import ANSWER, SCENE_FILE, Request
from .stage import Stage

TRIES = 12
"""Cameras drawn for each that is wanted, before a scene is given up."""


class NoView(Exception):
    """A scene in which no camera sees anything useful."""


def serve() -> None:
    """Answer until the input ends: {"done": true}, {"no_view": true}, {"unfit": why} or {"error": text}."""
    for line in sys.stdin:
        try:
            film(Request(**json.loads(line)))
            answer: dict[str, Any] = {"done": True}
        except NoView:
            answer = {"no_view": True}
        except render.Unfit as error:
            answer = {"unfit": str(error)}
        except Exception:  # noqa: BLE001  the engine tells it
            answer = {"error": traceback.format_exc()}
        print(ANSWER + json.dumps(answer), flush=True)  # noqa: T201  the answer


def film(request: Request) -> None:
    """Build and render one clip into the request's folder; scene.json is written last. Raises NoView, Unfit."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = cast("bpy.types.Scene", bpy.context.scene)
    stage = Stage(Draw(f"scene {request.family} {request.seed}"), scene, environments(request.environments))
    setting = families.build(request.family, stage)
    camera = render.prepare(scene, request)
    draw = Draw(f"camera {request.family} {request.seed}")
    shoot = _views if request.kind == "views" else _clip
    times, poses, move = shoot(draw, stage, setting, request)
    frames: list[dict[str, Any]] = []
    for index, (seconds, pose) in enumerate(zip(times, poses)):
        stage.at_time(seconds)
        render.aim(camera, pose)
        render.render_frame(scene, index, Path(request.folder))
        frames.append({
            "angle": pose.angle,
            "camera_to_world": _rows(pose.matrix),
            "objects": [_rows(item.matrix_world) for item, _ in stage.moving],
        })  # fmt: skip
    told = {"frames": frames, "move": move, "haze": setting.haze, "dark": setting.dark, "rain": setting.rain}
    (Path(request.folder) / SCENE_FILE).write_text(json.dumps(told), encoding="utf-8")


def _rows(matrix: Matrix) -> list[list[float]]:
    return [[matrix[row][column] for column in range(4)] for row in range(4)]


def environments(folder: str) -> list[str]:
    """The skies of a folder, sorted."""
    if not folder:
        return []
    return sorted(str(path) for path in Path(folder).iterdir() if path.suffix in (".exr", ".hdr"))


Shots = tuple[list[float], list[cameras.Pose], str]
"""Seconds and camera of each frame; the camera's move."""


def _views(draw: Draw, stage: Stage, setting: families.Setting, request: Request) -> Shots:
    times: list[float] = []
    poses: list[cameras.Pose] = []
    for _ in range(request.frames * TRIES):
        if len(poses) == request.frames:
            break
        seconds, pose = draw.uniform(0, 20), setting.view(draw)
        _stand(stage, seconds)
        if checks.worth_rendering(stage.scene, pose, request.width / request.height, setting.near):
            times.append(seconds)
            poses.append(pose)
    if len(poses) < request.frames:
        raise NoView
    return times, poses, "views"


def _clip(draw: Draw, stage: Stage, setting: families.Setting, request: Request) -> Shots:
    step, first = draw.log(1 / 30, 1 / 8), draw.uniform(0, 20)
    times = [first + step * frame for frame in range(request.frames)]
    aspect = request.width / request.height
    for _ in range(4 * TRIES):
        move = draw.weighted(setting.moves)
        poses = cameras.walk(draw, setting.view(draw), move, request.frames, setting.reach)
        looks = range(0, request.frames, max(1, request.frames // 4))
        if all(
            _fits(stage, setting, times[index], poses[index], aspect) for index in (*looks, request.frames - 1)
        ) and (checks.way_is_free(stage.scene, poses, setting.near)):
            return times, poses, move
    raise NoView


def _fits(stage: Stage, setting: families.Setting, seconds: float, pose: cameras.Pose, aspect: float) -> bool:
    _stand(stage, seconds)
    return checks.worth_rendering(stage.scene, pose, aspect, setting.near)


def _stand(stage: Stage, seconds: float) -> None:
    if stage.moving:
        stage.at_time(seconds)
        bpy.context.evaluated_depsgraph_get().update()
