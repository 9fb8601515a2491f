"""Several services wanted at once are booked one after the other."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.reducer import ReducerSettings, hear, reduce, settle
from gateway.domain.turn_types import Composed, Extraction, Heard, PlanResult
from tests.unit.gateway.domain.test_reducer import WRITES, done
from turn.model import Action, ConversationState, Observation, Slots
from turn.vocabulary import Intent, Polarity, Stage, Status, Topic

KNOWN = Slots("Corte", "2026-03-13", "10:00", "Sofía", "Ana", "ana@x.com")
BOOKING = ConversationState(Intent.BOOK, KNOWN, asked_slot="client_email", next_services=("Barba", "Manicura"))
BOOKED = done("book_appointment", booking_id="PB-AAAAAA")


def read(state: ConversationState, *, service: str | None = None, **said: Any) -> Heard:
    said = {"intent": Intent.BOOK, "slots": Slots(service_type=service), **said}
    return hear(state, Extraction(**said), "", ReducerSettings())


def after(heard: Heard, *seen: Observation) -> ConversationState:
    return reduce(heard, PlanResult(), seen, WRITES)


def test_the_first_is_booked_and_the_others_wait() -> None:
    heard = read(ConversationState(), service="Corte", more_services=("Barba",))
    assert (heard.slots.service_type, heard.state.next_services) == ("Corte", ("Barba",))


@pytest.mark.parametrize(("most", "waiting"), [(1, ()), (2, ("Barba",)), (6, ("Barba", "Manicura", "Alisado"))])
def test_one_request_is_about_so_many_services_at_most(most: int, waiting: tuple[str, ...]) -> None:
    said = Extraction(Intent.BOOK, Slots(service_type="Corte"), more_services=("Barba", "Manicura"))
    once = hear(ConversationState(), said, "", ReducerSettings(most_services=most))
    more = hear(
        once.state, Extraction(Intent.BOOK, more_services=("Alisado",)), "", ReducerSettings(most_services=most)
    )
    assert more.state.next_services == waiting


def test_a_booking_refused_for_good_ends_the_task_and_forgets_the_others() -> None:
    """The agenda gives this customer no more: nothing is left to ask."""
    refused = Observation("book_appointment", Status.OK, {"ok": False, "reason": "TOO_MANY_OPEN"})
    assert after(read(BOOKING), refused) == ConversationState()


def test_once_one_is_booked_the_next_is_asked_for_on_that_day_for_that_person() -> None:
    state = after(read(BOOKING), BOOKED)
    assert state.slots == Slots("Barba", "2026-03-13", client_name="Ana", client_email="ana@x.com")
    assert (state.active_intent, state.asked_slot, state.next_services) == (
        Intent.BOOK,
        "preferred_time",
        ("Manicura",),
    )
    assert state.last_booking_id == "PB-AAAAAA"


def test_all_of_one_request_go_on_with_its_first_booking() -> None:
    second = after(read(BOOKING), BOOKED)
    assert (read(BOOKING).state.group_id, read(second).state.group_id) == ("", "PB-AAAAAA")
    aside = read(second, intent=Intent.INFO_PRICES).state
    third = after(read(aside, service="Barba"), done("book_appointment", booking_id="PB-BBBBBB"))
    assert (third.group_id, third.last_booking_id, third.next_services) == ("PB-AAAAAA", "PB-BBBBBB", ())
    assert after(read(third), done("book_appointment", booking_id="PB-CCCCCC")).group_id == ""


def test_after_the_last_one_nothing_is_under_way() -> None:
    state = after(read(replace(BOOKING, next_services=())), BOOKED)
    assert state == ConversationState(last_booking_id="PB-AAAAAA")


def test_what_cannot_be_booked_keeps_the_others_waiting() -> None:
    state = reduce(read(BOOKING), PlanResult(missing=("preferred_time",)), (), WRITES)
    assert state.next_services == ("Barba", "Manicura")


@pytest.mark.parametrize("intent", [Intent.CANCEL, Intent.RESCHEDULE])
def test_another_task_forgets_them(intent: Intent) -> None:
    state = read(replace(BOOKING, group_id="PB-AAAAAA"), intent=intent).state
    assert (state.next_services, state.group_id) == ((), "")


def test_one_on_top_of_the_known_one_waits_and_does_not_replace_it() -> None:
    heard = read(replace(BOOKING, next_services=()), service="Barba", more_services=("Barba",))
    assert (heard.slots.service_type, heard.state.next_services) == ("Corte", ("Barba",))
    assert heard.said.service_type == "Corte"


def test_one_on_top_of_nothing_is_the_one_to_book() -> None:
    heard = read(ConversationState(), service="Barba", more_services=("Barba",))
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
    asked = ConversationState(
        Intent.BOOK, Slots("Barba", "2026-03-13"), asked_slot="preferred_time", stage=Stage.RESERVA_HECHA
    )
    heard = read(asked, intent=Intent.CHITCHAT, polarity=Polarity.DENY)
    assert (heard.topic, heard.state.active_intent) == (Topic.ABANDON, Intent.UNSPECIFIED)


def test_the_next_booking_keeps_its_service_when_the_plan_of_the_last_one_missed_one() -> None:
    """Found by the properties: what the plan missed was for the booking that is done."""
    heard = read(ConversationState(Intent.BOOK, next_services=("Barba",)))
    reduced = after(heard, BOOKED)
    settled = settle(heard, reduced, ("service_type",), Composed("Reservado. ¿Y la barba?", Stage.RESERVA_HECHA))
    assert (settled.active_intent, settled.slots.service_type) == (Intent.BOOK, "Barba")


def test_a_service_that_was_just_booked_does_not_wait_any_more() -> None:
    """Found by the properties: a waiting service that is asked for by name, in words of no task."""
    waiting = ConversationState(Intent.BOOK, next_services=("Barba", "Manicura"))
    heard = read(waiting, service="Barba", intent=Intent.OTHER, topic=Topic.HUMAN)
    assert after(heard, BOOKED).slots.service_type == "Manicura"
    assert after(
        read(replace(waiting, next_services=("Barba",)), service="Barba", intent=Intent.OTHER), BOOKED
    ) == ConversationState(last_booking_id="PB-AAAAAA")
