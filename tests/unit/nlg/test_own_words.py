"""What a business words itself, and what its rules make a reply say."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nlg.turn import ReplyTurn
from nlg.writing.own_words import own_phrases, wording_problems
from nlg.writing.words import spell_price
from tests.unit.nlg.builders import PHRASES, no
from tests.unit.nlg.tasks.build import (
    ANA,
    FRIDAY,
    LANGUAGES,
    OWN_CUT,
    SALON,
    booking,
    cancelling,
    meaning,
    reply_to,
    turn,
)
from turn import steps
from turn.tools import FREE_TIMES
from workspace.model import Workspace
from workspace.parts.places import Knowledge, Tone
from workspace.parts.rules import Booking, Question


def salon(**more: Any) -> Workspace:
    return SALON.model_copy(update=more)


def test_own_wording_is_used_in_the_businesss_language_alone() -> None:
    own = salon(wording={"ask_name": "¿Quién viene?", "thanks": ["Gracias {x}"], "no_such": "?"})
    assert own_phrases(PHRASES["es-AR"], own).variants["ask_name"] == ("¿Quién viene?",)
    assert own_phrases(PHRASES["en"], own).variants["ask_name"] == PHRASES["en"].variants["ask_name"]
    assert own_phrases(PHRASES["es-AR"], own).variants["thanks"] == PHRASES["es-AR"].variants["thanks"]
    assert wording_problems(own) == ["wording.thanks: placeholder {x} is unknown", "wording.no_such: unknown phrase"]


def test_a_business_may_greet_in_its_own_words_and_without_emoji() -> None:
    plain = own_phrases(PHRASES["es-AR"], salon(tone=Tone(emoji=False, greeting="Buen día, {ok}.")))
    assert plain.variants["greeting"][0] == "Buen día, {{ok}}."
    assert not any(ord(char) > 0x2600 for texts in plain.variants.values() for text in texts for char in text)
    assert own_phrases(PHRASES["es-AR"], SALON) is PHRASES["es-AR"]


def in_words(given: ReplyTurn, business: Workspace, locale: str = "es-AR") -> str:
    return reply_to(given, locale, business).message


CAR = Question(key="car", ask="Contame {rápido}: ¿qué auto es?")
KIND = Question(key="kind", ask="¿Qué cobertura?", type="choice", choices=("OSDE", "Otra"))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_an_own_question_is_asked_as_it_is_worded_and_again_with_its_choices(locale: str) -> None:
    business = salon(booking=Booking(required=("name", CAR, KIND)))
    asked = [
        reply_to(turn(step=f"question:{one.key}", front=booking(), times=times), locale, business)
        for one in (CAR, KIND)
        for times in (1, 2, 3)
    ]
    assert asked[0].message == CAR.ask
    assert all(reply.message.endswith(CAR.ask) for reply in asked[:3])
    assert [reply.quick_replies for reply in asked[3:]] == [("OSDE", "Otra")] * 3
    assert "OSDE" in asked[4].message
    assert len({reply.message for reply in asked}) == 6


def too_soon(because: str) -> ReplyTurn:
    args = {"items": [{"service_type": "Corte de Cabello"}], "days": [FRIDAY], "times": ["10:00"]}
    return turn(no(FREE_TIMES, "NO_FREE_TIMES", args, because=because, next=[]), step=steps.WHEN, front=booking())


@pytest.mark.parametrize(
    ("because", "rules", "words"),
    [
        ("TOO_SOON", {"min_advance_booking": 2880}, "con al menos 2 días de anticipación"),
        ("TOO_FAR", {"max_advance_booking": 30 * 1440}, "los próximos 30 días"),
        ("STAFF_AWAY", {}, "A esa hora no hay quien atienda."),
        ("NOT_A_START", {}, "A las 10:00 no empieza ningún turno."),
    ],
)
def test_a_rule_is_said_as_it_is(because: str, rules: dict[str, Any], words: str) -> None:
    assert words in in_words(too_soon(because), salon(booking=Booking(**rules)))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("step", [steps.LATE_TO_CANCEL, steps.LATE_TO_MOVE])
def test_what_is_too_late_says_how_long_before_and_whom_to_ask(step: str, locale: str) -> None:
    until = datetime(2026, 3, 12, 18, tzinfo=UTC).isoformat()
    own = replace(OWN_CUT, day="2026-03-13", cancel_until=until, move_until=until)
    given = turn(step=step, front=cancelling(), customer=replace(ANA, appointments=(own,)))
    message = in_words(given, salon(human_contact="+54 11 4000-0000"), locale)
    assert "24 h" in message
    assert "+54 11 4000-0000" in message


@pytest.mark.parametrize(
    ("low", "high", "currency", "locale", "form", "said"),
    [
        (12.5, None, "EUR", "es-ES", "", "12,50\N{NO-BREAK SPACE}€"),
        (12.5, None, "EUR", "en", "", "€12.50"),
        (1500, None, "MXN", "es-MX", "from", "desde $1,500"),
        (None, None, "ARS", "es-AR", "on_request", "precio a consultar"),
        (0, None, "BRL", "pt-BR", "free", "gratuito"),
        (899.5, None, "MXN", "es-MX", "", "$899.50"),
        (10, 20, "EUR", "es-ES", "", "10\N{NO-BREAK SPACE}€–20\N{NO-BREAK SPACE}€"),
    ],
)
def test_a_price_is_written_in_its_form_as_the_locale_does(
    low: float | None, high: float | None, currency: str, locale: str, form: str, said: str
) -> None:
    assert spell_price(low, high, currency, PHRASES[locale], form) == said


def test_the_manifest_answers_what_it_knows_in_the_language_of_the_reply() -> None:
    entry = Knowledge(questions=("hay wifi?",), answer="Sí, pedí la clave.", answers={"en": "Yes, ask for the key."})
    asked = turn(said=meaning("ask", knowledge=("hay wifi?",), subjects=("other",)))
    assert in_words(asked, salon(knowledge=(entry,))) == "Sí, pedí la clave."
    assert in_words(asked, salon(knowledge=(entry,)), "en") == "Yes, ask for the key."
    assert "persona" in in_words(asked, salon())
