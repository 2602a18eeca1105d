# SPDX-License-Identifier: Apache-2.0
"""Calibration of a result: fitted to known depths, kept beside the manifest, and written into the EXRs as Z."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from depth_engine.contract import (
    CalibrateJob,
    Calibration,
    DepthError,
    DepthObservation,
    ExitCode,
    JobFolder,
    PixelPosition,
    ShotCalibration,
    ShotRange,
    to_json,
    write_text,
)
from depth_engine.geometry.calibration import Fit, Values, fit_calibration
from depth_engine.outputs.calibration import Points, write_calibration_picture
from depth_engine.outputs.z_channel import set_z
from depth_engine.tasks.result import ResultFolder
from depth_engine.tasks.sample import sample_positions

Progress = Callable[[int, int], None]


def run(job: CalibrateJob, result: ResultFolder, progress: Progress) -> Calibration:
    """Fit, keep and write what the job asks for; what a run that was broken off has left is set right by the next.

    Raises DepthError BAD_INPUT when no shot can be calibrated, or when there is no calibration or EXR to go by.
    """
    if job.remove:
        return _remove(result, progress)
    known = JobFolder(result.path).read_calibration()
    calibration = _fit(job, result, progress) if job.observations else known
    if calibration is None:
        raise DepthError(
            ExitCode.BAD_INPUT, "The result is not calibrated, and no points were given.", "Give points: --points FILE."
        )
    has_z = job.write_z or (known is not None and known.has_z)  # never a Z of another calibration
    if has_z:
        _set_z_everywhere(result, calibration.shots, progress)
    calibration = replace(calibration, has_z=has_z)
    write_text(JobFolder(result.path).calibration_file, to_json(replace(calibration, errors=())))
    return calibration


def _remove(result: ResultFolder, progress: Progress) -> Calibration:
    folder = JobFolder(result.path)
    known = folder.read_calibration()
    if known and known.has_z:
        _set_z_everywhere(result, (), progress)
    if known and known.picture:
        (result.path / known.picture).unlink(missing_ok=True)
    folder.calibration_file.unlink(missing_ok=True)
    return Calibration(())


# --- fit -------------------------------------------------------------------------------------------------------


def _fit(job: CalibrateJob, result: ResultFolder, progress: Progress) -> Calibration:
    """Each shot by itself; the errors are those of the observations in their order."""
    observations = job.observations
    _check(observations)
    positions = tuple(PixelPosition(point.number, point.x, point.y) for point in observations)
    disparity = np.array(sample_positions(result, positions, progress), np.float64)
    numbers = np.array([point.number for point in observations])
    depth = np.array([point.depth for point in observations])
    weights = np.array([point.weight for point in observations])
    errors, inliers = np.full(len(depth), np.nan), np.zeros(len(depth), bool)
    shots: list[ShotCalibration] = []
    problems: list[str] = []
    for index, shot in enumerate(result.manifest.shots, 1):
        own = (numbers >= shot.first) & (numbers <= shot.last)
        try:
            fit = _fit_shot(disparity[own], depth[own], weights[own], shot, job.far, _is_metric(result))
        except DepthError as error:
            problems.append(error.message if len(result.manifest.shots) == 1 else f"Shot {index}: {error.message}")
        else:
            shots.append(_summary(shot, fit, disparity[own]))
            errors[own], inliers[own] = fit.errors, fit.inliers
    if not shots:
        raise DepthError(ExitCode.BAD_INPUT, problems[0], "Give points clearly nearer and clearly farther.")
    picture = f"preview/{result.manifest.name}.calibration.png"
    fitted = ~np.isnan(errors)
    points = Points(numbers[fitted], depth[fitted], errors[fitted], inliers[fitted])
    write_calibration_picture(result.path / picture, result.manifest.name, points, shots)
    told = tuple(float(error) if np.isfinite(error) else None for error in errors)
    return Calibration(tuple(shots), job.source, tuple(problems), picture=picture, errors=told)


def _check(observations: Sequence[DepthObservation]) -> None:
    for point in observations:
        if not (0 < point.depth < np.inf and 0 <= point.weight < np.inf):
            raise DepthError(
                ExitCode.BAD_INPUT,
                f"The depth {point.depth:g} with the weight {point.weight:g} in frame {point.number} cannot be.",
                "Depths are above 0, weights not below.",
            )


def _fit_shot(
    disparity: Values, depth: Values, weights: Values, shot: ShotRange, far: float | None, metric: bool
) -> Fit:
    """One point alone tells the scale only: `far` or, for metric models, infinity at Y = 0 gives the rest."""
    if len(depth) == 1 and metric:
        disparity, depth = np.append(disparity, 0.0), np.append(depth, np.inf)
    elif len(depth) == 1 and far is not None:
        disparity, depth = np.append(disparity, shot.p1), np.append(depth, far)
    else:
        return fit_calibration(disparity, depth, weights)
    fit = fit_calibration(disparity, depth)
    return replace(fit, inliers=fit.inliers[:1], errors=fit.errors[:1])


def _summary(shot: ShotRange, fit: Fit, disparity: Values) -> ShotCalibration:
    agreeing = np.abs(fit.errors[fit.inliers & np.isfinite(fit.errors)])  # very far points may have become sky
    spread, span = shot.p99 - shot.p1, float(np.ptp(disparity[fit.inliers]))
    return ShotCalibration(
        first=shot.first,
        last=shot.last,
        scale=fit.scale,
        shift=fit.shift,
        points=len(disparity),
        inliers=int(fit.inliers.sum()),
        median_error=float(np.median(agreeing)),
        high_error=float(np.percentile(agreeing, 90)),
        scale_error=fit.scale_error,
        coverage=min(span / spread, 1.0) if spread > 0 else 0.0,
    )


def _is_metric(result: ResultFolder) -> bool:
    return result.manifest.model.kind == "metric"


# --- Z ---------------------------------------------------------------------------------------------------------


def _set_z_everywhere(result: ResultFolder, shots: Sequence[ShotCalibration], progress: Progress) -> None:
    """Bring every EXR into line: Z in calibrated shots, none elsewhere."""
    sequences = [result.manifest.depth[kind] for kind in ("exr32", "exr16") if kind in result.manifest.depth]
    if not sequences:
        raise DepthError(
            ExitCode.BAD_INPUT, "The result has no EXR files to add Z to.", "Estimate it with --format exr32."
        )
    for done, number in enumerate(result.numbers, 1):
        shot = next((shot for shot in shots if shot.first <= number <= shot.last), None)
        for sequence in sequences:
            path = result.path / sequence.file(number)
            try:
                set_z(path, (shot.scale, shot.shift) if shot else None)
            except (RuntimeError, ValueError, KeyError, FileNotFoundError):
                raise DepthError(
                    ExitCode.BAD_INPUT, f"{path} is missing or damaged.", "Estimate the depth again."
                ) from None
        progress(done, len(result.numbers))
