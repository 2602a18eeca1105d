# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every model that the engine knows, with made-up weights in its published layout on a real clip."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from depth_engine.cli.main import run
from depth_engine.contract import DepthError, ExitCode, JobFolder, MovieSource, Options
from depth_engine.footage import open_footage
from depth_engine.footage.frame import Rgb
from depth_engine.jobs import run_job
from depth_engine.models import registry
from depth_engine.models.base import Settings, ShotSpec
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.jobs.same import assert_same
from tests.depth_engine.models.fabricated import FABRICATORS, QUICK, WAYS, fabricate
from tests.depth_engine.oracle import make_job

ROOT = Path(__file__).resolve().parents[3]
SIZE = (112, 64)
FRAMES = 300
LIMIT_SECONDS = 300
EARLY, LATE = range(40, 81, 10), range(160, 201, 10)
"""After so many frames it is counted what a model holds."""
GROWTH_BYTES = 500_000
"""Less than the disparity of the frames between, as small as the models see them here."""


def footage() -> Iterator[Rgb]:
    """Frames [64,112,3] of the example clips, again and again."""
    clips = [MovieSource(str(path)) for path in sorted((ROOT / "examples").glob("*.mp4"))]
    frames = chain.from_iterable(_frames(clip) for clip in cycle(clips))
    return (av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(*SIZE).to_ndarray() for rgb in frames)


def _frames(clip: MovieSource) -> Iterator[Rgb]:
    movie = open_footage(clip)
    return (frame.rgb for frame in movie.read(range(1, movie.facts.frame_count + 1)))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_movie(tmp_path_factory.mktemp("clip") / "clip.mp4", FRAMES)


def write_movie(path: Path, count: int) -> Path:
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=Fraction(24), options={"preset": "ultrafast"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for rgb in islice(footage(), count):
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        movie.mux(stream.encode(None))
    return path


def test_each_has_made_up_weights() -> None:
    assert FABRICATORS.keys() == registry.MODELS.keys()
    assert {name for name, _ in WAYS.values()} <= registry.MODELS.keys()


@pytest.mark.parametrize("name", registry.MODELS)
def test_each_estimates_300_frames(name: str, clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    weights, out = fabricate(name, tmp_path / "weights"), tmp_path / "out"
    quick = [f"--{option}={value}" for option, value in ({"max-size": 64} | QUICK.get(name, {})).items()]
    written = ["--output-size", "processed", "--format", "exr16", "--no-shots"]
    arguments = ["estimate", str(clip), "-o", str(out), "--model", name, "--weights", str(weights), *written, *quick]
    assert run(arguments) == 0, capfd.readouterr().err
    manifest = JobFolder(out).read_manifest()
    assert manifest and manifest.model.name == name
    assert manifest.options.weights == str(weights)
    files = sorted((out / "depth16").glob("*.exr"))
    assert len(files) == FRAMES
    depth = np.stack([read_exr(file) for file in files[::29]])
    assert np.isfinite(depth).all() and np.ptp(depth, axis=(1, 2)).min() > 0


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One way of computing: the options that make it so."""
    name, options = WAYS[request.param]
    weights = fabricate(name, tmp_path_factory.mktemp("way") / "weights")
    return {"model": name, "weights": str(weights), "max_size": 64, "device": "cpu", "precision": "fp32", **options}


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    return MovieSource(str(write_movie(tmp_path_factory.mktemp("clip") / "clip.mp4", 70)))


def test_each_goes_on_bit_for_bit_after_a_kill(way: dict[str, Any], short_clip: MovieSource, tmp_path: Path) -> None:
    """Through the program itself, seams and their drift included."""
    whole, job = (
        make_job(JobFolder(tmp_path / name), short_clip, **way, shots="50", format=("exr32", "npz"))
        for name in ("whole.depth", "clip.depth")
    )
    manifest = run_job(whole)
    assert len(manifest.shots) == 2
    kill_after_a_checkpoint(job, random.Random(3).uniform(0.0, 0.3))
    assert job.checkpoint_file.exists() or job.manifest_file.exists()
    try:
        run_job(job)
    except DepthError as error:  # the machine was quick enough to finish it before the kill
        assert error.code is ExitCode.JOB_FINISHED
    assert_same(job, whole)


def kill_after_a_checkpoint(job: JobFolder, seconds: float) -> None:
    """Run until a checkpoint is there, and a little longer."""
    command = [sys.executable, "-m", "depth_engine", "run", str(job.path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and not job.checkpoint_file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(seconds)
        process.kill()


def test_what_each_holds_does_not_grow_with_the_length(way: dict[str, Any], clip: Path) -> None:
    """Bytes of arrays and tensors between pushes, at their most within some windows."""
    spec = ShotSpec(FRAMES, *SIZE, max_size=way["max_size"], settings=Settings.of(Options(**way)))
    plan = registry.module(way["model"]).execution_plans(spec, "cpu", "fp32", Path(way["weights"]))[0]
    estimator = registry.load(way["model"], Path(way["weights"]), "cpu", plan).open_shot(spec)
    held: dict[int, int] = {}
    tracemalloc.start()
    for frame in open_footage(MovieSource(str(clip))).read(range(1, LATE[-1] + 1)):
        estimator.push([frame], lambda _: None)
        if frame.number in (*EARLY, *LATE):
            held[frame.number] = held_bytes()
    tracemalloc.stop()
    early, late = (max(held[number] for number in numbers) for numbers in (EARLY, LATE))
    assert late < early + GROWTH_BYTES, held


def held_bytes() -> int:
    """Of what Python and numpy hold since tracing began, and of all of torch's tensors."""
    gc.collect()
    tensors = [thing for thing in gc.get_objects() if type(thing) in (torch.Tensor, torch.nn.Parameter)]
    sizes = {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in tensors if each.is_cpu}
    return tracemalloc.get_traced_memory()[0] + sum(sizes.values())
