"""The two forms of a state stand for one another."""

from dataclasses import replace

import pytest

from gateway.domain.dialogue.first_form import from_first_form, with_first_form
from tests.unit.gateway.dialogue.builders import (
    ANA_OF_TWO,
    BEARD,
    CUT,
    ELEVEN,
    FRIDAY,
    NOBODY,
    OTHER,
    OWN,
    TEN,
    booked,
    booking,
    cancelling,
    changing,
    dialogue,
    restoring,
)
from turn import steps
from turn.meaning import Doubt, Item
from turn.model import NEW_CONVERSATION, BookingChoice, ConversationState, Offer, Slots
from turn.tasks import BOOK, CANCEL, CHANGE, NO_DIALOGUE, Dialogue, Task
from turn.vocabulary import TASKS, Intent

FIRST = ConversationState(
    active_intent=Intent.BOOK,
    slots=Slots(
        service_type="Corte de Cabello",
        preferred_date=FRIDAY,
        preferred_time="10:00",
        staff_name="Sofía",
        client_name="Ana",
        client_email="ana@test.com",
        client_phone="+5491155551234",
    ),
    next_services=("Barba",),
)
"""What a gateway of the first form left in the middle of a booking."""


def test_a_booking_of_the_first_form_goes_on() -> None:
    items = (Item("Corte de Cabello", ("Sofía",)), Item("Barba", ("Sofía",)))
    found = from_first_form(FIRST)
    assert found.tasks == (Task(BOOK, items, (FRIDAY,), ("10:00",)),)
    assert (found.name, found.email, found.phone) == ("Ana", "ana@test.com", "+5491155551234")


@pytest.mark.parametrize(("intent", "kind"), [(Intent.CANCEL, CANCEL), (Intent.RESCHEDULE, CHANGE)])
def test_an_appointment_of_the_first_form_is_the_target(intent: Intent, kind: str) -> None:
    state = ConversationState(active_intent=intent, slots=Slots(booking_id=OWN.id, preferred_date=FRIDAY))
    assert from_first_form(state).tasks == (Task(kind, days=(FRIDAY,), targets=(OWN.id,)),)


@pytest.mark.parametrize("intent", sorted(set(Intent) - TASKS))
def test_what_is_no_task_makes_none(intent: Intent) -> None:
    assert from_first_form(replace(FIRST, active_intent=intent)) == NO_DIALOGUE


def test_tasks_win_over_the_first_forms_fields() -> None:
    state = replace(FIRST, dialogue=dialogue(cancelling()))
    assert from_first_form(state) == dialogue(cancelling())


def test_a_dialogue_writes_the_first_forms_fields_too() -> None:
    task = booking(
        items=(Item("Corte de Cabello", ("Sofía",)), BEARD),
        days=(FRIDAY,),
        times=("10:00",),
        asked=steps.OFFER,
        offers=(TEN, ELEVEN),
    )
    state = with_first_form(NEW_CONVERSATION, dialogue(task, name="Ana", done=(booked(OTHER),)))
    slots = Slots("Corte de Cabello", FRIDAY, "10:00", "Sofía", "Ana")
    assert (state.active_intent, state.slots) == (Intent.BOOK, slots)
    assert (state.offers, state.asked_slot) == ((Offer(FRIDAY, "10:00"), Offer(FRIDAY, "11:00")), "preferred_date")
    assert (state.next_services, state.last_booking_id) == (("Barba",), OTHER.id)


@pytest.mark.parametrize(
    ("before", "slots"),
    [
        (dialogue(booking(days=("earliest",), times=("morning",))), Slots("Corte de Cabello")),
        (dialogue(booking(days=(FRIDAY,), chosen=ELEVEN)), Slots("Corte de Cabello", FRIDAY, "11:00")),
        (dialogue(booking(items=(Item("Barba", ("any",), days=(FRIDAY,)),))), Slots("Barba", FRIDAY)),
        (dialogue(booking(items=(Item("Barba", ("Carlos", "Sofía")),))), Slots("Barba")),
        (dialogue(cancelling()), Slots(booking_id=OWN.id)),
        (dialogue(Task(CANCEL, targets=(OWN.id, OTHER.id))), Slots()),
        (dialogue(email="ana@test.com", phone="+54"), Slots(client_email="ana@test.com", client_phone="+54")),
    ],
)
def test_only_what_is_one_value_is_a_slot(before: Dialogue, slots: Slots) -> None:
    assert with_first_form(NEW_CONVERSATION, before).slots == slots


BETWEEN = Doubt("items", "ambiguous", candidates=("Corte de Cabello", "Barba"))


def test_with_the_yes_the_name_is_asked_for_only_where_nobody_knows_it() -> None:
    front = booking(asked=steps.TAKE, offers=(TEN,))
    assert with_first_form(NEW_CONVERSATION, dialogue(front, name="Ana")).asked_slot == "confirm"


@pytest.mark.parametrize(
    ("front", "intent", "asked"),
    [
        (booking(asked=steps.SERVICE), Intent.BOOK, "service_type"),
        (booking(asked=steps.WHEN), Intent.BOOK, "preferred_date"),
        (booking(asked=steps.WHEN, offers=(TEN,)), Intent.BOOK, "preferred_date"),
        (booking(asked=steps.OFFER, offers=(TEN,)), Intent.BOOK, "preferred_time"),
        (booking(asked=steps.OFFER, offers=(TEN,), people=2), Intent.BOOK, "preferred_date"),
        (booking(asked=steps.TAKE, offers=(TEN,)), Intent.BOOK, "client_name"),
        (booking(asked=steps.NAME), Intent.BOOK, "client_name"),
        (booking(asked=steps.EMAIL_NEEDED), Intent.BOOK, "client_email"),
        (booking(asked=steps.DOUBT), Intent.BOOK, "confirm"),
        (booking(asked=steps.DOUBT, doubts=(BETWEEN,)), Intent.BOOK, "service_type"),
        (booking(asked=steps.STAFF), Intent.BOOK, "staff_name"),
        (changing(asked=steps.CHANGE_WHAT), Intent.RESCHEDULE, "preferred_date"),
        (restoring(), Intent.RESCHEDULE, ""),
        (cancelling(asked=steps.CONFIRM), Intent.CANCEL, "confirm"),
    ],
)
def test_what_was_asked_is_asked_in_the_first_form_too(front: Task, intent: Intent, asked: str) -> None:
    state = with_first_form(NEW_CONVERSATION, dialogue(front))
    assert (state.active_intent, state.asked_slot) == (intent, asked)


def test_the_appointments_between_which_to_choose_are_there_while_that_is_asked() -> None:
    asks = with_first_form(NEW_CONVERSATION, dialogue(Task(CANCEL, asked=steps.WHICH), customer=ANA_OF_TWO))
    both = [BookingChoice(one.id, one.day, one.time, one.service) for one in (OWN, OTHER)]
    assert (list(asks.booking_choices), asks.asked_slot) == (both, "booking_id")
    assert with_first_form(asks, dialogue(cancelling(), customer=ANA_OF_TWO)).booking_choices == ()


def test_without_a_task_no_intent_is_active_and_the_last_booking_stays() -> None:
    state = with_first_form(replace(FIRST, last_booking_id=OWN.id), dialogue(customer=NOBODY))
    assert (state.active_intent, state.slots, state.last_booking_id) == (Intent.UNSPECIFIED, Slots(), OWN.id)


def test_there_and_back_a_booking_is_what_it_was() -> None:
    task = Task(BOOK, (CUT, BEARD), (FRIDAY,), ("10:00",))
    state = with_first_form(NEW_CONVERSATION, Dialogue((task,), name="Ana"))
    assert from_first_form(replace(state, dialogue=NO_DIALOGUE)) == Dialogue((task,), name="Ana")
