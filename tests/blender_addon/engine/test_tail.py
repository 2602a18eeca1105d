# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

PHASE = '{"v": 1, "type": "phase", "phase": "estimating"}\n'


@pytest.fixture
def tail(part):
    return part("tail")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def kinds(events):
    return [event.TYPE for event in events]


def test_a_missing_file_has_no_events(tail, path):
    assert tail.EventTail(path).read() == ([], True)


def test_each_event_is_given_once_and_a_line_only_when_it_is_whole(tail, path):
    reader = tail.EventTail(path)
    path.write_text(PHASE + PHASE[:20])
    assert kinds(reader.read()[0]) == ["phase"]
    assert reader.read() == ([], True)
    with path.open("a") as file:
        file.write(PHASE[20:])
    assert kinds(reader.read()[0]) == ["phase"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xfe\x00\n",
        b"Traceback (most recent call last):\n",
        b"[]\n",
        b"null\n",
        b'{"v": 2, "type": "phase"}\n',
        b'{"v": 1, "type": "phase", "phase": "dancing"}\n',
        b'{"v": 1, "type": "unheard of"}\n',
        b"\n\n",
        b"[" * 9999 + b"\n",
    ],
)
def test_garbage_between_events_is_passed_over(tail, path, garbage):
    path.write_bytes(PHASE.encode() + garbage + PHASE.encode())
    assert kinds(tail.EventTail(path).read()[0]) == ["phase", "phase"]


def test_a_flood_comes_in_portions(tail, path):
    count = 20_000
    path.write_text(PHASE * count)
    reader, seen, reads, at_end = tail.EventTail(path), 0, 0, False
    while not at_end:
        events, at_end = reader.read()
        assert len(events) * len(PHASE) <= 2 * tail.CHUNK_BYTES
        seen, reads = seen + len(events), reads + 1
    assert seen == count and reads > 2


def test_an_endless_line_does_not_fill_the_memory(tail, path):
    path.write_bytes(b"x" * (4 * tail.LONGEST_LINE_BYTES))
    reader = tail.EventTail(path)
    while not reader.read()[1]:
        assert len(reader._partial) <= tail.LONGEST_LINE_BYTES
    with path.open("a") as file:
        file.write("\n" + PHASE)
    assert kinds(reader.read()[0]) == ["phase"]


def test_a_file_that_was_started_anew_is_read_from_its_beginning(tail, path):
    reader = tail.EventTail(path)
    path.write_text(PHASE * 3)
    reader.read()
    path.write_text(PHASE)
    assert kinds(reader.read()[0]) == ["phase"]
