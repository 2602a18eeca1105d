# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine finds in footage, asked from Blender's Python; one process makes and reads all the movies."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.elsewhere import ROOT, engine_python


@dataclasses.dataclass(frozen=True)
class Reading:
    """facts: the engine's SourceFacts as plain data. indices: of each of its frames, None where it is not upright."""

    path: Path
    facts: dict
    indices: list[int | None]


def make_and_read(folder: Path, movies: dict[str, dict]) -> dict[str, Reading]:
    """Make coded movies by name and options (those of `make_movie`, and the file's suffix), and read them."""
    options = [{"suffix": ".mp4", **given} for given in movies.values()]
    paths = [folder / f"{number}{given.pop('suffix')}" for number, given in enumerate(options)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    task = json.dumps([(str(path), given) for path, given in zip(paths, options)])
    done = subprocess.run(
        [str(engine_python()), "-m", __name__, task],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {name: Reading(path, **answer) for name, path, answer in zip(movies, paths, json.loads(done.stdout))}


def _main() -> None:
    from depth_engine.contract import MovieSource
    from depth_engine.footage import open_footage
    from tests.support.coded import read_index
    from tests.support.movies import make_movie

    def index(rgb) -> int | None:
        try:
            return read_index(rgb)
        except ValueError:
            return None

    answers = []
    for path, options in json.loads(sys.argv[1]):
        make_movie(path, **options)
        footage = open_footage(MovieSource(path))
        indices = [index(frame.rgb) for frame in footage.read(range(1, footage.facts.frame_count + 1))]
        answers.append({"facts": dataclasses.asdict(footage.facts), "indices": indices})
    print(json.dumps(answers))


if __name__ == "__main__":
    _main()
