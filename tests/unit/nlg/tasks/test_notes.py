"""What a message does besides: told in a few words, together with everything else."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest

from tests.unit.nlg.builders import NOW
from tests.unit.nlg.tasks.build import (
    ANA,
    ANA_OF_TWO,
    CUT,
    LANGUAGES,
    NOBODY,
    OWN_CUT,
    SALON,
    booking,
    cancelling,
    changing,
    meaning,
    message_to,
    reply_to,
    turn,
)
from turn import steps
from turn.meaning import GivenDatum
from turn.tasks import CANCEL, Written
from turn.vocabulary import HandoverReason, Stage, Topic

TODAY = replace(ANA, appointments=(replace(OWN_CUT, day="2026-03-11", time="16:30"),))
ALONE = tuple(note for note in steps.NOTES if note != steps.RESUMED)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("note", ALONE)
def test_every_note_says_something_of_its_own(note: str, locale: str) -> None:
    others = {message_to(turn(notes=(other,)), locale) for other in ALONE if other != note}
    assert message_to(turn(notes=(note,)), locale) not in others


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (steps.DROPPED, "lo dejamos ahí"),
        (steps.NOTHING_OWN, "No encontré ningún turno tuyo"),
        (steps.NOTHING_TO_UNDO, "No hay nada reciente que pueda deshacer."),
        (steps.CANNOT_UNDO, "Eso ya no lo puedo deshacer."),
        (steps.SERIES, "Todas las semanas juntas todavía no las puedo reservar"),
        (steps.STOPPED, "no te mando más mensajes que no hayas pedido. Tus turnos siguen igual."),
        (steps.BOT, "Soy el asistente virtual de Estudio Pulpo, un programa."),
        (steps.SAME_DATA, "Uso tus datos de siempre (Ana Paz, a***z@example.com)."),
        (steps.THANKS, "¡De nada!"),
        (steps.GREETING, "¡Hola! 👋 Soy el asistente de Estudio Pulpo."),
        (steps.GOODBYE, "¡Hasta luego!"),
        (steps.OFFTOPIC, "Con eso no te puedo ayudar. Puedo pasarte precios"),
        (steps.NOT_UNDERSTOOD, "Perdón, no te entendí. Puedo pasarte precios"),
    ],
)
def test_the_words_of_a_note_alone(note: str, words: str) -> None:
    assert words in message_to(turn(notes=(note,)))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(
    ("note", "reason", "answers"),
    [
        (steps.PERSON, HandoverReason.ASKED, True),
        (steps.COMPLAINT, HandoverReason.COMPLAINT, True),
        (steps.HEALTH, HandoverReason.HEALTH, True),
        (steps.LATE, HandoverReason.LATE, False),
        (steps.ARRIVED, HandoverReason.ARRIVED, False),
    ],
)
def test_who_is_told_and_whether_anybody_must_answer(
    note: str, reason: HandoverReason, answers: bool, locale: str
) -> None:
    reply = reply_to(turn(notes=(note,)), locale)
    assert (reply.handover_reason, reply.requires_human) == (reason, answers)


@pytest.mark.parametrize("note", [note for note in steps.NOTES if note not in (
    steps.PERSON, steps.COMPLAINT, steps.HEALTH, steps.LATE, steps.ARRIVED)])  # fmt: skip
def test_nobody_is_told_of_the_rest(note: str) -> None:
    reply = reply_to(turn(notes=(note,), misses=1))
    assert (reply.handover_reason, reply.requires_human) == (None, False)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_who_answers_later_is_asked_nothing_and_told_that_nothing_is_booked(locale: str) -> None:
    reply = reply_to(turn(notes=(steps.DEFERRED,), step=steps.EMAIL, front=booking(), stage=Stage.CONFIRMACION), locale)
    assert "?" not in reply.message
    assert reply.next_state is Stage.CONFIRMACION
    moved = message_to(turn(notes=(steps.DEFERRED,), step=steps.CHANGE_WHAT, front=changing()), locale)
    assert moved != reply.message


@pytest.mark.parametrize("note", [steps.DEFERRED, steps.GOODBYE])
def test_after_some_notes_nothing_is_asked(note: str) -> None:
    assert "?" not in message_to(turn(notes=(note,), step=steps.EMAIL, front=booking()))


@pytest.mark.parametrize("note", [steps.PERSON, steps.COMPLAINT])
def test_beside_a_person_or_a_complaint_the_planner_says_whether_anything_is_asked(note: str) -> None:
    assert "?" in message_to(turn(notes=(note,), step=steps.EMAIL, front=booking()))
    assert "?" not in message_to(turn(notes=(note,), front=booking()))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_being_late_today_is_told_with_the_hour(locale: str) -> None:
    message = message_to(turn(notes=(steps.LATE,), customer=TODAY), locale)
    assert "16:30" in message
    assert "11/03" not in message


def test_being_late_for_another_day_names_it() -> None:
    assert "viernes 13/03 a las 15:00" in message_to(turn(notes=(steps.LATE,)))
    assert "viernes 13/03 a las 15:00" in message_to(turn(notes=(steps.ARRIVED,)))


def test_being_late_without_an_appointment_promises_nothing() -> None:
    reply = reply_to(turn(notes=(steps.LATE,), customer=NOBODY))
    assert "No encuentro un turno tuyo" in reply.message
    assert reply.handover_reason is None


def test_a_question_about_hours_that_sounds_late_is_answered_as_a_question() -> None:
    said = meaning("ask", "late", subjects=("hours",), days=("2026-03-11",), times=("18:30",), items=(CUT,))
    message = message_to(turn(notes=(steps.LATE,), customer=NOBODY, said=said))
    assert message.startswith("El miércoles 11/03 abrimos")


def test_arrived_for_an_appointment_of_today() -> None:
    assert "16:30" in message_to(turn(notes=(steps.ARRIVED,), customer=TODAY))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("note", [steps.PERSON, steps.COMPLAINT, steps.HEALTH, steps.BOT])
def test_asked_for_again_a_person_is_told_in_other_words(note: str, locale: str) -> None:
    first = reply_to(turn(notes=(note,)), locale)
    again = reply_to(turn(notes=(note,), stage=first.next_state), locale)
    assert again.message != first.message
    assert again.requires_human == first.requires_human


def test_what_is_not_understood_is_not_called_beside_the_point_too() -> None:
    both = turn(notes=(steps.OFFTOPIC, steps.NOT_UNDERSTOOD), misses=1)
    assert message_to(both) == message_to(turn(notes=(steps.NOT_UNDERSTOOD,), misses=1))


def test_a_complaint_with_a_wish_for_a_person_is_one_sorry() -> None:
    reply = reply_to(turn(notes=(steps.COMPLAINT, steps.PERSON)))
    assert reply.message == message_to(turn(notes=(steps.COMPLAINT,)))
    assert reply.handover_reason is HandoverReason.COMPLAINT


@pytest.mark.parametrize("locale", LANGUAGES)
def test_not_understood_again_and_again_never_sounds_the_same(locale: str) -> None:
    replies = [reply_to(turn(notes=(steps.NOT_UNDERSTOOD,), misses=misses), locale) for misses in range(1, 6)]
    messages = [reply.message for reply in replies]
    assert all(one != other for one, other in pairwise(messages))
    assert [reply.requires_human for reply in replies] == [False, True, True, True, True]


def test_an_appointment_that_stays_is_named_where_there_is_one() -> None:
    one = message_to(turn(notes=(steps.KEPT,)))
    assert "Sigue en pie: Corte de Cabello el viernes 13/03 a las 15:00 con Sofía." in one
    assert "tus turnos siguen en pie" in message_to(turn(notes=(steps.KEPT,), customer=ANA_OF_TWO))
    of_two = turn(notes=(steps.KEPT,), customer=ANA_OF_TWO, front=cancelling())
    assert "Corte de Cabello" in message_to(of_two)


def test_a_code_that_is_nobodys_is_called_a_code() -> None:
    said = meaning("cancel", data=(GivenDatum("booking_id", "PB-ZZZZZZ"),))
    assert "con ese código" in message_to(turn(notes=(steps.NOTHING_OWN,), customer=NOBODY, said=said))


def test_a_cancellation_that_cannot_be_taken_back_is_told_as_that() -> None:
    done = [Written(CANCEL, "2026-03-10T12:00:00Z", before=OWN_CUT)]
    assert "Ese turno ya no lo puedo recuperar." in message_to(turn(notes=(steps.CANNOT_UNDO,), done=done))


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ((steps.GREETING,), "¡Hola! ¿Me pasás tu e-mail?"),
        ((steps.THANKS,), "¿Me pasás tu e-mail?"),
        ((steps.CHAT,), "¿Me pasás tu e-mail?"),
        ((steps.DROPPED, steps.RESUMED),
         "Dale, eso lo dejamos. Volvemos a tu turno de Corte de Cabello. ¿Me pasás tu e-mail?"),
        ((steps.NOT_UNDERSTOOD,), "Perdón, no te entendí. ¿Me pasás tu e-mail?"),
        ((steps.BOT,), "Soy el asistente virtual (un programa) de Estudio Pulpo. ¿Me pasás tu e-mail?"),
        ((steps.OFFTOPIC,), "Estudio Pulpo lo pide para cada reserva. ¿Me pasás tu e-mail?"),
    ],
)  # fmt: skip
def test_a_note_within_a_task_is_short_and_the_question_follows(notes: tuple[str, ...], message: str) -> None:
    assert message_to(turn(notes=notes, step=steps.EMAIL, front=booking())) == message


def test_a_voice_note_is_told_that_only_text_is_read_and_asked_on() -> None:
    message = message_to(turn(topic=Topic.MEDIA, step=steps.EMAIL, front=booking()))
    assert message == "Perdón, por ahora solo leo texto. ¿Me pasás tu e-mail?"


def test_a_turn_of_which_nothing_is_to_be_told_is_still_answered() -> None:
    assert message_to(turn())
    assert message_to(turn(said=meaning("confirm")), business=SALON)


def test_the_hour_of_today_is_the_businesss() -> None:
    night = datetime.fromisoformat("2026-03-12T01:00:00+00:00")  # still the 11th in Buenos Aires
    late = replace(turn(notes=(steps.LATE,), customer=TODAY), now=night)
    assert night > NOW
    assert "turno de las 16:30" in message_to(late)
