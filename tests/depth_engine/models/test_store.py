# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store notes and keeps: accepted licences, verified files, and nothing that is not its own."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from depth_engine.cli.main import run
from depth_engine.contract import DepthError, ExitCode, ModelEntry
from depth_engine.models import registry, store
from depth_engine.models.base import ModelInfo
from depth_engine.models.listing import list_models
from depth_engine.models.weights import find_weights
from tests.support.hub import Hub
from tests.support.made_model import CONTENTS, INFO, REPO, REVISION, known, program, without_hashes

FETCH = ["models", "fetch", "made"]
ACCEPTED = [*FETCH, "--accept-licence"]


def _entry() -> ModelEntry:
    return next(entry for entry in list_models().models if entry.name == "made")


def _use(monkeypatch: pytest.MonkeyPatch, info: ModelInfo) -> None:
    monkeypatch.setattr(registry, "MODELS", registry.MODELS | known(info))


def _paths(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# --- the licence ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("speech", [[], ["--json"]])
def test_nothing_comes_before_the_licence_is_accepted(
    hub: Hub, folder: Path, speech: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    with program([*FETCH, *speech], hub.url) as process:
        told, error = process.communicate(timeout=60)
    assert process.returncode == ExitCode.LICENCE_NOT_ACCEPTED
    assert INFO.licence in error and INFO.licence_url in error and "--accept-licence" in error
    assert INFO.licence_summary in told or speech
    assert hub.asked == [] and not folder.exists() and not _entry().accepted


def test_an_acceptance_is_recorded_and_counts_from_then_on(hub: Hub, folder: Path) -> None:
    assert run(ACCEPTED) == 0
    record = json.loads((folder.parent / "made.json").read_text(encoding="utf-8"))
    acceptance = record["acceptance"]
    assert (record["name"], acceptance["licence"], acceptance["licence_url"]) == (
        "made",
        INFO.licence,
        INFO.licence_url,
    )
    assert acceptance["revisions"] == [f"{REPO}@{REVISION}"]
    assert datetime.fromisoformat(acceptance["at"]).tzinfo is not None
    assert _entry().accepted
    (folder / "net" / "config.json").unlink()
    assert run(FETCH) == 0


def test_another_licence_is_another_question(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(ACCEPTED) == 0
    _use(monkeypatch, dataclasses.replace(INFO, licence="Look but do not touch 2.0"))
    assert not _entry().accepted
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert run(FETCH) == ExitCode.LICENCE_NOT_ACCEPTED


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are made with POSIX's own means")
@pytest.mark.parametrize(
    ("answer", "code"), [(b"y\n", 0), (b"n\n", 23), (b"\n", 23), (b"", 23)], ids=["yes", "no", "enter", "ctrl+c"]
)
def test_a_terminal_is_asked(hub: Hub, folder: Path, answer: bytes, code: int) -> None:
    import pty

    controller, terminal = pty.openpty()
    with program(FETCH, hub.url, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True) as process:
        os.close(terminal)
        told = b""
        while b"[y/N]" not in told:
            told += os.read(controller, 4096)
        if answer:
            os.write(controller, answer)
        else:
            _interrupt(process)
        while chunk := _read(controller):
            told += chunk
        assert process.wait(60) == code, told.decode()
    os.close(controller)
    assert INFO.licence_summary in told.decode()
    assert _entry().installed == _entry().accepted == (code == 0)
    assert (b"made is complete" in told) == (code == 0)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """As a person does, who presses Ctrl+C again when nothing happens: Python may miss one just before it waits."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(3)


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 4096)
    except OSError:  # the other end is closed
        return b""


def test_the_licence_can_be_read_at_any_time(hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "licence", "made"]) == 0
    told = capfd.readouterr().out
    assert INFO.licence in told and INFO.licence_summary in told and INFO.licence_url in told


def test_what_is_included_is_neither_fetched_nor_removed() -> None:
    for command in ("fetch", "remove"):
        assert run(["models", command, "embedded"]) == ExitCode.USAGE
        assert run(["models", command, "nonesuch"]) == ExitCode.UNKNOWN_MODEL
    assert _installed("embedded")


def _installed(name: str) -> bool:
    return next(entry.installed for entry in list_models().models if entry.name == name)


# --- removing ------------------------------------------------------------------------------------------------------


def test_remove_takes_what_was_fetched_and_nothing_else(
    hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(ACCEPTED) == 0
    (folder / "net" / "notes.txt").write_text("mine")
    capfd.readouterr()
    assert run(["models", "remove", "made"]) == 0
    assert "3 MB freed" in capfd.readouterr().out
    assert _paths(folder) == {"net/notes.txt"} and not (folder / "other").exists()
    entry = _entry()
    assert not entry.installed and entry.bytes_here == 0 and entry.accepted
    assert run(["models", "remove", "made"]) == 0
    assert "No weights" in capfd.readouterr().out


def test_remove_takes_a_download_that_has_not_ended(hub: Hub, folder: Path) -> None:
    hub.faults.cut_after = [1_000_000]
    assert run(ACCEPTED) == ExitCode.DOWNLOAD_FAILED
    assert "net/big.safetensors.part" in _paths(folder)
    assert run(["models", "remove", "made"]) == 0
    assert not folder.exists()


def test_remove_leaves_files_that_somebody_else_put_there(hub: Hub, folder: Path) -> None:
    for path, content in CONTENTS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    assert find_weights(INFO, None).root == folder
    (folder / "other" / "small.json").unlink()
    assert run(ACCEPTED) == 0
    assert run(["models", "remove", "made"]) == 0
    assert _paths(folder) == {"net/config.json", "net/big.safetensors"}


# --- finding -------------------------------------------------------------------------------------------------------


def test_weights_that_were_not_fetched_say_how_to_get_them(hub: Hub) -> None:
    with pytest.raises(DepthError) as caught:
        find_weights(INFO, None)
    assert caught.value.code is ExitCode.MISSING_WEIGHTS
    assert "depth-engine models fetch made" in caught.value.hint and "--weights" in caught.value.hint


def test_fetched_weights_are_found_and_named_by_their_hashes(hub: Hub, folder: Path) -> None:
    assert run(ACCEPTED) == 0
    found = find_weights(INFO, None)
    assert found.root == folder and found.files == tuple(folder / file.path for file in INFO.files)
    assert found.identity == ", ".join(file.sha256 for file in INFO.files)


def test_unchanged_files_are_not_read_through_again(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(ACCEPTED) == 0
    read: list[Path] = []
    true_sha256 = store.sha256
    monkeypatch.setattr(store, "sha256", lambda path: read.append(path) or true_sha256(path))
    find_weights(INFO, None)
    assert read == []
    os.utime(folder / "net" / "config.json", (1, 1))
    assert not _entry().unchanged
    find_weights(INFO, None)
    find_weights(INFO, None)
    assert read == [folder / "net" / "config.json"] and _entry().unchanged


@pytest.mark.parametrize("hashes_are_known", [True, False])
def test_changed_files_are_noticed_and_fetched_again(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, hashes_are_known: bool
) -> None:
    info = INFO if hashes_are_known else without_hashes(INFO)
    _use(monkeypatch, info)
    assert run(ACCEPTED) == 0
    big = folder / "net" / "big.safetensors"
    big.write_bytes(big.read_bytes()[::-1])
    os.utime(big, (1, 1))
    assert not _entry().unchanged
    with pytest.raises(DepthError) as caught:
        find_weights(info, None)
    assert caught.value.code is ExitCode.BAD_WEIGHTS and "models fetch made" in caught.value.hint
    assert run(FETCH) == 0
    assert find_weights(info, None).files[1].read_bytes() == CONTENTS["net/big.safetensors"]


def test_files_put_there_by_hand_count_when_they_are_the_published_ones(hub: Hub, folder: Path) -> None:
    for path, content in CONTENTS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    assert find_weights(INFO, None).root == folder
    (folder / "net" / "config.json").write_bytes(b"{}")
    with pytest.raises(DepthError) as caught:
        find_weights(INFO, None)
    assert caught.value.code is ExitCode.BAD_WEIGHTS and "config.json" in caught.value.message


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"name": 1}'])
def test_a_damaged_record_is_built_up_again(hub: Hub, folder: Path, damage: str) -> None:
    assert run(ACCEPTED) == 0
    (folder.parent / "made.json").write_text(damage)
    assert not _entry().accepted
    assert find_weights(INFO, None).root == folder
    hub.asked.clear()
    assert run(ACCEPTED) == 0 and hub.asked == []
