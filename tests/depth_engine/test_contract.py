# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract that both sides share: what is written is read back, and what is wrong is named."""

from __future__ import annotations

import ast
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from depth_engine import contract
from depth_engine.contract import (
    DepthError,
    Event,
    ExitCode,
    FrameRecord,
    ImagesSource,
    Job,
    JobFolder,
    JobLock,
    Manifest,
    ModelFacts,
    MovieSource,
    Options,
    Plan,
    Problem,
    Sequence,
    ShotRange,
    SourceFacts,
    decode_event,
    encode_event,
    from_json,
    load,
    to_json,
)

FACTS = SourceFacts(1920, 1080, 48, "24000/1001", 2.002, True, 0.0, 90, "64/45", "h264", False)
MODEL = ModelFacts("embedded", "Embedded", "disparity", "Apache-2.0", True, "abc", "cpu", "bf16")
SEQUENCE = Sequence("depth/clip.######.exr", 1920, 1080)
MANIFEST = Manifest(
    name="clip",
    engine_version="1.2.3",
    source=ImagesSource("/footage", ("a.1001.exr", "a.1002.exr")),
    facts=FACTS,
    options=Options(frames=(1, 2), format=("exr32", "npz")),
    model=MODEL,
    frames=(FrameRecord(1, 1001, 0.0, "a.1001.exr"), FrameRecord(2, 1002, 1 / 24, "a.1002.exr")),
    shots=(ShotRange(1, 2, -0.25, 1e-30, 0.1, 0.9),),
    depth={"exr32": SEQUENCE},
    proxy_depth=SEQUENCE,
    proxy_color=SEQUENCE,
    preview=None,
    npz=("npz/clip.000001-000002.npz",),
    warnings=("Ünïcode — “quotes”",),
    seconds=12.5,
)
PLAN = Plan(
    FACTS, MODEL, 2, 1, 2, 1, 518, 294, 1920, 1080, 3.5, False, 1, 2, 3, 4, (Problem(40, "Full.", "Free some."),)
)
JOBS = (Job(MovieSource("/clip.mov"), "clip"), Job(ImagesSource("/d", ("1.png",), "25"), "clip", Options(fps="12.5")))


@pytest.mark.parametrize("value", [MANIFEST, PLAN, *JOBS], ids=lambda value: type(value).__name__)
def test_what_is_written_is_read_back(value: Any):
    assert load(type(value), to_json(value), "it") == value


@pytest.mark.parametrize("kind", contract.EVENTS.values(), ids=lambda kind: kind.TYPE)
def test_every_event_survives_its_line(kind: type[Event]):
    examples = {"str": "text", "int": 7, "int | None": 8, "float": 1.5, "Phase": "estimating", "float | None": None}
    values = {field.name: examples[str(field.type)] for field in dataclasses.fields(kind)}
    event = kind(**values)
    line = encode_event(event)
    assert "\n" not in line and decode_event(line) == event


@pytest.mark.parametrize(
    "line",
    [
        "",
        "garbage",
        "{",
        "[]",
        "7",
        "null",
        '{"v": 1}',
        '{"v": 1, "type": "nonsense"}',
        '{"v": 1, "type": ["done"]}',
        '{"v": 2, "type": "phase", "phase": "loading"}',
        '{"v": 1, "type": "phase", "phase": "dancing"}',
        '{"v": 1, "type": "cancelled", "frames_done": "3"}',
        '{"v": 1, "type": "cancelled", "frames_do',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_event_is_passed_over(line: str):
    assert decode_event(line) is None


def test_garbage_between_events_does_not_hide_them(tmp_path: Path):
    folder = JobFolder(tmp_path)
    event = contract.Cancelled(3)
    folder.events_file.write_bytes(b"\xff\xfe\x00\n" + encode_event(event).encode() + b"\nstray output\n{\n")
    assert list(folder.read_events()) == [event]


def _plain(value: object) -> dict[str, Any]:
    return json.loads(json.dumps(dataclasses.asdict(value)))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("facts", "width"), "1920", "manifest.facts.width"),
        (("facts", "width"), True, "manifest.facts.width"),
        (("facts", "constant_rate"), 1, "manifest.facts.constant_rate"),
        (("frames", 1, "seconds"), "soon", "manifest.frames[1].seconds"),
        (("shots", 0), [1, 2], "manifest.shots[0]"),
        (("depth", "exr32"), None, "manifest.depth.exr32"),
        (("options", "precision"), "fp8", "manifest.options.precision"),
        (("source", "type"), "tape", "manifest.source.type"),
        (("npz",), {}, "manifest.npz"),
    ],
)
def test_a_wrong_value_is_named_where_it_is(path: tuple[str | int, ...], value: object, named: str):
    data = _plain(MANIFEST)
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(DepthError) as caught:
        from_json(Manifest, data, "manifest")
    assert caught.value.code is ExitCode.BAD_JOB and named in caught.value.message


def test_missing_and_unknown_fields_are_named():
    data = _plain(MANIFEST)
    del data["facts"]["rate"]
    with pytest.raises(DepthError, match=r"manifest\.facts lacks the field 'rate'"):
        from_json(Manifest, data, "manifest")
    data = {**_plain(MANIFEST), "surprise": 1}
    with pytest.raises(DepthError, match="unknown field 'surprise'"):
        from_json(Manifest, data, "manifest")


def test_another_contract_version_is_told_apart_from_damage():
    data = {**_plain(MANIFEST), "contract_version": contract.CONTRACT_VERSION + 1, "new_in_that_version": True}
    with pytest.raises(DepthError) as caught:
        load(Manifest, json.dumps(data), "manifest.json")
    assert caught.value.code is ExitCode.CONTRACT_MISMATCH


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "a\\b", "/root", "C:clip", "", ".", "..", ".hidden", "x" * 200, "a\nb"]
)
def test_a_job_s_name_cannot_lead_out_of_its_folder(name: str):
    with pytest.raises(DepthError) as caught:
        Job(MovieSource("/clip.mov"), name)
    assert caught.value.code is ExitCode.BAD_JOB
    safe = contract.clip_name(name)
    assert Job(MovieSource("/clip.mov"), safe).name == safe
    assert Path(safe).name == safe


def test_file_numbers_replace_the_hashes_only():
    assert SEQUENCE.file(42) == "depth/clip.000042.exr"
    assert SEQUENCE.file(12_345_678) == "depth/clip.12345678.exr"


def test_a_lock_is_held_by_one_and_goes_with_its_process(tmp_path: Path):
    folder = JobFolder(tmp_path)
    script = (
        "import sys; from pathlib import Path; from depth_engine.contract import JobLock\n"
        "lock = JobLock(Path(sys.argv[1])); assert lock.acquire(); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(folder.lock_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        assert folder.is_running() and not JobLock(folder.lock_file).acquire()
        holder.kill()
    assert not folder.is_running()
    lock = JobLock(folder.lock_file)
    assert lock.acquire() and folder.is_running()
    lock.release()
    assert not folder.is_running()


def test_text_is_replaced_whole(tmp_path: Path):
    contract.write_text(tmp_path / "a.json", "old")
    contract.write_text(tmp_path / "a.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "new")]


def test_both_sides_can_import_it_without_anything_installed():
    """The extension carries this one package: it may import the standard library and itself only."""
    for path in Path(contract.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, path
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [str(node.module)] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
                assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names), (path, names)
