# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a job folder with a known model in a process of its own, as the program does.

`… FOLDER MODEL SECONDS_PER_FRAME [DIES_AT]`: the process kills itself before it renames or removes a file the
DIES_AT-th time.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from depth_engine.contract import DepthError, JobFolder
from depth_engine.jobs import run_job
from tests.depth_engine.oracle import Oracle, Recurrent

MODELS = {"oracle": Oracle, "recurrent": Recurrent}


def main(folder: str, model: str, seconds: str, dies_at: str = "0") -> int:
    if int(dies_at):
        _die_at(int(dies_at))
    loaded = MODELS[model](before_frame=lambda _: time.sleep(float(seconds)))
    try:
        run_job(JobFolder(Path(folder)), model=loaded, own_process=True)
    except DepthError as error:
        print(error.message, file=sys.stderr)
        return error.code
    return 0


def _die_at(count: int) -> None:
    done = 0

    def counted(name: str) -> None:
        method = getattr(Path, name)

        def dying(path: Path, *arguments: Any, **options: Any) -> Any:
            nonlocal done
            done += 1
            if done == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(path, *arguments, **options)

        setattr(Path, name, dying)

    counted("replace")
    counted("unlink")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
