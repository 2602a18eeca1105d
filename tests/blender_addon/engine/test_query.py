# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.blender_addon.fakes import is_alive, wait_until

DIAGNOSIS = 'print(json.dumps({"engine_version": "1", "checks": [], "contract_version": 1}))'


@pytest.fixture
def query(part, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return part("query")


@pytest.fixture
def ask(part, query, fake):
    return lambda script, **more: query.Query(fake(script), ["doctor"], part("contract").Diagnosis, **more)


def leftovers(tmp_path):
    return list(tmp_path.glob("estimate-depth-*"))


def test_the_answer_comes_later_and_nothing_is_left(ask, tmp_path):
    asked = ask("time.sleep(0.3)\n" + DIAGNOSIS)
    assert not asked.poll() and asked.answer is None
    wait_until(asked.poll, lambda: None)
    assert asked.answer.engine_version == "1" and asked.error is None
    assert leftovers(tmp_path) == []


def test_what_a_library_prints_to_the_error_stream_does_not_spoil_the_answer(ask):
    assert ask('print("warning: slow disk", file=sys.stderr)\n' + DIAGNOSIS).wait().engine_version == "1"


def test_an_answer_followed_by_an_error_is_an_answer(ask):
    error = """print(json.dumps({"v": 1, "type": "error", "code": 40, "message": "No."})); sys.exit(40)"""
    assert ask(f"{DIAGNOSIS}\n{error}").wait().engine_version == "1"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('event = {"v": 1, "type": "error", "code": 10, "message": "It is empty.", "hint": "h"}\n'
         "print(json.dumps(event)); sys.exit(10)", "It is empty."),
        ('print("Something broke", file=sys.stderr); sys.exit(1)', "Something broke"),
        ("sys.exit(3)", "code 3"),
        ("os.kill(os.getpid(), 9)", "code -9"),
        ("print('hello')", "not valid JSON"),
        ("print('{}')", "engine_version"),
        ('print(json.dumps({"contract_version": 9}))', "contract version 9"),
    ],
)  # fmt: skip
def test_every_bad_answer_is_an_error_in_words(ask, part, tmp_path, script, said):
    with pytest.raises(part("contract").DepthError) as error:
        ask(script).wait()
    assert said in error.value.message
    assert leftovers(tmp_path) == []


def test_a_question_that_hangs_is_given_up(ask, part):
    with pytest.raises(part("contract").DepthError, match="did not answer"):
        ask("time.sleep(600)", timeout_seconds=0.2).wait()


def test_a_withdrawn_question_ends_its_process(ask, tmp_path):
    pid = tmp_path / "pid"
    asked = ask(f"Path({str(pid)!r}).write_text(str(os.getpid()))\ntime.sleep(600)")
    wait_until(lambda: pid.exists() and pid.read_text() != "", asked.poll)
    asked.cancel()
    assert asked.ended and not is_alive(int(pid.read_text())) and leftovers(tmp_path) == []


def test_a_missing_engine_is_an_error(query, part, tmp_path):
    asked = query.Query(tmp_path / "gone", ["doctor"], part("contract").Diagnosis)
    assert asked.ended and "Cannot start" in asked.error.message
