# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


def run(work):
    ticks = 0
    while not work.done:
        work.tick()
        ticks += 1
    return ticks


def test_every_file_counts_once_and_links_are_not_followed(part, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"1" * 10)
    (tmp_path / "a" / "b" / "two").write_bytes(b"2" * 200)
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    size = part("folders").FolderSize(tmp_path)
    run(size)
    assert size.bytes == 210


def test_a_large_folder_is_counted_in_portions(part, tmp_path, monkeypatch):
    monkeypatch.setattr(part("folders"), "BUDGET_SECONDS", 0.0)
    for number in range(50):
        (tmp_path / str(number)).write_bytes(b"x")
    size = part("folders").FolderSize(tmp_path)
    assert run(size) > 10 and size.bytes == 50


def test_a_missing_folder_holds_nothing(part, tmp_path):
    size = part("folders").FolderSize(tmp_path / "nowhere")
    run(size)
    assert size.bytes == 0


def test_a_folder_is_removed_in_portions(part, tmp_path, monkeypatch):
    monkeypatch.setattr(part("folders"), "BUDGET_SECONDS", 0.0)
    folder = tmp_path / "footage"
    folder.mkdir()
    for number in range(50):
        (folder / f"{number}.png").write_bytes(b"x")
    assert run(part("folders").FolderRemoval(folder)) > 10
    assert not folder.exists()


def test_removing_what_is_not_there_is_done_at_once(part, tmp_path):
    assert run(part("folders").FolderRemoval(tmp_path / "nowhere")) == 1


def test_folders_inside_are_not_touched(part, tmp_path):
    inner = tmp_path / "footage" / "mine"
    inner.mkdir(parents=True)
    run(part("folders").FolderRemoval(tmp_path / "footage"))
    assert inner.is_dir()
