from collections.abc import Mapping
from datetime import datetime

import pytest

from cli.evaluation.figures import (
    MessagePrediction,
    Pair,
    Score,
    calibration_error,
    confusions,
    intent_is_right,
    is_exact,
    reliability,
    share,
    slot_counts,
    slot_scores,
    worst,
)
from cli.evaluation.labelled_file import Labelled

WHEN = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
NONE: Mapping[str, str] = {}


def truth(
    intent: str = "book",
    slots: Mapping[str, str] = NONE,
    also: Mapping[str, tuple[str | None, ...]] | None = None,
    also_ok: tuple[str, ...] = (),
    name: str = "t",
) -> Labelled:
    return Labelled(
        id=name, group="g", text="x", reference_time=WHEN, intent=intent, also_ok=also_ok, slots=slots,
        slots_also_ok=also or {},
    )  # fmt: skip


def answer(intent: str = "book", slots: Mapping[str, str] = NONE, confidence: float = 0.9) -> MessagePrediction:
    return MessagePrediction(intent, slots, confidence, 1.0)


def test_another_accepted_intent_counts_as_right() -> None:
    assert intent_is_right(truth("other", also_ok=("chitchat",)), answer("chitchat"))
    assert not intent_is_right(truth("other", also_ok=("chitchat",)), answer("book"))


@pytest.mark.parametrize(
    ("wanted", "also", "found", "expected"),
    [
        ("10:00", (), "10:00", (1, 1, 1)),
        ("10:00", (), "11:00", (0, 1, 1)),
        ("10:00", (), None, (0, 0, 1)),
        (None, (), "10:00", (0, 1, 0)),
        (None, (), None, (0, 0, 0)),
        ("10:00", ("11:00",), "11:00", (1, 1, 1)),
        ("10:00", (None,), None, (0, 0, 0)),
        ("10:00", (None,), "12:00", (0, 1, 0)),
        (None, ("09:00",), "09:00", (1, 1, 1)),
        (None, ("09:00",), None, (0, 0, 0)),
        (None, ("09:00",), "08:00", (0, 1, 0)),
    ],
)
def test_counts_of_one_slot(
    wanted: str | None, also: tuple[str | None, ...], found: str | None, expected: tuple[int, int, int]
) -> None:
    slots = {"preferred_time": wanted} if wanted else {}
    got = {"preferred_time": found} if found else {}
    assert slot_counts(truth(slots=slots, also={"preferred_time": also}), answer(slots=got), "preferred_time") == Score(
        *expected
    )


def test_names_are_compared_without_case_and_accents_and_nothing_else_is() -> None:
    pair = truth(slots={"client_name": "María Núñez", "staff_name": "María"})
    got = answer(slots={"client_name": "maria  nunez", "staff_name": "Maria"})
    assert slot_counts(*(pair, got), "client_name").right == 1
    assert slot_counts(*(pair, got), "staff_name").right == 0


def test_precision_recall_and_f1() -> None:
    score = Score(right=2, found=4, true=3)
    assert score.precision == 0.5
    assert score.recall == pytest.approx(2 / 3)
    assert score.f1 == pytest.approx(4 / 7)
    assert Score(0, 0, 0).f1 == Score(0, 0, 0).precision == Score(0, 0, 0).recall == 1.0
    assert Score(0, 2, 0).f1 == 0.0


def test_micro_adds_the_slots_up() -> None:
    pairs: list[Pair] = [
        (truth(slots={"preferred_time": "10:00"}), answer(slots={"preferred_time": "10:00", "staff_name": "Ana"})),
        (truth(slots={"staff_name": "Ana"}), answer()),
    ]
    scores = slot_scores(pairs)
    assert scores["micro"] == Score(right=1, found=2, true=2)
    assert scores["preferred_time"].f1 == 1.0


def test_a_message_is_exact_only_with_intent_and_every_slot() -> None:
    full = truth(slots={"preferred_time": "10:00"})
    assert is_exact(full, answer(slots={"preferred_time": "10:00"}))
    assert not is_exact(full, answer("cancel", {"preferred_time": "10:00"}))
    assert not is_exact(full, answer(slots={"preferred_time": "10:00", "staff_name": "Ana"}))
    assert not is_exact(full, answer())


def test_confusions_keep_accepted_answers_on_the_diagonal() -> None:
    pairs = [
        (truth("other", also_ok=("chitchat",)), answer("chitchat")),
        (truth("other"), answer("book")),
        (truth("book"), answer("book")),
    ]
    assert confusions(pairs) == {"book": {"book": 1}, "other": {"other": 1, "book": 1}}


def test_calibration_of_a_reader_that_is_too_sure() -> None:
    pairs = [(truth(), answer("book" if at < 6 else "cancel", confidence=0.95)) for at in range(10)]
    rows = reliability(pairs)
    assert [(row.count, row.accuracy) for row in rows] == [(10, 0.6)]
    assert calibration_error(rows) == pytest.approx(0.35)


def test_calibration_of_an_honest_reader_is_perfect() -> None:
    pairs = [(truth(), answer("book" if at < 3 else "cancel", confidence=0.75)) for at in range(4)]
    assert calibration_error(reliability(pairs)) == pytest.approx(0.0)


def test_confidence_at_the_ends_falls_into_the_first_and_last_bin() -> None:
    rows = reliability([(truth(), answer(confidence=1.0)), (truth(), answer(confidence=0.0))])
    assert [(row.low, row.count) for row in rows] == [(0.0, 1), (0.9, 1)]


def test_nothing_measured_is_no_error() -> None:
    assert share([], intent_is_right) == 0.0
    assert calibration_error([]) == 0.0


def test_the_worst_are_the_surest_wrong_intents_then_wrong_slots() -> None:
    pairs = [
        (truth(name="slot", slots={"preferred_time": "10:00"}), answer(confidence=0.99)),
        (truth(name="unsure"), answer("cancel", confidence=0.3)),
        (truth(name="right"), answer(confidence=1.0)),
        (truth(name="sure"), answer("cancel", confidence=0.8)),
    ]
    assert [each.id for each, _ in worst(pairs, 10)] == ["sure", "unsure", "slot"]
    assert len(worst(pairs, 1)) == 1
