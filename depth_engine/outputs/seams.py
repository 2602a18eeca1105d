# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# (matplotlib leaves many arguments open.)
"""A picture of the seams between a model's windows: how far they drifted, and what was left of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from depth_engine.contract import Seam, ShotRange, user_data_folder
from depth_engine.outputs.files import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DOTS_PER_INCH = (10, 7), 100
APPLIED, MEASURED, QUIET = "#1f6fb4", "#e0821a", "#8a8a8a"
LEAST_SPAN = 0.02
"""What an axis shows around "no drift" at least, so that a drift too small to matter looks small."""


def write_seam_picture(path: Path, name: str, seams: Sequence[Seam], shots: Sequence[ShotRange]) -> None:
    """Chart the seams of the clip `name` over its frames' file numbers, as a PNG. At least one seam and one shot."""
    os.environ.setdefault("MPLCONFIGDIR", str(user_data_folder() / "matplotlib"))  # it caches fonts there
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # only few jobs need it, and it takes a moment
    from matplotlib.figure import Figure

    figure = Figure(INCHES, DOTS_PER_INCH, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    scale, shift, residual = axes = figure.subplots(3, 1, sharex=True, height_ratios=(2, 2, 3))
    aligned = sum(seam.applied for seam in seams)
    figure.suptitle(f"{name}: seams between windows ({len(seams)} overlaps, {aligned} aligned)", fontweight="bold")
    for axis in axes:
        _mark_frames(axis, seams, shots)
    _fits(scale, seams, lambda seam: seam.scale, 1.0, "Scale\n(1 = no drift)")
    _fits(shift, seams, lambda seam: seam.shift, 0.0, "Shift\n(0 = no drift)")
    _residuals(residual, seams)
    _name_shots(scale, shots)
    for axis in (scale, residual):
        axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure.align_ylabels()
    residual.set_xlabel("Frame (file number)")
    residual.set_xlim(shots[0].first - 0.5, shots[-1].last + 0.5)
    path.parent.mkdir(exist_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        canvas.print_png(file)


def _mark_frames(axis: Axes, seams: Sequence[Seam], shots: Sequence[ShotRange]) -> None:
    """Shade the frames that two windows share, and draw a line where a shot begins."""
    for index, seam in enumerate(seams):
        label = "shared frames" if index == 0 else None
        axis.axvspan(seam.first - 0.5, seam.last + 0.5, color=QUIET, alpha=0.15, linewidth=0, label=label)
    for shot in shots[1:]:
        axis.axvline(shot.first - 0.5, color="black", linestyle="--", linewidth=1)
    axis.grid(axis="y", alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)


def _name_shots(axis: Axes, shots: Sequence[ShotRange]) -> None:
    if len(shots) > 1:
        for index, shot in enumerate(shots, start=1):
            where = axis.get_xaxis_transform()  # across: frames; up: the axis' height
            axis.text(shot.first, 1.01, f"shot {index}", transform=where, fontsize="small")


def _fits(axis: Axes, seams: Sequence[Seam], value: Callable[[Seam], float], neutral: float, label: str) -> None:
    """What was measured at each seam: full dots where it was applied, hollow ones where it was not."""
    axis.axhline(neutral, color=QUIET, linewidth=1)
    used, unused = [seam for seam in seams if seam.applied], [seam for seam in seams if not seam.applied]
    axis.plot([_middle(s) for s in used], [value(s) for s in used], "o", color=APPLIED, label="applied")
    axis.plot(
        [_middle(s) for s in unused], [value(s) for s in unused], "o", color=QUIET, mfc="white", label="not applied"
    )
    axis.set_ylabel(label)
    axis.ticklabel_format(axis="y", useOffset=False)
    reach = 1.2 * max(LEAST_SPAN, *(abs(value(seam) - neutral) for seam in seams))
    axis.set_ylim(neutral - reach, neutral + reach)


def _residuals(axis: Axes, seams: Sequence[Seam]) -> None:
    """How far the two windows are apart, before and after: the difference that is in the result is blue."""
    places = [_middle(seam) for seam in seams]
    before = [100 * seam.residual for seam in seams]
    after = [100 * (seam.aligned_residual if seam.applied else seam.residual) for seam in seams]
    axis.vlines(places, after, before, color=QUIET, linewidth=1)
    axis.plot(places, before, "o", color=MEASURED, mfc="white", label="as computed")
    axis.plot(places, after, "o", color=APPLIED, markersize=4, label="in the result")
    axis.set_ylabel("Windows differ by\n(% of the depth range)")
    axis.set_ylim(0, 1.15 * max(*before, *after, 1.0))


def _middle(seam: Seam) -> float:
    return (seam.first + seam.last) / 2
