"""A meaning, and what was known before it, arrive as they were sent."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulpo.common.v1 import reading_pb2
from tests.unit.turn.strategies import meanings, texts
from turn import reading_converters as converters
from turn.meaning import Done, Known, KnownAppointment, Meaning, OfferedTime
from turn.vocabulary import ActKind, HowGiven, Subject

knowns = st.builds(
    Known,
    st.lists(st.builds(OfferedTime, texts, texts, texts, texts), max_size=3).map(tuple),
    st.lists(st.builds(KnownAppointment, texts, texts, texts, texts, texts, texts), max_size=3).map(tuple),
    st.lists(st.builds(Done, st.sampled_from(["book", "change", "cancel"]), texts, texts, texts), max_size=3).map(
        tuple
    ),
)


@given(meanings)
def test_a_meaning_arrives_as_it_was_sent(meaning: Meaning) -> None:
    assert converters.meaning_from(converters.meaning_to(meaning)) == meaning


@given(knowns)
def test_what_was_known_arrives_as_it_was_sent(known: Known) -> None:
    offers = map(converters.offered_time_to, known.offers)
    appointments = map(converters.own_appointment_to, known.appointments)
    assert converters.known_from(offers, appointments, map(converters.done_write_to, known.done)) == known


@pytest.mark.parametrize("word", [*ActKind, *Subject, *HowGiven])
def test_a_word_arrives_as_it_was_sent(word: StrEnum) -> None:
    by_kind: dict[type[StrEnum], tuple[Any, Any]] = {
        ActKind: (converters.act_kind_to, converters.act_kind_from),
        Subject: (converters.subject_to, converters.subject_from),
        HowGiven: (converters.how_given_to, converters.how_given_from),
    }
    to, back = by_kind[type(word)]
    assert back(to(word)) is word


def test_acts_and_subjects_of_a_newer_contract_are_left_out() -> None:
    newer = reading_pb2.Reading(acts=[reading_pb2.Act(kind=99)], subjects=[99])  # type: ignore[arg-type, list-item]
    assert converters.meaning_from(newer) == Meaning()


def test_what_customers_write_is_redacted_in_every_message() -> None:
    personal = {
        "Item": {"who"},
        "GivenDatum": {"value"},
        "Doubt": {"candidates"},
        "Reading": {"refers_to"},
        "OwnAppointment": {"booking_id", "name", "person"},
        "DoneWrite": {"booking_id"},
    }
    for name, message in reading_pb2.DESCRIPTOR.message_types_by_name.items():
        redacted = {field.name for field in message.fields if field.GetOptions().debug_redact}
        assert redacted == personal.get(name, set()), name
