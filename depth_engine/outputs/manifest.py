# SPDX-License-Identifier: Apache-2.0
"""The result of a job, written last: it exists if and only if the job succeeded."""

from __future__ import annotations

from collections.abc import Sequence

from depth_engine import __version__
from depth_engine.contract import Execution, Job, Manifest, ModelFacts, Seam, ShotRange
from depth_engine.footage.frame import Footage
from depth_engine.models.base import Model
from depth_engine.outputs.layout import Layout
from depth_engine.outputs.npz import part_names


def model_facts(model: Model) -> ModelFacts:
    info = model.info
    return ModelFacts(
        info.name,
        info.title,
        info.kind,
        info.licence,
        info.commercial_use,
        model.weights,
        model.device,
        model.plan.precision,
    )


def build_manifest(
    job: Job,
    footage: Footage,
    model: Model,
    layout: Layout,
    numbers: Sequence[int],
    shots: Sequence[ShotRange],
    seams: Sequence[Seam],
    executions: Sequence[Execution],
    warnings: Sequence[str],
    seconds: float,
) -> Manifest:
    """What was computed from which footage, and where every file lies."""
    options = job.options
    return Manifest(
        name=job.name,
        engine_version=__version__,
        source=job.source,
        facts=footage.facts,
        options=options,
        model=model_facts(model),
        frames=tuple(footage.record(number) for number in numbers),
        shots=tuple(shots),
        depth={kind: layout.depth(kind) for kind in options.format if kind != "npz"},
        proxy_depth=layout.proxy_depth,
        proxy_color=layout.proxy_color,
        preview=layout.preview if options.preview else None,
        npz=tuple(f"npz/{part}" for part in part_names(job.name, numbers)) if "npz" in options.format else (),
        warnings=tuple(warnings),
        seconds=seconds,
        seams=tuple(seams),
        seam_picture=layout.seam_picture if seams else None,
        contact_sheet=layout.contact_sheet if options.preview else None,
        executions=tuple(executions),
    )
