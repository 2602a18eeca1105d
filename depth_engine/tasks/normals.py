# SPDX-License-Identifier: Apache-2.0
"""What relighting needs of a result: normals in camera space, and the footage's own lighting, frame by frame.

Every file names what it was made with, so a run that was broken off goes on, and one with other parameters begins anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from depth_engine.contract import (
    DepthError,
    ExitCode,
    JobFolder,
    NormalsAnswer,
    NormalsJob,
    Sequence,
    ShotRange,
    to_json,
    write_text,
)
from depth_engine.geometry.lighting import lighting
from depth_engine.geometry.normals import SMALLEST, Map, View, normals, smoothed
from depth_engine.outputs.exr import Metadata, read_exr, read_header, write_exr, write_vectors
from depth_engine.outputs.metadata import file_rate
from depth_engine.tasks.result import ResultFolder

PARAMETERS = "normalsOf"
"""The attribute that tells what a file was made with."""


def run(job: NormalsJob, result: ResultFolder, progress: Callable[[int, int], None]) -> NormalsAnswer:
    """Write normals and lighting of every frame and, last, `normals/normals.json`: the answer.

    Raises DepthError BAD_INPUT when a file of the result is missing or damaged.
    """
    writer = _Writer(job, result)
    own = result.path / "normals" / "normals.json"
    own.unlink(missing_ok=True)
    total = 0.0
    for done, number in enumerate(result.numbers, 1):
        total += writer.write(number)
        progress(done, len(result.numbers))
    answer = replace(writer.answer, light_level=math.exp(total / len(result.numbers)))
    write_text(own, to_json(answer))
    return answer


class _Writer:
    """Writes one frame at a time; it holds nothing of the frames before."""

    def __init__(self, job: NormalsJob, result: ResultFolder) -> None:
        self._job, self._result, self._manifest = job, result, result.manifest
        self._calibration = JobFolder(result.path).read_calibration()
        manifest, depth, proxy = result.manifest, result.depth, result.manifest.proxy_depth
        self.answer = NormalsAnswer(
            normals=Sequence(f"normals/{manifest.name}.######.exr", depth.width, depth.height),
            lighting=Sequence("lighting/lighting.######.exr", proxy.width, proxy.height),
            light_level=0.0,
            frames=len(manifest.frames),
            field_of_view=job.field_of_view,
            near=job.near,
            far=job.far,
            smooth=job.smooth,
        )
        for sequence in (self.answer.normals, self.answer.lighting):
            (result.path / sequence.pattern).parent.mkdir(exist_ok=True)
        facts = manifest.facts
        pixel_aspect = file_rate(facts.pixel_aspect.replace(":", "/"))
        self._view = View(math.radians(job.field_of_view), facts.height / (facts.width * float(pixel_aspect)))

    def write(self, number: int) -> float:
        """The frame's files, if they are not there already; returns the mean logarithm of its light."""
        paths = [self._result.path / made.file(number) for made in (self.answer.normals, self.answer.lighting)]
        shot = self._shot(number)
        parameters = json.dumps([*self._parameters(), shot.p1, shot.p99, *(self._fit(shot) or ())])
        if all(path.exists() and read_header(path).get(PARAMETERS) == parameters for path in paths):
            return float(np.log(read_exr(paths[1])).mean())
        metadata: Metadata = {
            PARAMETERS: parameters,
            "imageCounter": number,
            "framesPerSecond": file_rate(self._manifest.facts.rate),
        }
        light = self._lighting(number, shot)
        write_exr(paths[1], light, {**metadata, "units": "luminance, scene-linear"})
        space = {"units": "unit normals in camera space: x right, y up, z towards the camera"}
        write_vectors(paths[0], self._normals(number, shot), {**metadata, **space})
        return float(np.log(light).mean())

    def _parameters(self) -> tuple[str | float, ...]:
        job = self._job
        return self._result.depth.pattern, job.field_of_view, job.near, job.far, job.smooth

    def _shot(self, number: int) -> ShotRange:
        return next(shot for shot in self._manifest.shots if shot.first <= number <= shot.last)

    def _normals(self, number: int, shot: ShotRange) -> Map:
        inverse = self._inverse(self._result.disparity(number), shot)
        radius = self._job.smooth / 100 * self._result.depth.width
        return normals(smoothed(inverse, radius, self._spread(shot)), self._view)

    def _lighting(self, number: int, shot: ShotRange) -> Map:
        path = self._result.path / self._manifest.proxy_color.file(number)
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise DepthError(ExitCode.BAD_INPUT, f"{path.name} is missing or damaged.", "Estimate the depth again.")
        inverse = self._inverse(read_exr(self._result.path / self._manifest.proxy_depth.file(number)), shot)
        return lighting(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8), inverse / self._spread(shot))

    def _fit(self, shot: ShotRange) -> tuple[float, float] | None:
        """What makes 1/depth of the shot's disparity, scale and shift, where that is known."""
        calibrated = self._calibration.shots if self._calibration else ()
        known = next((fit for fit in calibrated if fit.first == shot.first), None)
        return (known.scale, known.shift) if known else (1.0, 0.0) if self._metric else None

    def _inverse(self, disparity: Map, shot: ShotRange) -> Map:
        """1/depth of disparity: what is farther than Far stands there; what is nearer than Near keeps its shape."""
        low, high = shot.p1, shot.p99
        if fit := self._fit(shot):
            return np.maximum(fit[0] * disparity + fit[1], SMALLEST).astype(np.float32)
        share = np.maximum((disparity - low) / (high - low), 0) if high > low else np.zeros_like(disparity)
        return (1 / self._job.far + (1 / self._job.near - 1 / self._job.far) * share).astype(np.float32)

    def _spread(self, shot: ShotRange) -> float:
        """The range of the shot's inverse depth."""
        fit = self._fit(shot)
        spread = fit[0] * (shot.p99 - shot.p1) if fit else 1 / self._job.near - 1 / self._job.far
        return max(abs(spread), SMALLEST)

    @property
    def _metric(self) -> bool:
        return self._manifest.model.kind == "metric"
