"""What is asked next, and how a write is confirmed."""

from dataclasses import replace

import pytest

from tests.unit.nlg.builders import HAIRCUT, SALON, SHAVE, TIMES, VET, WANTED, checked, found, reply_to, turn
from turn.model import Action, Offer
from turn.tools import BOOK, CANCEL, RESCHEDULE
from turn.vocabulary import Intent, PartOfDay, Stage

CANCEL_IT = Action(CANCEL, {"booking_id": "PB-AAAAAA"})
MOVE_IT = Action(RESCHEDULE, {"booking_id": "PB-AAAAAA", "preferred_date": "2026-03-13", "preferred_time": "16:00"})
DAY = {"service_type": "Corte de Cabello", "preferred_date": "2026-03-12"}


@pytest.mark.parametrize(
    ("slot", "words", "stage"),
    [
        ("service_type", "¿Qué servicio", Stage.SELECCION_SERVICIO),
        ("staff_name", "¿Con quién", Stage.DISPONIBILIDAD),
        ("preferred_date", "¿Para qué día", Stage.DISPONIBILIDAD),
        ("preferred_time", "¿A qué hora", Stage.DISPONIBILIDAD),
        ("client_name", "¿A nombre de quién", Stage.CONFIRMACION),
        ("client_email", "¿Me pasás tu e-mail", Stage.CONFIRMACION),
        ("client_phone", "¿Me pasás tu teléfono", Stage.CONFIRMACION),
        ("booking_id", "¿Cuál querés cambiar", Stage.DISPONIBILIDAD),
    ],
)
def test_only_the_first_missing_slot_is_asked(slot: str, words: str, stage: Stage) -> None:
    intent = Intent.RESCHEDULE if slot == "booking_id" else Intent.BOOK
    reply = reply_to(turn(intent, missing=(slot, "client_email")))
    assert words in reply.message
    assert reply.message.count("?") == 1
    assert reply.next_state is stage


def test_the_service_question_lists_what_is_done_here() -> None:
    for business in (SALON, VET):
        reply = reply_to(turn(Intent.BOOK, missing=("service_type",)), business)
        assert business.service_names[0] in reply.message
        assert reply.quick_replies == tuple(name for name in business.service_names if len(name) <= 30)[:4]


def test_the_time_question_offers_times_over_the_whole_day() -> None:
    reply = reply_to(turn(Intent.BOOK, checked(), slots=DAY, missing=("preferred_time", "client_name")))
    assert "jueves 12/03" in reply.message
    assert reply.quick_replies == ("09:00", "12:00", "15:30", "18:00")
    assert reply.offers == tuple(Offer("2026-03-12", time) for time in reply.quick_replies)
    assert all(time in reply.message for time in reply.quick_replies)


def test_the_preferred_part_of_the_day_is_respected() -> None:
    asked = turn(Intent.BOOK, checked(), slots=DAY, missing=("preferred_time",), part=PartOfDay.MORNING)
    assert all(time < "13:00" for time in reply_to(asked).quick_replies)


def test_a_part_of_the_day_without_room_is_said() -> None:
    seen = checked(("09:00", "10:00"))
    asked = turn(Intent.BOOK, seen, slots=DAY, missing=("preferred_time",), part=PartOfDay.EVENING)
    reply = reply_to(asked)
    assert reply.message.startswith("A la noche no queda lugar.")
    assert reply.quick_replies == ("09:00", "10:00")


def test_no_free_time_is_named_without_the_agenda() -> None:
    reply = reply_to(turn(Intent.BOOK, slots=DAY, missing=("preferred_time",)))
    assert (reply.offers, reply.quick_replies) == ((), ())
    assert reply.message == "¿A qué hora querés venir el jueves 12/03?"


def test_a_free_wanted_time_is_said_before_the_name_is_asked() -> None:
    seen = checked((*TIMES, "15:00"))
    slots = {**WANTED, "staff_name": "Sofía"}
    message = reply_to(turn(Intent.BOOK, seen, slots=slots, missing=("client_name",))).message
    assert "Corte de Cabello el jueves 12/03 a las 15:00 con Sofía: hay lugar." in message
    assert "hay lugar" not in reply_to(turn(Intent.BOOK, slots=slots, missing=("client_name",))).message


def test_the_appointments_to_choose_from_are_listed() -> None:
    reply = reply_to(turn(Intent.CANCEL, found(HAIRCUT, SHAVE), missing=("booking_id",)))
    assert "1) Corte de Cabello, jueves 12/03 15:00" in reply.message
    assert "2) Barba, viernes 13/03 16:00" in reply.message
    assert "¿Cuál querés cancelar?" in reply.message
    assert reply.quick_replies == ("PB-AAAAAA", "PB-BBBBBB")
    assert reply.next_state is Stage.CANCELACION


def test_an_id_that_is_not_the_customers_is_said() -> None:
    asked = turn(Intent.CANCEL, found(HAIRCUT), missing=("booking_id",), slots={"booking_id": "PB-ZZZZZZ"})
    message = reply_to(asked).message
    assert message.startswith("No encontré un turno tuyo con ese código.")
    none = turn(Intent.RESCHEDULE, found(), slots={"booking_id": "PB-ZZZZZZ"})
    assert reply_to(none).message == "No encontré un turno tuyo con ese código."
    assert "PB-ZZZZZZ" not in message
    assert "1) Corte de Cabello" in message


def test_moving_asks_for_the_day_and_shows_the_appointment() -> None:
    message = reply_to(turn(Intent.RESCHEDULE, found(HAIRCUT), missing=("preferred_date",))).message
    assert message == "¿A qué día querés pasar tu turno de Corte de Cabello del jueves 12/03 a las 15:00?"


def test_cancelling_shows_what_it_would_cancel() -> None:
    reply = reply_to(turn(Intent.CANCEL, found(HAIRCUT, SHAVE), waiting=CANCEL_IT))
    assert reply.message == "Voy a cancelar tu turno de Corte de Cabello del jueves 12/03 a las 15:00. ¿Confirmás?"
    assert reply.quick_replies == ("Sí", "No")
    assert reply.next_state is Stage.CANCELACION


def test_moving_shows_old_and_new_time() -> None:
    reply = reply_to(turn(Intent.RESCHEDULE, found(HAIRCUT), waiting=MOVE_IT))
    for part in ("Corte de Cabello", "jueves 12/03", "15:00", "viernes 13/03", "16:00", "¿Confirmás?"):
        assert part in reply.message
    assert (reply.next_state, reply.quick_replies) == (Stage.CONFIRMACION, ("Sí", "No"))


def test_booking_is_confirmed_where_the_manifest_wants_it() -> None:
    waiting = Action(BOOK, {**WANTED, "staff_name": "Sofía"})
    message = reply_to(turn(Intent.BOOK, checked(), waiting=waiting)).message
    assert message == "Voy a reservar Corte de Cabello el jueves 12/03 a las 15:00 con Sofía. ¿Confirmás?"


def test_without_details_the_id_is_shown() -> None:
    assert "PB-AAAAAA" in reply_to(turn(Intent.CANCEL, waiting=CANCEL_IT)).message


def test_a_look_up_among_the_actions_waits_for_no_yes() -> None:
    reply = reply_to(turn(Intent.CANCEL, waiting=Action("find_appointment_by_phone"), missing=("booking_id",)))
    assert "¿Confirmás?" not in reply.message


@pytest.mark.parametrize(
    ("waiting", "words"), [(CANCEL_IT, "que cancele tu turno"), (MOVE_IT, "el cambio de tu turno")]
)
def test_an_aside_reminds_of_what_still_waits(waiting: Action, words: str) -> None:
    aside = turn(Intent.CHITCHAT, active=Intent.CANCEL, pending=(waiting,))
    reply = reply_to(aside)
    assert words in reply.message
    assert reply.quick_replies == ("Sí", "No")


def test_two_readings_are_put_to_the_customer() -> None:
    reply = reply_to(turn(Intent.OTHER, choices=(Intent.BOOK, Intent.RESCHEDULE)))
    assert reply.message == "¿Querés reservar un turno o cambiar un turno?"
    assert reply.quick_replies == ("Reservar un turno", "Cambiar un turno")


def test_an_unknown_slot_still_gets_an_answer() -> None:
    assert reply_to(turn(Intent.BOOK, missing=("shoe_size",))).message


def test_a_date_of_another_year_is_told_with_it() -> None:
    day = {"service_type": "Barba", "preferred_date": "2027-01-04"}
    asked = turn(Intent.BOOK, slots=day, missing=("preferred_time",))
    assert reply_to(asked).message == "¿A qué hora querés venir el lunes 04/01/2027?"


def test_the_afternoon_begins_at_one() -> None:
    times = ("12:00", "12:30", "13:00", "13:30")
    asked = turn(Intent.BOOK, checked(times), slots=DAY, missing=("preferred_time",), part=PartOfDay.AFTERNOON)
    assert reply_to(asked).quick_replies == ("13:00", "13:30")


@pytest.mark.parametrize("locale", ["es-AR", "pt-BR", "en"])
def test_of_several_services_it_is_said_which_comes_first(locale: str) -> None:
    slots = {"service_type": "Corte de Cabello"}
    both = turn(Intent.BOOK, missing=("preferred_date",), slots=slots, said=slots, later=("Barba", "Manicura"))
    message = reply_to(both, locale=locale).message
    assert message.index("Corte de Cabello") < message.index("Barba") < message.index("Manicura")
    assert "Barba" not in reply_to(replace(both, said={}), locale=locale).message
