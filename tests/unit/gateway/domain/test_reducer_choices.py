"""What a yes, a no, an ordinal or another wish means while something is offered, asked or waiting."""

from typing import Any

import pytest

from gateway.domain.reducer import reduce, settle
from gateway.domain.turn_types import Composed, PlanResult
from tests.unit.gateway.domain.test_reducer import (
    CANCEL,
    CANCELLING,
    CHOICES,
    CHOOSING,
    OFFERED,
    OFFERS,
    WRITES,
    done,
    read,
)
from turn.model import Action, ConversationState, Slots
from turn.vocabulary import Intent, PartOfDay, Polarity, Stage, Topic


@pytest.mark.parametrize(("text", "index"), [("la primera", 0), ("la segunda", 1), ("dale, la última", 2)])
def test_an_ordinal_takes_an_offer(text: str, index: int) -> None:
    heard = read(OFFERED, text, intent=Intent.OTHER)
    offer = OFFERS[index]
    assert heard.intent is Intent.BOOK
    assert (heard.slots.preferred_date, heard.slots.preferred_time) == (offer.date, offer.time)


def test_the_first_one_is_no_day_of_the_month() -> None:
    heard = read(OFFERED, "el primero que tengas", intent=Intent.BOOK, preferred_date="2026-04-01")
    assert (heard.slots.preferred_date, heard.slots.preferred_time) == ("2026-03-12", "10:00")
    later = read(OFFERED, "el primero de abril", intent=Intent.BOOK, preferred_date="2026-04-01")
    assert (later.slots.preferred_date, later.slots.preferred_time) == ("2026-04-01", None)


def test_a_plain_yes_takes_a_single_offer_only() -> None:
    single = ConversationState(Intent.BOOK, Slots(service_type="Barba"), offers=OFFERS[:1])
    assert read(single, "dale", polarity=Polarity.AFFIRM).slots.preferred_time == "10:00"
    assert read(OFFERED, "dale", polarity=Polarity.AFFIRM).slots.preferred_time is None


def test_a_time_offered_on_one_day_only_means_that_day() -> None:
    assert read(OFFERED, "a las 11", intent=Intent.BOOK, preferred_time="11:00").slots.preferred_date == "2026-03-12"
    assert read(OFFERED, "a las 10", intent=Intent.BOOK, preferred_time="10:00").slots.preferred_date is None
    friday = read(OFFERED, "el viernes", intent=Intent.BOOK, preferred_date="2026-03-13")
    assert friday.slots.preferred_time == "10:00"


@pytest.mark.parametrize(
    ("text", "said", "booking_id"),
    [
        ("el primero", {}, "PB-AAAAAA"),
        ("el del viernes", {"preferred_date": "2026-03-13"}, "PB-BBBBBB"),
        ("el del viernes", {}, "PB-BBBBBB"),
        ("o de sexta", {}, "PB-BBBBBB"),
        ("el 13", {}, "PB-BBBBBB"),
        ("el de las 10", {}, None),
        ("ninguno", {}, None),
        ("el de la barba", {"service_type": "Barba"}, "PB-AAAAAA"),
        ("PB-BBBBBB", {"booking_id": "PB-BBBBBB"}, "PB-BBBBBB"),
        ("el de las 10", {"preferred_time": "10:00"}, None),
    ],
)
def test_an_appointment_is_chosen(text: str, said: dict[str, str], booking_id: str | None) -> None:
    heard = read(CHOOSING, text, intent=Intent.CANCEL, **said)
    assert heard.slots.booking_id == booking_id
    if booking_id:
        assert heard.slots == Slots(booking_id=booking_id)


def test_the_appointments_found_become_choices() -> None:
    found = done("find_appointment_by_phone", appointments=[
        {"booking_id": "PB-AAAAAA", "date": "2026-03-12", "time": "10:00", "service_type": "Barba"},
        {"booking_id": "PB-BBBBBB", "date": "2026-03-13", "time": "10:00", "service_type": "Brushing"},
    ])  # fmt: skip
    heard = read(ConversationState(), intent=Intent.CANCEL)
    state = reduce(heard, PlanResult(missing=("booking_id",)), (found,), WRITES)
    assert (state.asked_slot, state.booking_choices) == ("booking_id", CHOICES)


def test_writes_that_need_a_yes_wait_and_nothing_else_does() -> None:
    heard = read(ConversationState(), intent=Intent.CANCEL)
    plan = PlanResult((Action("find_appointment_by_phone"), CANCEL), needs_confirmation=True)
    assert reduce(heard, plan, (), WRITES).pending == (CANCEL,)


@pytest.mark.parametrize("intent", [Intent.INFO_HOURS, Intent.CHITCHAT])
def test_a_write_outlives_a_question_only_when_the_reply_asks_for_it_again(intent: Intent) -> None:
    heard = read(CANCELLING, intent=intent)
    state = reduce(heard, PlanResult(), (), WRITES)
    assert (state.pending, state.active_intent) == ((CANCEL,), Intent.CANCEL)
    asked = settle(heard, state, (), Composed("… ¿Confirmás que cancele tu turno?", Stage.CANCELACION))
    assert asked.pending == (CANCEL,)
    assert read(asked, "si, cancelalo", intent=Intent.CANCEL, polarity=Polarity.AFFIRM).confirmed
    assert settle(heard, state, (), Composed("Le aviso a una persona.", Stage.INICIO)).pending == ()
    assert reduce(heard, PlanResult(missing=("booking_id",)), (), WRITES).pending == ()


MOVING = ConversationState(
    Intent.RESCHEDULE,
    Slots(preferred_date="2026-03-13"),
    pending=(Action("reschedule_appointment", {"booking_id": "PB-AAAAAA", "preferred_date": "2026-03-13"}),),
)


@pytest.mark.parametrize("polarity", list(Polarity))
@pytest.mark.parametrize("said", [{}, {"preferred_date": "2026-03-14", "preferred_time": "11:00"}])
def test_moving_instead_of_cancelling_is_about_the_same_appointment(polarity: Polarity, said: dict[str, str]) -> None:
    heard = read(CANCELLING, intent=Intent.RESCHEDULE, polarity=polarity, **said)
    assert (heard.intent, heard.confirmed, heard.state.pending) == (Intent.RESCHEDULE, False, ())
    assert heard.slots == Slots(booking_id="PB-AAAAAA", **said)


@pytest.mark.parametrize("polarity", list(Polarity))
@pytest.mark.parametrize("topic", [Topic.UNSPECIFIED, Topic.ABANDON])
def test_cancelling_instead_of_moving_is_about_the_same_appointment(polarity: Polarity, topic: Topic) -> None:
    heard = read(MOVING, intent=Intent.CANCEL, polarity=polarity, topic=topic)
    assert (heard.intent, heard.topic, heard.confirmed) == (Intent.CANCEL, Topic.UNSPECIFIED, False)
    assert (heard.slots, heard.state.pending) == (Slots(booking_id="PB-AAAAAA"), ())


@pytest.mark.parametrize("intent", [Intent.OTHER, Intent.BOOK])
def test_no_and_another_day_means_a_move(intent: Intent) -> None:
    said: dict[str, Any] = {"intent": intent, "polarity": Polarity.DENY, "preferred_date": "2026-03-14"}
    heard = read(CANCELLING, "no, mejor el sábado", **said)
    assert (heard.intent, heard.slots) == (Intent.RESCHEDULE, Slots(None, "2026-03-14", booking_id="PB-AAAAAA"))
    corrected = read(MOVING, "no, mejor el sábado", **said)
    assert (corrected.intent, corrected.slots.preferred_date) == (Intent.RESCHEDULE, "2026-03-14")
    assert read(MOVING, **{**said, "intent": Intent.BOOK}, service_type="Barba").intent is Intent.BOOK


def test_no_and_the_day_of_another_appointment_looks_for_that_one() -> None:
    state = ConversationState(Intent.CANCEL, Slots(booking_id="PB-AAAAAA"), pending=(CANCEL,))
    heard = read(state, "no, cancelá el del viernes", intent=Intent.CANCEL, polarity=Polarity.DENY,
                 preferred_date="2026-03-13")  # fmt: skip
    assert (heard.intent, heard.slots) == (Intent.CANCEL, Slots(preferred_date="2026-03-13"))


@pytest.mark.parametrize(
    "extraction",
    [
        {"intent": Intent.INFO_PRICES},
        {"intent": Intent.BOOK},
        {"intent": Intent.OTHER, "topic": Topic.HUMAN},
        {"intent": Intent.CHITCHAT, "topic": Topic.COMPLAINT},
        {"intent": Intent.OTHER, "topic": Topic.MY_APPOINTMENT},
    ],
)
def test_a_yes_that_comes_with_something_else_runs_nothing(extraction: dict[str, Any]) -> None:
    assert not read(CANCELLING, polarity=Polarity.AFFIRM, **extraction).confirmed


def test_a_no_to_what_waits_is_the_other_reading() -> None:
    close: dict[str, Any] = {"confidence": 0.52, "alternatives": ((Intent.CANCEL, 0.48),)}
    said = {"preferred_date": "2026-03-18", "preferred_time": "11:00"}
    assert read(CANCELLING, intent=Intent.RESCHEDULE, polarity=Polarity.DENY, **close).intent is Intent.RESCHEDULE
    assert read(CANCELLING, intent=Intent.RESCHEDULE, **said, **close).intent is Intent.RESCHEDULE
    assert read(CANCELLING, intent=Intent.RESCHEDULE, **close).intent is Intent.CANCEL


def test_reserving_says_yes_to_a_move() -> None:
    assert read(MOVING, "dale, reservalo", intent=Intent.BOOK, polarity=Polarity.AFFIRM).confirmed


def test_another_part_of_the_day_takes_the_time_back() -> None:
    known = ConversationState(Intent.BOOK, Slots("Barba", "2026-03-12", "11:00"), asked_slot="preferred_time")
    afternoon = read(known, "y el viernes a la tarde?", intent=Intent.BOOK, preferred_date="2026-03-13",
                     part_of_day=PartOfDay.AFTERNOON)  # fmt: skip
    assert afternoon.slots == Slots("Barba", "2026-03-13")
    assert read(known, intent=Intent.BOOK, part_of_day=PartOfDay.MORNING).slots.preferred_time == "11:00"


def test_no_to_the_only_one_who_does_it_ends_the_booking() -> None:
    state = ConversationState(Intent.BOOK, Slots(service_type="Barba"), asked_slot="staff_name")
    assert read(state, "no", polarity=Polarity.DENY).topic is Topic.ABANDON
    assert read(state, "dale", polarity=Polarity.AFFIRM).intent is Intent.BOOK


@pytest.mark.parametrize(
    ("stage", "topic", "intent"),
    [
        (Stage.DISPONIBILIDAD, Topic.UNSPECIFIED, Intent.BOOK),
        (Stage.DISPONIBILIDAD, Topic.THANKS, Intent.CHITCHAT),
        (Stage.INICIO, Topic.UNSPECIFIED, Intent.CHITCHAT),
    ],
)
def test_yes_begins_a_booking_only_where_a_time_was_just_offered_to_look_for(
    stage: Stage, topic: Topic, intent: Intent
) -> None:
    state = ConversationState(slots=Slots(service_type="Barba"), stage=stage)
    heard = read(state, "dale", intent=Intent.CHITCHAT, polarity=Polarity.AFFIRM, topic=topic)
    assert (heard.intent, heard.state.slots.service_type) == (intent, "Barba")
