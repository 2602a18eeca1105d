# SPDX-License-Identifier: GPL-3.0-or-later
"""Marigold gives what diffusers' own pipeline gives, as disparity, from a folder in the published layout."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    LCMScheduler,
    MarigoldDepthPipeline,
    UNet2DConditionModel,
)
from numpy.typing import NDArray
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from depth_engine.cli.main import run
from depth_engine.contract import JobFolder
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import Disparity, ExecutionPlan, Precision, Settings, ShotSpec
from depth_engine.models.marigold.depth import combine
from depth_engine.models.svd.noise import SeededNoise
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.models.marigold.fabricate import fabricate

ROOT = Path(__file__).resolve().parents[4]
CLIP = ROOT / "examples" / "dog_handheld.mp4"
SIZE = (84, 60)
PLAN = ExecutionPlan("fp32")


def pictures(count: int, size: tuple[int, int] = SIZE) -> list[NDArray[np.uint8]]:
    """Slow waves in three colours, moving."""
    x, y = np.meshgrid(np.linspace(0, 6, size[0]), np.linspace(0, 5, size[1]))
    waves = [[np.sin(x + c + t / 4) * np.cos(y - c * t / 9) for c in range(3)] for t in range(count)]
    return [np.ascontiguousarray((127 + 120 * np.array(each)).astype(np.uint8).transpose(1, 2, 0)) for each in waves]


def frames(seen: Sequence[NDArray[np.uint8]], first: int = 1) -> list[Frame]:
    return [Frame(number, rgb) for number, rgb in enumerate(seen, start=first)]


def spec(count: int, **settings: Any) -> ShotSpec:
    return ShotSpec(count, *SIZE, settings=Settings(**settings))


def estimate(
    folder: Path, shot: ShotSpec, seen: Sequence[NDArray[np.uint8]], precision: Precision = "fp32"
) -> list[Disparity]:
    estimator = registry.load("marigold_v1_1", folder, "cpu", ExecutionPlan(precision)).open_shot(shot)
    return [*estimator.push(frames(seen), lambda _: None), *estimator.finish(lambda _: None)]


def diffusers_own(folder: Path) -> MarigoldDepthPipeline:
    """Loaded by the libraries, which know the old names of parameters by themselves."""
    variant = "fp16" if (folder / "unet/diffusion_pytorch_model.fp16.safetensors").exists() else None
    vocabulary = json.loads((folder / "tokenizer/vocab.json").read_text())
    text = CLIPTextModel(CLIPTextConfig(**json.loads((folder / "text_encoder/config.json").read_text())))
    stored = load_file(folder / f"text_encoder/model{'.fp16' if variant else ''}.safetensors")
    text.load_state_dict({name.removeprefix("text_model."): value.float() for name, value in stored.items()})
    kind = json.loads((folder / "scheduler/scheduler_config.json").read_text())["_class_name"]
    scheduler = {"DDIMScheduler": DDIMScheduler, "LCMScheduler": LCMScheduler}[kind]
    parts: dict[str, Any] = {
        "unet": UNet2DConditionModel.from_pretrained(folder / "unet", variant=variant).float(),
        "vae": AutoencoderKL.from_pretrained(folder / "vae", variant=variant).float(),
    }
    pipeline = MarigoldDepthPipeline(
        **parts,
        scheduler=scheduler.from_pretrained(folder / "scheduler"),
        text_encoder=text.eval(),
        tokenizer=CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=8),
        prediction_type="depth",
        default_processing_resolution=768,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def depths_of(
    pipeline: MarigoldDepthPipeline, seen: Sequence[NDArray[np.uint8]], steps: int
) -> Iterator[NDArray[np.float32]]:
    """Each frame begins with the same noise and a tenth of the last one's latent, as diffusers' guide has it."""
    noise = SeededNoise(3).initial(0, (4, 8, 11))[None]
    last = None
    for rgb in seen:
        start = noise if last is None else 0.9 * noise + 0.1 * last
        made = pipeline(
            torch.as_tensor(rgb).permute(2, 0, 1) / 255.0,
            num_inference_steps=steps,
            processing_resolution=0,
            match_input_resolution=False,
            latents=start,
            output_latent=True,
        )
        last = made.latent
        yield made.prediction[0, :, :, 0]


@pytest.mark.parametrize(("lcm", "steps"), [(False, 4), (True, 1)])
def test_values_are_those_of_diffusers_own_pipeline(weights: Path, full_lcm: Path, lcm: bool, steps: int) -> None:
    folder, seen = full_lcm if lcm else weights, pictures(3)
    found = estimate(folder, spec(3, steps=steps, seed=3), seen)
    for disparity, depth in zip(found, depths_of(diffusers_own(folder), seen, steps)):
        assert (disparity.shape, disparity.dtype) == (depth.shape, np.float32)
        assert np.ptp(depth) > 0.1
        np.testing.assert_allclose((1 / disparity - 1) / 19, depth, atol=1e-5)


def test_an_ensembles_members_are_brought_to_one_scale_and_shift() -> None:
    truth = pictures(1)[0][..., 0].astype(np.float32) / 255
    known = [(0.5, 0.2), (1.0, 0.0), (1.5, -0.2), (1.0, 0.1), (1.0, -0.1)]
    members = np.stack([scale * truth + shift for scale, shift in known]).astype(np.float32)
    members[2, 10:20, 10:20] += 0.5  # one member sees what the others do not
    found = combine(members)
    scale, shift = np.polyfit(truth.ravel(), found.ravel(), 1)
    assert (scale, shift) == (pytest.approx(1, abs=0.02), pytest.approx(0, abs=0.02))
    assert np.abs(found - (scale * truth + shift)).max() < 0.05
    exact = combine(np.stack([scale * truth + shift for scale, shift in known]).astype(np.float32))
    np.testing.assert_allclose(exact, truth, atol=1e-6)


def test_a_larger_ensemble_is_steadier_than_one_prediction(weights: Path) -> None:
    seen = pictures(1)

    def spread(ensemble: int) -> float:
        made = [estimate(weights, spec(1, steps=1, seed=10 * s, ensemble=ensemble), seen)[0] for s in range(4)]
        return float(np.std(np.stack(made), axis=0).mean())

    assert spread(5) < 0.8 * spread(1)


def test_an_interrupted_shot_goes_on_bit_for_bit(full_lcm: Path) -> None:
    """Two members, and an LCM with noise between its steps: all that a frame depends on."""
    seen, shot = pictures(4), spec(4, steps=2, ensemble=2, seed=5)
    whole = estimate(full_lcm, shot, seen)
    assert any(not np.array_equal(a, b) for a, b in itertools.pairwise(whole))
    for cut in (0, 2):
        model = registry.load("marigold_lcm", full_lcm, "cpu", PLAN)
        before = model.open_shot(shot)
        first = before.push(frames(seen[:cut]), lambda _: None)
        state = before.state()
        after = registry.load("marigold_lcm", full_lcm, "cpu", PLAN).open_shot(shot)
        after.restore(state)
        rest = after.push(frames(seen[cut:], cut + 1), lambda _: None)
        assert (state.pushed, state.returned) == (cut, cut)
        for one, other in zip([*first, *rest], whole, strict=True):
            np.testing.assert_array_equal(one, other)


def test_each_shot_begins_anew_and_the_seed_decides(weights: Path) -> None:
    seen = pictures(2)
    first, second = estimate(weights, spec(2, steps=1), seen)
    (alone,) = estimate(weights, spec(1, steps=1), seen[1:])
    (other,) = estimate(weights, spec(1, steps=1, seed=1), seen[:1])
    assert not np.array_equal(second, alone)  # the frame before counts, within a shot
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(first, estimate(weights, spec(9, steps=1), seen[:1])[0])


def test_it_reports_every_step_and_may_be_stopped_there(weights: Path) -> None:
    steps: list[tuple[int, int, int, int]] = []
    estimator = registry.load("marigold_v1_1", weights, "cpu", PLAN).open_shot(spec(2, steps=2, ensemble=2))
    estimator.push(frames(pictures(2)), lambda at: steps.append((at.window, at.windows, at.step, at.steps)))
    assert steps == [(frame, 2, step, 4) for frame in (1, 2) for step in (1, 2, 3, 4)]


def test_half_precision_gives_nearly_the_same_depth(weights: Path) -> None:
    shot, seen = spec(1, steps=1), pictures(1)
    (expected,), (found,) = estimate(weights, shot, seen), estimate(weights, shot, seen, "bf16")
    assert 0 < np.abs(found - expected).mean() < 0.1 * np.ptp(expected)


@pytest.mark.parametrize(
    ("width", "height", "aspect", "limit", "content", "seen"),
    [
        (1920, 1080, 1.0, None, (768, 432), (768, 432)),
        (1920, 800, 1.0, None, (768, 320), (768, 320)),
        (720, 576, 64 / 45, None, (768, 432), (768, 432)),
        (1080, 1920, 1.0, 500, (281, 500), (288, 504)),
        (50, 20, 1.0, None, (50, 20), (56, 24)),
    ],
)
def test_the_shown_aspect_is_kept(
    width: int, height: int, aspect: float, limit: int | None, content: tuple[int, int], seen: tuple[int, int]
) -> None:
    shot, module = ShotSpec(1, width, height, aspect, limit), registry.module("marigold_lcm")
    assert (module.disparity_size(shot), module.processed_size(shot)) == (content, seen)


def test_memory_is_that_of_the_size_and_does_not_grow_with_length(weights: Path) -> None:
    module = registry.module("marigold_v1_1")

    def memory(frames: int, device: str = "cpu", precision: Precision = "fp32", **changes: Any) -> int:
        (plan,) = module.execution_plans(ShotSpec(frames, 1920, 1080, **changes), device, precision)
        return plan.device_bytes

    assert memory(1) == memory(1_000_000)
    assert memory(1, max_size=1500) > memory(1)
    assert memory(1, "cuda:0", "fp16") < memory(1, "cuda:0")
    (own,) = module.execution_plans(spec(1), "cpu", "fp32", weights)
    assert own.device_bytes < 0.1 * memory(1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's peak memory")
def test_peak_memory_is_within_what_is_announced(tmp_path: Path) -> None:
    """Half the published widths, so that activations count."""
    program = """
import sys, numpy, torch
from pathlib import Path
import depth_engine.models.marigold.networks  # what loading imports is no memory of the model
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ShotSpec
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
weights, spec = Path(sys.argv[1]), ShotSpec(1, 192, 128)
before = memory("VmRSS")
estimator = registry.load("marigold_lcm", weights, "cpu", ExecutionPlan("fp32")).open_shot(spec)
estimator.push([Frame(1, numpy.zeros((128, 192, 3), numpy.uint8))], lambda _: None)
plan, = registry.module("marigold_lcm").execution_plans(spec, "cpu", "fp32", weights)
print(memory("VmHWM") - before, plan.device_bytes)
"""
    fabricate(tmp_path, lcm=True, widths=(64, 128, 256, 256), groups=32)
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    used, announced = map(int, done.stdout.split())
    assert 0.4 * announced < used < announced


def test_steps_and_members_cost_time() -> None:
    def seconds(name: str, **settings: Any) -> float:
        return registry.module(name).guess_seconds(spec(1, **settings), "cpu")

    once, twice = seconds("marigold_v1_1"), seconds("marigold_v1_1", ensemble=2)
    assert 1.8 < twice / once < 2
    assert seconds("marigold_lcm") < once < seconds("marigold_v1_0")
    assert seconds("marigold_v1_1", steps=1) == seconds("marigold_lcm")


def test_a_real_clip_through_the_command_line(weights: Path, tmp_path: Path) -> None:
    name = "marigold_v1_1"
    command = ["estimate", str(CLIP), "-o", str(tmp_path / "out"), "--frames", "1:2", "--max-size", "96"]
    command += ["--steps", "2", "--ensemble", "2", "--precision", "fp32"]
    assert run([*command, "--model", name, "--weights", str(weights)]) == 0
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest and manifest.model.name == name and manifest.model.kind == "disparity"
    assert manifest.model.weights.startswith("supplied by the user")
    depth = read_exr(tmp_path / "out" / "depth" / "dog_handheld.000002.exr")
    assert depth.std() > 0 and 0.04 < depth.min() <= depth.max() < 1.01
