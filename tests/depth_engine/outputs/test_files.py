# SPDX-License-Identifier: GPL-3.0-or-later
"""Files exist whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from depth_engine.outputs.files import whole_file, write_bytes


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path):
    path = tmp_path / "a.bin"
    with whole_file(path) as part:
        part.write_bytes(b"half")
        assert not path.exists()
    assert path.read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_what_was_there_before(tmp_path: Path):
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")
    with pytest.raises(RuntimeError), whole_file(path) as part:
        part.write_bytes(b"new")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
