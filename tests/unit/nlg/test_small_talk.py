"""Greetings, goodbyes, and everything that is neither task nor question."""

from dataclasses import replace

import pytest

from nlg.turn import Tone
from tests.unit.nlg.builders import HAIRCUT, SALON, SHAVE, VET, found, reply_to, turn
from turn.model import Action
from turn.tools import CANCEL
from turn.vocabulary import HandoverReason, Intent, Stage, Topic


def test_a_greeting_names_the_business_and_what_it_can_do() -> None:
    message = reply_to(turn(Intent.GREETING)).message
    assert "Estudio Pulpo" in message
    assert "reservar turnos, cambiarlos y cancelarlos" in message


def test_nobody_is_offered_what_the_business_has_no_tool_for() -> None:
    message = reply_to(turn(Intent.GREETING), VET).message
    assert "Veterinaria Cordillera" in message
    assert "cambiarlos" not in message


def test_a_greeting_in_the_middle_of_a_booking_asks_on() -> None:
    reply = reply_to(turn(Intent.GREETING, missing=("client_email",), active=Intent.BOOK))
    assert reply.message == "¡Hola! ¿Me pasás tu e-mail?"
    assert reply.next_state is Stage.CONFIRMACION


@pytest.mark.parametrize(
    ("topic", "words", "person", "reason"),
    [
        (Topic.THANKS, "De nada", False, None),
        (Topic.GOODBYE, "Hasta luego", False, None),
        (Topic.HUMAN, "una persona del equipo", True, HandoverReason.ASKED),
        (Topic.COMPLAINT, "Lamento", True, HandoverReason.COMPLAINT),
        (Topic.ADDRESS, "dirección", True, HandoverReason.UNKNOWN_QUESTION),
        (Topic.PAYMENT, "pagos", True, HandoverReason.UNKNOWN_QUESTION),
        (Topic.LATE, "Gracias por avisar", False, HandoverReason.LATE),
        (Topic.MEDIA, "por ahora solo leo texto", False, None),
        (Topic.ABANDON, "lo dejamos ahí", False, None),
    ],
)
def test_each_topic_has_its_words(topic: Topic, words: str, person: bool, reason: HandoverReason | None) -> None:
    reply = reply_to(turn(Intent.OTHER, topic=topic))
    assert words in reply.message
    assert (reply.requires_human, reply.handover_reason) == (person, reason)


def test_the_staff_hear_of_who_is_late_in_the_middle_of_a_booking() -> None:
    reply = reply_to(turn(Intent.OTHER, topic=Topic.LATE, missing=("client_email",), active=Intent.BOOK))
    assert reply.message.endswith("¿Me pasás tu e-mail?")
    assert reply.handover_reason is HandoverReason.LATE


def test_only_a_goodbye_ends_the_conversation() -> None:
    assert reply_to(turn(Intent.CHITCHAT, topic=Topic.GOODBYE)).next_state is Stage.DONE
    assert reply_to(turn(Intent.CHITCHAT, topic=Topic.THANKS)).next_state is Stage.INICIO


def test_a_complaint_is_answered_formally() -> None:
    assert reply_to(turn(Intent.OTHER, topic=Topic.COMPLAINT)).tone is Tone.PROFESSIONAL


def test_address_payment_and_contact_come_from_the_manifest() -> None:
    address = reply_to(turn(Intent.OTHER, topic=Topic.ADDRESS), VET)
    assert ("Av. Larraín 5862" in address.message, address.requires_human) == (True, False)
    payment = reply_to(turn(Intent.OTHER, topic=Topic.PAYMENT), VET)
    assert ("transferencia" in payment.message, payment.requires_human) == (True, False)
    reachable = SALON.model_copy(update={"human_contact": "+54 11 5555 0000"})
    human = reply_to(turn(Intent.OTHER, topic=Topic.HUMAN), reachable)
    assert ("+54 11 5555 0000" in human.message, human.requires_human) == (True, True)


@pytest.mark.parametrize("topic", [Topic.ADDRESS, Topic.THANKS, Topic.MEDIA])
def test_an_aside_goes_on_with_the_booking(topic: Topic) -> None:
    reply = reply_to(turn(Intent.OTHER, topic=topic, missing=("client_name",), active=Intent.BOOK))
    assert reply.message.endswith("¿A nombre de quién va el turno?")


@pytest.mark.parametrize("topic", [Topic.GOODBYE, Topic.HUMAN, Topic.COMPLAINT, Topic.ABANDON])
def test_some_asides_ask_nothing(topic: Topic) -> None:
    waiting = Action(CANCEL, {"booking_id": "PB-AAAAAA"})
    reply = reply_to(turn(Intent.OTHER, topic=topic, missing=("client_name",), pending=(waiting,)))
    assert "?" not in reply.message


def test_my_appointment_is_told() -> None:
    message = reply_to(turn(Intent.OTHER, found(HAIRCUT), topic=Topic.MY_APPOINTMENT)).message
    for part in ("Corte de Cabello", "jueves 12/03", "15:00", "Sofía", "PB-AAAAAA"):
        assert part in message


def test_all_my_appointments_are_told() -> None:
    message = reply_to(turn(Intent.OTHER, found(HAIRCUT, SHAVE), topic=Topic.MY_APPOINTMENT)).message
    assert "1) Corte de Cabello, jueves 12/03 15:00" in message
    assert "2) Barba, viernes 13/03 16:00" in message


def test_no_appointment_of_mine_is_said() -> None:
    reply = reply_to(turn(Intent.OTHER, found(), topic=Topic.MY_APPOINTMENT))
    assert "No encontré ningún turno" in reply.message
    assert not reply.requires_human


def test_without_a_look_up_a_person_answers_about_my_appointment() -> None:
    assert reply_to(turn(Intent.OTHER, topic=Topic.MY_APPOINTMENT)).requires_human


def test_the_first_miss_helps_and_the_second_offers_a_person() -> None:
    first, second = (reply_to(turn(Intent.OTHER, misses=misses)) for misses in (1, 2))
    assert ("no te entendí" in first.message, first.requires_human) == (True, False)
    assert (second.requires_human, second.handover_reason) == (True, HandoverReason.NOT_UNDERSTOOD)
    assert second.message != first.message


def test_an_ok_to_nothing_is_not_called_a_misunderstanding() -> None:
    reply = reply_to(turn(Intent.OTHER))
    assert reply.message.startswith("Si necesitás algo más, puedo pasarte precios")
    mid_task = reply_to(turn(Intent.OTHER, missing=("client_email",), active=Intent.BOOK))
    assert mid_task.message == "¿Me pasás tu e-mail?"


def test_what_was_not_understood_in_a_booking_is_asked_again() -> None:
    message = reply_to(turn(Intent.OTHER, misses=1, missing=("client_name",), active=Intent.BOOK)).message
    assert message == "Perdón, no te entendí. ¿A nombre de quién va el turno?"


def test_small_talk_is_answered() -> None:
    assert reply_to(turn(Intent.CHITCHAT)).message


def test_a_wish_that_is_none_of_ours_gets_no_consent() -> None:
    reply = reply_to(turn(Intent.OTHER, said={"service_type": "Barba"}))
    assert reply.message.startswith("Con eso no te puedo ayudar. Puedo pasarte precios")


def test_an_unreadable_email_is_asked_again_with_the_reason() -> None:
    reply = reply_to(turn(Intent.OTHER, misses=1, missing=("client_email",), active=Intent.BOOK))
    assert reply.message == "Ese e-mail no parece completo: va como nombre@ejemplo.com. ¿Me pasás tu e-mail?"


def test_thanks_after_a_handover_do_not_ask_on() -> None:
    handed = reply_to(turn(Intent.OTHER, topic=Topic.HUMAN, active=Intent.BOOK))
    thanks = turn(Intent.CHITCHAT, topic=Topic.THANKS, missing=("preferred_date",), active=Intent.BOOK)
    assert "¿" in reply_to(thanks).message
    after = replace(thanks, state=replace(thanks.state, stage=handed.next_state))
    assert reply_to(after).message == "¡De nada! Cualquier cosa, escribime."
