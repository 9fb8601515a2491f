"""What could not be, with its reason."""

from typing import Any

import pytest

from tests.unit.nlg.builders import PHRASES, no
from tests.unit.nlg.tasks.build import (
    ANA_OF_TWO,
    FRIDAY,
    LANGUAGES,
    OWN_CUT,
    SALON,
    booking,
    changing,
    message_to,
    placed,
    reply_to,
    row,
    turn,
    visit,
)
from turn import steps
from turn.meaning import Item
from turn.model import Decision, Observation
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CUSTOMER, FREE_TIMES, RESTORE
from turn.vocabulary import Outcome, Stage, Status

OFFERS = (visit(placed("10:00")), visit(placed("09:00", "2026-03-16")))


def not_free(because: str, *days: str, times: tuple[str, ...] = (), **item: Any) -> Observation:
    """No free times for a haircut."""
    args = {"items": [{"service_type": "Corte de Cabello", **item}], "days": list(days), "times": list(times)}
    return no(FREE_TIMES, "NO_FREE_TIMES", args, because=because, next=[])


def refused(tool: str, reason: str, **output: Any) -> Observation:
    """A booking of a beard with Sofía on Friday at ten, or a change of the haircut to six, that cannot be."""
    items = [{"service_type": "Barba", "date": FRIDAY, "time": "10:00", "staff_name": "Sofía"}]
    args = {"items": items} if tool == BOOK_ALL else {"booking_id": "PB-AAAAAA", "preferred_time": "18:00"}
    return no(tool, reason, args, **output)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (not_free("CLOSED", "2026-03-15"), "Los domingos estamos cerrados."),
        (not_free("CLOSED", "2026-03-15..2026-03-16"), "Esos días estamos cerrados."),
        (not_free("PAST", "2026-03-10"), "El martes 10/03 ya pasó."),
        (not_free("PAST", "2026-03-11", times=("09:00",)), "Las 09:00 de ese día ya pasaron."),
        (not_free("PAST", "2026-03-11"), "Para hoy ya no llegamos."),
        (not_free("TOO_FAR"), "Para una fecha tan lejana todavía no doy turnos."),
        (not_free("OUTSIDE_HOURS", FRIDAY, times=("20:00",)), "El viernes 13/03 a las 20:00 ya estamos cerrados."),
        (not_free("OUTSIDE_HOURS", FRIDAY, times=("08:00",)), "todavía está cerrado: abrimos a las 09:00."),
        (not_free("OUTSIDE_HOURS", FRIDAY, times=("18:30",)),
         "no llegamos a terminar antes del cierre. Para Corte de Cabello, lo último es a las 18:15."),
        (not_free("OUTSIDE_HOURS", f"{FRIDAY}T20:00"), "El viernes 13/03 a las 20:00 ya estamos cerrados."),
        (not_free("OUTSIDE_HOURS", FRIDAY, times=(">=20:00",)), "El viernes 13/03 atendemos 9:00–13:00 y 14:00–19:00."),
        (not_free("OUTSIDE_HOURS", times=("22:00",)), "A las 22:00 no atendemos."),
        (not_free("OUTSIDE_HOURS", times=(">=20:00",)), "En ese horario no atendemos."),
        (not_free("TAKEN", FRIDAY, times=("10:00",)), "El viernes 13/03 a las 10:00 no hay lugar."),
        (not_free("TAKEN", FRIDAY, times=("10:00",), staff_name=["Sofía"]), "a las 10:00 no hay lugar con Sofía."),
        (not_free("TAKEN", FRIDAY), "El viernes 13/03 no queda lugar."),
        (not_free("TAKEN"), "En ese horario no queda lugar."),
        (not_free("OWN_APPOINTMENT", FRIDAY, times=("15:00",)),
         "A esa hora ya tenés Corte de Cabello el viernes 13/03 a las 15:00."),
        (not_free("OWN_APPOINTMENT", "2026-03-20", times=("15:00",)), "A esa hora ya tenés otro turno."),
        (not_free("NO_OTHER_STAFF"), "Corte de Cabello lo hace solamente Carlos, María o Sofía."),
        (refused(BOOK_ALL, "TAKEN", item=0.0), "El viernes 13/03 a las 10:00 no hay lugar con Sofía."),
        (refused(BOOK_ALL, "STAFF_DOES_NOT_DO", item=0.0), "Sofía no hace Barba. Ese servicio lo hace Carlos."),
        (refused(BOOK_ALL, "OWN_APPOINTMENT", item=0.0, appointment=row(OWN_CUT)),
         "A esa hora ya tenés Corte de Cabello el viernes 13/03 a las 15:00."),
        (refused(BOOK_ALL, "TOO_MANY_ITEMS", most=6.0), "Por acá puedo reservar hasta 6 servicios juntos."),
        (refused(BOOK_ALL, "TOO_MANY_OPEN"), "Ya tenés varios turnos con nosotros"),
        (refused(BOOK_ALL, "TOO_MANY_TODAY"), "Por hoy no puedo darte más turnos"),
        (refused(BOOK_ALL, "TOO_MUCH_OF_DAY"), "Para ese día ya tenés varios turnos"),
        (refused(CHANGE, "TAKEN"), "El viernes 13/03 a las 18:00 no hay lugar. Tu turno queda como estaba."),
        (refused(CHANGE, "STAFF_DOES_NOT_DO", staff=["Lucía"]), "Ese servicio lo hace Lucía."),
        (refused(CHANGE, "NOT_FOUND"), "No encontré ese turno entre los tuyos."),
        (no(CANCEL_ALL, "NOT_FOUND", booking_ids=["PB-AAAAAA"]), "No encontré ese turno entre los tuyos."),
        (no(RESTORE, "TAKEN"), "Esa hora ya la tomó otra persona"),
        (no(RESTORE, "TOO_LATE"), "Ese turno ya no lo puedo recuperar."),
    ],
)  # fmt: skip
def test_why_it_cannot_be(seen: Observation, words: str) -> None:
    task = changing() if seen.tool in (CHANGE, RESTORE, CANCEL_ALL) else booking()
    assert words in message_to(turn(seen, front=task))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("because", ["CLOSED", "PAST", "TOO_FAR", "OUTSIDE_HOURS", "TAKEN", "NO_OTHER_STAFF"])
def test_the_reason_and_what_is_near_come_in_one_message(because: str, locale: str) -> None:
    day = "2026-03-15" if because == "CLOSED" else "2026-03-10" if because == "PAST" else FRIDAY
    asked = turn(not_free(because, day, times=("20:00",)), step=steps.OFFER, front=booking(offers=OFFERS))
    reply = reply_to(asked, locale)
    without = reply_to(turn(step=steps.OFFER, front=booking(offers=OFFERS)), locale)
    assert "13/03" in reply.message
    assert "16/03" in reply.message
    assert reply.message.endswith("?")
    assert reply.message != without.message
    assert reply.quick_replies == without.quick_replies


def test_a_closed_day_without_offers_says_when_it_is_open() -> None:
    message = message_to(turn(not_free("CLOSED", "2026-03-15"), step=steps.WHEN, front=booking()))
    assert "Abrimos el lunes 16/03 y el martes 17/03." in message


def test_what_is_nearest_is_called_so() -> None:
    seen = not_free("TAKEN", FRIDAY, times=("15:00",))
    one = message_to(turn(seen, step=steps.OFFER, front=booking(offers=OFFERS[:1])))
    assert "Lo más cercano es Corte de Cabello el viernes 13/03 a las 10:00 con Sofía. ¿Te va bien?" in one
    several = message_to(turn(seen, step=steps.OFFER, front=booking(offers=OFFERS)))
    assert "Lo más cercano que tengo: viernes 13/03 a las 10:00; lunes 16/03 a las 09:00." in several


@pytest.mark.parametrize("locale", PHRASES)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_many_days_after_a_no_are_told_whole(times: int, locale: str) -> None:
    days = ("2026-03-14", "2026-03-18", "2026-03-25", "2026-04-01")
    offers = tuple(visit(placed("17:15", day, "Tratamiento Capilar")) for day in days)
    task = booking(items=(Item("Tratamiento Capilar"),), offers=offers)
    seen = not_free("OUTSIDE_HOURS", "2026-03-14", times=(">=17:00",))
    message = message_to(turn(seen, step=steps.OFFER, front=task, times=times), locale)
    assert all(f"{day[8:]}/{day[5:7]}" in message for day in days)
    assert message[-1] in ".?"


def test_a_day_is_named_once_where_it_has_other_hours() -> None:
    offers = (visit(placed("17:30")), visit(placed("16:30")))
    seen = not_free("TAKEN", FRIDAY, times=("18:00",))
    message = message_to(turn(seen, step=steps.OFFER, front=booking(days=(FRIDAY,), offers=offers)))
    told = "El viernes 13/03 a las 18:00 no hay lugar. Tengo libre a las 17:30 o 16:30."
    assert message == f"{told} ¿Cuál te queda mejor?"


def test_a_limit_asks_nothing_more_and_names_whom_to_ask() -> None:
    reply = reply_to(turn(refused(BOOK_ALL, "TOO_MANY_OPEN"), step=steps.OFFER, front=booking(offers=OFFERS)))
    assert "?" not in reply.message
    assert reply.quick_replies == ("Hablar con una persona",)


def test_a_missing_address_is_told_by_the_question_alone() -> None:
    seen = refused(BOOK_ALL, "EMAIL_REQUIRED")
    with_no = message_to(turn(seen, step=steps.EMAIL_NEEDED, front=booking()))
    assert with_no == message_to(turn(step=steps.EMAIL_NEEDED, front=booking()))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_an_agenda_that_failed_is_said_and_nothing_else(locale: str) -> None:
    reply = reply_to(turn(Observation(FREE_TIMES, Status.FAILED), step=steps.WHEN, front=booking()), locale)
    assert reply.next_state is Stage.ERROR
    assert "?" not in reply.message


def test_a_customers_record_that_could_not_be_read_keeps_nobody_from_booking() -> None:
    seen = Observation(CUSTOMER, Status.FAILED)
    assert message_to(turn(seen, step=steps.WHEN, front=booking(), customer=None)).endswith("?")


def test_a_rate_limit_is_a_request_to_wait() -> None:
    seen = Observation(BOOK_ALL, Status.REFUSED, decision=Decision(Outcome.DENY, "RATE_LIMITED"))
    assert "Esperame un momento" in message_to(turn(seen, front=booking()))


def test_of_several_services_the_refused_one_is_named() -> None:
    items = [
        {"service_type": "Corte de Cabello", "date": FRIDAY, "time": "10:00"},
        {"service_type": "Manicura", "date": FRIDAY, "time": "11:00", "staff_name": "Lucía"},
    ]
    message = message_to(turn(no(BOOK_ALL, "TAKEN", {"items": items}, item=1.0), front=booking(), customer=ANA_OF_TWO))
    assert "a las 11:00 no hay lugar con Lucía" in message


def test_a_group_that_is_too_large_has_its_size_from_the_manifest_when_the_tool_has_none() -> None:
    assert f"hasta {SALON.booking.max_group_size} servicios" in message_to(turn(refused(BOOK_ALL, "TOO_MANY_ITEMS")))
