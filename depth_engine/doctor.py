# SPDX-License-Identifier: Apache-2.0
"""Whether this installation can do its work: tried out, not believed."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil

from depth_engine import __version__
from depth_engine.contract import (
    Check,
    DepthError,
    Diagnosis,
    ExitCode,
    user_data_folder,
    write_text,
)
from depth_engine.models import registry
from depth_engine.models.weights import find_weights

LOW_MEMORY = 2 * 10**9
LOW_DISK = 5 * 10**9
REINSTALL = "Set the engine up again: python3 install.py engine"


def diagnose() -> Diagnosis:
    """Try everything that a job needs. A check that fails is a finding, never an exception."""
    found: list[Check] = []
    for name, check in CHECKS.items():
        try:
            found.extend(check(name))
        except Exception as error:  # noqa: BLE001  whatever is broken here, the other checks still tell something
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            found.append(Check(name, "error", reason, REINSTALL, "engine"))
    return Diagnosis(__version__, tuple(found))


def _check_python(name: str) -> Iterator[Check]:
    yield Check(name, "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _check_torch(name: str) -> Iterator[Check]:
    import torch

    from depth_engine.inference.device import describe, devices

    yield Check(name, "ok", f"{torch.__version__}, devices: {', '.join(map(describe, devices()))}")


def _check_memory(name: str) -> Iterator[Check]:
    free = psutil.virtual_memory().available
    enough = free >= LOW_MEMORY
    yield Check(
        name, "ok" if enough else "warning", f"{free / 1e9:.1f} GB free", "" if enough else "Close other programs."
    )


def _check_disk(name: str) -> Iterator[Check]:
    folder = _existing(user_data_folder())
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB free at {folder}"
    if free >= LOW_DISK:
        yield Check(name, "ok", message)
    else:
        yield Check(name, "warning", message, "A minute of HD footage takes about 10 GB.", "folder", str(folder))


def _check_data_folder(name: str) -> Iterator[Check]:
    probe = user_data_folder() / "doctor.txt"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        write_text(probe, "writable")
        probe.unlink()
    except OSError as error:
        message, folder = f"Cannot write {probe.parent}: {error.strerror}.", _existing(probe.parent)
        yield Check(name, "error", message, "Set ESTIMATE_DEPTH_HOME.", "folder", str(folder))
    else:
        yield Check(name, "ok", f"{probe.parent} can be written")


def _check_models(name: str) -> Iterator[Check]:
    for info in (registry.info(model) for model in registry.MODELS):
        try:
            find_weights(info, None)
        except DepthError as error:
            if info.included or error.code is ExitCode.BAD_WEIGHTS:
                fix = ("engine", "") if info.included else ("model", info.name)
                yield Check(f"{name} {info.name}", "error", error.message, error.hint, *fix)
        else:
            yield Check(f"{name} {info.name}", "ok", f"{info.title}, weights present and unchanged")


def _check_runtimes(name: str) -> Iterator[Check]:
    from depth_engine.inference.runtimes import known, told_choice
    from depth_engine.runtimes import TITLES
    from depth_engine.runtimes.trial import try_runtime, version

    for runtime in ("openvino", "onnx"):
        if try_runtime(runtime):
            yield Check(f"{name} {TITLES[runtime]}", "ok", f"{version(runtime)} computes what it should")
        else:
            yield Check(f"{name} {TITLES[runtime]}", "error", "It computes other values.", REINSTALL, "engine")
    measured = known()
    for work in dict.fromkeys(each.work for each in measured):
        own = [each for each in measured if each.work == work]
        title = f"{name} for {work.model} at {work.width}x{work.height}"
        yield Check(title, "ok", told_choice(own))
        for each in own:
            if each.failure:
                yield Check(title, "warning", f"{TITLES[each.run.runtime]} is left out: {each.failure}")


def _check_movies(name: str) -> Iterator[Check]:
    import av

    from depth_engine.outputs.preview import PreviewMovie

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.mp4"
        movie = PreviewMovie(path, 1, Fraction(24), "gray")
        for number in (1, 2, 3):
            movie.append(number, np.full((32, 32), number, np.float32), 0.0, 3.0)
        movie.finish(3)
        with av.open(str(path)) as container:
            levels = [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]
    if len(levels) != 3 or not levels[0] < levels[1] < levels[2]:
        yield Check(name, "error", "An H.264 movie was not read as it was written.", REINSTALL, "engine")
    else:
        yield Check(name, "ok", f"PyAV {av.__version__} writes and reads H.264")


def _check_exr(name: str) -> Iterator[Check]:
    from depth_engine.outputs.exr import read_exr, write_exr

    values = np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doctor.exr"
        write_exr(path, values, {})
        same = np.array_equal(read_exr(path), values)
    if same:
        yield Check(name, "ok", "float values come back exactly")
    else:
        yield Check(name, "error", "Float values do not come back exactly.", REINSTALL, "engine")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one around it that is there."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())


CHECKS: dict[str, Callable[[str], Iterator[Check]]] = {
    "Python": _check_python,
    "PyTorch": _check_torch,
    "Model": _check_models,
    "Runtime": _check_runtimes,
    "Movies": _check_movies,
    "OpenEXR": _check_exr,
    "Memory": _check_memory,
    "Disk": _check_disk,
    "Data folder": _check_data_folder,
}
