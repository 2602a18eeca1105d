# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false
# (matplotlib leaves many arguments open.)
"""What happened in a training: `log.jsonl`, a line for people now and then, and `curves.png`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from depth_engine.contract import user_data_folder, write_text
from depth_engine.outputs.files import whole_file

Tell = Callable[[str], None]
Line = dict[str, Any]

SMOOTHED = 10
"""Earlier lines of the log that a point of the loss's curve is averaged over: single batches differ widely."""

SHOWN = ("abs_rel", "delta1", "spearman")


class Journal:
    """Appends to the log; when a stage goes on from a saved step, `rewind` first."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self._folder, self._path, self.tell = folder, folder / "log.jsonl", tell

    def rewind(self, stage: str, step: int) -> None:
        """Forget the steps of a stage after this one: they come again."""
        kept = [line for line in self.lines() if line["stage"] != stage or line["step"] <= step]
        write_text(self._path, "".join(json.dumps(line) + "\n" for line in kept))

    def lines(self) -> list[Line]:
        """Everything that was noted, the oldest first; a last line that was cut off by a crash is left out."""
        if not self._path.is_file():
            return []
        text = self._path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def steps(self, stage: str, step: int, values: dict[str, float], seconds: float, of: int) -> None:
        """A step's terms, and the seconds that one took on average."""
        self._append({"stage": stage, "step": step, "seconds": round(seconds, 4), **values})
        left = (of - step) * seconds / 60
        self.tell(f"{stage} {step}/{of}  loss {values['loss']:.4f}  {seconds:.2f} s a step, {left:.0f} min left")

    def check(self, stage: str, step: int, scores: dict[str, float]) -> None:
        """What a validation found."""
        self._append({"stage": stage, "step": step, "check": scores})
        self.tell(f"{stage} {step}  " + "  ".join(f"{name} {value:.4f}" for name, value in scores.items()))

    def _append(self, line: Line) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def draw(self) -> None:
        """Loss and held-out scores over all steps of all stages, as `curves.png`."""
        os.environ.setdefault("MPLCONFIGDIR", str(user_data_folder() / "matplotlib"))  # it caches fonts there
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # it takes a moment
        from matplotlib.figure import Figure

        lines = self.lines()
        starts = _starts(lines)
        figure = Figure((9, 7), 100, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        loss, scores = figure.subplots(2, 1, sharex=True)
        for stage, start in starts.items():
            own = [line for line in lines if line["stage"] == stage and "loss" in line]
            losses = np.array([line["loss"] for line in own])
            smooth = [losses[max(0, at - SMOOTHED) : at + 1].mean() for at in range(len(losses))]
            loss.plot([start + line["step"] for line in own], smooth, label=stage)
            for axis in (loss, scores):
                axis.axvline(start, color="#8a8a8a", linewidth=1)
        checks = [line for line in lines if "check" in line]
        for name in SHOWN:
            places = [starts[line["stage"]] + line["step"] for line in checks]
            scores.plot(places, [line["check"][name] for line in checks], marker=".", label=name)
        loss.set_ylabel("Training loss")
        scores.set_ylabel("Held-out scenes")
        scores.set_xlabel("Step")
        for axis in (loss, scores):
            axis.legend(frameon=False)
            axis.grid(axis="y", alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
        with whole_file(self._folder / "curves.png") as part, part.open("wb") as file:
            canvas.print_png(file)


def _starts(lines: list[Line]) -> dict[str, int]:
    """The step, counted over all stages, before each stage's first."""
    ends: dict[str, int] = {}
    for line in lines:
        ends[line["stage"]] = max(line["step"], ends.get(line["stage"], 0))
    starts: dict[str, int] = {}
    for stage in ends:
        starts[stage] = sum(ends[each] for each in starts)
    return starts
