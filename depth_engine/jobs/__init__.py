# SPDX-License-Identifier: Apache-2.0
"""Running a job folder: the lock, the events, the cancel file, and every way in which a job can end."""

from depth_engine.jobs.run import run_job

__all__ = ["run_job"]
