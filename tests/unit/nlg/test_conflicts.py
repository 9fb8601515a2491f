"""Why what is wanted cannot be, and what is offered instead."""

import pytest

from tests.unit.nlg.builders import HAIRCUT, SALON, SHAVE, VET, WANTED, checked, found, no, reply_to, turn
from turn.model import Observation, Offer
from turn.tools import BOOK, CHECK, RESCHEDULE
from turn.vocabulary import Intent, PartOfDay, Stage, Status, Topic


@pytest.mark.parametrize(
    ("changes", "missing", "words"),
    [
        ({"preferred_date": "2026-03-15"}, "preferred_date", "Los domingos estamos cerrados."),
        ({"preferred_date": "2026-03-09"}, "preferred_date", "El lunes 09/03 ya pasó."),
        ({"preferred_date": "2028-03-09"}, "preferred_date", "todavía no doy turnos"),
        ({"preferred_date": "el jueves"}, "preferred_date", "no la pude entender"),
        ({"preferred_time": "22:00"}, "preferred_time", "El jueves 12/03 a las 22:00 ya estamos cerrados."),
        ({"preferred_time": "13:30"}, "preferred_time", "a las 13:30 está cerrado: abrimos de nuevo a las 14:00."),
        ({"preferred_time": "07:00"}, "preferred_time", "todavía está cerrado: abrimos a las 09:00."),
        ({"preferred_time": "12:45"}, "preferred_time", "no llegamos a terminar antes de la pausa del mediodía"),
        ({"preferred_time": "18:45"}, "preferred_time", "no llegamos a terminar antes del cierre"),
        ({"preferred_date": "2026-03-11", "preferred_time": "09:30"}, "preferred_time", "Las 09:30 de ese día ya"),
        ({"preferred_time": "a las 3"}, "preferred_time", "hora no la pude entender"),
        ({"staff_name": "Lucía"}, "staff_name", "Lucía no hace Corte de Cabello."),
        ({"staff_name": "Nadie"}, "staff_name", "No encontré a esa persona"),
        ({"service_type": "Depilación"}, "service_type", "No hacemos ese servicio."),
        ({"client_email": "ana@"}, "client_email", "e-mail no parece completo"),
    ],
)
def test_what_cannot_be_is_said_with_one_question(changes: dict[str, str], missing: str, words: str) -> None:
    reply = reply_to(turn(Intent.BOOK, slots={**WANTED, **changes}, missing=(missing,)))
    assert words in reply.message
    assert reply.message.count("?") == 1
    assert reply.message.endswith("?")


def test_a_closed_day_names_the_next_open_ones() -> None:
    reply = reply_to(turn(Intent.BOOK, slots={**WANTED, "preferred_date": "2026-03-15"}, missing=("preferred_date",)))
    assert "lunes 16/03" in reply.message
    assert reply.quick_replies == ("lunes 16/03", "martes 17/03")
    assert reply.next_state is Stage.DISPONIBILIDAD


def test_a_holiday_is_closed_by_its_date() -> None:
    slots = {"service_type": "Ecografía", "preferred_date": "2026-09-18"}
    message = reply_to(turn(Intent.BOOK, slots=slots, missing=("preferred_date",)), VET).message
    assert message.startswith("El viernes 18/09 estamos cerrados.")


def test_staff_who_do_it_are_named() -> None:
    slots = {"service_type": "Barba", "staff_name": "Lucía"}
    reply = reply_to(turn(Intent.BOOK, slots=slots, missing=("staff_name",)))
    assert "Carlos" in reply.message
    assert reply.message.endswith("Ese servicio lo hace Carlos. ¿Te anoto con Carlos?")
    assert reply.quick_replies == ("Sí", "No")


def test_a_taken_time_offers_the_nearest_free_ones() -> None:
    reply = reply_to(turn(Intent.BOOK, checked(), slots=WANTED, missing=("preferred_time", "client_name")))
    assert "El jueves 12/03 a las 15:00 no hay lugar." in reply.message
    assert reply.quick_replies == ("14:00", "14:30", "15:30", "16:00")
    assert reply.offers == tuple(Offer("2026-03-12", time) for time in reply.quick_replies)
    assert "nombre" not in reply.message


def test_the_nearest_free_times_respect_the_part_of_the_day() -> None:
    slots = {**WANTED, "preferred_time": "12:30"}
    asked = turn(Intent.BOOK, checked(), slots=slots, missing=("preferred_time",), part=PartOfDay.MORNING)
    assert reply_to(asked).quick_replies == ("09:15", "10:00", "11:30", "12:00")


def test_a_time_taken_for_one_member_of_staff_names_them() -> None:
    slots = {**WANTED, "staff_name": "Sofía"}
    assert "con Sofía" in reply_to(turn(Intent.BOOK, checked(), slots=slots, missing=("preferred_time",))).message


def test_who_else_is_free_at_the_wanted_time_is_said() -> None:
    slots = {**WANTED, "staff_name": "Sofía"}
    busy = checked(staff_by_time={"15:00": ["Carlos", "María"], "15:30": ["Sofía"]})
    message = reply_to(turn(Intent.BOOK, busy, slots=slots, missing=("preferred_time",))).message
    assert "A las 15:00 sí hay lugar con Carlos o María." in message
    anyone = turn(Intent.BOOK, busy, slots=WANTED, missing=("preferred_time",))
    assert "sí hay lugar" not in reply_to(anyone).message


def test_a_booking_refused_as_taken_offers_what_came_with_it() -> None:
    seen = (checked(("15:00", "15:15")), no(BOOK, "TAKEN", WANTED, times=["15:30", "16:00"]))
    reply = reply_to(turn(Intent.BOOK, *seen, slots=WANTED, missing=("preferred_time",)))
    assert reply.quick_replies == ("15:30", "16:00")


def test_a_booking_refused_as_taken_does_not_offer_the_taken_time_again() -> None:
    seen = (checked(("14:45", "15:00", "15:15")), no(BOOK, "TAKEN", WANTED))
    reply = reply_to(turn(Intent.BOOK, *seen, slots=WANTED, missing=("preferred_time",)))
    assert reply.quick_replies == ("14:45", "15:15")


def test_a_skipped_booking_is_told_as_the_taken_time_it_is() -> None:
    seen = (checked(), Observation(BOOK, Status.SKIPPED))
    reply = reply_to(turn(Intent.BOOK, *seen, slots=WANTED, missing=("preferred_time",)))
    assert "no hay lugar" in reply.message
    assert "reservado" not in reply.message


def test_a_full_day_offers_the_nearest_other_day() -> None:
    later = [{"date": "2026-03-13", "times": ["10:00", "12:00", "17:00"]}, {"date": "2026-03-14", "times": ["10:00"]}]
    asked = turn(Intent.BOOK, checked((), next=later), slots=WANTED, missing=("preferred_date",))
    reply = reply_to(asked)
    assert "El jueves 12/03 no queda lugar." in reply.message
    assert "viernes 13/03" in reply.message
    assert reply.offers == tuple(Offer("2026-03-13", time) for time in ("10:00", "12:00", "17:00"))


def test_a_full_day_without_others_asks_for_another() -> None:
    reply = reply_to(turn(Intent.BOOK, checked(()), slots=WANTED, missing=("preferred_date",)))
    assert reply.message == "El jueves 12/03 no queda lugar. ¿Qué otro día te queda bien?"


def test_a_closed_day_that_only_the_agenda_knows_is_said() -> None:
    asked = turn(Intent.BOOK, no(CHECK, "CLOSED"), slots=WANTED, missing=("preferred_date",))
    assert "El jueves 12/03 estamos cerrados." in reply_to(asked).message


def test_a_later_problem_is_said_and_the_first_slot_is_asked() -> None:
    asked = turn(Intent.BOOK, slots={"preferred_date": "2026-03-15"}, missing=("service_type", "preferred_date"))
    reply = reply_to(asked)
    assert reply.message.startswith("Los domingos estamos cerrados.")
    assert reply.message.endswith("¿Qué servicio querés?")
    assert reply.next_state is Stage.SELECCION_SERVICIO


def test_a_full_day_behind_another_question_asks_only_that_one() -> None:
    seen = checked((), next=[{"date": "2026-03-13", "times": ["10:00"]}])
    reply = reply_to(turn(Intent.BOOK, seen, slots=WANTED, missing=("staff_name", "preferred_date")))
    assert reply.message.count("?") == 1
    assert reply.offers == ()


@pytest.mark.parametrize("business", [SALON, VET])
def test_a_service_not_offered_is_said_with_what_is(business: object) -> None:
    workspace = VET if business is VET else SALON
    reply = reply_to(turn(Intent.BOOK, topic=Topic.NOT_OFFERED, missing=("service_type", "preferred_date")), workspace)
    assert reply.message.startswith("No hacemos ese servicio.")
    assert workspace.service_names[0] in reply.message
    assert reply.message.endswith("¿Qué servicio querés?")


def test_a_service_not_offered_in_the_middle_of_a_booking_goes_on() -> None:
    slots = {"service_type": "Barba"}
    asked = turn(Intent.BOOK, topic=Topic.NOT_OFFERED, slots=slots, missing=("preferred_date",), active=Intent.BOOK)
    reply = reply_to(asked)
    assert "No hacemos ese servicio." in reply.message
    assert "¿Para qué día" in reply.message


def test_moving_to_a_full_hour_speaks_of_the_new_day_at_the_old_time() -> None:
    seen = (found(HAIRCUT), checked(date="2026-03-13"))
    asked = turn(Intent.RESCHEDULE, *seen, slots={"preferred_date": "2026-03-13"}, missing=("preferred_time",))
    reply = reply_to(asked)
    assert "El viernes 13/03 a las 15:00 no hay lugar." in reply.message
    assert reply.offers[0] == Offer("2026-03-13", "14:00")


def test_moving_to_a_closed_hour_of_the_same_day_is_said() -> None:
    asked = turn(Intent.RESCHEDULE, found(HAIRCUT), slots={"preferred_time": "22:00"}, missing=("preferred_time",))
    assert "El jueves 12/03 a las 22:00 ya estamos cerrados." in reply_to(asked).message


def test_a_refused_move_offers_other_times() -> None:
    args = {"booking_id": "PB-BBBBBB", "preferred_date": "2026-03-16", "preferred_time": "16:00"}
    refused = no(RESCHEDULE, "TAKEN", args, times=["15:30", "16:30"])
    slots = {"preferred_date": "2026-03-16", "preferred_time": "16:00"}
    reply = reply_to(turn(Intent.RESCHEDULE, refused, slots=slots, missing=("preferred_time",)))
    assert "El lunes 16/03 a las 16:00 no hay lugar." in reply.message
    assert reply.offers == (Offer("2026-03-16", "15:30"), Offer("2026-03-16", "16:30"))


def test_which_appointment_moves_is_known_from_what_was_said() -> None:
    seen = (found(HAIRCUT, SHAVE), checked(date="2026-03-16"))
    slots = {"service_type": "Barba", "preferred_date": "2026-03-16"}
    message = reply_to(turn(Intent.RESCHEDULE, *seen, slots=slots, missing=("preferred_date",))).message
    assert "Corte" not in message


def test_the_open_days_are_named_one_by_one() -> None:
    asked = turn(Intent.BOOK, slots={**WANTED, "preferred_date": "2026-03-15"}, missing=("preferred_date",))
    assert "Abrimos el lunes 16/03 y el martes 17/03." in reply_to(asked).message


def test_a_message_that_was_to_give_an_email_and_gave_none_is_told_so() -> None:
    slots = {**WANTED, "client_name": "Ana Ruiz"}
    asked = turn(Intent.BOOK, slots=slots, missing=("client_email",), active=Intent.BOOK)
    assert reply_to(asked).message.startswith("Necesito un e-mail completo")
    first = turn(Intent.BOOK, slots=slots, missing=("client_email",), said={"client_name": "Ana Ruiz"})
    assert reply_to(first).message == "¿Me pasás tu e-mail?"
