"""What is said of tools that worked, failed, or were refused."""

import pytest

from nlg.turn import Tone
from tests.unit.nlg.builders import HAIRCUT, SALON, SHAVE, WANTED, checked, found, no, reply_to, turn, yes
from turn.model import Action, Decision, Observation
from turn.tools import AGENDA, BOOK, CANCEL, CHECK, FIND, HOURS, PROMOTIONS, RESCHEDULE, SERVICES
from turn.vocabulary import HandoverReason, Intent, Outcome, Stage, Status
from workspace.model import Tool

TASK_OF = {BOOK: Intent.BOOK, RESCHEDULE: Intent.RESCHEDULE, CANCEL: Intent.CANCEL}


def test_a_booking_is_told_with_all_that_matters() -> None:
    reply = reply_to(turn(Intent.BOOK, checked(), yes(BOOK, **HAIRCUT, client_name="Ana Ruiz")))
    for part in ("reservado", "Ana", "Corte de Cabello", "jueves 12/03", "15:00", "Sofía", "PB-AAAAAA"):
        assert part in reply.message
    assert reply.next_state is Stage.RESERVA_HECHA
    assert "?" not in reply.message


@pytest.mark.parametrize("locale", ["es-AR", "pt-BR", "en"])
def test_after_a_booking_the_next_service_is_asked_for(locale: str) -> None:
    booked = yes(BOOK, **HAIRCUT, client_name="Ana Ruiz")
    going_on = turn(Intent.BOOK, booked, active=Intent.BOOK, slots={"service_type": "Tratamiento Capilar"})
    reply = reply_to(going_on, locale=locale)
    assert "PB-AAAAAA" in reply.message
    assert "Tratamiento Capilar" in reply.message
    assert reply.message.endswith("?")
    assert reply.next_state is Stage.RESERVA_HECHA


def test_a_move_is_told_with_its_new_time() -> None:
    reply = reply_to(turn(Intent.RESCHEDULE, yes(RESCHEDULE, **SHAVE, previous={"date": "2026-03-12"})))
    for part in ("cambiado", "Barba", "viernes 13/03", "16:00", "PB-BBBBBB"):
        assert part in reply.message
    assert reply.next_state is Stage.RESERVA_HECHA


def test_a_cancelled_appointment_is_told() -> None:
    reply = reply_to(turn(Intent.CANCEL, yes(CANCEL, **HAIRCUT)))
    for part in ("cancelado", "Corte de Cabello", "jueves 12/03", "15:00"):
        assert part in reply.message
    assert reply.next_state is Stage.CANCELACION


def test_what_an_answer_leaves_open_comes_from_the_arguments() -> None:
    args = {**WANTED, "client_name": "Ana", "staff_name": "Sofía"}
    message = reply_to(turn(Intent.BOOK, yes(BOOK, args, booking_id="PB-AAAAAA"))).message
    assert "jueves 12/03" in message
    assert "PB-AAAAAA" in message


@pytest.mark.parametrize("tool", TASK_OF)
def test_a_bare_yes_is_told_without_details(tool: str) -> None:
    message = reply_to(turn(TASK_OF[tool], yes(tool))).message
    assert "quedó" in message
    assert "{" not in message


@pytest.mark.parametrize("tool", TASK_OF)
def test_a_write_of_unknown_outcome_says_neither_yes_nor_no(tool: str) -> None:
    reply = reply_to(turn(TASK_OF[tool], checked(), Observation(tool, Status.UNKNOWN)))
    assert "todavía no sé si quedó. Preguntame por tu turno" in reply.message
    assert (reply.requires_human, reply.handover_reason) == (True, HandoverReason.FAILED)
    assert (reply.next_state, reply.tone) == (Stage.ERROR, Tone.NEUTRAL)


@pytest.mark.parametrize("tool", AGENDA)
def test_a_failed_look_into_the_agenda_is_said(tool: str) -> None:
    reply = reply_to(turn(TASK_OF.get(tool, Intent.BOOK), Observation(tool, Status.FAILED), missing=("client_name",)))
    assert "no pude consultar la agenda" in reply.message
    assert (reply.next_state, reply.requires_human) == (Stage.ERROR, False)


@pytest.mark.parametrize("tool", [SERVICES, HOURS, PROMOTIONS])
def test_a_failed_answer_is_said_and_the_booking_goes_on(tool: str) -> None:
    alone = reply_to(turn(Intent.INFO_PRICES, Observation(tool, Status.FAILED)))
    assert "no pude consultar esa información" in alone.message
    aside = turn(Intent.INFO_PRICES, Observation(tool, Status.FAILED), missing=("preferred_time",), active=Intent.BOOK)
    assert "¿A qué hora" in reply_to(aside).message


def test_a_rate_limit_asks_politely_to_wait() -> None:
    for tool, intent in ((BOOK, Intent.BOOK), (SERVICES, Intent.INFO_PRICES)):
        reply = reply_to(
            turn(intent, Observation(tool, Status.REFUSED, decision=Decision(Outcome.DENY, "RATE_LIMITED")))
        )
        assert "Esperame un momento" in reply.message
        assert "por favor" in reply.message
        assert reply.next_state is Stage.ERROR


@pytest.mark.parametrize("locale", ["es-AR", "pt-BR", "en"])
@pytest.mark.parametrize("reason", ["TOO_MANY_OPEN", "TOO_MANY_TODAY", "TOO_MUCH_OF_DAY"])
@pytest.mark.parametrize(("tool", "intent"), [(BOOK, Intent.BOOK), (RESCHEDULE, Intent.RESCHEDULE)])
def test_who_has_all_that_one_customer_gets_is_told_whom_to_ask(
    tool: str, intent: Intent, reason: str, locale: str
) -> None:
    contact = "recepcion.de.la.sucursal.centro@estudio-pulpo-ejemplo.com.ar o +54 11 5555-1234"[:80]
    reachable = SALON.model_copy(update={"human_contact": contact})
    seen = (checked(("15:00",)), no(tool, reason, WANTED))
    reply, without = (reply_to(turn(intent, *seen), one, locale=locale) for one in (reachable, SALON))
    for told in (reply, without):
        assert len(told.message) < 200
        assert "?" not in told.message
        assert not any(character.isdigit() for character in told.message.replace(contact, ""))
        assert (told.next_state, told.tone) == (Stage.INICIO, Tone.NEUTRAL)
        assert told.quick_replies == (
            {"es-AR": "Hablar con una persona", "pt-BR": "Falar com uma pessoa"}.get(locale, "Talk to a person"),
        )
    assert contact in reply.message
    assert contact not in without.message
    assert any(word in without.message for word in ("persona", "pessoa", "person"))


def test_the_limits_are_not_told_alike() -> None:
    reasons = ("TOO_MANY_OPEN", "TOO_MANY_TODAY", "TOO_MUCH_OF_DAY")
    assert len({reply_to(turn(Intent.BOOK, no(BOOK, reason, WANTED))).message for reason in reasons}) == 3


def test_another_refusal_cannot_be_done_here() -> None:
    refused = Observation(CANCEL, Status.REFUSED, decision=Decision(Outcome.DENY, "NOT_OWNER"))
    reply = reply_to(turn(Intent.CANCEL, found(HAIRCUT), refused))
    assert "no lo puedo hacer por acá" in reply.message
    assert reply.quick_replies == ("Hablar con una persona",)


def test_a_refusal_that_an_answer_lifts_asks_for_it() -> None:
    asks = Decision(Outcome.ASK_CLARIFICATION, "MISSING_SLOTS", ("client_email",))
    refused = Observation(BOOK, Status.REFUSED, decision=asks)
    assert "e-mail" in reply_to(turn(Intent.BOOK, refused, missing=("client_email",))).message


def test_a_done_write_outweighs_a_failed_look_up() -> None:
    seen = (Observation(CHECK, Status.FAILED), yes(BOOK, **HAIRCUT))
    assert "reservado" in reply_to(turn(Intent.BOOK, *seen)).message


def test_a_write_of_unknown_outcome_outweighs_a_done_one() -> None:
    seen = (yes(BOOK, **HAIRCUT), Observation(CANCEL, Status.UNKNOWN))
    assert "todavía no sé" in reply_to(turn(Intent.BOOK, *seen)).message


def test_a_write_of_a_workspaces_own_is_told_in_general_words() -> None:
    own = SALON.model_copy(update={"tools": (*SALON.tools, Tool(name="send_invoice", effect="write"))})
    assert reply_to(turn(Intent.OTHER, yes("send_invoice")), own).message == "¡Listo! Quedó hecho."


def test_a_tool_that_the_workspace_does_not_have_is_trusted_with_nothing() -> None:
    assert "hecho" not in reply_to(turn(Intent.OTHER, yes("send_invoice"))).message
    assert reply_to(turn(Intent.OTHER, Observation("send_invoice", Status.UNKNOWN))).requires_human


def test_a_cancel_of_what_is_gone_says_so() -> None:
    assert "No encontré ese turno" in reply_to(turn(Intent.CANCEL, no(CANCEL, "NOT_FOUND"))).message


def test_no_appointments_found_is_said() -> None:
    for seen in (found(), no(FIND, "NOT_FOUND")):
        assert "No encontré ningún turno" in reply_to(turn(Intent.CANCEL, seen)).message


def test_a_change_that_the_workspace_cannot_make_goes_to_a_person() -> None:
    lesser = SALON.model_copy(update={"tools": tuple(tool for tool in SALON.tools if tool.name != RESCHEDULE)})
    reply = reply_to(turn(Intent.RESCHEDULE), lesser)
    assert reply.requires_human
    assert "no lo puedo hacer por acá" in reply.message


def test_a_task_that_was_let_go_ends_quietly() -> None:
    reply = reply_to(turn(Intent.CANCEL))
    assert (reply.requires_human, reply.next_state) == (False, Stage.INICIO)
    assert "lo dejamos ahí" in reply.message


def test_a_move_within_the_day_names_the_day_once() -> None:
    args = {"booking_id": "PB-AAAAAA", "preferred_date": "2026-03-12", "preferred_time": "11:30"}
    asked = turn(Intent.RESCHEDULE, found(HAIRCUT), waiting=Action(RESCHEDULE, args))
    message = "Voy a pasar tu turno de Corte de Cabello del jueves 12/03 de las 15:00 a las 11:30. ¿Confirmás?"
    assert reply_to(asked).message == message


@pytest.mark.parametrize("intent", [Intent.INFO_PRICES, Intent.CHITCHAT])
def test_a_write_that_waits_is_asked_for_again_after_something_else(intent: Intent) -> None:
    waiting = (Action(CANCEL, {"booking_id": "PB-AAAAAA"}),)
    reply = reply_to(turn(intent, active=Intent.CANCEL, pending=waiting))
    assert reply.message.endswith("¿Confirmás que cancele tu turno?")
    assert reply.next_state is Stage.CANCELACION
