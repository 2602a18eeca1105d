# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (safetensors leaves the types of its reader open.)
"""The point from which a job goes on after a crash, a kill, a cancel or a full disk."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from depth_engine import __version__
from depth_engine.contract import DepthError, Execution, JobFolder, Seam, ShotRange, from_json
from depth_engine.jobs.identity import Identity, cannot_resume
from depth_engine.models.base import EstimatorState, ExecutionPlan
from depth_engine.outputs.files import whole_file
from depth_engine.outputs.writer import WriterState


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a job is; its beginning is one, too. Everything that it counts as written is completely on disk.

    weights, device, plan: of the model. shots: how many of the job's frames lie before each shot. written: what is on
    disk. estimator: of the shot at work, None where it has not begun or all of its frames are written. ranges, seams:
    of finished shots; seams also of a shot all of whose frames are written. seconds: that earlier runs took.
    """

    identity: Identity
    weights: str
    device: str
    plan: ExecutionPlan
    shots: tuple[int, ...]
    executions: tuple[Execution, ...]
    written: WriterState = field(default_factory=WriterState)
    ranges: tuple[ShotRange, ...] = ()
    seams: tuple[Seam, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    estimator: EstimatorState | None = None
    engine_version: str = __version__


class CheckpointFile:
    """The one checkpoint of a job folder: safetensors with the estimator's arrays, and the rest as JSON beside them."""

    def __init__(self, folder: JobFolder) -> None:
        self._path = folder.checkpoint_file

    def exists(self) -> bool:
        return self._path.exists()

    def write(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint. The one before stays valid until this one is whole and on the disk itself."""
        state = checkpoint.estimator
        said = {"checkpoint": json.dumps(dataclasses.asdict(replace(checkpoint, estimator=None)))}
        arrays: dict[str, NDArray[Any]] = {}
        if state:
            said["estimator"] = json.dumps([state.pushed, state.returned, state.values])
            arrays = {name: np.asarray(array, order="C") for name, array in state.arrays.items()}
        said["sha256"] = _digest(said, arrays)
        self._path.parent.mkdir(exist_ok=True)
        with whole_file(self._path) as part, part.open("wb") as file:
            file.write(save(arrays, said))
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(self._path.parent)

    def read(self) -> Checkpoint | None:
        """None where there is none. Raises DepthError CANNOT_RESUME where it is damaged or of another version."""
        if not self.exists():
            return None
        try:
            with safe_open(self._path, "numpy") as file:
                said = cast("dict[str, str]", file.metadata() or {})
                arrays = {name: cast("NDArray[Any]", file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
            if said.pop("sha256", "") != _digest(said, arrays):
                raise ValueError("it is damaged")
            data = json.loads(said["checkpoint"])
            version = data["engine_version"]
            if version == __version__:
                checkpoint = from_json(Checkpoint, data, "checkpoint")
                return replace(checkpoint, estimator=_estimator_state(said, arrays))
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError, DepthError) as error:
            raise cannot_resume(f"its checkpoint {self._path} cannot be read ({error}).") from None
        raise cannot_resume(f"version {version} of the engine began it, and this is version {__version__}.")

    def remove(self) -> None:
        """Take it away, with what a broken-off writing has left."""
        for path in (self._path, self._path.with_name(self._path.name + ".part")):
            path.unlink(missing_ok=True)
        if self._path.parent.is_dir() and not any(self._path.parent.iterdir()):
            self._path.parent.rmdir()


def _estimator_state(said: dict[str, str], arrays: dict[str, NDArray[Any]]) -> EstimatorState | None:
    if "estimator" not in said:
        return None
    pushed, returned, values = json.loads(said["estimator"])
    if not (isinstance(pushed, int) and isinstance(returned, int) and 0 <= returned <= pushed):
        raise ValueError("its frame counts are wrong")
    return EstimatorState(pushed, returned, values, arrays)


def _digest(said: dict[str, str], arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself survive a power cut; Windows has no such call."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
