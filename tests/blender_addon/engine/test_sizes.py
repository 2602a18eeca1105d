# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


def count(size):
    ticks = 0
    while not size.counted:
        size.tick()
        ticks += 1
    return ticks


def test_every_file_counts_once_and_links_are_not_followed(part, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"1" * 10)
    (tmp_path / "a" / "b" / "two").write_bytes(b"2" * 200)
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    size = part("sizes").FolderSize(tmp_path)
    count(size)
    assert size.bytes == 210


def test_a_large_folder_is_counted_in_portions(part, tmp_path, monkeypatch):
    monkeypatch.setattr(part("sizes"), "BUDGET_SECONDS", 0.0)
    for number in range(50):
        (tmp_path / str(number)).write_bytes(b"x")
    size = part("sizes").FolderSize(tmp_path)
    assert count(size) > 10 and size.bytes == 50


def test_a_missing_folder_holds_nothing(part, tmp_path):
    size = part("sizes").FolderSize(tmp_path / "nowhere")
    count(size)
    assert size.bytes == 0
