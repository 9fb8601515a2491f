"""Answers about the business."""

import pytest

from tests.unit.nlg.builders import SALON, SALON_WEEK, VET, hours, no, reply_to, services, turn, yes
from turn.tools import PACKAGES, PROMOTIONS, SERVICES
from turn.vocabulary import Intent, Stage, Topic

ALL_DIFFERENT = {
    "mon": ("08:00-12:00",),
    "tue": ("09:00-12:00",),
    "wed": ("10:00-12:00",),
    "thu": ("11:00-15:00",),
    "fri": ("12:00-18:00",),
    "sat": ("13:00-24:00",),
    "sun": ("14:00-20:00",),
}


def test_prices_take_three_lines_at_most() -> None:
    message = reply_to(turn(Intent.INFO_PRICES, services(SALON))).message
    assert message.splitlines()[0] == "Corte de Cabello: $3500–$6000"
    assert sum("$" in line for line in message.splitlines()) == 3
    assert len(message.splitlines()) == 3


def test_a_single_price_is_one_number() -> None:
    message = reply_to(turn(Intent.INFO_PRICES, services(SALON, "Barba"))).message
    assert "Barba: $2500" in message
    assert "–" not in message


def test_a_price_in_the_middle_of_a_booking_is_answered_and_asked_on() -> None:
    slots = {"service_type": "Corte de Cabello", "preferred_date": "2026-03-12"}
    aside = turn(
        Intent.INFO_PRICES,
        services(SALON, "Coloración"),
        slots=slots,
        missing=("preferred_time",),
        active=Intent.BOOK,
    )
    reply = reply_to(aside)
    assert reply.message == "Coloración: $8000–$12000\n¿A qué hora querés venir el jueves 12/03?"
    assert reply.next_state is Stage.DISPONIBILIDAD


def test_hours_are_grouped() -> None:
    message = reply_to(turn(Intent.INFO_HOURS, hours(SALON_WEEK))).message
    assert message.splitlines() == ["Lun a Vie 9:00–13:00 y 14:00–19:00", "Sáb 10:00–16:00", "Dom cerrado"]


def test_hours_take_four_lines_at_most_whatever_the_week() -> None:
    message = reply_to(turn(Intent.INFO_HOURS, hours(ALL_DIFFERENT))).message
    assert len(message.splitlines()) == 4
    for edge in ("8:00–12:00", "14:00–20:00", "13:00–24:00"):
        assert edge in message


def test_days_with_the_same_hours_share_a_line_when_there_are_many() -> None:
    week = {"mon": ("09:00-12:00",), "wed": ("09:00-12:00",), "fri": ("09:00-12:00",), "sun": ("10:00-11:00",)}
    message = reply_to(turn(Intent.INFO_HOURS, hours(week))).message
    assert message.splitlines() == ["Lun, Mié, Vie 9:00–12:00", "Dom 10:00–11:00"]


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2026-03-14", "El sábado 14/03 abrimos 10:00–16:00"),
        ("2026-03-16", "El lunes 16/03 abrimos 9:00–13:00 y 14:00–19:00"),
        ("2026-03-15", "El domingo 15/03 estamos cerrados"),
        ("2026-03-17", "El martes 17/03 estamos cerrados"),
        ("2026-03-18", "El miércoles 18/03 abrimos 9:00–11:00"),
    ],
)
def test_the_hours_of_a_day_are_told_for_that_day(date: str, words: str) -> None:
    special = [{"date": "2026-03-17", "hours": []}, {"date": "2026-03-18", "hours": ["09:00-11:00"]}]
    asked = turn(Intent.INFO_HOURS, hours(SALON_WEEK, special), said={"preferred_date": date})
    assert words in reply_to(asked).message


def test_the_day_wanted_for_the_booking_is_not_the_day_asked_about() -> None:
    asked = turn(Intent.INFO_HOURS, hours(SALON_WEEK), slots={"preferred_date": "2026-03-14"})
    assert "Lun a Vie" in reply_to(asked).message


def test_services_are_listed() -> None:
    for business in (SALON, VET):
        message = reply_to(turn(Intent.INFO_SERVICES, services(business)), business).message
        assert all(name in message for name in business.service_names)


def test_one_service_is_told_with_price_length_and_staff() -> None:
    message = reply_to(turn(Intent.INFO_SERVICES, services(SALON, "Coloración"))).message
    for part in ("Coloración", "$8000–$12000", "2 h", "María", "Sofía"):
        assert part in message


def test_a_service_that_is_not_offered_is_said() -> None:
    for asked in (
        turn(Intent.INFO_SERVICES, no(SERVICES, "NOT_OFFERED", services=[])),
        turn(Intent.INFO_PRICES, services(SALON), topic=Topic.NOT_OFFERED),
        turn(Intent.OTHER, topic=Topic.NOT_OFFERED),
    ):
        message = reply_to(asked).message
        assert message.startswith("No hacemos ese servicio.")
        assert "Corte de Cabello" in message


def test_length_and_staff_of_a_service() -> None:
    duration = turn(Intent.INFO_SERVICES, services(SALON, "Barba"), topic=Topic.DURATION)
    assert "Barba: 30 min" in reply_to(duration).message
    staff = turn(Intent.INFO_SERVICES, services(SALON, "Barba"), topic=Topic.STAFF)
    assert "Barba: con Carlos" in reply_to(staff).message


def test_the_whole_team_and_what_one_of_them_does() -> None:
    team = reply_to(turn(Intent.INFO_SERVICES, services(SALON), topic=Topic.STAFF)).message
    assert all(name in team for name in SALON.staff_names)
    asked = turn(Intent.INFO_SERVICES, services(SALON), topic=Topic.STAFF, said={"staff_name": "Carlos"})
    assert reply_to(asked).message.startswith("Carlos hace Corte de Cabello y Barba.")


def test_promotions_and_packages_are_told_from_their_tools() -> None:
    row = {"name": "Martes de color", "description": "10 % en Coloración", "price": None}
    promotions = turn(Intent.INFO_PRICES, yes(PROMOTIONS, promotions=[row]), topic=Topic.PROMOTIONS)
    assert "Martes de color: 10 % en Coloración" in reply_to(promotions).message
    pack = {"name": "Corte + Barba", "description": "", "price": 5500.0}
    packages = turn(Intent.INFO_PRICES, yes(PACKAGES, packages=[pack]), topic=Topic.PACKAGES)
    assert "Corte + Barba: $5500" in reply_to(packages).message


@pytest.mark.parametrize(
    ("topic", "words"), [(Topic.PROMOTIONS, "no tenemos promociones"), (Topic.PACKAGES, "no tenemos paquetes")]
)
def test_a_business_without_them_says_so(topic: Topic, words: str) -> None:
    assert words in reply_to(turn(Intent.INFO_PRICES, topic=topic), VET).message


def test_without_the_tool_the_manifest_answers() -> None:
    assert "Lun a Jue 8:30–20:00" in reply_to(turn(Intent.INFO_HOURS), VET).message
    assert "Consulta General: $18000" in reply_to(turn(Intent.INFO_PRICES), VET).message
    closed = turn(Intent.INFO_HOURS, said={"preferred_date": "2026-09-18"})
    assert "El viernes 18/09 estamos cerrados." in reply_to(closed, VET).message


def test_another_currency_has_its_own_sign() -> None:
    reais = SALON.model_copy(update={"currency": "BRL"})
    assert "R$3500–R$6000" in reply_to(turn(Intent.INFO_PRICES, services(SALON)), reais).message


def test_answers_that_break_their_form_still_get_a_reply() -> None:
    for output in ({"services": None}, {"services": [{"name": 3.0}]}, {"services": [{"name": "Corte"}]}):
        assert reply_to(turn(Intent.INFO_PRICES, yes(SERVICES, **output))).message


def test_whether_somebody_does_a_service_is_answered() -> None:
    both = {"staff_name": "María", "service_type": "Manicura"}
    asked = turn(Intent.INFO_SERVICES, services(SALON, "Manicura"), said=both)
    assert reply_to(asked).message.startswith("María no hace Manicura. Ese servicio lo hace Lucía.")
    able = turn(Intent.INFO_SERVICES, services(SALON, "Manicura"), said={**both, "staff_name": "Lucía"})
    assert reply_to(able).message.startswith("Sí, Lucía hace Manicura.")
    among_all = turn(Intent.INFO_SERVICES, services(SALON), said=both)
    assert reply_to(among_all).message.startswith("María no hace Manicura."), "the service spoken of before"
