# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights are downloaded whole and verified or not at all, whatever happens on the way."""

from __future__ import annotations

import hashlib
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from depth_engine.cli.main import run
from depth_engine.contract import (
    Download,
    Event,
    ExitCode,
    Failed,
    Fetched,
    JobLock,
    ModelEntry,
    ModelList,
    decode_event,
    load,
)
from depth_engine.models import hub as hub_module
from depth_engine.models import registry
from depth_engine.models.base import WeightFile
from tests.support.hub import Hub
from tests.support.made_model import BIG, CONTENTS, HUB_FILES, INFO, known, program, without_hashes
from tests.support.mounts import in_own_mounts

FETCH = ["models", "fetch", "made", "--accept-licence", "--json"]
BIG_PATH = "net/big.safetensors"


def _events(capfd: pytest.CaptureFixture[str]) -> list[Event]:
    return [event for line in capfd.readouterr().out.splitlines() if (event := decode_event(line))]


def _failure(capfd: pytest.CaptureFixture[str]) -> Failed:
    last = _events(capfd)[-1]
    assert isinstance(last, Failed) and last.message and last.hint
    return last


def _entry(capfd: pytest.CaptureFixture[str]) -> ModelEntry:
    capfd.readouterr()
    assert run(["models", "--json"]) == 0
    models = load(ModelList, capfd.readouterr().out, "models").models
    return next(model for model in models if model.name == "made")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- all goes well -------------------------------------------------------------------------------------------------


def test_a_fresh_download(hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(FETCH) == 0
    *downloads, last = _events(capfd)
    assert isinstance(last, Fetched) and (last.model, Path(last.folder)) == ("made", folder)
    assert _files(folder) == CONTENTS
    assert all(isinstance(event, Download) for event in downloads)
    done = [event.bytes_done for event in downloads if isinstance(event, Download)]
    total = sum(map(len, CONTENTS.values()))
    assert done == sorted(done) and done[-1] == total
    assert {event.bytes_total for event in downloads if isinstance(event, Download)} == {total}
    entry = _entry(capfd)
    assert entry.installed and entry.unchanged and entry.accepted and entry.bytes_here == entry.size_bytes == total


def test_what_is_here_is_not_asked_for_again(hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(FETCH) == 0
    (folder / "other" / "small.json").unlink()
    hub.asked.clear()
    assert run(FETCH) == 0
    assert [asked.path.rpartition("/")[2] for asked in hub.asked] == ["small.json"]
    assert _files(folder) == CONTENTS


def test_a_token_is_shown_to_the_hub_and_to_nobody_else(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert run(FETCH) == 0
    assert {asked.authorization for asked in hub.of("hub")} == {"Bearer hf_secret"}
    assert {asked.authorization for asked in hub.of("storage")} == {None}


def test_a_file_that_the_hub_lacks_comes_from_its_own_address_without_a_token(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    small, big, other = INFO.files
    elsewhere = f"{hub.storage_url}/{hashlib.sha256(BIG).hexdigest()}"
    big = WeightFile(big.path, big.size_bytes, big.sha256, url=elsewhere)
    monkeypatch.setattr(registry, "MODELS", known(replace(INFO, files=(small, big, other))))
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS
    assert [asked.authorization for asked in hub.of("storage")] == [None]
    assert len(hub.of("hub")) == 2
    (folder / BIG_PATH).unlink()
    hub.faults.storage_statuses = [404]
    capfd.readouterr()
    assert run(FETCH) == ExitCode.DOWNLOAD_FAILED
    failure = _failure(capfd)
    assert elsewhere in failure.message and "--from" in failure.hint


def test_lines_for_a_log(hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "fetch", "made", "--accept-licence"]) == 0
    told = capfd.readouterr().out
    assert INFO.licence in told and INFO.licence_url in told and INFO.licence_summary in told
    assert told.splitlines()[-1] == f"made is complete: {folder}"


# --- the way is bad ------------------------------------------------------------------------------------------------


def test_an_interrupted_download_goes_on(hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hub.faults.cut_after = [1_000_000]
    assert run(FETCH) == ExitCode.DOWNLOAD_FAILED
    assert _failure(capfd).code == ExitCode.DOWNLOAD_FAILED
    part = folder / (BIG_PATH + ".part")
    here = part.stat().st_size
    assert 0 < here <= 1_000_000 and part.read_bytes() == BIG[:here]
    assert not (folder / BIG_PATH).exists()
    entry = _entry(capfd)
    assert not entry.installed and entry.bytes_here == here + len(CONTENTS["net/config.json"])

    hub.asked.clear()
    assert run(FETCH) == 0
    assert [asked.range for asked in hub.of("storage")] == [f"bytes={here}-"]
    first = next(event for event in _events(capfd) if isinstance(event, Download) and event.file == BIG_PATH)
    assert first.bytes_done >= here
    assert _files(folder) == CONTENTS


def test_a_broken_connection_is_taken_up_at_once(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "PAUSES", (0.0,))  # enough for many breaks: bytes came in between
    hub.faults.cut_after = [500_000, 500_000, 500_000]
    assert run(FETCH) == 0
    ranges = [asked.range for asked in hub.of("storage")]
    assert len(ranges) == 4 and ranges[0] is None and None not in ranges[1:]
    assert _files(folder) == CONTENTS


def test_a_busy_hub_is_asked_again(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "PAUSES", (0.0, 0.0))
    hub.faults.statuses = [(503, ""), (429, "")]
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS


def test_a_storage_that_forgot_the_address_is_asked_through_the_hub_again(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.faults.storage_statuses = [403]
    assert run(FETCH) == ExitCode.DOWNLOAD_FAILED
    assert "403" in _failure(capfd).message
    monkeypatch.setattr(hub_module, "PAUSES", (0.0,))
    hub.faults.storage_statuses = [403]
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS


def test_a_server_that_knows_no_ranges(hub: Hub, folder: Path) -> None:
    hub.faults.cut_after = [1_000_000]
    assert run(FETCH) == ExitCode.DOWNLOAD_FAILED
    hub.faults.ignore_range = True
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS


def test_a_part_that_is_longer_than_the_file(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "PAUSES", (0.0,))
    (folder / "net").mkdir(parents=True)
    (folder / (BIG_PATH + ".part")).write_bytes(BIG + b"more")
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS


@pytest.mark.skipif(sys.platform == "win32", reason="signals to another program are POSIX's")
@pytest.mark.parametrize("how", ["kill", "interrupt"])
def test_a_program_that_is_stopped_leaves_what_has_come(hub: Hub, folder: Path, how: str) -> None:
    hub.faults.hold_after = 1_000_000
    with program(FETCH, hub.url) as process:
        assert hub.held.wait(60)
        while not (folder / (BIG_PATH + ".part")).exists():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL if how == "kill" else signal.SIGINT)
        told, _ = process.communicate(timeout=60)
    if how == "interrupt":
        assert process.returncode == ExitCode.CANCELLED
        last = decode_event(told.splitlines()[-1])
        assert isinstance(last, Failed) and last.code == ExitCode.CANCELLED
    assert not (folder / BIG_PATH).exists() and BIG.startswith((folder / (BIG_PATH + ".part")).read_bytes())
    hub.faults.hold_after = None
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS


# --- the bytes are wrong -------------------------------------------------------------------------------------------


def test_corrupted_bytes_are_deleted_and_named(hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (digest,) = [digest for digest, content in hub.stored.items() if content == BIG]
    hub.stored[digest] = BIG[:-1] + bytes([BIG[-1] ^ 1])
    assert run(FETCH) == ExitCode.BAD_WEIGHTS
    assert BIG_PATH in _failure(capfd).message
    assert _files(folder) == {"net/config.json": CONTENTS["net/config.json"]}
    hub.stored[digest] = BIG
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS


def test_a_truncated_file_is_refused_before_it_comes(hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (digest,) = [digest for digest, content in hub.stored.items() if content == BIG]
    hub.stored[digest] = BIG[:-1]
    assert run(FETCH) == ExitCode.BAD_WEIGHTS
    told = _failure(capfd).message
    assert "has another" in told and str(len(BIG) - 1) in told
    assert _files(folder) == {"net/config.json": CONTENTS["net/config.json"]}


def test_another_file_at_the_hub_is_refused_before_it_comes(
    hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = BIG[::-1]
    (key,) = [key for key, content in HUB_FILES.items() if content == BIG]
    hub.files[key] = other
    hub.stored[hashlib.sha256(other).hexdigest()] = other
    assert run(FETCH) == ExitCode.BAD_WEIGHTS
    assert "has another" in _failure(capfd).message
    assert not (folder / (BIG_PATH + ".part")).exists()


def test_where_no_hash_is_known_the_hubs_own_counts(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry, "MODELS", known(without_hashes(INFO)))
    small = CONTENTS["other/small.json"]
    for content in (BIG, small):
        (digest,) = [digest for digest, stored in hub.stored.items() if stored == content]
        hub.stored[digest] = content[::-1]
        assert run(FETCH) == ExitCode.BAD_WEIGHTS
        assert "checksum" in _failure(capfd).message
        hub.stored[digest] = content
    assert run(FETCH) == 0
    assert _files(folder) == CONTENTS


# --- nobody may, or can --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [(401, "GatedRepo"), (403, "GatedRepo"), (401, ""), (403, "")])
def test_a_gated_repository_says_what_to_do(
    hub: Hub, status: int, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.faults.statuses = [(status, code)]
    assert run(FETCH) == ExitCode.DOWNLOAD_FAILED
    failure = _failure(capfd)
    assert "someone/made-model" in failure.message and str(status) in failure.message
    assert "https://huggingface.co/someone/made-model" in failure.hint and "HF_TOKEN" in failure.hint


def test_a_file_that_the_hub_does_not_have(hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    hub.files.clear()
    assert run(FETCH) == ExitCode.DOWNLOAD_FAILED
    assert "net/config.json" in _failure(capfd).message


def test_a_hub_that_is_not_there(hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    hub.__exit__()
    assert run(FETCH) == ExitCode.DOWNLOAD_FAILED
    assert hub.url in _failure(capfd).message


def test_a_second_download_of_the_same_model_waits_its_turn(
    hub: Hub, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder.parent.mkdir(parents=True)
    lock = JobLock(folder.parent / "made.lock")
    assert lock.acquire()
    assert run(FETCH) == ExitCode.JOB_BUSY
    assert "made" in _failure(capfd).message and hub.asked == []
    lock.release()
    assert run(FETCH) == 0


def test_a_disk_that_is_too_small_is_refused_before_the_download(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 3_000_000))
    assert run(FETCH) == ExitCode.DISK_FULL
    assert "MB" in _failure(capfd).message and hub.asked == []
    (folder / "net").mkdir()
    (folder / (BIG_PATH + ".part")).write_bytes(BIG[:2_000_000])  # that much less is needed
    assert run(FETCH) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="small file systems are made with Linux's own means")
def test_a_disk_that_fills_on_the_way(hub: Hub, tmp_path: Path) -> None:
    """Nothing is known of the files' sizes, so it starts; then the disk becomes larger, and it goes on."""
    disk = tmp_path / "disk"
    fetch = f"'{sys.executable}' -m tests.support.made_model unsized {' '.join(FETCH)}"
    script = (
        f"export ESTIMATE_DEPTH_HOME='{disk}' HF_ENDPOINT={hub.url} && cd '{Path.cwd()}' || exit 99\n"
        f"{fetch}; echo $? > '{tmp_path}/first'\n"
        f"mount -o remount,size=16m '{disk}' && {fetch}; echo $? > '{tmp_path}/second'\n"
        f"cp -r '{disk}/models/made' '{tmp_path}/copy'\n"
    )
    ended = in_own_mounts("size=2m", disk, ["sh", "-c", script])
    assert (tmp_path / "first").read_text().strip() == str(ExitCode.DISK_FULL.value), ended.stderr
    events = [event for line in ended.stdout.splitlines() if (event := decode_event(line))]
    (failure,) = [event for event in events if isinstance(event, Failed)]
    assert "disk is full" in failure.message and "fetch made" in failure.hint
    assert (tmp_path / "second").read_text().strip() == "0", ended.stderr
    *_, asked = hub.of("storage")
    assert asked.range and asked.range != "bytes=0-"
    assert _files(tmp_path / "copy") == CONTENTS


def test_a_place_that_cannot_be_written(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path / "file"))
    assert run(FETCH) == ExitCode.NOT_WRITABLE
    assert str(tmp_path / "file") in _failure(capfd).message and hub.asked == []


# --- the settings that others know ---------------------------------------------------------------------------------


def test_a_mirror(hub: Hub, folder: Path) -> None:
    with program(FETCH, hub.url + "/") as process:
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert _files(folder) == CONTENTS and len(hub.of("hub")) == len(CONTENTS)


def test_offline_mode_asks_for_nothing_and_touches_nothing(hub: Hub, folder: Path) -> None:
    with program(FETCH, hub.url, HF_HUB_OFFLINE="1") as process:
        told, _ = process.communicate(timeout=60)
    assert process.returncode == ExitCode.DOWNLOAD_FAILED
    failure = decode_event(told.splitlines()[-1])
    assert isinstance(failure, Failed) and "HF_HUB_OFFLINE" in failure.message and "--from" in failure.hint
    assert hub.asked == [] and not folder.parent.exists()


# --- from a folder -------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The model's files, in the published layout."""
    for path, content in CONTENTS.items():
        file = tmp_path / "copy" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "copy"


def test_a_folder_is_copied_and_needs_no_licence(hub: Hub, folder: Path, copy: Path) -> None:
    assert run(["models", "fetch", "made", "--from", str(copy), "--json"]) == 0
    assert _files(folder) == CONTENTS and _files(copy) == CONTENTS and hub.asked == []


def test_a_folder_with_other_bytes_is_refused(
    hub: Hub, folder: Path, copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (copy / BIG_PATH).write_bytes(BIG[::-1])
    assert run(["models", "fetch", "made", "--from", str(copy), "--json"]) == ExitCode.BAD_WEIGHTS
    assert BIG_PATH in _failure(capfd).message
    assert BIG_PATH not in _files(folder) and (copy / BIG_PATH).read_bytes() == BIG[::-1]


def test_a_folder_that_lacks_a_file_is_refused(
    hub: Hub, folder: Path, copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (copy / BIG_PATH).unlink()
    assert run(["models", "fetch", "made", "--from", str(copy), "--json"]) == ExitCode.MISSING_WEIGHTS
    assert BIG_PATH in _failure(capfd).message and not folder.exists()
