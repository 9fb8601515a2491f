"""What a message means in its conversation: the table, and what the first form of the reading has besides."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.dialogue.first_form import with_first_form
from gateway.domain.dialogue.interpretation import has_second_form, interpret, wants_customer
from gateway.domain.turn_types import Extraction, Heard
from tests.unit.gateway.dialogue.builders import (
    ANA,
    AT,
    BEARD,
    CUT,
    ELEVEN,
    FRIDAY,
    NOBODY,
    NOW,
    OWN,
    TEN,
    THURSDAY,
    booked,
    booking,
    cancelled,
    cancelling,
    changing,
    dialogue,
    email,
    meaning,
    moved,
    name,
    restoring,
    visit,
)
from tests.unit.planner.builders import SALON, without_tools
from turn import steps
from turn.meaning import Doubt, Item, Meaning
from turn.model import NEW_CONVERSATION, Action, ConversationState, Slots
from turn.tasks import BOOK, REMEMBERED_HOURS, Customer, Dialogue, Task
from turn.tools import CANCEL_ALL, CHANGE, CUSTOMER, FREE_TIMES
from turn.vocabulary import Intent, Polarity, Topic

CANCELS = Action(CANCEL_ALL, {"booking_ids": [OWN.id]})
WAITING = replace(
    with_first_form(NEW_CONVERSATION, dialogue(cancelling(asked=steps.CONFIRM), customer=ANA)), pending=(CANCELS,)
)
OFFERED = booking(asked=steps.OFFER, offers=(TEN, ELEVEN))
LONG_AGO = replace(NOBODY, looked_at="2026-03-11T12:00:00+00:00")
YES, NO = Polarity.AFFIRM, Polarity.DENY


def state_of(before: Dialogue, **more: Any) -> ConversationState:
    """The state with a dialogue, in both forms."""
    return replace(with_first_form(NEW_CONVERSATION, before), **more)


def hear(state: ConversationState, said: Meaning, text: str = "…", intent: Intent = Intent.OTHER, **more: Any) -> Heard:
    """What a message means in a state."""
    return interpret(state, Extraction(intent, meaning=said, **more), text, NOW)


def test_a_yes_confirms_what_waits() -> None:
    assert hear(WAITING, meaning("confirm")).confirmed


def test_a_yes_that_repeats_the_cancellation_is_a_yes() -> None:
    repeats = meaning("cancel", refers_to=(f"appointment:{OWN.id}",), items=(CUT,))
    heard = hear(WAITING, repeats, polarity=YES)
    assert (heard.confirmed, heard.state.dialogue) == (True, WAITING.dialogue)


def test_a_yes_that_names_another_appointment_is_none() -> None:
    heard = hear(WAITING, meaning("cancel", refers_to=("appointment:PB-BBBBBB",)), polarity=YES)
    assert not heard.confirmed
    assert heard.state.dialogue.front
    assert heard.state.dialogue.front.targets == ("PB-BBBBBB",)


def test_the_yes_of_the_first_form_counts_where_one_was_asked_for() -> None:
    assert hear(WAITING, meaning("smalltalk"), polarity=YES).confirmed
    assert not hear(replace(WAITING, pending=()), meaning(), polarity=YES).confirmed
    asks = state_of(dialogue(booking(asked=steps.WHEN)))
    assert hear(asks, meaning("smalltalk"), polarity=YES).state.dialogue == asks.dialogue


def test_a_yes_with_a_question_confirms_nothing() -> None:
    assert not hear(WAITING, meaning("ask", subjects=("price",)), polarity=YES).confirmed


def test_the_no_of_the_first_form_keeps_the_appointment() -> None:
    heard = hear(WAITING, meaning(), polarity=NO)
    assert (heard.notes, heard.state.dialogue.tasks) == ((steps.KEPT,), ())


def test_a_yes_to_what_was_just_done_is_noted() -> None:
    done = state_of(dialogue(done=(booked(),), customer=ANA))
    assert hear(done, meaning("smalltalk"), polarity=YES).notes == (steps.AGREED,)
    assert hear(state_of(dialogue()), meaning("smalltalk"), polarity=YES).notes == (steps.CHAT,)


def test_a_booking_that_a_remark_hides_is_one_where_it_has_service_and_day() -> None:
    slots = Slots("Barba", FRIDAY, "10:00")
    heard = hear(state_of(dialogue()), meaning("complain"), intent=Intent.BOOK, slots=slots)
    assert heard.state.dialogue.tasks == (Task(BOOK, (BEARD,), (FRIDAY,), ("10:00",)),)
    assert heard.notes == (steps.COMPLAINT,)
    without = hear(state_of(dialogue()), meaning("complain"), intent=Intent.BOOK, slots=Slots("Barba"))
    assert without.state.dialogue.tasks == ()


def test_a_question_with_a_day_and_hour_answers_which_offer() -> None:
    slots = Slots(preferred_date=FRIDAY, preferred_time="12:00")
    heard = hear(state_of(dialogue(OFFERED)), meaning("ask", subjects=("who",)), slots=slots)
    assert heard.state.dialogue.tasks == (replace(OFFERED, days=(FRIDAY,), times=("12:00",)),)


def test_a_question_with_data_keeps_the_data() -> None:
    asks = state_of(dialogue(booking(asked=steps.EMAIL, offers=(TEN,))))
    said = meaning("ask", "give", subjects=("price",), data=email("ana@test.com"))
    heard = hear(asks, said, intent=Intent.INFO_PRICES)
    assert (heard.state.dialogue.email, heard.intent) == ("ana@test.com", Intent.INFO_PRICES)
    assert heard.state.dialogue.front
    assert heard.state.dialogue.front.chosen == TEN


@pytest.mark.parametrize(
    ("text", "said", "given_up"),
    [
        ("dejá", meaning(), True),
        ("¿lo dejamos?", meaning(), False),
        ("no, dejá, mejor el viernes", meaning("give", days=(FRIDAY,)), False),
        ("no, el viernes no, dejá", meaning("deny", days=(f"!{FRIDAY}",)), True),
        ("dejalo como estaba", meaning("undo"), False),
    ],
)
def test_giving_up_says_nothing_else(text: str, said: Meaning, given_up: bool) -> None:
    before = state_of(dialogue(booking(asked=steps.WHEN), done=(cancelled(),)))
    heard = hear(before, said, text, topic=Topic.ABANDON)
    assert (heard.notes == (steps.DROPPED,)) is given_up


def test_values_count_once_for_the_first_act_that_takes_them() -> None:
    said = meaning("cancel", "book", items=(BEARD,), days=(FRIDAY,), refers_to=(f"appointment:{OWN.id}",))
    heard = hear(state_of(dialogue(customer=ANA)), said)
    assert [task.kind for task in heard.state.dialogue.tasks] == ["cancel"]
    booked_beside = hear(state_of(dialogue(changing(), customer=ANA)), meaning("book", "change", items=(BEARD,)))
    assert [task.items for task in booked_beside.state.dialogue.tasks] == [(BEARD,), ()]


def test_an_answer_that_fits_several_offers_is_one_of_their_days_and_hours() -> None:
    offers = (TEN, visit(THURSDAY), ELEVEN)
    doubt = Doubt("refers_to", "conflict", 0, 0, ("offer:1", "offer:2"))
    heard = hear(state_of(dialogue(booking(asked=steps.OFFER, offers=offers))), meaning("choose", doubts=(doubt,)))
    front = heard.state.dialogue.front
    assert front
    assert (front.days, front.times, front.doubts) == ((f"{FRIDAY}|{THURSDAY}",), ("10:00",), ())


def test_an_hour_that_was_said_counts_more_than_an_offer_that_has_another() -> None:
    said = meaning("choose", refers_to=("offer:1",))
    heard = hear(state_of(dialogue(OFFERED)), said, slots=Slots(preferred_time="18:00"))
    assert heard.state.dialogue.front
    assert (heard.state.dialogue.front.times, heard.state.dialogue.front.chosen) == (("18:00",), None)


def test_the_same_as_last_time_is_what_the_customer_had() -> None:
    known = Customer("Ana", last_service="Barba", last_staff="Carlos", looked_at=AT)
    heard = hear(state_of(dialogue(customer=known)), meaning("book", items=(Item("same", ("same",)),)))
    assert heard.state.dialogue.tasks == (Task(BOOK, (Item("Barba", ("Carlos",)),)),)


def test_what_was_looked_up_for_the_message_is_known_and_stays() -> None:
    heard = hear(state_of(dialogue()), meaning("cancel"), customer=ANA)
    assert heard.state.dialogue == dialogue(cancelling(), customer=ANA)


def test_writes_are_forgotten_after_a_day() -> None:
    old = (NOW - timedelta(hours=REMEMBERED_HOURS, seconds=1)).isoformat()
    fresh = (NOW - timedelta(hours=REMEMBERED_HOURS, seconds=-1)).isoformat()
    before = dialogue(done=(cancelled(at=old), moved(OWN, OWN, at=fresh)), customer=ANA)
    assert hear(state_of(before), meaning("greet")).state.dialogue.done == before.done[1:]


def test_data_are_kept_whatever_the_message_is_about() -> None:
    heard = hear(state_of(dialogue()), meaning("greet", data=name("Ana Paz")))
    assert (heard.state.dialogue.name, heard.slots.get("client_name")) == ("Ana Paz", "Ana Paz")


def test_a_task_of_the_first_form_goes_on() -> None:
    left = ConversationState(active_intent=Intent.BOOK, slots=Slots("Barba"), asked_slot="preferred_date")
    heard = hear(left, meaning("give", days=(FRIDAY,)))
    assert heard.state.dialogue.tasks == (Task(BOOK, (BEARD,), (FRIDAY,)),)
    assert (heard.intent, heard.slots) == (Intent.BOOK, Slots("Barba", FRIDAY))


def test_what_is_not_understood_is_counted_and_noted() -> None:
    first = hear(state_of(dialogue()), meaning("offtopic"))
    assert (first.notes, first.state.misses) == ((steps.OFFTOPIC, steps.NOT_UNDERSTOOD), 1)
    second = hear(replace(NEW_CONVERSATION, misses=1), Meaning())
    assert (second.notes, second.state.misses) == ((steps.NOT_UNDERSTOOD,), 2)
    assert hear(replace(NEW_CONVERSATION, misses=2), meaning("greet")).state.misses == 0


@pytest.mark.parametrize(
    ("before", "said", "reads", "intent"),
    [
        (dialogue(), meaning("book", items=(CUT,)), Intent.OTHER, Intent.BOOK),
        (dialogue(customer=ANA), meaning("change", times=("10:00",)), Intent.BOOK, Intent.RESCHEDULE),
        (dialogue(OFFERED), meaning("ask", subjects=("price",)), Intent.INFO_PRICES, Intent.INFO_PRICES),
        (dialogue(OFFERED), meaning("greet"), Intent.GREETING, Intent.GREETING),
        (dialogue(OFFERED), meaning("deny"), Intent.OTHER, Intent.BOOK),
        (dialogue(), meaning("cancel"), Intent.CANCEL, Intent.OTHER),
        (dialogue(restoring()), meaning("confirm"), Intent.OTHER, Intent.RESCHEDULE),
    ],
)
def test_the_turns_intent(before: Dialogue, said: Meaning, reads: Intent, intent: Intent) -> None:
    assert hear(state_of(before), said, intent=reads).intent is intent


@pytest.mark.parametrize(
    ("said", "language", "locale"),
    [
        (meaning("book", items=(CUT,), days=(FRIDAY,)), "pt", "pt-BR"),
        (meaning("give", data=name("John Smith")), "en", ""),
        (meaning("choose", refers_to=("offer:1",)), "en", ""),
        (meaning("give", days=(FRIDAY,), data=name("Ana")), "pt", "pt-BR"),
        (meaning("greet"), "fr", ""),
    ],
)
def test_an_answer_without_words_has_no_language(said: Meaning, language: str, locale: str) -> None:
    before = state_of(dialogue(booking(asked=steps.NAME, offers=(TEN,))))
    assert hear(before, said, language=language).state.locale == locale


@pytest.mark.parametrize(
    ("before", "said", "wanted"),
    [
        (dialogue(customer=None), meaning("book", items=(CUT,)), True),
        (dialogue(customer=None), meaning("late"), True),
        (dialogue(customer=None), meaning("ask", subjects=("own_appointments",)), True),
        (dialogue(customer=None), meaning("ask", subjects=("price",)), False),
        (dialogue(customer=None), meaning("greet"), False),
        (dialogue(customer=None), meaning("give", days=(FRIDAY,)), True),
        (dialogue(customer=None), meaning("give", data=name("Ana")), False),
        (dialogue(booking(asked=steps.NAME), customer=None), meaning("give", data=name("Ana")), True),
        (dialogue(customer=NOBODY), meaning("cancel"), False),
        (dialogue(customer=LONG_AGO), meaning("cancel"), True),
        (dialogue(booking(), customer=LONG_AGO), meaning("cancel"), False),
        (dialogue(customer=replace(NOBODY, looked_at="")), meaning("cancel"), True),
    ],
)  # fmt: skip
def test_the_customer_is_looked_up_when_needed_and_not_of_late(before: Dialogue, said: Meaning, wanted: bool) -> None:
    assert wants_customer(state_of(before), Extraction(Intent.OTHER, meaning=said), NOW) is wanted


def test_a_business_needs_four_tools_for_the_second_form() -> None:
    assert has_second_form(SALON)
    assert has_second_form(without_tools(CHANGE))
    assert not has_second_form(without_tools(FREE_TIMES))
    assert not has_second_form(without_tools(CUSTOMER))
