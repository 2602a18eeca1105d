# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs of the real engine with a model that knows the answer. Started by tests, in the engine's environment:

    python -m tests.blender_addon.scene.known_depth FOLDER SOURCE.json DISPARITY.npy KIND OPTIONS.json

DISPARITY holds [T,H,W], one picture for each frame of the source.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support.elsewhere import ROOT, engine_python


def estimate(
    folder: Path,
    source: dict[str, Any],
    disparity: NDArray[np.float32],
    kind: str = "disparity",
    **options: Any,
) -> Path:
    """Run such a job from any Python and return its folder."""
    folder.mkdir(parents=True)
    answers = folder.with_suffix(".npy")
    np.save(answers, disparity)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [engine_python(), "-m", __name__, folder, json.dumps(source), answers, kind, json.dumps(options)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def _run(folder: str, source: str, answers: str, kind: str, options: str) -> None:
    from depth_engine import contract
    from depth_engine.jobs import run_job
    from tests.depth_engine.oracle import Oracle, make_job

    disparity = np.load(answers)
    model = Oracle(lambda number: disparity[number - 1])
    model.info = dataclasses.replace(model.info, kind=kind)
    where = json.loads(source)
    kinds = {"movie": contract.MovieSource, "images": contract.ImagesSource}
    chosen = json.loads(options)
    if "format" in chosen:
        chosen["format"] = tuple(chosen["format"])
    if "files" in where:
        where["files"] = tuple(where["files"])
    job = make_job(contract.JobFolder(Path(folder)), kinds[where["type"]](**where), **chosen)
    run_job(job, model=model)


if __name__ == "__main__":
    _run(*sys.argv[1:])
