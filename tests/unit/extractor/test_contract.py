"""extractor_v1.json, and readings of arbitrary text held against it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from extractor.reading.message import INTENTS, MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.schema_validation import SCHEMA, ExtractorContract, as_document
from extractor.text.normalised import HEAD, TAIL, view
from tests.intents import OF_CONTRACT
from tests.unit.extractor.scoring import labelled, message_of, workspace
from turn.model import SLOT_NAMES

SALON, VET = workspace(), workspace("veterinaria-cordillera")
CONTRACT = ExtractorContract()
NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
WORDS = [
    "hola", "quiero", "turno", "uñas", "mañana", "lunes", "el", "a", "las", "3", "15:30", "16/10", "no", "mejor", "con",
    "soy", "Ana", "@", "gmail.com", "arroba", "punto", "pb-", "A1B2C3", "11", "5555", "1234", "y", "media", "de", "la",
    "cancelar", "cambiar", "cuanto", "?", "!", ",", ".", "perdón", "digo", "\u202e", "ñ", "\u0301", "٣", "💇", "ﷺ",
    "\x00",
    "carlos", "tarde", "º",
]  # fmt: skip
HOSTILE = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
    st.text(st.characters(categories=("Cc", "Cf", "Mn", "So", "Nd", "No", "Lo")), max_size=120),
)


def test_the_schema_is_itself_valid_and_closed() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].endswith("extractor_v1.json")
    assert SCHEMA["additionalProperties"] is False
    assert SCHEMA["properties"]["slots"]["additionalProperties"] is False
    assert set(SCHEMA["properties"]["slots"]["properties"]) == set(SLOT_NAMES)
    assert tuple(SCHEMA["properties"]["intent"]["enum"]) == INTENTS == OF_CONTRACT


@settings(max_examples=150)
@given(HOSTILE, st.sampled_from([None, *SLOT_NAMES]), st.sampled_from([None, *INTENTS]))
def test_every_reading_of_any_text_keeps_the_contract(text: str, asked: str | None, active: str | None) -> None:
    for business, reader in READERS.items():
        reading = reader.read(MessageInContext(text, NOW, asked, active))
        assert CONTRACT.problems(as_document(reading), business_of(business)) == []
        assert CONTRACT.kept(reading, business_of(business)) is reading


READERS = {business.id: Reader(business) for business in (SALON, VET)}


def business_of(name: str) -> Any:
    return SALON if name == SALON.id else VET


def test_every_labelled_message_keeps_the_contract() -> None:
    for row in labelled("nlu_dev.jsonl"):
        reading = READERS[SALON.id].read(message_of(row))
        assert CONTRACT.problems(as_document(reading), SALON) == [], row["id"]


def good() -> dict[str, Any]:
    slots = {"service_type": "Manicura", "preferred_date": "2026-03-12", "preferred_time": "09:00",
    "staff_name": "Lucía",
             "client_name": "Ana", "client_email": "a@b.com", "client_phone": "+5491155551234",
             "booking_id": "PB-A1B2C3"}  # fmt: skip
    return {"intent": "book", "slots": slots, "confidence": 0.9}


def test_a_full_document_is_accepted_and_nulls_too() -> None:
    assert CONTRACT.problems(good(), SALON) == []
    assert CONTRACT.problems({**good(), "slots": dict.fromkeys(SLOT_NAMES)}, SALON) == []


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("service_type", "Depilación"), ("staff_name", "Pedro"), ("preferred_date", "12/03/2026"),
        ("preferred_date", "2026-13-01"),
        ("preferred_time", "25:00"), ("preferred_time", "9:00"), ("client_phone", "1155551234"), ("client_email",
        "a b@c.com"),
        ("booking_id", "PB-abc"), ("client_name", ""), ("color", "rojo"),
    ],
)  # fmt: skip
def test_a_bad_slot_is_refused_and_left_out(slot: str, value: str) -> None:
    document = good()
    document["slots"][slot] = value
    assert CONTRACT.problems(document, SALON)
    kept = CONTRACT.kept(Reading("book", document["slots"], confidence=0.5), SALON)
    if slot in SLOT_NAMES:
        assert set(document["slots"]) - set(kept.slots) == {slot}


@pytest.mark.parametrize("change", [{"intent": "pay"}, {"confidence": 1.5}, {"extra": 1}, {"slots": []}])
def test_a_bad_document_is_refused(change: dict[str, Any]) -> None:
    assert CONTRACT.problems({**good(), **change}, SALON)


def test_names_of_one_business_are_refused_for_another() -> None:
    assert CONTRACT.problems(good(), VET)


@given(st.text(max_size=5000))
def test_what_is_read_of_a_long_text_is_bounded(text: str) -> None:
    seen = view(text)
    assert len(seen.raw) <= HEAD + TAIL + 1 or not text.isascii()
    assert len(seen.raw) <= HEAD + TAIL + 1


@given(st.text(max_size=300))
def test_tokens_point_into_the_text_and_the_line(text: str) -> None:
    seen = view(text)
    for token in seen.tokens:
        assert 0 <= token.start < token.end <= len(seen.raw)
        assert seen.line[token.at : token.at + len(token.text)] == token.text
    assert [token.index for token in seen.tokens] == list(range(len(seen.tokens)))
