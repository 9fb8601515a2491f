"""What a model is sure of: the probability of a slot and its value decides whether a value that only it saw counts."""

import math
from datetime import UTC, datetime

import pytest

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.slm.confidence import slot_probability
from extractor.slm.model_reader import ModelReader, Sureness
from runtime.models.backend import Backend, Completion, Token
from tests.unit.extractor.scoring import workspace

HEAD, KEY, VALUE, END = '{"intent":"book","slots":{', '"service_type":"', "Barba", '"}}'
MESSAGE = MessageInContext("emprolijame eso de la cara", datetime(2026, 3, 11, 12, tzinfo=UTC))


def completion(key: float, value: float, end: float = 0.5) -> Completion:
    chances = zip((HEAD, KEY, VALUE, END), (0.99, key, value, end), strict=True)
    return Completion(HEAD + KEY + VALUE + END, tuple(Token(text.encode(), math.log(at)) for text, at in chances))


def test_a_slots_probability_is_that_of_its_key_and_its_value_alone() -> None:
    assert slot_probability(completion(0.9, 0.8), "service_type") == pytest.approx(0.72)
    assert slot_probability(completion(0.9, 0.8), "staff_name") == 0
    assert slot_probability(Completion(HEAD + KEY + VALUE + END), "service_type") == 0


@pytest.mark.parametrize(("key", "value", "kept"), [(0.95, 0.95, True), (0.85, 0.85, False), (0.99, 0.4, False)])
def test_a_value_that_only_the_model_saw_counts_when_it_is_sure(key: float, value: float, kept: bool) -> None:
    reader = Reader(workspace())
    model = ModelReader(workspace(), reader, Sureness())
    floor = reader.read(MESSAGE)
    assert "service_type" not in floor.slots
    reading = model.read(MESSAGE, completion(key, value), floor, Backend("slm", "http://127.0.0.1:1/v1", "m", 1.0))
    assert ("service_type" in reading.slots) == kept
