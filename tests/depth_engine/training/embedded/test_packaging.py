# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished training becomes a file under 30 MB that `estimate` runs, with a card that tells what it is."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from depth_engine.contract import DepthError, ExitCode, ImagesSource, Job, JobFolder, Options
from depth_engine.models.video_depth_anything.checkpoint import load_network
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork, normalized
from depth_engine.models.video_depth_anything.published import SMALL
from depth_engine.training.embedded.journal import Journal
from depth_engine.training.embedded.learner import new_network, write_table
from depth_engine.training.embedded.packaging import FILE, MOST_BYTES, export
from depth_engine.training.synthetic.clips import Clip
from tests.depth_engine.training.embedded.test_recipe import GOOD
from tests.depth_engine.training.scenes import write_clip


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training whose only stage is finished; the weights are random, the network is the real one."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "recipe.toml").write_text(GOOD)
    (folder / "start.sha256").write_text(f"{'0' * 64}  dinov2 small.onnx\n")
    torch.manual_seed(0)
    network = new_network(SMALL, VideoDepthNetwork(SMALL).pretrained.state_dict())
    write_table(network.state_dict(), folder / "head.safetensors")
    Journal(folder, lambda _: None).check("head", 10, {"abs_rel": 0.1234, "delta1": 0.8})
    return folder


def test_the_file_is_small_and_nearly_the_same(training: Path, tmp_path: Path) -> None:
    path = export(training, tmp_path / "out")
    assert path == tmp_path / "out" / FILE and path.stat().st_size < MOST_BYTES
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    assert hashlib.sha256(path.read_bytes()).hexdigest() in card
    assert "0.123 | 0.800" in card and "head: 10" in card and "`dinov2 small.onnx`" in card
    with torch.device("meta"):
        trained = VideoDepthNetwork(SMALL)
    trained.load_state_dict(load_file(training / "head.safetensors"), assign=True)
    pictures = torch.rand(2, 3, 28, 56, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        values = [each(pictures, 2, lambda: None).flatten() for each in (trained, load_network(SMALL, path))]
    assert float(torch.corrcoef(torch.stack(values))[0, 1]) > 0.99


def test_scenes_tell_how_to_round(training: Path, tmp_path: Path) -> None:
    """With a few channels far larger than all others, as DINOv2's tokens have them."""
    torch.manual_seed(0)
    for number in range(6):
        write_clip(tmp_path / "data" / "train" / f"room-{number:08d}", seed=number, frames=1, size=(140, 84))
    own = tmp_path / "training"
    shutil.copytree(training, own)
    parameters = load_file(own / "head.safetensors")
    for name in (name for name in parameters if re.search(r"blocks.*norm\d.weight", name)):
        parameters[name][:3] *= 40
    write_table(parameters, own / "head.safetensors")
    network = load_network(SMALL, own / "head.safetensors")
    near = load_network(SMALL, export(own, tmp_path / "near"))
    told = load_network(SMALL, export(own, tmp_path / "told", data=tmp_path / "data"))
    picture = Clip(tmp_path / "data" / "train" / "room-00000004").picture(0)
    pictures = normalized(np.ascontiguousarray(picture[None]))
    with torch.no_grad():
        true, *levels = (each.pretrained(pictures)[3] for each in (network, near, told))
    nearest, refined = (float((level - true).norm()) for level in levels)
    assert refined < 0.5 * nearest


def test_estimate_runs_it(training: Path, tmp_path: Path) -> None:
    from depth_engine.jobs.run import run_job

    export(training, tmp_path / "mine")
    write_clip(tmp_path / "clip", seed=0, frames=3, size=(56, 28))
    files = [f"{frame:04d}.jpg" for frame in range(3)]
    options = Options(model="embedded", weights=str(tmp_path / "mine"), device="cpu", preview=False)
    folder = JobFolder(tmp_path / "job")
    folder.write_job(Job(ImagesSource(str(tmp_path / "clip" / "rgb"), tuple(files)), "clip", options))
    manifest = run_job(folder, lambda _: None)
    assert len(manifest.frames) == 3
    assert np.isfinite(manifest.shots[0].max)


def test_less_of_the_temporal_modules_may_be_kept(training: Path, tmp_path: Path) -> None:
    weights = training / "head.safetensors"
    parameters = load_file(weights)
    last = {name: torch.randn_like(value) for name, value in parameters.items() if ".proj_out." in name}
    assert len(last) == 8
    own = tmp_path / "training"
    shutil.copytree(training, own)
    write_table(parameters | last, own / weights.name)
    half = load_network(SMALL, export(own, tmp_path / "half", temporal=0.5)).state_dict()
    whole = load_network(SMALL, export(own, tmp_path / "whole")).state_dict()
    for name, value in whole.items():
        assert torch.allclose(half[name], value * (0.5 if name in last else 1.0), rtol=1e-3), name
    assert "modules add, 0.5 is kept" in (tmp_path / "half" / "MODEL_CARD.md").read_text()


def test_what_is_not_finished_or_in_the_way_is_told(training: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(GOOD)
    with pytest.raises(DepthError, match="No stage") as caught:
        export(tmp_path, tmp_path / "out")
    assert caught.value.code is ExitCode.MISSING_WEIGHTS
    with pytest.raises(DepthError, match="has files already") as caught:
        export(training, training)
    assert caught.value.code is ExitCode.NOT_WRITABLE
