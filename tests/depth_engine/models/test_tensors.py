# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of chance bytes are refused in words, whatever a reader of pickles stumbles over in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from depth_engine.models.tensors import read_tensors


@pytest.mark.parametrize(
    "before", [b"", b"\x80\x02", b"\x80\x02]", b"\x80\x02(K\x01"], ids=["bare", "begun", "list", "mark"]
)
def test_every_operation_of_a_pickle_may_stand_anywhere(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "a.pth"
    for operation in range(256):
        path.write_bytes(before + bytes([operation, 2, 0, 0, 0, 3]) + b"\n1\n.")
        with pytest.raises(ValueError, match="it "):
            read_tensors(path)
