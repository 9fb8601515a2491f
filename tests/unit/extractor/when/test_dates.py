"""Dates in words, against a Wednesday: 2026-03-11."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.extractor.scoring import said

TODAY = date(2026, 3, 11)
IMPOSSIBLE = (
    "30 de febrero", "el 31 de abril", "para el 30/2", "el 31/4/2026", "el 29 de febrero de 2027", "31 de junio",
    "30 de fevereiro", "february 30",
)  # fmt: skip
"""Days that no calendar has: to be asked about, and no other day."""
MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
MESES_PT = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
]
MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]


def found(text: str, today: date = TODAY, asked: bool = False) -> list[str]:
    return said(text, "preferred_date", today, asked)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("hoy", "2026-03-11"), ("para hoy mismo", "2026-03-11"), ("esta tarde", "2026-03-11"),
        ("mañana", "2026-03-12"), ("mñn", "2026-03-12"), ("manana a la mañana", "2026-03-12"),
        ("pasado mañana", "2026-03-13"), ("pasado de mañana", "2026-03-13"), ("depois de amanhã", "2026-03-13"),
        ("the day after tomorrow", "2026-03-13"), ("tmrw", "2026-03-12"), ("amanhã de manhã", "2026-03-12"),
        ("el miércoles", "2026-03-18"), ("el miercolés", "2026-03-18"), ("este viernes", "2026-03-13"),
        ("el viernes que viene", "2026-03-13"), ("el viernes de la semana que viene", "2026-03-20"),
        ("la semana que viene el martes", "2026-03-17"), ("el vie", "2026-03-13"), ("sábadooo", "2026-03-14"),
        ("el savado", "2026-03-14"), ("juevs", "2026-03-12"), ("na sexta-feira", "2026-03-13"),
        ("quarta", "2026-03-18"), ("next Friday", "2026-03-13"), ("on sat at 3", "2026-03-14"),
        ("el lunes 16", "2026-03-16"), ("martes 24 de marzo", "2026-03-24"), ("el 20", "2026-03-20"),
        ("el 11", "2026-04-11"), ("dia 1", "2026-04-01"), ("el primero", "2026-04-01"), ("el 1ro", "2026-04-01"),
        ("16/10", "2026-10-16"), ("16-10-26", "2026-10-16"), ("2026-10-16", "2026-10-16"), ("5/1", "2027-01-05"),
        ("el cinco de enero", "2027-01-05"), ("5 de enero del 2028", "2028-01-05"), ("March 20th", "2026-03-20"),
        ("the 20th of march", "2026-03-20"), ("el 5 del mes que viene", "2026-04-05"), ("el 29 de febrero",
        "2028-02-29"),
        ("el 30 de este mes", "2026-03-30"), ("en 3 días", "2026-03-14"), ("dentro de dos semanas", "2026-03-25"),
        ("in two weeks", "2026-03-25"), ("daqui a 3 dias", "2026-03-14"), ("dentro de un mes", "2026-04-11"),
        ("el veintiuno", "2026-03-21"), ("mañana jueves 12", "2026-03-12"), ("el 15 de setiembre", "2026-09-15"),
        ("el sábado no este, el de la semana que viene", "2026-03-21"), ("el lunes, pero no este sino el próximo",
        "2026-03-23"),
        ("el viernes pero no este viernes, el que viene", "2026-03-20"),
        ("el martes no el de esta semana, el de la otra", "2026-03-24"),
        ("tem horário segunda de manhã?", "2026-03-16"), ("quinta fica melhor", "2026-03-12"),
        ("oy a la tarde", "2026-03-11"), ("el juebes", "2026-03-12"), ("el zavado", "2026-03-14"),
        ("biernes", "2026-03-13"),
        ("el mierkoles", "2026-03-18"), ("el lunez", "2026-03-16"),
        ("mejor pasado", "2026-03-13"), ("para pasado", "2026-03-13"), ("segunda às 10", "2026-03-16"),
        ("quiero pasar el corte al 20", "2026-03-20"),
        ("en dos años", "2028-03-11"), ("in two weeks time", "2026-03-25"), ("a fortnight from now", "2026-03-25"),
        ("en una quincena", "2026-03-26"), ("dentro de 3 días hábiles", "2026-03-16"),
        ("in four business days", "2026-03-17"), ("em 3 dias úteis", "2026-03-16"),
        ("el tercer martes de mayo de 2027", "2027-05-18"), ("last sunday of march 2027", "2027-03-28"),
        ("el último día de mayo", "2026-05-31"), ("the fifth last day of may", "2026-05-27"),
        ("el primer lunes después de pascua", "2026-04-06"), ("third tuesday after christmas", "2027-01-12"),
        ("el lunes siguiente al 15", "2026-03-16"), ("el viernes anterior a navidad", "2026-12-18"),
        ("the closest monday to october 5th", "2026-10-05"), ("3 fridays from now", "2026-03-27"),
        ("el 2 de abril del año que viene", "2027-04-02"), ("christmas next year", "2027-12-25"),
        ("january twenty one two thousand and twenty seven", "2027-01-21"), ("2 de abril do ano que vem", "2027-04-02"),
        ("vigésimo segundo de junio", "2026-06-22"), ("segundo de agosto", "2026-08-02"),
        ("22. Apr. 2026", "2026-04-22"),
        ("quero domingo da próxima semana", "2026-03-22"), ("quarta agora", "2026-03-11"),
        ("na 6a feira", "2026-03-13"),
        ("dia de ação de graças", "2026-11-26"), ("ano novo", "2027-01-01"), ("black friday", "2026-11-27"),
        ("para ahora", "2026-03-11"), ("20th of next month", "2026-04-20"), ("on the 24", "2026-03-24"),
        ("Fri, Sep 18", "2026-09-18"), ("4th of July", "2026-07-04"), ("el 15 a las 8:00", "2026-03-15"),
    ],
)  # fmt: skip
def test_a_date_is_found(text: str, wanted: str) -> None:
    assert found(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "los sábados", "todos los lunes", "un sábado", "el finde", "fin de mes", "la semana que viene", "a la mañana",
        "a las 9 de la mañana", "el lunes pasado", "a las 5", "tengo 8 años", "31/2", "el 45", "aos sábados",
        "de lunes a viernes", "cuesta 3500", "de la mañana", "24/7", "son 2 personas", "on Mondays", "por la mañana",
        "raparme al dos", "cortame al 3 los costados", "del 1 a los costados", "máquina al uno en la nuca",
        "la segunda me sirve", "prefiero la segunda opción", "la quinta vez que escribo",
        "el primero que tengas", "a segunda opção", "el martes después del feriado", "orthodox easter",
        "cyber monday", "el lunes pasado a las 10 fui", "na segunda passada às 10", "last friday at 5",
        "cualquier día o el finde", "the second closest monday to may 5th", "thanksgiving in 9 months",
    ],
)  # fmt: skip
def test_no_date_is_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("11", "2026-04-11"),
        ("el 12", "2026-03-12"),
        ("quince", "2026-03-15"),
        ("pasado", "2026-03-13"),
        ("vie", "2026-03-13"),
    ],
)
def test_a_bare_answer_is_a_date_when_it_was_asked(text: str, wanted: str) -> None:
    assert found(text, asked=True) == [wanted]


def test_a_month_without_the_day_is_skipped() -> None:
    assert found("el 31", today=date(2026, 4, 15), asked=True) == ["2026-05-31"]
    assert found("el 31", today=date(2026, 5, 31), asked=True) == ["2026-07-31"]


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 364))
def test_every_way_to_write_a_date_gives_it_back(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    if day.replace(year=2024) < today.replace(year=2024) and (day.month, day.day) == (2, 29):
        return
    ways = [
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day:02}-{day.month:02}-{day.year}",
        f"el {day.day} de {MONTHS[day.month - 1]} de {day.year}",
        f"{day.day} de {MESES_PT[day.month - 1]} de {day.year}",
        f"{MONTHS_EN[day.month - 1]} {day.day}",
        f"el {WEEKDAYS[day.weekday()]} {day.day} de {MONTHS[day.month - 1]}",
    ]
    for way in ways:
        assert found(way, today) == [day.isoformat()], way


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 6))
def test_a_weekday_is_the_next_one_after_today(today: date, weekday: int) -> None:
    (value,) = found(f"el {WEEKDAYS[weekday]}", today)
    day = date.fromisoformat(value)
    assert day.weekday() == weekday
    assert timedelta(0) < day - today <= timedelta(days=7)


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 6))
def test_a_weekday_of_next_week_lies_in_the_next_calendar_week(today: date, weekday: int) -> None:
    (value,) = found(f"el {WEEKDAYS[weekday]} de la semana que viene", today)
    monday = today + timedelta(days=7 - today.weekday())
    assert date.fromisoformat(value) == monday + timedelta(days=weekday)


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 31))
def test_a_day_number_is_its_next_coming(today: date, number: int) -> None:
    (value,) = found(f"el {number}", today)
    day = date.fromisoformat(value)
    assert day.day == number
    assert today < day <= today + timedelta(days=62)


@pytest.mark.parametrize("text", IMPOSSIBLE)
@pytest.mark.parametrize("asked", [False, True])
def test_a_day_that_no_calendar_has_is_no_other_day(text: str, asked: bool) -> None:
    assert found(text, TODAY, asked) == []


def test_a_day_that_no_calendar_has_takes_nothing_from_the_days_beside_it() -> None:
    assert found("el 30 de febrero no, el 2 de marzo de 2027") == ["2027-03-02"]
