"""Which messages join, which wait for more, and which need no answer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.burst import FARTHEST, acknowledges, joins, needs_no_answer, waits
from gateway.domain.message import MAX_TEXT_BYTES, Message
from turn.model import Action, BookingChoice, ConversationState, Offer
from turn.vocabulary import Intent, Stage

NEW = ConversationState()
BOOKED = ConversationState(stage=Stage.RESERVA_HECHA, last_booking_id="PB-ABC123")
OPEN = (
    replace(BOOKED, active_intent=Intent.BOOK),
    replace(BOOKED, asked_slot="client_name"),
    replace(BOOKED, pending=(Action("cancel_appointment"),)),
    replace(BOOKED, offers=(Offer("2026-03-12", "10:00"),)),
    replace(BOOKED, choices=(Intent.CANCEL, Intent.RESCHEDULE)),
    replace(BOOKED, booking_choices=(BookingChoice("PB-ABC123"),)),
    replace(BOOKED, next_services=("Barba",)),
)
"""States in which something was asked or offered."""
GREETINGS = (
    "hola",
    "Hola!!",
    "holaaa",
    "buenas",
    "Buen día 👋",
    "buenas tardes",
    "hola, cómo estás",
    "oi, bom dia",
    "hi",
)
BEGINNINGS = (
    "quería", "Quisiera", "una consulta", "te hago una consulta", "quería hacerte una pregunta", "para mañana",
    "hola quería", "con sofi", "disculpá", "eu gostaria", "i would like to", "hola\nquería",
)  # fmt: skip
COMPLETE = (
    "hola, quiero un turno", "turno", "precios", "mañana", "quiero cancelar", "¿hola?", "cuánto sale", "corte",
    "para 2", "hola Juan Pérez", "sí", "no", "ok", "gracias", "chau", "juan@test.com", "", " ", "👍",
    "hola\nquiero turno", "quería un turno para mañana", "para el corte con barba y color",
)  # fmt: skip


@pytest.mark.parametrize("text", [*GREETINGS, *BEGINNINGS])
def test_a_greeting_or_a_beginning_waits_where_nothing_was_asked(text: str) -> None:
    assert waits(text, NEW)
    assert waits(text, BOOKED)


@pytest.mark.parametrize("text", COMPLETE)
def test_what_is_complete_never_waits(text: str) -> None:
    assert not any(waits(text, state) for state in (NEW, BOOKED, *OPEN))


@pytest.mark.parametrize("state", [*OPEN, ConversationState(stage=Stage.DISPONIBILIDAD)])
def test_a_fragment_may_be_the_answer_where_something_was_asked(state: ConversationState) -> None:
    assert not waits("para mañana", state)
    assert not waits("con sofi", state)
    assert waits("hola", state), "a greeting answers nothing"


ECHOES = (
    "ok",
    "Ok!",
    "oka",
    "dale",
    "Listo, perfecto",
    "genial 👍",
    "👍",
    "👍🏽",
    "🙏🙏",
    "❤️",
    "buenísimo!!",
    "beleza",
)


@pytest.mark.parametrize("text", ECHOES)
@pytest.mark.parametrize("stage", [Stage.RESERVA_HECHA, Stage.CANCELACION, Stage.DONE])
def test_an_ok_to_what_is_finished_needs_no_answer(text: str, stage: Stage) -> None:
    assert acknowledges(text)
    assert needs_no_answer(text, replace(BOOKED, stage=stage))


@pytest.mark.parametrize("text", ECHOES)
@pytest.mark.parametrize(
    "state", [*OPEN, NEW, *(replace(BOOKED, stage=stage) for stage in (Stage.INICIO, Stage.ERROR))]
)
def test_an_ok_is_answered_while_anything_is_open_or_nothing_is_finished(text: str, state: ConversationState) -> None:
    assert not needs_no_answer(text, state)


@pytest.mark.parametrize(
    "text",
    ["gracias", "gracias 👍", "ok, gracias!", "sí", "no", "ok?", "ok mañana a las 10", "", "😡", "👍 y barba", "chau"],
)
def test_whatever_says_more_than_ok_is_answered(text: str) -> None:
    assert not needs_no_answer(text, BOOKED)


FIRST = Message("salon", "whatsapp:+5491155551234", "SM1", "hola", datetime(2026, 3, 11, tzinfo=UTC), business="+1415")


@pytest.mark.parametrize(
    "other",
    [{"media": True}, {"business": "+1416"}, {"business": ""}, {"track": "slm"}, {"text": "a" * (MAX_TEXT_BYTES - 4)}],
)
def test_only_texts_to_one_number_on_one_track_join_and_not_too_many(other: dict[str, object]) -> None:
    assert joins(FIRST, FIRST, 1, "hola")
    assert not joins(FIRST, replace(FIRST, **other), 1, "hola")  # type: ignore[arg-type]
    assert not joins(replace(FIRST, media=True), FIRST, 1, "hola")
    assert not joins(FIRST, FIRST, FARTHEST, "hola")
