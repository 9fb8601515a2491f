"""What was done: told from this turn's observations, and from nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.nlg.builders import no, yes
from tests.unit.nlg.tasks.build import (
    ANA_OF_TWO,
    FRIDAY,
    LANGUAGES,
    OWN_BEARD,
    OWN_CUT,
    THURSDAY,
    booking,
    changing,
    meaning,
    message_to,
    reply_to,
    row,
    turn,
)
from tests.unit.nlg.test_templates import DONE_WORDS
from turn import steps
from turn.meaning import KnownAppointment
from turn.model import Observation
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, RESTORE
from turn.vocabulary import Stage, Status

PRICES = {"price_min": 3500.0, "price_max": 6000.0}
THE_WRITES = (BOOK_ALL, CHANGE, CANCEL_ALL, RESTORE)


def booked(*rows: dict[str, Any], already: bool = False) -> Observation:
    """Appointments that were booked."""
    return yes(BOOK_ALL, group_id="PB-AAAAAA", already=already, appointments=list(rows))


def changed(after: KnownAppointment, *names: str, before: KnownAppointment = OWN_CUT, **args: str) -> Observation:
    """A change of the haircut of Friday."""
    told = row(after, masked_email="a***l@gmail.com")
    args = {"booking_id": before.id, **args}
    return yes(CHANGE, args, booking_id=before.id, before=row(before), after=told, changed=list(names))


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (booked(row(OWN_CUT, **PRICES)),
         "¡Listo, Ana! Quedó reservado: Corte de Cabello el viernes 13/03 a las 15:00 con Sofía, $3.500–$6.000. "
         "Tu código es PB-AAAAAA."),
        (booked(row(replace(OWN_CUT, name="Elsa Bruno"), **PRICES)),
         "¡Listo! Quedó reservado para Elsa Bruno: Corte de Cabello el viernes 13/03 a las 15:00 con Sofía, "
         "$3.500–$6.000. El código es PB-AAAAAA."),
        (booked(row(OWN_CUT), already=True),
         "Ya lo tenés: Corte de Cabello el viernes 13/03 a las 15:00 con Sofía. Tu código es PB-AAAAAA."),
        (changed(replace(OWN_CUT, day=THURSDAY), "date"),
         "Listo, te pasé Corte de Cabello del viernes 13/03 a las 15:00 al jueves 12/03 a las 15:00, con Sofía. "
         "Código PB-AAAAAA."),
        (changed(replace(OWN_CUT, time="16:00"), "time"),
         "Listo, te pasé Corte de Cabello del viernes 13/03 de las 15:00 a las 16:00, con Sofía. Código PB-AAAAAA."),
        (changed(replace(OWN_CUT, time="16:00", staff="María"), "time", "staff_name"),
         "Listo, te pasé Corte de Cabello del viernes 13/03 de las 15:00 a las 16:00. "
         "Te atiende María en lugar de Sofía."),
        (changed(replace(OWN_CUT, staff="Carlos"), "staff_name", staff_name="Carlos"),
         "Listo, cambié tu turno: Corte de Cabello el viernes 13/03 a las 15:00. Ahora es con Carlos."),
        (changed(replace(OWN_CUT, service="Coloración"), "service_type"),
         "Listo, cambié tu turno: Corte de Cabello el viernes 13/03 a las 15:00. "
         "Ahora es Coloración en lugar de Corte de Cabello: $8.000–$12.000."),
        (changed(replace(OWN_CUT, name="Pedro Gil"), "client_name"),
         "Listo, cambié tu turno: Corte de Cabello el viernes 13/03 a las 15:00. Quedó a nombre de Pedro Gil."),
        (changed(OWN_CUT, "client_email"),
         "Listo, cambié tu turno: Corte de Cabello el viernes 13/03 a las 15:00. "
         "El e-mail quedó como a***l@gmail.com."),
        (changed(OWN_CUT),
         "Tu turno ya está así: Corte de Cabello el viernes 13/03 a las 15:00 con Sofía. Código PB-AAAAAA."),
        (yes(CANCEL_ALL, appointments=[row(OWN_CUT)]),
         "Listo, tu turno de Corte de Cabello del viernes 13/03 a las 15:00 quedó cancelado. "
         "Cuando quieras otro, escribime."),
        (yes(RESTORE, already=False, **row(OWN_CUT)),
         "Listo, tu turno vuelve a estar reservado: Corte de Cabello el viernes 13/03 a las 15:00 con Sofía. "
         "El código es el mismo: PB-AAAAAA."),
        (yes(RESTORE, already=True, **row(OWN_CUT)),
         "Tu turno sigue en pie: Corte de Cabello el viernes 13/03 a las 15:00 con Sofía. Código PB-AAAAAA."),
    ],
)  # fmt: skip
def test_one_thing_done_is_told_whole(seen: Observation, message: str) -> None:
    assert message_to(turn(seen)) == message


@pytest.mark.parametrize("locale", LANGUAGES)
def test_several_booked_have_a_line_each_with_price_and_code_and_a_sum(locale: str) -> None:
    reply = reply_to(turn(booked(row(OWN_CUT, **PRICES), row(OWN_BEARD))), locale)
    head, first, second, total = reply.message.split("\n")
    price, sum_ = ("$3500–$6000", "$6000–$8500") if locale == "en" else ("$3.500–$6.000", "$6.000–$8.500")
    assert "Ana" in head
    for part in ("13/03 15:00", "Corte de Cabello", "Sofía", price, "PB-AAAAAA"):
        assert part in first
    assert "PB-BBBBBB" in second
    assert sum_ in total
    assert reply.next_state is Stage.RESERVA_HECHA


def test_several_of_one_day_name_it_once_and_say_for_whom() -> None:
    child = KnownAppointment("PB-CCCCCC", "Barba", FRIDAY, "15:45", "Carlos", "Bautista")
    message = message_to(turn(booked(row(OWN_CUT), row(child))))
    assert message.split("\n")[0] == "¡Listo, Ana! Quedaron reservados el viernes 13/03:"
    assert "15:45: Barba, con Carlos, para Bautista, $2.500, PB-CCCCCC" in message
    assert message.count("13/03") == 1


def test_six_long_names_fit_and_keep_every_code_and_hour() -> None:
    rows = [
        row(KnownAppointment(f"PB-{'ABCDEF'[n] * 6}", "Tratamiento Capilar Profundo de Keratina", f"2026-03-{n + 12}",
                             "15:00", "María de los Ángeles Wolfeschlegel", "Ana Paz"))
        for n in range(6)
    ]  # fmt: skip
    message = message_to(turn(booked(*rows)))
    assert 200 < len(message) <= 480
    assert message.count("15:00") == 6
    assert all(f"PB-{letter * 6}" in message for letter in "ABCDEF")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_several_cancelled_are_listed_without_codes(locale: str) -> None:
    reply = reply_to(turn(yes(CANCEL_ALL, appointments=[row(OWN_CUT), row(OWN_BEARD)])), locale)
    assert "Corte de Cabello" in reply.message
    assert "Barba" in reply.message
    assert "PB-" not in reply.message
    assert reply.next_state is Stage.CANCELACION


def test_a_change_that_undoes_another_says_so() -> None:
    message = message_to(turn(changed(OWN_CUT, "date", before=replace(OWN_CUT, day=THURSDAY)), said=meaning("undo")))
    assert message.startswith("Listo, lo dejé como estaba: Corte de Cabello el viernes 13/03 a las 15:00")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_move_names_the_old_time_and_the_new(locale: str) -> None:
    message = message_to(turn(changed(replace(OWN_CUT, day=THURSDAY, time="11:30"), "date", "time")), locale)
    assert message.index("13/03") < message.index("15:00") < message.index("12/03") < message.index("11:30")


def test_two_writes_of_a_turn_are_both_told() -> None:
    seen = (yes(CANCEL_ALL, appointments=[row(OWN_BEARD)]), booked(row(OWN_CUT)))
    message = message_to(turn(*seen, customer=ANA_OF_TWO))
    assert "quedó cancelado" in message
    assert "PB-AAAAAA" in message
    assert len(message) < 200


def test_what_was_done_and_the_next_question_come_together() -> None:
    reply = reply_to(turn(booked(row(OWN_CUT)), step=steps.WHEN, front=booking(), notes=(steps.RESUMED,)))
    assert "Código PB-AAAAAA" in reply.message or "código es PB-AAAAAA" in reply.message
    assert reply.message.endswith("?")
    assert reply.next_state is Stage.DISPONIBILIDAD


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("tool", THE_WRITES)
@pytest.mark.parametrize("status", [Status.FAILED, Status.UNKNOWN, Status.REFUSED, Status.SKIPPED])
def test_a_write_that_did_not_say_yes_is_never_told_as_done(tool: str, status: Status, locale: str) -> None:
    seen = Observation(tool, status, args={"booking_id": "PB-AAAAAA"})
    reply = reply_to(turn(seen, front=changing()), locale)
    assert not DONE_WORDS.search(reply.message)
    assert reply.requires_human == (status is Status.UNKNOWN)


@pytest.mark.parametrize("tool", THE_WRITES)
def test_a_tools_no_is_never_told_as_done(tool: str) -> None:
    assert not DONE_WORDS.search(message_to(turn(no(tool, "TAKEN"), front=changing())))


def test_one_write_done_and_another_failed_are_both_told_truly() -> None:
    seen = (booked(row(OWN_CUT)), Observation(CANCEL_ALL, Status.FAILED))
    message = message_to(turn(*seen))
    assert "Quedó reservado" in message
    assert "no hice ningún cambio" not in message
    assert "Lo demás no lo pude hacer" in message
