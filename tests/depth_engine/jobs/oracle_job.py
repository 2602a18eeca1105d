# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a job folder with an oracle in a process of its own, as the program does: `… FOLDER SECONDS_PER_FRAME`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from depth_engine.contract import DepthError, JobFolder
from depth_engine.jobs import run_job
from tests.depth_engine.oracle import Oracle


def main(folder: str, seconds: str) -> int:
    oracle = Oracle(before_frame=lambda _: time.sleep(float(seconds)))
    try:
        run_job(JobFolder(Path(folder)), model=oracle, own_process=True)
    except DepthError as error:
        print(error.message, file=sys.stderr)
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
