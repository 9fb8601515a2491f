"""Answers to questions; what the manifest does not know goes to a person."""

from dataclasses import replace
from typing import Any

import pytest

from nlg.turn import ReplyTurn
from tests.unit.nlg.builders import SALON_WEEK, VET, hours, yes
from tests.unit.nlg.tasks.build import (
    ANA,
    ANA_OF_TWO,
    BEARD,
    CUT,
    FRIDAY,
    LANGUAGES,
    NOBODY,
    OF_THE_FORM,
    OWN_CUT,
    SALON,
    booking,
    meaning,
    message_to,
    placed,
    reply_to,
    turn,
    visit,
)
from turn import steps
from turn.meaning import Item, People
from turn.tasks import BOOK, Written
from turn.tools import PACKAGES
from turn.vocabulary import HandoverReason, Stage, Subject, Topic

REACHABLE = SALON.model_copy(update={"address": "Calle Falsa 123", "payment": "efectivo y débito"})
UNKNOWN = (Subject.PARKING, Subject.POLICY, Subject.PREPARATION, Subject.PRODUCTS)
COLOUR, BLOW_DRY = Item("Coloración"), Item("Brushing")


def asking(*subjects: Subject, step: str = "", **more: Any) -> ReplyTurn:
    """A question, alone unless a step goes on with a task."""
    names = ("front", "done", "customer", "topic", "stage", "notes", "slots")
    of_turn = {name: more.pop(name) for name in names if name in more}
    said = meaning("ask", subjects=tuple(subject.value for subject in subjects), **more)
    return turn(step=step, said=said, **of_turn)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_price_of_one_service_is_written_as_the_language_writes_amounts(locale: str) -> None:
    message = message_to(asking(Subject.PRICE, items=(CUT,)), locale)
    assert message == ("Corte de Cabello: $3500–$6000." if locale == "en" else "Corte de Cabello: $3.500–$6.000.")
    dearer = message_to(asking(Subject.PRICE, items=(Item("Alisado"),)), locale)
    assert dearer == ("Alisado: $15,000–$22,000." if locale == "en" else "Alisado: $15.000–$22.000.")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_several_services_have_their_prices_and_the_sum_of_lowest_and_highest(locale: str) -> None:
    message = message_to(asking(Subject.PRICE, items=(CUT, COLOUR, BLOW_DRY)), locale).replace(",", "").replace(".", "")
    assert "$3500–$6000" in message
    assert "$8000–$12000" in message
    assert "$15500–$22000" in message
    assert "7000" not in message


def test_a_package_is_named_only_where_it_covers_exactly_what_is_asked() -> None:
    assert "En paquete (Corte + Brushing): $7.000." in message_to(asking(Subject.PRICE, items=(CUT, BLOW_DRY)))
    assert "paquete" not in message_to(asking(Subject.PRICE, items=(CUT, BLOW_DRY, BEARD)))
    assert "paquete" not in message_to(asking(Subject.PRICE, items=(CUT,)))
    assert "paquete" not in message_to(asking(Subject.PRICE, items=(CUT, CUT, BLOW_DRY)))


def test_a_package_may_come_from_the_tool() -> None:
    seen = yes(PACKAGES, packages=[{"name": "Barba y Brushing", "price": 5000.0}])
    said = meaning("ask", subjects=("price",), items=(BEARD, BLOW_DRY))
    assert "En paquete (Barba y Brushing): $5.000." in message_to(turn(seen, said=said))


def test_a_service_for_three_costs_three_times() -> None:
    message = message_to(asking(Subject.PRICE, items=(CUT,), people=People(3, True)))
    assert "× 3" in message
    assert "$10.500–$18.000" in message


@pytest.mark.parametrize(
    ("more", "service"),
    [
        ({"front": booking(items=(COLOUR,)), "step": steps.WHEN}, "Coloración"),
        ({"done": [Written(BOOK, "2026-03-11T12:00:00Z", after=replace(OWN_CUT, service="Barba"))]}, "Barba"),
        ({"customer": ANA}, "Corte de Cabello"),
        ({"front": booking(items=(COLOUR,)), "step": steps.WHEN, "items": (BEARD,)}, "Barba"),
    ],
)
def test_a_price_without_a_service_is_of_what_the_conversation_is_about(more: dict[str, Any], service: str) -> None:
    message = message_to(asking(Subject.PRICE, **more))
    assert message.startswith(f"{service}: $")
    assert "\n" not in message


def test_a_price_of_nothing_in_particular_is_the_list() -> None:
    message = message_to(asking(Subject.PRICE, customer=NOBODY))
    assert all(name in message for name in SALON.service_names)
    assert "Todo junto" not in message


def test_lengths_are_told_alone_and_together() -> None:
    assert message_to(asking(Subject.DURATION, items=(CUT,))) == "Corte de Cabello: 45 min."
    message = message_to(asking(Subject.DURATION, items=(CUT, COLOUR)))
    assert "Coloración: 2 h" in message
    assert "Todo junto: 2 h 45 min." in message


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Lun a Vie 9:00–13:00 y 14:00–19:00"),
        ({"days": ("2026-03-14",)}, "El sábado 14/03 abrimos 10:00–16:00."),
        ({"days": ("2026-03-15",)},
         "Los domingos estamos cerrados. El lunes 16/03 abrimos 9:00–13:00 y 14:00–19:00."),
        ({"days": ("2026-03-15", "2026-03-16")}, "El domingo 15/03 estamos cerrados. El lunes 16/03 abrimos"),
        ({"days": ("2026-03-11",), "times": ("18:30",), "items": (CUT,)},
         "Para Corte de Cabello, lo último es a las 18:15."),
        ({"days": ("2026-03-11",), "times": ("18:15",), "items": (CUT,)},
         "A las 18:15 llegás bien para Corte de Cabello."),
        ({"times": ("17:00",), "items": (CUT,)}, "El miércoles 11/03 abrimos"),
        ({"days": ("2026-03-13|2026-03-14",)}, "El viernes 13/03 abrimos 9:00–13:00 y 14:00–19:00. El sábado 14/03"),
    ],
)  # fmt: skip
def test_opening_hours_of_the_week_a_day_and_for_a_service(more: dict[str, Any], words: str) -> None:
    assert words in message_to(asking(Subject.HOURS, **more))


def test_opening_hours_are_those_that_the_tool_tells() -> None:
    seen = hours(SALON_WEEK, special=[{"date": FRIDAY, "hours": []}])
    said = meaning("ask", subjects=("hours",), days=(FRIDAY,))
    assert "El viernes 13/03 estamos cerrados." in message_to(turn(seen, said=said))


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("subject", UNKNOWN)
def test_what_no_manifest_knows_goes_to_a_person(subject: Subject, locale: str) -> None:
    reply = reply_to(asking(subject, step=steps.NAME, front=booking()), locale)
    assert (reply.requires_human, reply.handover_reason) == (True, HandoverReason.UNKNOWN_QUESTION)
    assert reply.message.endswith("?")


@pytest.mark.parametrize("subject", [Subject.ADDRESS, Subject.PAYMENT])
def test_address_and_payment_are_told_or_go_to_a_person(subject: Subject) -> None:
    told, unknown = (reply_to(asking(subject), business=one) for one in (REACHABLE, SALON))
    assert "Calle Falsa 123" in told.message or "efectivo y débito" in told.message
    assert (told.requires_human, unknown.requires_human) == (False, True)
    assert unknown.handover_reason is HandoverReason.UNKNOWN_QUESTION


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("more", [{}, {"items": (Item("Alisado"),)}])
def test_a_question_of_health_gets_neither_yes_nor_no(more: dict[str, Any], locale: str) -> None:
    reply = reply_to(asking(Subject.HEALTH, **more), locale)
    assert (reply.requires_human, reply.handover_reason) == (True, HandoverReason.HEALTH)
    assert not reply.message.lower().startswith(("sí", "sim", "yes", "no ", "no,", "não"))
    assert "Alisado" not in reply.message


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("subject", [Subject.HEALTH, Subject.PARKING])
def test_what_a_person_was_told_once_is_told_in_other_words_again(subject: Subject, locale: str) -> None:
    first = reply_to(asking(subject), locale)
    again = reply_to(asking(subject, stage=first.next_state), locale)
    assert first.message != again.message
    assert again.requires_human


def test_health_outweighs_an_unknown_question() -> None:
    reply = reply_to(asking(Subject.PARKING, Subject.HEALTH))
    assert reply.handover_reason is HandoverReason.HEALTH


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"items": (BEARD,)}, "Barba: con Carlos."),
        ({"items": (BEARD, CUT)}, "Corte de Cabello: con Carlos, María o Sofía."),
        ({"customer": NOBODY}, "Nuestro equipo: Carlos, María, Lucía y Sofía."),
        ({"customer": ANA}, "Te atiende Sofía."),
        ({"front": booking(items=(BEARD,)), "step": steps.WHEN}, "Barba: con Carlos."),
        ({"front": booking(chosen=visit(placed(staff="María"))), "step": steps.NAME}, "Te atiende María."),
        ({"items": (Item(staff=("Lucía",)),), "customer": NOBODY}, "Lucía hace Manicura."),
        ({"items": (Item("Barba", staff=("Carlos",)),)}, "Sí, Carlos hace Barba."),
        ({"items": (Item("Barba", staff=("Lucía",)),)}, "Lucía no hace Barba. Ese servicio lo hace Carlos."),
    ],
)
def test_who_does_it(more: dict[str, Any], words: str) -> None:
    assert words in message_to(asking(Subject.WHO, **more))


def test_whether_somebody_does_what_the_conversation_is_about() -> None:
    asked = asking(Subject.OTHER, front=booking(items=(BEARD,)), step=steps.WHEN, slots={"staff_name": "Carlos"})
    assert "Sí, Carlos hace Barba." in message_to(asked)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_whether_a_service_is_done_is_answered_with_its_price(locale: str) -> None:
    reply = reply_to(asking(Subject.OTHER, items=(COLOUR,)), locale)
    assert "Coloración" in reply.message
    assert "8" in reply.message
    assert not reply.requires_human


def test_a_question_about_two_services_says_what_is_known_and_where_to_ask_for_more() -> None:
    message = message_to(asking(Subject.OTHER, items=(Item("Alisado"), Item("Tratamiento Capilar"))))
    assert "Alisado: $15.000–$22.000, 2 h 30 min" in message
    assert not message.startswith("Sí")
    assert message.endswith("le pregunto a una persona.")


@pytest.mark.parametrize("subject", [Subject.OTHER, Subject.PRICE, Subject.DURATION, Subject.WHO])
def test_what_is_not_done_here_is_said_whatever_was_asked_about_it(subject: Subject) -> None:
    message = message_to(asking(subject, topic=Topic.NOT_OFFERED))
    assert message.startswith("No hacemos ese servicio. Hacemos Corte de Cabello")
    assert "$" not in message


def test_what_is_not_done_here_is_said_in_other_words_the_second_time() -> None:
    first = reply_to(asking(Subject.OTHER, topic=Topic.NOT_OFFERED))
    again = reply_to(asking(Subject.OTHER, topic=Topic.NOT_OFFERED, stage=first.next_state))
    third = reply_to(asking(Subject.OTHER, topic=Topic.NOT_OFFERED, stage=again.next_state))
    assert len({first.message, again.message}) == 2
    assert again.message != third.message
    assert "no hac" in again.message


def test_within_a_booking_what_is_not_done_is_said_shortly() -> None:
    message = message_to(asking(topic=Topic.NOT_OFFERED, step=steps.WHEN, front=booking()))
    assert message == "No hacemos ese servicio. ¿Qué día y a qué hora querés Corte de Cabello?"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_promotions_and_packages(locale: str) -> None:
    assert "Martes de color" in message_to(asking(Subject.PROMOTIONS), locale)
    packages = message_to(asking(Subject.PROMOTIONS, topic=Topic.PACKAGES), locale)
    assert "Corte + Barba" in packages
    assert ("$5500" if locale == "en" else "$5.500") in packages


def test_a_business_without_promotions_says_so() -> None:
    vet = VET.model_copy(update={"tools": (*VET.tools, *OF_THE_FORM[:1])})
    assert "no tenemos promociones" in message_to(asking(Subject.PROMOTIONS), business=vet)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("subject", [Subject.OWN_APPOINTMENTS, Subject.PROOF])
def test_own_appointments_are_told_with_code_day_hour_and_staff(subject: Subject, locale: str) -> None:
    one = message_to(asking(subject), locale)
    assert all(part in one for part in ("PB-AAAAAA", "13/03", "15:00", "Sofía"))
    two = message_to(asking(subject, customer=ANA_OF_TWO), locale)
    assert all(part in two for part in ("PB-AAAAAA", "PB-BBBBBB", "Barba"))
    assert message_to(asking(subject, customer=NOBODY), locale) not in (one, two)


def test_own_appointments_that_could_not_be_looked_up_are_not_denied() -> None:
    reply = reply_to(asking(Subject.OWN_APPOINTMENTS, customer=None))
    assert "no pude consultar" in reply.message
    assert reply.next_state is Stage.ERROR


@pytest.mark.parametrize("locale", LANGUAGES)
def test_what_writes_here_is_a_program_of_the_business(locale: str) -> None:
    message = message_to(asking(Subject.BOT), locale)
    assert "virtual" in message
    assert "Estudio Pulpo" in message


def test_several_questions_are_all_answered_and_the_open_one_is_asked() -> None:
    asked = asking(Subject.PRICE, Subject.ADDRESS, items=(CUT,), step=steps.NAME, front=booking())
    message = message_to(asked, business=REACHABLE)
    assert message == "Corte de Cabello: $3.500–$6.000. Estamos en Calle Falsa 123. ¿A nombre de quién va el turno?"


def test_what_nobody_knows_is_said_once_of_several_questions() -> None:
    message = message_to(asking(Subject.PARKING, Subject.POLICY))
    assert message.count("no lo sé") == 1


def test_a_question_is_on_a_line_of_its_own_after_a_list() -> None:
    asked = asking(Subject.PRICE, items=(CUT, COLOUR), step=steps.NAME, front=booking())
    assert message_to(asked).split("\n")[-1] == "¿A nombre de quién va el turno?"
