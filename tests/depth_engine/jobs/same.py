# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a job that was interrupted made what an uninterrupted one makes."""

from __future__ import annotations

from dataclasses import replace

from depth_engine.contract import JobFolder, to_json


def assert_same(job: JobFolder, wanted: JobFolder) -> None:
    """Every file has the same bytes, but for what tells when and how often the jobs ran; nothing else is left."""
    mine, others = _files(job), _files(wanted)
    assert sorted(mine) == sorted(others)
    different = [name for name in mine if mine[name] != others[name]]
    assert not different, different
    assert not (job.path / "checkpoint").exists() and not (job.path / "work").exists()


def _files(job: JobFolder) -> dict[str, bytes]:
    files = {path.relative_to(job.path).as_posix(): path for path in job.path.rglob("*") if path.is_file()}
    told = ("events.", "engine.log", "lock")
    found = {name: path.read_bytes() for name, path in files.items() if not name.startswith(told)}
    manifest = job.read_manifest()
    assert manifest
    found["manifest.json"] = to_json(replace(manifest, seconds=0.0)).encode()
    return found
