"""Answers to a business's own questions: the whole message is one, unless it does something else."""

from typing import Any

import pytest

from gateway.domain.dialogue.first_form import with_first_form
from gateway.domain.dialogue.interpretation import interpret
from gateway.domain.turn_types import Extraction, Heard
from tests.unit.gateway.dialogue.builders import NOW, TEN, booking, dialogue, meaning, name
from turn import steps
from turn.meaning import Item, Meaning
from turn.model import NEW_CONVERSATION, ConversationState
from turn.tasks import Dialogue
from turn.vocabulary import Intent, Topic

ASKED = with_first_form(NEW_CONVERSATION, dialogue(booking(asked="question:car", offers=(TEN,))))


def hear(text: str, said: Meaning, state: ConversationState = ASKED, **more: Any) -> Heard:
    return interpret(state, Extraction(Intent.OTHER, meaning=said, **more), text, NOW)


def front(after: Dialogue) -> Any:
    return after.front


@pytest.mark.parametrize(
    "said",
    [
        meaning("offtopic"),
        meaning("give", times=("20:15",), unread=((0, 5),)),
        meaning("give", days=("2019-05-15",)),
        meaning("give", data=name("Toyota Corolla")),
        meaning("book", items=(Item("Barba"),)),
        meaning("refuse"),
        meaning(),
    ],
)
def test_whatever_is_read_in_it_the_message_is_the_answer(said: Meaning) -> None:
    heard = hear("Toyota  Corolla 2015", said)
    after = heard.state.dialogue
    assert after.answers == (("car", "Toyota Corolla 2015"),)
    assert (front(after).chosen, front(after).times, after.name) == (TEN, (TEN.time,), "")
    assert steps.NOT_UNDERSTOOD not in heard.notes


def test_a_number_plate_is_no_day() -> None:
    plate = meaning("give", days=("2026-11-22",))
    assert hear("CCC-11-22", plate).state.dialogue.answers == (("car", "CCC-11-22"),)


@pytest.mark.parametrize(
    ("text", "said", "more"),
    [
        ("por qué lo piden?", meaning("ask", subjects=("why",)), {}),
        ("cuánto sale?", meaning("ask", subjects=("price",)), {}),
        ("quiero hablar con alguien", meaning("person"), {}),
        ("mejor el jueves", meaning("change", days=("2026-03-12",)), {}),
        ("a las 11 entonces", meaning("give", times=("11:00",)), {}),
        ("el viernes", meaning("give", days=("2026-03-13",)), {}),
        ("cancelá", meaning("cancel"), {}),
        ("dejá, no importa", meaning(), {"topic": Topic.ABANDON}),
    ],
)
def test_what_does_something_else_is_no_answer(text: str, said: Meaning, more: dict[str, Any]) -> None:
    assert hear(text, said, **more).state.dialogue.answers == ()


def test_another_answer_takes_the_place_of_the_one_before() -> None:
    first = hear("Jetta", meaning()).state
    asked_again = with_first_form(first, Dialogue((booking(asked="question:car"),), answers=first.dialogue.answers))
    assert hear("Golf", meaning(), asked_again).state.dialogue.answers == (("car", "Golf"),)


def test_without_such_a_question_nothing_is_kept() -> None:
    asks_name = with_first_form(NEW_CONVERSATION, dialogue(booking(asked=steps.NAME)))
    assert hear("Ana", meaning("give", data=name("Ana")), asks_name).state.dialogue.answers == ()
