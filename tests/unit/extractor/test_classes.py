"""Messages by class of difficulty, each read wholly right, and a second business read as well as the first."""

from collections.abc import Mapping
from typing import Any

import pytest

from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import labelled, message_of, right_intent, wrong_slots

CLASSES = labelled("class_messages.jsonl")
VET = labelled("vet_messages.jsonl")


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['group']}-{row['id']}"


def _check(reader: Reader, row: Mapping[str, Any]) -> None:
    reading = reader.read(message_of(row))
    assert not list(wrong_slots(row, reading)), row["text"]
    assert right_intent(row, reading), (row["text"], reading.intent)


@pytest.mark.parametrize("row", CLASSES, ids=_name)
def test_a_message_of_a_difficult_class_is_read_right(salon: Reader, row: dict[str, Any]) -> None:
    _check(salon, row)


@pytest.mark.parametrize("row", VET, ids=_name)
def test_a_message_to_another_business_is_read_right(vet: Reader, row: dict[str, Any]) -> None:
    _check(vet, row)


def test_another_business_has_messages_enough() -> None:
    assert len({row["text"] for row in VET}) >= 40
    assert len({row["intent"] for row in VET}) == 9
