"""How many labelled messages are read right. Floors sit a little below what is measured."""

import pytest

from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import labelled, message_of, score, workspace


@pytest.mark.parametrize(
    ("name", "intent", "slot_f1", "exact"),
    [("nlu_dev.jsonl", 0.97, 0.96, 0.92), ("own_messages.jsonl", 0.97, 0.96, 0.95)],
)
def test_most_messages_are_read_right(salon: Reader, name: str, intent: float, slot_f1: float, exact: float) -> None:
    result = score(salon, name)
    assert result.intent >= intent, result.wrong
    assert result.slot_f1 >= slot_f1, result.wrong
    assert result.exact >= exact, result.wrong


def test_rules_alone_still_read_most_messages_right() -> None:
    result = score(Reader(workspace(), rules_only=True), "nlu_dev.jsonl")
    assert result.intent >= 0.95, result.wrong
    assert result.slot_f1 >= 0.96, result.wrong


def test_own_messages_are_many_and_diverse() -> None:
    rows = labelled("own_messages.jsonl")
    assert len({row["text"] for row in rows}) >= 500
    assert len({row["group"] for row in rows}) >= 7
    assert {row["intent"] for row in rows} == {
        "greeting", "info_services", "info_prices", "info_hours", "book", "cancel", "reschedule", "chitchat", "other",
    }  # fmt: skip


def test_removed_slots_of_the_labels_are_found(salon: Reader) -> None:
    rows = [row for row in labelled("own_messages.jsonl") if "removed_slots" in row]
    assert rows
    for row in rows:
        assert salon.read(message_of(row)).removed_slots == tuple(row["removed_slots"]), row["id"]


def test_reading_a_message_twice_gives_the_same(salon: Reader) -> None:
    for row in labelled("own_messages.jsonl")[:60]:
        assert salon.read(message_of(row)) == salon.read(message_of(row))
