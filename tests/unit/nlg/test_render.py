"""Making a message fit, and how values are spelt."""

import pytest

from nlg.situations.times import choose
from nlg.writing.render import MAX_CHARS, Say, clean, write
from nlg.writing.words import join_names, spell_date, spell_price, spell_span, spell_spans, spell_time
from tests.unit.nlg.builders import PHRASES
from turn.vocabulary import PartOfDay

SPANISH = PHRASES["es-AR"]
BOOKED = {
    "name": "Ana",
    "service": "Corte",
    "date": "jueves 12/03",
    "time": "15:00",
    "staff": "Sofía",
    "booking_id": "PB-AAAAAA",
}


def test_optional_parts_are_dropped_from_the_end() -> None:
    lines = [Say("price_line", {"service": f"n{n}" + "x" * 26, "price": "$1"}, optional=n > 0) for n in range(9)]
    text = write(lines, SPANISH)
    assert all(f"n{n}x" in text for n in range(5))
    assert not any(f"n{n}x" in text for n in range(6, 9))


def test_a_question_survives_what_is_dropped() -> None:
    parts = [Say("services_list", {"services": "y" * 180}, optional=True), Say("ask_service")]
    assert write(parts, SPANISH) == "¿Qué servicio querés?"


def test_long_names_are_shortened_before_facts_are_lost() -> None:
    text = write([Say("booked", {**BOOKED, "service": "Corte " * 20, "staff": "Sofía " * 20})], SPANISH)
    for fact in ("jueves 12/03", "15:00", "PB-AAAAAA", "reservado"):
        assert fact in text
    assert len(text) <= MAX_CHARS


def test_an_unknown_value_takes_the_wording_without_it() -> None:
    text = write([Say("booked", {**BOOKED, "name": "", "staff": ""})], SPANISH)
    assert text == "¡Listo! Quedó reservado tu turno de Corte el jueves 12/03 a las 15:00. Tu código es PB-AAAAAA."


def test_nothing_to_say_is_still_a_message() -> None:
    assert write([Say("price_line", {})], SPANISH)
    assert write([], SPANISH)


def test_what_can_never_fit_is_cut() -> None:
    text = write([Say("hours_line", {"days": "Lun", "hours": "9" * 500})], SPANISH)
    assert len(text) == MAX_CHARS
    assert text.endswith("…")


def test_foreign_text_cannot_ask_or_break_lines() -> None:
    assert clean("¿Ana\n\tLópez?\x00!", 40) == "Ana López"
    assert clean("abcdef", 4) == "abc…"


def test_braces_in_names_are_only_text() -> None:
    assert "{evil}" in write([Say("price_line", {"service": "{evil}", "price": "$1"})], SPANISH)


@pytest.mark.parametrize(
    ("low", "high", "currency", "text"),
    [
        (3500.0, 6000.0, "ARS", "$3500–$6000"),
        (2500, None, "ARS", "$2500"),
        (2500, 2500, "CLP", "$2500"),
        (1234567, None, "CLP", "$1234567"),
        (12.5, None, "EUR", "€12.50"),
        (10, None, "CHF", "CHF 10"),
        (None, None, "ARS", ""),
        (True, None, "ARS", ""),
        ("3500", None, "ARS", ""),
        (-1, None, "ARS", ""),
        (float("inf"), None, "ARS", ""),
        (float("nan"), None, "ARS", ""),
    ],
)
def test_prices(low: object, high: object, currency: str, text: str) -> None:
    assert spell_price(low, high, currency) == text


def test_dates_times_and_spans() -> None:
    assert spell_date("2026-03-12", SPANISH) == "jueves 12/03"
    assert spell_date("2026-03-12", PHRASES["en"]) == "Thursday 12/03"
    assert spell_date("12/03", SPANISH) == ""
    assert (spell_time("15:00"), spell_time("25:00")) == ("15:00", "")
    assert (spell_span("09:00-13:00"), spell_span("20:00-24:00"), spell_span("nine")) == (
        "9:00–13:00",
        "20:00–24:00",
        "",
    )
    assert spell_spans(["09:00-13:00", "bad", "14:00-19:00"], SPANISH) == "9:00–13:00 y 14:00–19:00"


def test_names_are_joined_as_far_as_they_fit() -> None:
    assert join_names(["a", "b", "c"], SPANISH, 20) == "a, b y c"
    assert join_names(["a", "b", "c"], SPANISH, 20, last="or") == "a, b o c"
    assert join_names(["aaaa", "bbbb", "cccc"], SPANISH, 12) == "aaaa y más"
    assert join_names(["a" * 50], SPANISH, 10) == "a" * 9 + "…"
    assert join_names([], SPANISH, 10) == ""


def test_times_are_chosen_nearest_spread_or_all() -> None:
    day = [f"{hour:02}:{minute:02}" for hour in range(9, 19) for minute in (0, 15, 30, 45)]
    assert choose(day, "11:10", PartOfDay.UNSPECIFIED) == ("10:45", "11:00", "11:15", "11:30")
    spread = choose(day, "", PartOfDay.UNSPECIFIED)
    assert (spread[0], spread[-1], len(spread)) == ("09:00", "18:30", 4)
    assert choose(["10:15", "11:15"], "", PartOfDay.UNSPECIFIED) == ("10:15", "11:15")
    assert choose(day, "", PartOfDay.EVENING) == ("18:00", "18:15", "18:30", "18:45")
    assert choose(["09:00"], "", PartOfDay.EVENING) == ("09:00",)
    assert choose(["nonsense", "25:00"], "10:00", PartOfDay.UNSPECIFIED) == ()
