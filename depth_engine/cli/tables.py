# SPDX-License-Identifier: Apache-2.0
"""Answers as text for a person."""

from __future__ import annotations

from fractions import Fraction

import typer

from depth_engine.cli.reports import duration
from depth_engine.contract import Diagnosis, ModelList, Plan

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


def model_lines(models: ModelList) -> str:
    lines: list[str] = []
    for model in models.models:
        use = "commercial use allowed" if model.commercial_use else "no commercial use"
        here = "installed" if model.installed else "weights not here"
        lines.append(f"{model.name}: {model.title}\n    {model.summary}\n")
        lines.append(f"    {model.kind}, {model.licence} ({use}), {size(model.size_bytes)}, {here}\n")
    return "".join(lines)
