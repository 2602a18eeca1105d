# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.blender_addon.fakes import wait_until


class Asked:
    """A question whose answer the test gives."""

    def __init__(self, key):
        self.key, self.answer, self.error, self.cancelled = key, None, None, False

    def poll(self):
        return self.answer is not None or self.error is not None

    def cancel(self):
        self.cancelled = True


@pytest.fixture
def questions(part, monkeypatch):
    module = part("questions")
    monkeypatch.setattr(module, "DEBOUNCE_SECONDS", 0.05)
    return module.Questions()


@pytest.fixture
def asked():
    return []


@pytest.fixture
def want(questions, asked):
    def want(key):
        def ask():
            asked.append(Asked(key))
            return asked[-1]

        return questions.want(key, ask)

    return want


def test_an_answer_comes_after_a_moment_and_is_kept(questions, want, asked):
    assert want("a") is None and questions.active
    wait_until(lambda: asked != [], questions.tick)
    assert want("a") is None
    asked[0].answer = "yes"
    questions.tick()
    assert want("a") == "yes" and not questions.active and questions.revision == 1
    assert len(asked) == 1


def test_while_a_setting_is_dragged_nothing_is_asked(questions, want, asked, part, monkeypatch):
    monkeypatch.setattr(part("questions"), "DEBOUNCE_SECONDS", 0.5)
    for key in range(20):
        want(key)
        questions.tick()
    assert asked == []
    wait_until(lambda: asked != [], questions.tick)
    assert [query.key for query in asked] == [19]


def test_a_question_that_is_not_wanted_any_more_is_withdrawn(questions, want, asked):
    want("old")
    wait_until(lambda: asked != [], questions.tick)
    want("new")
    wait_until(lambda: len(asked) == 2, questions.tick)
    assert asked[0].cancelled and asked[1].key == "new"


def test_redrawing_does_not_put_the_question_off(questions, want, asked):
    def redraw():
        want("a")
        questions.tick()

    wait_until(lambda: asked != [], redraw)


def test_an_error_is_an_answer_that_can_be_forgotten(questions, want, asked, part):
    contract = part("contract")
    want("a")
    wait_until(lambda: asked != [], questions.tick)
    asked[0].error = contract.DepthError(contract.ExitCode.BAD_INPUT, "It is empty.")
    questions.tick()
    assert want("a").message == "It is empty."
    questions.forget()
    assert want("a") is None and questions.active


def test_only_the_latest_answers_are_kept(questions, want, asked, part, monkeypatch):
    monkeypatch.setattr(part("questions"), "KEPT", 2)
    for number, key in enumerate("abc"):
        want(key)
        wait_until(lambda number=number: len(asked) > number, questions.tick)
        asked[number].answer = key.upper()
        questions.tick()
    assert (want("c"), want("b"), want("a")) == ("C", "B", None)


def test_a_question_that_cannot_be_asked_is_answered_with_the_reason(questions):
    def ask():
        raise OSError(28, "No space left on device", "/tmp")

    questions.want("a", ask)
    wait_until(lambda: questions.want("a", ask) is not None, questions.tick)
    assert "No space left on device" in questions.want("a", ask).message and not questions.active
