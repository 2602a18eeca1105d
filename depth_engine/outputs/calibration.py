# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# (matplotlib leaves many arguments open.)
"""A picture of a calibration's errors: how well the fitted depth meets the points that it was fitted to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import ShotCalibration, user_data_folder
from depth_engine.outputs.files import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DOTS_PER_INCH = (10, 4.2), 100
FITTED, OUTLIER, QUIET = "#1f6fb4", "#e0821a", "#8a8a8a"
LEAST_SPAN, MOST_SPAN = 2.0, 50.0  # percent, of the error axis


@dataclass(frozen=True, slots=True)
class Points:
    """Points of calibrated shots, [N] each: file number, depth that was given, relative error of the fit, agreement."""

    numbers: NDArray[np.int64]
    depth: NDArray[np.float64]
    errors: NDArray[np.float64]
    inliers: NDArray[np.bool_]


def write_calibration_picture(path: Path, name: str, points: Points, shots: Sequence[ShotCalibration]) -> None:
    """Chart the depth errors of the clip `name` over the frames and over the depth, as a PNG."""
    os.environ.setdefault("MPLCONFIGDIR", str(user_data_folder() / "matplotlib"))  # it caches fonts there
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # only few jobs need it, and it takes a moment
    from matplotlib.figure import Figure

    figure = Figure(INCHES, DOTS_PER_INCH, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    over_time, over_depth = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    agreeing = sum(shot.inliers for shot in shots)
    count = sum(shot.points for shot in shots)
    title = f"{name}: depth error of the calibration ({agreeing} of {count} points agree)"
    figure.suptitle(title, fontweight="bold")
    limit = _limit(points)
    for axis, places in ((over_time, points.numbers), (over_depth, points.depth)):
        _errors(axis, places, points, limit)
    over_time.set_ylabel("Fitted depth is too far (+) or near (−), %")
    over_time.set_xlabel("Frame (file number)")
    over_depth.set_xlabel("Depth that was given")
    over_depth.set_xscale("log")
    for shot in shots[1:]:
        over_time.axvline(shot.first - 0.5, color="black", linestyle="--", linewidth=1)
    over_depth.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    path.parent.mkdir(exist_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        canvas.print_png(file)


def _limit(points: Points) -> float:
    """The error axis shows all points that agree, and no more than makes them visible."""
    agreeing = np.abs(points.errors[points.inliers & np.isfinite(points.errors)])
    most = 100 * float(agreeing.max(initial=0.0))
    return float(np.clip(1.6 * most, LEAST_SPAN, MOST_SPAN))


def _errors(axis: Axes, places: NDArray[np.int64 | np.float64], points: Points, limit: float) -> None:
    """Points that agree as blue dots, the others orange; those beyond the axis lie on its rim."""
    shown = np.clip(np.nan_to_num(100 * points.errors, posinf=limit), -limit, limit)
    axis.axhline(0, color=QUIET, linewidth=1)
    for chosen, color, label in ((points.inliers, FITTED, "agree"), (~points.inliers, OUTLIER, "left out")):
        axis.plot(places[chosen], shown[chosen], "o", color=color, markersize=3, alpha=0.7, mew=0, label=label)
    axis.set_ylim(-1.05 * limit, 1.05 * limit)
    axis.grid(axis="y", alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
