"""A meaning, and what was known before it, arrive as they were sent."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulpo.common.v1 import reading_pb2
from turn import reading_converters as converters
from turn.meaning import (
    ACTS,
    SUBJECTS,
    Act,
    Done,
    Doubt,
    GivenDatum,
    Item,
    Known,
    KnownAppointment,
    Meaning,
    OfferedTime,
    People,
)
from turn.vocabulary import ActKind, HowGiven, Subject

texts = st.text(st.characters(codec="utf-8"), max_size=8)
lists = st.lists(texts, max_size=3).map(tuple)
places = st.integers(0, 4096)
items = st.builds(Item, texts, lists, lists, texts, lists, lists)
hows = st.sampled_from([how.value for how in HowGiven])
meanings = st.builds(
    Meaning,
    acts=st.lists(st.builds(Act, st.sampled_from(ACTS), places, places), max_size=3).map(tuple),
    days=lists,
    times=lists,
    items=st.lists(items, max_size=2).map(tuple),
    people=st.none() | st.builds(People, st.integers(1, 9), st.booleans()),
    refers_to=lists,
    subjects=st.lists(st.sampled_from(SUBJECTS), max_size=2).map(tuple),
    data=st.lists(st.builds(GivenDatum, texts, texts, hows), max_size=2).map(tuple),
    unread=st.lists(st.tuples(places, places), max_size=2).map(tuple),
    doubts=st.lists(st.builds(Doubt, texts, texts, places, places, lists), max_size=2).map(tuple),
)
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
        "OwnAppointment": {"booking_id", "name"},
        "DoneWrite": {"booking_id"},
    }
    for name, message in reading_pb2.DESCRIPTOR.message_types_by_name.items():
        redacted = {field.name for field in message.fields if field.GetOptions().debug_redact}
        assert redacted == personal.get(name, set()), name
