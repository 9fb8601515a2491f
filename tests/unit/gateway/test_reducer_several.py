"""Several services wanted at once are booked one after the other."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.reducer import Rules, hear, reduce
from gateway.state import Action, Intent, Observation, Polarity, Slots, Stage, State, Topic
from gateway.turn_types import Extraction, Heard, Plan
from tests.unit.gateway.test_reducer import WRITES, done

KNOWN = Slots("Corte", "2026-03-13", "10:00", "Sofía", "Ana", "ana@x.com")
BOOKING = State(Intent.BOOK, KNOWN, asked_slot="client_email", next_services=("Barba", "Manicura"))
BOOKED = done("book_appointment", booking_id="PB-AAAAAA")


def read(state: State, *, service: str | None = None, **said: Any) -> Heard:
    said = {"intent": Intent.BOOK, "slots": Slots(service_type=service), **said}
    return hear(state, Extraction(**said), "", Rules())


def after(heard: Heard, *seen: Observation) -> State:
    return reduce(heard, Plan(), seen, WRITES)


def test_the_first_is_booked_and_the_others_wait() -> None:
    heard = read(State(), service="Corte", more_services=("Barba",))
    assert (heard.slots.service_type, heard.state.next_services) == ("Corte", ("Barba",))


def test_once_one_is_booked_the_next_is_asked_for_on_that_day_for_that_person() -> None:
    state = after(read(BOOKING), BOOKED)
    assert state.slots == Slots("Barba", "2026-03-13", client_name="Ana", client_email="ana@x.com")
    assert (state.active_intent, state.asked_slot, state.next_services) == (
        Intent.BOOK,
        "preferred_time",
        ("Manicura",),
    )
    assert state.last_booking_id == "PB-AAAAAA"


def test_after_the_last_one_nothing_is_under_way() -> None:
    state = after(read(replace(BOOKING, next_services=())), BOOKED)
    assert state == State(last_booking_id="PB-AAAAAA")


def test_what_cannot_be_booked_keeps_the_others_waiting() -> None:
    state = reduce(read(BOOKING), Plan(missing=("preferred_time",)), (), WRITES)
    assert state.next_services == ("Barba", "Manicura")


@pytest.mark.parametrize("intent", [Intent.CANCEL, Intent.RESCHEDULE])
def test_another_task_forgets_them(intent: Intent) -> None:
    assert read(BOOKING, intent=intent).state.next_services == ()


def test_one_on_top_of_the_known_one_waits_and_does_not_replace_it() -> None:
    heard = read(replace(BOOKING, next_services=()), service="Barba", more_services=("Barba",))
    assert (heard.slots.service_type, heard.state.next_services) == ("Corte", ("Barba",))
    assert heard.said.service_type == "Corte"


def test_one_on_top_of_nothing_is_the_one_to_book() -> None:
    heard = read(State(), service="Barba", more_services=("Barba",))
    assert (heard.slots.service_type, heard.state.next_services) == ("Barba", ())


def test_one_that_comes_first_now_waits_no_longer() -> None:
    heard = read(BOOKING, service="Manicura")
    assert (heard.slots.service_type, heard.state.next_services) == ("Manicura", ("Barba",))


def test_a_yes_that_adds_one_is_still_a_yes() -> None:
    waiting = Action("book_appointment", {"service_type": "Corte"})
    state = replace(BOOKING, pending=(waiting,), next_services=())
    heard = read(state, service="Barba", more_services=("Barba",), polarity=Polarity.AFFIRM)
    assert (heard.confirmed, heard.state.next_services) == (True, ("Barba",))


def test_a_no_to_going_on_ends_it() -> None:
    asked = State(Intent.BOOK, Slots("Barba", "2026-03-13"), asked_slot="preferred_time", stage=Stage.RESERVA_HECHA)
    heard = read(asked, intent=Intent.CHITCHAT, polarity=Polarity.DENY)
    assert (heard.topic, heard.state.active_intent) == (Topic.ABANDON, Intent.UNSPECIFIED)
