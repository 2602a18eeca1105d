# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender renders agrees with geometry: depth with a plane's formula, flow with cameras and motion."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from depth_engine.training.synthetic.blender import renderer
from depth_engine.training.synthetic.catalogue import ClipPlan
from depth_engine.training.synthetic.clips import Clip
from depth_engine.training.synthetic.finishing.finish import finish
from depth_engine.training.synthetic.scenes.request import ANSWER, Request

WIDTH, HEIGHT, FRAMES = 96, 64, 3
PROBE = Path(__file__).parent / "probe.py"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """Both scenes, rendered by one Blender and finished by the engine."""
    root = tmp_path_factory.mktemp("exact")
    plans = [ClipPlan("train", name, 1, "clip", FRAMES, WIDTH, HEIGHT) for name in ("plane", "moving_box")]
    requests = []
    for plan in plans:
        (root / plan.family).mkdir()
        asked = Request(plan.family, plan.seed, plan.kind, FRAMES, WIDTH, HEIGHT, str(root / plan.family))
        requests.append(json.dumps(asdict(asked)))
    command = [*renderer(None), str(PROBE)]
    done = subprocess.run(command, input="\n".join(requests), capture_output=True, text=True, timeout=300)
    answers = [json.loads(line[len(ANSWER) :]) for line in done.stdout.splitlines() if line.startswith(ANSWER)]
    assert answers == [{"done": True}] * 2, done.stderr[-2000:]
    for plan in plans:
        finish(plan, root / plan.family, root / "out" / plan.name)
    return {plan.family: Clip(root / "out" / plan.name) for plan in plans}


def rays(clip: Clip, frame: int) -> np.ndarray:
    """Directions in the camera's axes with z = 1, from clip.json alone."""
    camera = clip.info.cameras[frame]
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    return np.stack([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, np.ones_like(x)], -1)


def world(clip: Clip, frame: int) -> np.ndarray:
    """The point that each pixel shows [H,W,3]."""
    pose = np.array(clip.info.cameras[frame].camera_to_world)
    return rays(clip, frame) / clip.disparity(frame)[..., None] @ pose[:3, :3].T + pose[:3, 3]


def projected(clip: Clip, frame: int, points: np.ndarray) -> np.ndarray:
    camera = clip.info.cameras[frame]
    pose = np.array(camera.camera_to_world)
    seen = (points - pose[:3, 3]) @ pose[:3, :3]
    return seen[..., :2] / seen[..., 2:] * (camera.fx, camera.fy) + (camera.cx, camera.cy)


def test_the_camera_moves(clips: dict[str, Clip]) -> None:
    places = [np.array(camera.camera_to_world)[:3, 3] for camera in clips["plane"].info.cameras]
    assert np.linalg.norm(places[-1] - places[0]) > 0.1


def test_depth_is_that_of_the_formula(clips: dict[str, Clip]) -> None:
    clip = clips["plane"]
    # Blender's Euler angles turn about x, then y, then z.
    (sx, sy, sz), (cx, cy, cz) = np.sin([1.0, 0.15, 0.3]), np.cos([1.0, 0.15, 0.3])
    turn_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    turn_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    turn_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    normal = turn_z @ turn_y @ turn_x @ np.array([0, 0, 1])
    for frame in range(FRAMES):
        pose = np.array(clip.info.cameras[frame].camera_to_world)
        depth = (np.array([0, 1, 0]) - pose[:3, 3]) @ normal / (rays(clip, frame) @ pose[:3, :3].T @ normal)
        near = (depth > 0) & (depth < 30)
        assert near.mean() > 0.5
        error = np.abs(1 / clip.disparity(frame)[near] / depth[near] - 1)
        assert error.max() < 1e-3


def test_flow_of_what_stands_still_is_that_of_the_camera(clips: dict[str, Clip]) -> None:
    clip = clips["plane"]
    for frame in range(FRAMES - 1):
        flow, valid = clip.flow(frame)
        near = valid & (clip.disparity(frame) > 1 / 30)
        assert near.mean() > 0.4
        here = np.stack(np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5), -1)
        error = here + flow - projected(clip, frame + 1, world(clip, frame))
        assert np.abs(error[near]).max() < 0.1
        assert np.abs(flow[near]).max() > 0.5


def test_flow_follows_what_moves(clips: dict[str, Clip]) -> None:
    """Each point of the box moves by the same vector along x, the wall behind it by none."""
    clip = clips["moving_box"]
    flow, valid = clip.flow(0)
    points = world(clip, 0)
    here = np.stack(np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5), -1)
    moves = []
    for on in (np.abs(points[..., 1] + 0.3) < 0.01, points[..., 1] > 2.8):  # the box's front, the wall
        chosen = on & valid
        assert chosen.sum() > 100
        # The next camera sees the point on the same plane: cut its ray with that plane.
        pose, camera = np.array(clip.info.cameras[1].camera_to_world), clip.info.cameras[1]
        seen = (here + flow)[chosen]
        ray = (
            np.column_stack([(seen - (camera.cx, camera.cy)) / (camera.fx, camera.fy), np.ones(len(seen))])
            @ pose[:3, :3].T
        )
        reach = (points[chosen][:, 1] - pose[1, 3]) / ray[:, 1]
        moved = pose[:3, 3] + ray * reach[:, None] - points[chosen]
        assert np.abs(moved - np.median(moved, 0)).max() < 0.01
        moves.append(np.median(moved, 0))
    box, wall = moves
    assert 0.005 < box[0] < 0.05
    assert np.abs(wall).max() < 0.003
