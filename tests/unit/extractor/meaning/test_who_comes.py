"""Who comes: several by their names, somebody else than was booked for, a companion; days told with a part of them,
and times asked for after telling what hurts."""

from datetime import datetime
from pathlib import Path

import pytest

from extractor.meaning.labels import as_label
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace
from turn.meaning import Done, Known, KnownAppointment, Meaning
from workspace.loader import load_workspace

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
"""A Wednesday."""
BUSINESSES = Path(__file__).parents[3] / "evals" / "businesses" / "workspaces"
SALON = Reader(workspace("estudio-pulpo"))
BARBER = Reader(load_workspace(BUSINESSES / "barbearia-vila-norte.yaml"))
DENTIST = Reader(load_workspace(BUSINESSES / "consultorio-dental-luz.yaml"))
OWN = KnownAppointment("PB-AAAAAA", "Corte de Cabello", "2026-03-13", "10:00", "Carlos", "Lucía Vera")
BOOKED = Known(appointments=(OWN,), done=(Done("book", "PB-AAAAAA"),))


def _read(text: str, reader: Reader = SALON, known: Known | None = None) -> Meaning:
    meaning = reader.read(MessageInContext(text, NOW, known=known or Known())).meaning
    assert meaning is not None
    return meaning


def _acts(meaning: Meaning) -> list[str]:
    return [act.kind for act in meaning.acts]


@pytest.mark.parametrize(
    ("reader", "text", "who"),
    [
        (SALON, "Somos Ana y Luz, queremos corte el viernes", ["Ana", "Luz"]),
        (SALON, "vamos Ana, Luz y Mora, corte el viernes", ["Ana", "Luz", "Mora"]),
        (SALON, "We're Ann and Lucy, haircut on friday", ["Ann", "Lucy"]),
        (BARBER, "somos João e Pedro, barba amanhã", ["João", "Pedro"]),
        (SALON, "somos dos, corte y barba", ["", ""]),
    ],
)
def test_several_who_come(reader: Reader, text: str, who: list[str]) -> None:
    meaning = _read(text, reader)
    assert [one.who for one in meaning.items] == who
    assert [one.staff for one in meaning.items] == [()] * len(who)
    assert meaning.people is not None
    assert meaning.people.count == len(who)


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("no, julián ospina", ["change", "give"]),
        ("não, Pedro Alves", ["change", "give"]),
        ("no, Ana y Luz", ["change"]),
        ("no, Nico y Bauti", ["change"]),
        ("no, corte y barba", ["change"]),
        ("es para mi hermana, no para mí", ["change"]),
        ("é para minha irmã, não para mim", ["change"]),
        ("it's for my sister, not me", ["change"]),
        ("y si voy con mi hermana?", ["ask"]),
        ("e se eu for com minha mãe?", ["ask"]),
        ("can I come with my sister?", ["ask"]),
        ("cuánto es todo?", ["ask"]),
    ],
)
def test_what_comes_after_a_booking_is_no_cancellation(text: str, acts: list[str]) -> None:
    assert _acts(_read(text, known=BOOKED)) == acts


def test_who_is_named_after_a_booking_is_no_service() -> None:
    meaning = _read("no, Ana y Luz", known=BOOKED)
    assert meaning.items == ()
    assert meaning.people is not None
    assert meaning.people.count == 2


@pytest.mark.parametrize(
    ("text", "acts", "days"),
    [
        ("me duele una muela. tienen algo hoy?", ["ask", "availability"], ["2026-03-11"]),
        ("me sangra la encía, me pueden ver hoy?", ["ask", "availability"], ["2026-03-11"]),
        ("my tooth hurts. anything today?", ["ask", "availability"], ["2026-03-11"]),
        ("estou com dor de dente, tem horário hoje?", ["ask", "availability"], ["2026-03-11"]),
        ("duele la extracción?", ["ask"], []),
        ("me duele una muela", ["ask"], []),
    ],
)
def test_times_are_asked_for_after_telling_what_hurts(text: str, acts: list[str], days: list[str]) -> None:
    meaning = _read(text, DENTIST)
    assert _acts(meaning) == acts
    assert as_label(meaning).get("days", []) == days
    assert meaning.subjects == ("health",)


@pytest.mark.parametrize(
    ("reader", "text", "days", "times"),
    [
        (SALON, "corte sábado 14 a la tarde", ["2026-03-14"], ["afternoon"]),
        (SALON, "haircut saturday 14 in the afternoon", ["2026-03-14"], ["afternoon"]),
        (BARBER, "barba quinta 12 de manhã", ["2026-03-12"], ["morning"]),
        (SALON, "corte viernes 5 de la tarde", ["2026-03-13"], ["17:00"]),
    ],
)
def test_a_number_that_is_the_weekdays_is_no_hour(reader: Reader, text: str, days: list[str], times: list[str]) -> None:
    label = as_label(_read(text, reader))
    assert (label.get("days"), label.get("times")) == (days, times)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (
            "alisado y manicura para mi y manicura para mi hija",
            [("Alisado", "writer"), ("Manicura", "writer"), ("Manicura", "hija")],
        ),
        (
            "corte y barba para mi y corte para mi hijo",
            [("Corte de Cabello", "writer"), ("Barba", "writer"), ("Corte de Cabello", "hijo")],
        ),
        (
            "para mí corte y barba, y para mi hijo corte",
            [("Corte de Cabello", "writer"), ("Barba", "writer"), ("Corte de Cabello", "hijo")],
        ),
        (
            "corte para mi y barba y manicura para mi hermana",
            [("Corte de Cabello", "writer"), ("Barba", "hermana"), ("Manicura", "hermana")],
        ),
        (
            "quero corte e barba pra mim e corte pro meu filho",
            [("Corte de Cabello", "writer"), ("Barba", "writer"), ("Corte de Cabello", "filho")],
        ),
        ("mi hija y yo queremos corte y brushing", [("Corte de Cabello", "hija"), ("Brushing", "writer")]),
    ],
)
def test_what_is_for_whom_where_persons_stand_between_services(text: str, items: list[tuple[str, str]]) -> None:
    assert [(one.service, one.who) for one in _read(text).items] == items


@pytest.mark.parametrize(
    "text", ["dame uno para el lunes a las 10", "quiero una el lunes a las 10", "me dê um para segunda às 10"]
)
def test_one_that_is_wanted_is_no_hour_left_unread(text: str) -> None:
    meaning = _read(text)
    assert (meaning.days, meaning.times, meaning.doubts) == (("2026-03-16",), ("10:00",), ())
