# SPDX-License-Identifier: Apache-2.0
"""Work on a finished result: one module a kind, each with `run(job, result, progress) -> answer`."""

from depth_engine.tasks.run import new_task_folder, run_task

__all__ = ["new_task_folder", "run_task"]
