# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows, schedule, noise and CLIP's view, against the paper's and the published code's figures."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from safetensors.torch import save_file

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import Settings, ShotSpec
from depth_engine.models.depthcrafter.conditioning import antialiased_resize
from depth_engine.models.depthcrafter.settings import resolve
from depth_engine.models.depthcrafter.stitching import cross_fade
from depth_engine.models.depthcrafter.windows import plan_windows
from depth_engine.models.svd.noise import make_noise
from depth_engine.models.svd.schedule import Schedule
from depth_engine.models.svd.sizes import content_size, processed_size


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (1, [(0, 1)]),
        (110, [(0, 110)]),
        (111, [(0, 110), (85, 111)]),
        (195, [(0, 110), (85, 195)]),
        (196, [(0, 110), (85, 195), (170, 196)]),
        (281, [(0, 110), (85, 195), (170, 280), (255, 281)]),
    ],
)
def test_windows_of_the_published_code(frames: int, expected: list[tuple[int, int]]) -> None:
    windows = plan_windows(frames, 110, 25, even=False)
    assert [(window.start, window.end) for window in windows] == expected
    assert [window.overlap for window in windows] == [0, *[25] * (len(expected) - 1)]


@pytest.mark.parametrize("window", [1, 2, 16, 110])
@pytest.mark.parametrize("overlap", [0, 1, 5, 15])
def test_even_windows_have_one_length_and_share_enough(window: int, overlap: int) -> None:
    if overlap >= window:
        with pytest.raises(ValueError, match="no windows"):
            plan_windows(10, window, overlap, even=True)
        return
    for frames in (1, window, window + 1, 3 * window - 1, 1000):
        windows = plan_windows(frames, window, overlap, even=True)
        assert len(windows) == len(plan_windows(frames, window, overlap, even=False))
        assert (windows[0].start, windows[-1].end) == (0, frames)
        (length,) = {it.end - it.start for it in windows}
        assert length <= window
        assert length * len(windows) < frames + len(windows) * (overlap + 1)  # no more work than the overlaps ask for
        for earlier, later in pairwise(windows):
            assert later.start > earlier.start
            assert later.overlap == earlier.end - later.start >= overlap


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (1, [700]),
        (4, [700, 70.5408, 2.26912, 0.002]),
        (5, [700, 134.854, 15.59, 0.678146, 0.002]),
        (10, [700, 352.992, 165.26, 70.5408, 26.7572, 8.68203, 2.26912, 0.43076, 0.0485494, 0.002]),
    ],
)
def test_noise_levels(steps: int, expected: list[float]) -> None:
    schedule = Schedule.karras(steps, 0.002, 700.0)
    assert schedule.steps == steps
    assert schedule.sigmas[:-1].tolist() == pytest.approx(expected, rel=1e-5)
    assert schedule.sigmas[-1] == 0
    assert float(schedule.initial_scale) == pytest.approx(700.0007142853)
    assert float(schedule.noise_level(0)) == pytest.approx(1.63777, abs=1e-5)


def test_the_last_step_ends_at_the_clean_estimate() -> None:
    schedule = Schedule.karras(5, 0.002, 700.0)
    sample, output = torch.randn(3, 4), torch.randn(3, 4)
    sigma = schedule.sigmas[4].double()
    clean = -sigma / (sigma**2 + 1).sqrt() * output.double() + sample.double() / (sigma**2 + 1)
    assert torch.allclose(schedule.euler(sample, output, 4).double(), clean, atol=1e-5)


def test_a_blend_begins_with_the_earlier_and_ends_with_the_later_window() -> None:
    earlier, later = torch.zeros(5, 4, 2, 2), torch.ones(5, 4, 2, 2)
    assert cross_fade(earlier, later)[:, 0, 0, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_noise_is_a_frames_own_whatever_the_length() -> None:
    noise, again, other = make_noise(1, None), make_noise(1, None), make_noise(2, None)
    shape = (4, 8, 16)
    first = noise.initial(7, shape)
    for index in range(7):
        again.initial(index, shape)
    assert torch.equal(again.initial(7, shape), first)
    assert not torch.equal(noise.initial(8, shape), first)
    assert not torch.equal(other.initial(7, shape), first)
    assert not torch.equal(noise.augmentation(7, shape), first)
    many = torch.stack([noise.initial(index, shape) for index in range(300)])
    assert abs(float(many.mean())) < 0.01
    assert float(many.std()) == pytest.approx(1, abs=0.01)
    flat = many.flatten(1)
    assert float(torch.corrcoef(flat).fill_diagonal_(0).abs().max()) < 0.3


@pytest.mark.parametrize("broken", ["text", "lacks", "size", "short"])
def test_a_noise_file_that_does_not_fit_is_refused_in_a_sentence(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "noise.safetensors"
    tensors = {"initial": torch.zeros(2, 4, 8, 16), "augmentation": torch.zeros(2, 3, 64, 128)}
    if broken == "lacks":
        del tensors["augmentation"]
    save_file(tensors, path)
    if broken == "text":
        path.write_text("no tensors")
    with pytest.raises(DepthError) as caught:
        noise = make_noise(0, path)
        noise.initial(2 if broken == "short" else 0, (4, 9, 16) if broken == "size" else (4, 8, 16))
    assert caught.value.code is ExitCode.BAD_INPUT
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("size", [(576, 1024), (64, 128), (320, 640), (224, 224), (1024, 576)])
def test_clips_view_is_that_of_stable_video_diffusion(size: tuple[int, int]) -> None:
    frames = torch.rand(2, 3, *size) * 2 - 1
    assert torch.allclose(antialiased_resize(frames), _resize_with_antialiasing(frames, (224, 224)), atol=1e-6)


@pytest.mark.parametrize(
    ("width", "height", "aspect", "limit", "content", "seen"),
    [
        (1920, 1080, 1.0, None, (1024, 576), (1024, 576)),
        (1920, 800, 1.0, None, (1024, 427), (1024, 448)),
        (640, 360, 1.0, None, (640, 360), (640, 384)),
        (720, 576, 64 / 45, None, (1024, 576), (1024, 576)),
        (1080, 1920, 1.0, 512, (288, 512), (320, 512)),
        (50, 20, 1.0, None, (50, 20), (64, 64)),
    ],
)
def test_the_shown_aspect_is_kept(
    width: int,
    height: int,
    aspect: float,
    limit: int | None,
    content: tuple[int, int],
    seen: tuple[int, int],
) -> None:
    spec = ShotSpec(1, width, height, aspect, limit)
    assert (content_size(spec), processed_size(spec)) == (content, seen)


@pytest.mark.parametrize(
    ("width", "height", "limit", "seen"),
    [
        (1920, 1080, None, (1024, 576)),
        (1280, 720, None, (1024, 576)),
        (1024, 436, None, (1024, 448)),
        (128, 64, None, (128, 64)),
        (640, 480, None, (640, 512)),
        (1920, 800, 640, (640, 256)),
    ],
)
def test_sizes_of_the_published_code(width: int, height: int, limit: int | None, seen: tuple[int, int]) -> None:
    spec = ShotSpec(1, width, height, 1.0, limit, settings=Settings(compat="reference"))
    assert content_size(spec) == processed_size(spec) == seen


def test_defaults_fit_a_small_window() -> None:
    settings = resolve(ShotSpec(100, 64, 64, settings=Settings(window=10)))
    assert settings.windows[1].overlap == 9
    with pytest.raises(DepthError, match="leaves nothing"):
        resolve(ShotSpec(100, 64, 64, settings=Settings(overlap=110)))
