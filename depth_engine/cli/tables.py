# SPDX-License-Identifier: Apache-2.0
"""Answers as text for a person."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import typer

from depth_engine.cli.reports import duration
from depth_engine.contract import Calibration, Diagnosis, ModelEntry, ModelList, Plan

if TYPE_CHECKING:
    from depth_engine.models.base import ModelInfo

MARKS = {
    "ok": ("ok", typer.colors.GREEN),
    "warning": ("warning", typer.colors.YELLOW),
    "error": ("ERROR", typer.colors.RED),
}


def size(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def plan_lines(plan: Plan) -> str:
    facts, model = plan.facts, plan.model
    rate = f"{float(Fraction(facts.rate)):.5g} frames a second" + ("" if facts.constant_rate else " (variable)")
    processed = f"{plan.processed_width}x{plan.processed_height}"
    windows = f" in {plan.windows} windows" if plan.windows < plan.frames else ""
    rows = {
        "footage": f"{facts.frame_count} frames, {facts.width}x{facts.height}, {rate}, {facts.codec}",
        "model": f"{model.title} ({model.licence}) on {model.device}, {model.precision}",
        "frames": f"{plan.frames} from {plan.first} to {plan.last}{windows}",
        "size": f"{processed} seen, {plan.output_width}x{plan.output_height} written",
        "runs": plan.execution,
        "time": f"about {duration(plan.seconds)}" + (", as measured here" if plan.seconds_measured else ", a guess"),
        "disk": f"at most {size(plan.disk_bytes)} of {size(plan.disk_free_bytes)} free",
        "memory": f"{size(plan.memory_bytes)} of {size(plan.memory_free_bytes)} free",
    }
    return "".join(f"{name:8} {text}\n" for name, text in rows.items())


def diagnosis_lines(diagnosis: Diagnosis) -> str:
    lines = [f"depth-engine {diagnosis.engine_version} (contract {diagnosis.contract_version})\n"]
    for check in diagnosis.checks:
        mark, color = MARKS[check.status]
        lines.append(f"{typer.style(f'{mark:8}', fg=color)} {check.name}: {check.message}\n")
        if check.hint:
            lines.append(f"{'':8} {check.hint}\n")
    return "".join(lines)


def calibration_lines(calibration: Calibration) -> str:
    """Without an end of line after the last."""
    lines = [
        f"frames {shot.first}-{shot.last}: depth = 1 / ({shot.scale:.6g} Y {shot.shift:+.6g}), "
        f"{shot.inliers} of {shot.points} points agree, median error {shot.median_error:.2%}"
        for shot in calibration.shots
    ]
    lines += [f"warning: {problem}" for problem in calibration.problems]
    return "\n".join(lines or ["not calibrated"])


def model_lines(models: ModelList) -> str:
    return "".join(
        f"{model.name}: {model.title}\n    {model.summary}\n"
        f"    {model.kind}, {model.licence} ({commercial_use(model.commercial_use)}), {size(model.size_bytes)}, "
        f"{_here(model)}{_exported(model)}\n{_settings(model)}"
        for model in models.models
    )


def licence_lines(info: ModelInfo) -> str:
    """What a user must know before accepting a model's licence."""
    rows = (
        f"{info.title}: {info.licence}, {commercial_use(info.commercial_use)}",
        info.licence_summary,
        info.licence_url,
    )
    return "".join(f"{row}\n" for row in rows if row)


def commercial_use(allowed: bool) -> str:
    return "commercial use allowed" if allowed else "no commercial use"


def _settings(model: ModelEntry) -> str:
    names = ", ".join("--" + name.replace("_", "-") for name in model.settings)
    return f"    has {names}\n" if names else ""


def _exported(model: ModelEntry) -> str:
    return f", {size(model.exported_bytes)} of exported networks" if model.exported_bytes else ""


def _here(model: ModelEntry) -> str:
    """How much of a model is on this machine, and where its licence stands."""
    licence = "" if model.included else ", licence accepted" if model.accepted else ", licence not accepted yet"
    if model.installed:
        return ("installed" if model.unchanged else "installed, changed since it was verified") + licence
    if model.bytes_here:
        return f"{size(model.bytes_here)} of it here{licence}"
    return "weights not here" + licence
