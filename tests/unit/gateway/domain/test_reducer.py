from typing import Any

import pytest

from gateway.domain.reducer import ReducerSettings, hear, reduce, settle
from gateway.domain.turn_types import Composed, Extraction, Heard, PlanResult
from turn.model import Action, BookingChoice, ConversationState, Decision, Observation, Offer, Slots
from turn.vocabulary import Intent, Outcome, PartOfDay, Polarity, Stage, Status, Topic

WRITES = frozenset({"book_appointment", "cancel_appointment", "reschedule_appointment"})
CANCEL = Action("cancel_appointment", {"booking_id": "PB-AAAAAA"})
BOOKING = ConversationState(
    Intent.BOOK, Slots(service_type="Barba", preferred_date="2026-03-12"), asked_slot="preferred_time"
)
CANCELLING = ConversationState(Intent.CANCEL, pending=(CANCEL,))
OFFERS = (Offer("2026-03-12", "10:00"), Offer("2026-03-12", "11:00"), Offer("2026-03-13", "10:00"))
OFFERED = ConversationState(Intent.BOOK, Slots(service_type="Barba"), offers=OFFERS, asked_slot="preferred_time")
CHOICES = (
    BookingChoice("PB-AAAAAA", "2026-03-12", "10:00", "Barba"),
    BookingChoice("PB-BBBBBB", "2026-03-13", "10:00", "Brushing"),
)
CHOOSING = ConversationState(Intent.CANCEL, asked_slot="booking_id", booking_choices=CHOICES)


def read(state: ConversationState, text: str = "", **said: Any) -> Heard:
    slots = {name: said.pop(name) for name in list(said) if name in Slots.__dataclass_fields__}
    return hear(state, Extraction(**{"intent": Intent.OTHER, "slots": Slots(**slots), **said}), text, ReducerSettings())


def done(tool: str, **output: Any) -> Observation:
    return Observation(tool, Status.OK, {"ok": True, **output})


def test_slots_add_up_and_are_replaced() -> None:
    heard = read(BOOKING, intent=Intent.BOOK, preferred_date="2026-03-13", client_name="Ana")
    assert heard.slots == Slots("Barba", "2026-03-13", client_name="Ana")
    assert heard.state.slots == heard.slots
    assert heard.before.slots == BOOKING.slots


def test_a_slot_is_taken_back() -> None:
    state = ConversationState(Intent.BOOK, Slots(service_type="Barba", staff_name="Carlos"))
    assert read(state, intent=Intent.BOOK, removed=("staff_name",)).slots == Slots(service_type="Barba")


def test_a_name_alone_answers_the_task() -> None:
    heard = read(BOOKING, intent=Intent.CHITCHAT, client_name="Ana")
    assert (heard.intent, heard.slots.client_name) == (Intent.BOOK, "Ana")


def test_a_question_in_the_middle_changes_no_slot_of_the_task() -> None:
    heard = read(BOOKING, intent=Intent.INFO_PRICES, service_type="Alisado")
    assert heard.intent is Intent.INFO_PRICES
    assert heard.state.slots == BOOKING.slots
    assert heard.slots.service_type == heard.said.service_type == "Alisado"
    after = reduce(heard, PlanResult(missing=("preferred_time",)), (), WRITES)
    assert (after.active_intent, after.slots, after.asked_slot) == (Intent.BOOK, BOOKING.slots, "preferred_time")


def test_a_question_about_hours_without_a_task_leaves_its_service_and_not_its_day() -> None:
    heard = read(ConversationState(), intent=Intent.INFO_HOURS, service_type="Barba", preferred_date="2026-03-12")
    assert heard.state.slots == Slots(service_type="Barba")
    assert read(heard.state, intent=Intent.BOOK, preferred_date="2026-03-13").slots == Slots("Barba", "2026-03-13")


@pytest.mark.parametrize("intent", [Intent.INFO_PRICES, Intent.INFO_SERVICES])
def test_what_a_question_about_prices_says_is_not_asked_again_by_the_booking_after_it(intent: Intent) -> None:
    wanted = {"preferred_date": "2026-03-12", "preferred_time": "10:00", "staff_name": "Carlos"}
    heard = read(ConversationState(), intent=intent, service_type="Barba", **wanted)
    assert heard.state.slots == Slots(service_type="Barba", **wanted)
    assert read(heard.state, intent=Intent.BOOK).slots == Slots(service_type="Barba", **wanted)


def test_a_new_task_replaces_the_old_and_keeps_what_means_the_same() -> None:
    state = ConversationState(
        Intent.RESCHEDULE, Slots(preferred_date="2026-03-12", booking_id="PB-AAAAAA", client_name="Ana")
    )
    heard = read(ConversationState(**{**state.__dict__, "pending": (CANCEL,)}), intent=Intent.CANCEL)
    assert heard.state.active_intent is Intent.CANCEL
    assert heard.state.pending == ()
    assert heard.slots == Slots(booking_id="PB-AAAAAA", client_name="Ana")
    assert read(state, intent=Intent.BOOK).slots == Slots(preferred_date="2026-03-12", client_name="Ana")


def test_yes_confirms_what_waits() -> None:
    heard = read(CANCELLING, "dale", intent=Intent.CHITCHAT, polarity=Polarity.AFFIRM)
    assert heard.confirmed
    assert heard.intent is Intent.CANCEL
    assert heard.before.pending == (CANCEL,)


def test_yes_with_nothing_waiting_confirms_nothing() -> None:
    heard = read(ConversationState(Intent.CANCEL), polarity=Polarity.AFFIRM)
    assert not heard.confirmed
    assert heard.intent is Intent.CANCEL


@pytest.mark.parametrize("said", [{"booking_id": "PB-BBBBBB"}, {"preferred_time": "17:00"}])
def test_yes_but_otherwise_is_no_yes(said: dict[str, str]) -> None:
    heard = read(CANCELLING, "sí, pero el otro", intent=Intent.CANCEL, polarity=Polarity.AFFIRM, **said)
    assert not heard.confirmed
    assert heard.state.pending == ()


def test_yes_repeating_what_waits_is_a_yes() -> None:
    assert read(CANCELLING, polarity=Polarity.AFFIRM, booking_id="PB-AAAAAA", client_name="Ana").confirmed


def test_a_bare_no_drops_what_waits_and_ends_the_task() -> None:
    heard = read(CANCELLING, "no", intent=Intent.CANCEL, polarity=Polarity.DENY)
    assert (heard.topic, heard.state) == (Topic.ABANDON, ConversationState())
    assert heard.intent not in (Intent.CANCEL, Intent.BOOK, Intent.RESCHEDULE)


def test_a_bare_no_to_which_one_ends_the_task_too() -> None:
    heard = read(CHOOSING, "no", intent=Intent.CANCEL, polarity=Polarity.DENY)
    assert (heard.topic, heard.state) == (Topic.ABANDON, ConversationState())


def test_a_new_wish_is_no_answer_to_which_one() -> None:
    heard = read(CHOOSING, "quiero un turno el viernes", intent=Intent.BOOK, preferred_date="2026-03-13")
    assert (heard.intent, heard.slots) == (Intent.BOOK, Slots(preferred_date="2026-03-13"))


def test_a_day_may_be_offered_without_a_time() -> None:
    state = ConversationState(
        Intent.BOOK, Slots(service_type="Barba"), offers=(Offer("2026-03-16", ""), Offer("2026-03-17", ""))
    )
    assert read(state, "la primera").slots == Slots("Barba", "2026-03-16")


def test_no_with_a_correction_goes_on() -> None:
    state = ConversationState(
        Intent.RESCHEDULE, Slots(booking_id="PB-AAAAAA"), pending=(Action("reschedule_appointment"),)
    )
    heard = read(state, intent=Intent.RESCHEDULE, polarity=Polarity.DENY, preferred_time="17:00")
    assert (heard.intent, heard.state.pending) == (Intent.RESCHEDULE, ())
    assert heard.slots.preferred_time == "17:00"


def test_leave_it_ends_the_task_and_forgets_its_slots() -> None:
    state = ConversationState(
        Intent.BOOK, BOOKING.slots, locale="en", last_booking_id="PB-CCCCCC", offers=(Offer("d", "t"),)
    )
    heard = read(state, "no, dejá", topic=Topic.ABANDON, polarity=Polarity.DENY)
    assert heard.state == ConversationState(locale="en", last_booking_id="PB-CCCCCC")


def test_success_forgets_all_slots_and_keeps_the_id() -> None:
    heard = read(BOOKING, intent=Intent.BOOK, preferred_time="10:00", language="pt")
    state = reduce(heard, PlanResult(), (done("book_appointment", booking_id="PB-NEWNEW"),), WRITES)
    assert state == ConversationState(last_booking_id="PB-NEWNEW", locale="pt-BR")


def test_a_write_that_may_have_happened_is_not_tried_again_by_a_yes() -> None:
    heard = read(BOOKING, intent=Intent.BOOK, client_name="Ana")
    state = reduce(heard, PlanResult(), (Observation("book_appointment", Status.UNKNOWN),), WRITES)
    assert state == ConversationState()


def test_a_tool_that_failed_keeps_the_task() -> None:
    heard = read(BOOKING, intent=Intent.BOOK, client_name="Ana")
    state = reduce(heard, PlanResult(), (Observation("book_appointment", Status.FAILED),), WRITES)
    assert (state.active_intent, state.slots) == (Intent.BOOK, heard.slots)


def test_a_task_with_nothing_left_to_do_ends() -> None:
    heard = read(ConversationState(), intent=Intent.CANCEL)
    assert (
        reduce(heard, PlanResult(), (done("find_appointment_by_phone", appointments=[]),), WRITES)
        == ConversationState()
    )


def test_a_slot_that_cannot_be_used_is_composed_from_and_then_forgotten() -> None:
    heard = read(BOOKING, intent=Intent.BOOK, preferred_time="23:00")
    missing = ("preferred_time", "client_name")
    state = reduce(heard, PlanResult(missing=missing), (), WRITES)
    assert (state.asked_slot, state.slots.preferred_time) == ("preferred_time", "23:00")
    composed = Composed("¿A las 10?", Stage.DISPONIBILIDAD, offers=OFFERS[:1])
    settled = settle(heard, state, missing, composed)
    assert settled.slots == BOOKING.slots
    assert (settled.offers, settled.stage) == (OFFERS[:1], Stage.DISPONIBILIDAD)


def test_offers_outlive_a_question_but_not_a_step_of_the_task() -> None:
    aside = read(OFFERED, intent=Intent.INFO_PRICES)
    assert settle(aside, aside.state, (), Composed("…")).offers == OFFERS
    step = read(OFFERED, intent=Intent.BOOK, client_name="Ana")
    assert settle(step, step.state, (), Composed("…")).offers == ()


def test_two_close_readings_are_put_to_the_customer_once() -> None:
    close: dict[str, Any] = {"confidence": 0.45, "alternatives": ((Intent.RESCHEDULE, 0.4),)}
    heard = read(ConversationState(), intent=Intent.BOOK, preferred_date="2026-03-12", **close)
    assert heard.choices == (Intent.BOOK, Intent.RESCHEDULE)
    state = reduce(heard, PlanResult(), (), WRITES)
    assert (state.choices, state.active_intent) == (heard.choices, Intent.UNSPECIFIED)
    chosen = read(state, "lo segundo", intent=Intent.OTHER)
    assert (chosen.intent, chosen.slots.preferred_date, chosen.state.choices) == (Intent.RESCHEDULE, "2026-03-12", ())
    assert read(state, intent=Intent.BOOK, **close).choices == ()


@pytest.mark.parametrize(
    "extraction",
    [
        {"confidence": 0.7, "alternatives": ((Intent.RESCHEDULE, 0.65),)},
        {"confidence": 0.5, "alternatives": ((Intent.RESCHEDULE, 0.3),)},
        {"confidence": 0.5, "alternatives": ((Intent.CHITCHAT, 0.45),)},
        {"confidence": 0.5, "alternatives": ()},
    ],
)
def test_readings_that_are_clear_enough_are_not(extraction: dict[str, Any]) -> None:
    assert read(ConversationState(), intent=Intent.BOOK, **extraction).choices == ()


def test_the_task_under_way_decides_between_close_readings() -> None:
    close: dict[str, Any] = {"confidence": 0.45, "alternatives": ((Intent.BOOK, 0.4),)}
    heard = read(BOOKING, intent=Intent.RESCHEDULE, preferred_time="10:00", **close)
    assert (heard.intent, heard.choices) == (Intent.BOOK, ())


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [("pt", "", "pt-BR"), ("en", "pt-BR", "en"), ("es", "en", ""), ("", "en", "en"), ("fr", "en", "en")],
)
def test_the_language_sticks(language: str, before: str, after: str) -> None:
    assert read(ConversationState(locale=before), language=language).state.locale == after


def test_data_and_choices_have_no_language() -> None:
    assert read(BOOKING, intent=Intent.BOOK, client_email="a@b.com", language="pt").state.locale == ""
    assert read(OFFERED, "la segunda", language="pt").state.locale == ""
    assert read(ConversationState(), "I'm Ann", client_name="Ann", language="en").state.locale == "en"
    assert read(BOOKING, intent=Intent.BOOK, preferred_time="10:00", language="en").state.locale == "en"


def test_a_part_of_day_holds_for_its_day_until_a_time_is_said() -> None:
    heard = read(BOOKING, intent=Intent.BOOK, part_of_day=PartOfDay.AFTERNOON)
    assert heard.state.part_of_day is PartOfDay.AFTERNOON
    same = read(heard.state, intent=Intent.BOOK, client_name="Ana")
    assert same.state.part_of_day is PartOfDay.AFTERNOON
    assert read(same.state, intent=Intent.BOOK, preferred_time="16:00").state.part_of_day is PartOfDay.UNSPECIFIED
    moved = read(same.state, intent=Intent.BOOK, preferred_date="2026-03-20")
    assert moved.state.part_of_day is PartOfDay.UNSPECIFIED


def test_misses_are_counted_in_a_row() -> None:
    once = read(BOOKING).state
    assert (once.misses, read(once).state.misses) == (1, 2)
    assert read(once, topic=Topic.ADDRESS).state.misses == 0


def test_what_the_policy_needs_is_asked_for() -> None:
    heard = read(BOOKING, intent=Intent.BOOK)
    needs = Decision(Outcome.ASK_CLARIFICATION, "MISSING_SLOTS", ("client_email",))
    refused = Observation("book_appointment", Status.REFUSED, decision=needs)
    assert reduce(heard, PlanResult(), (refused,), WRITES).asked_slot == "client_email"


def test_without_a_planner_what_was_heard_is_kept() -> None:
    heard = read(BOOKING, intent=Intent.BOOK, client_name="Ana")
    state = reduce(heard, None, (), WRITES)
    assert (state.slots, state.active_intent, state.stage) == (heard.slots, Intent.BOOK, Stage.ERROR)
