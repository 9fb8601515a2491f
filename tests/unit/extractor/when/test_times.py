"""Times of day in words, with the hours of the two businesses."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.text.normalised import view
from extractor.when.parts_of_day import part_of_day, shifts
from tests.unit.extractor.scoring import said, workspace

VET = workspace("veterinaria-cordillera")
HOURS_ES = ["doce", "una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once"]
HOURS_EN = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]


def found(text: str, asked: bool = False, day: date | None = None) -> list[str]:
    return said(text, "preferred_time", asked=asked, day=day)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a las 3", "15:00"), ("a las 10", "10:00"), ("tipo 5", "17:00"), ("tipo a las 11", "11:00"), ("alas 4",
        "16:00"),
        ("las 3 y media", "15:30"), ("4 menos cuarto", "15:45"), ("a las tres menos veinte", "14:40"),
        ("a las once menos cuarto", "10:45"), ("a la una", "13:00"), ("a la 1 y media", "13:30"), ("17.30", "17:30"),
        ("17:30hs", "17:30"), ("15hs", "15:00"), ("15 h", "15:00"), ("5pm", "17:00"), ("5 p.m.", "17:00"),
        ("10am", "10:00"), ("12am", "00:00"), ("9 de la mañana", "09:00"), ("8 de la noche", "20:00"),
        ("a las 12 de la noche", "00:00"), ("2 de la tarde", "14:00"), ("mediodía", "12:00"), ("al medio dia", "12:00"),
        ("half past four", "16:30"), ("quarter past ten", "10:15"), ("a quarter to five", "16:45"),
        ("ten past three", "15:10"), ("at noon", "12:00"), ("5 o'clock", "17:00"), ("às 9 e meia", "09:30"),
        ("às duas da tarde", "14:00"), ("16h30", "16:30"), ("un cuarto para las 5", "16:45"),
        ("a las cinco y cuarto", "17:15"),
        ("cinco y media", "17:30"), ("nueve en punto", "09:00"), ("a las 1630", "16:30"), ("1630hs", "16:30"),
        ("a las diez y meida", "10:30"), ("las 10 y mdia", "10:30"), ("a las 4 y caurto", "16:15"), ("a las 10 ymedia",
        "10:30"), ("a las 5 mneos cuarot", "16:45"), ("às dez e meai", "10:30"), ("a las 4 y cuatro", "16:04"),
        ("las 18 y 30", "18:30"), ("a las 10 y 20", "10:20"), ("diez para las cuatro", "15:50"), ("meio-dia", "12:00"),
        ("a las 9 y pico", "09:00"), ("tipo las 4", "16:00"), ("a eso de las 6", "18:00"), ("17 y 15", "17:15"),
        ("a las dose", "12:00"), ("a las sinco i media", "17:30"), ("tipo onse", "11:00"),
        ("a las dies y kuarto", "10:15"),
        ("cinco y veinte", "17:20"), ("once y diez", "11:10"),
        ("a las 16. 30", "16:30"), ("16 : 30", "16:30"), ("10;30", "10:30"), ("9 :30", "09:30"),
        ("8:00:31 am", "08:00"), ("once cero cinco", "11:05"), ("eleven oh five", "11:05"), ("ten-thirty", "10:30"),
        ("a las seis dos de la tarde", "18:02"), ("a quarter past noon", "12:15"), ("15 to noon", "11:45"),
        ("15 para o meio dia", "11:45"), ("meio dia e quinze", "12:15"),
        ("15h30", "15:30"), ("a las 3 de la madrugada", "03:00"),
        ("at 3ish", "15:00"), ("3 in the AM", "03:00"), ("7 esta noche", "19:00"), ("8 tonight", "20:00"),
        ("tonight 815", "20:15"), ("esta mañana a las 7", "07:00"), ("mañana a 11", "11:00"),
        ("turno las doce", "12:00"),
        ("cinco y veinte mañana por la mañana", "05:20"), ("9 tomorrow morning", "09:00"),
    ],
)  # fmt: skip
def test_a_time_is_found(text: str, wanted: str) -> None:
    assert found(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "a la tarde", "temprano", "después de almorzar", "a primera hora", "de 9 en adelante", "después de las 5",
        "antes de las 12", "entre las 3 y las 5", "de 9 a 12", "a partir de las 17", "tengo 8 años", "son 2 personas",
        "dura 2 horas", "24 hs antes", "media hora", "$3500", "16/10", "quiero una cita", "la primera",
        "4pm CET", "Thursday 8:00 GMT", "a las 4 hora de España", "1 day 2 hours later", "fazem duas horas",
        "2x1", "cualquiera de las dos", "llego 10 minutos tarde", "10%", "un turno", "desde las 15",
    ],
)  # fmt: skip
def test_no_time_is_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3", "15:00"), ("11", "11:00"), ("15 30", "15:30"), ("1630", "16:30"), ("tres y diez", "15:10"), ("9",
        "09:00"),
        ("cuatro", "16:00"), ("las 7", "19:00"), ("a las 10 no puedo, 11?", "11:00"), ("10 y media, dale", "10:30"),
    ],
)  # fmt: skip
def test_a_bare_answer_is_a_time_when_it_was_asked(text: str, wanted: str) -> None:
    assert wanted in found(text, asked=True)


def test_opening_hours_decide_a_bare_hour() -> None:
    assert said("a las 9", "preferred_time", business=VET) == ["09:00"]
    assert said("a las 7", "preferred_time", business=VET) == ["19:00"]


@given(st.integers(9, 18), st.integers(0, 59))
def test_every_way_to_write_a_time_gives_it_back(hour: int, minute: int) -> None:
    wanted = f"{hour:02}:{minute:02}"
    for way in (f"{hour}:{minute:02}", f"a las {hour}.{minute:02} hs", f"{hour}h{minute:02}", f"para las {wanted}"):
        assert found(way) == [wanted], way


@given(st.sampled_from([2, 3, 4, 5, 6, 9, 10, 11, 0]), st.sampled_from([0, 15, 30, 45]))
def test_a_time_in_words_falls_in_opening_hours(hour: int, minute: int) -> None:
    late = hour + 12 if hour < 7 or hour == 0 else hour
    wanted = f"{late:02}:{minute:02}"
    tail = {0: "", 15: " y cuarto", 30: " y media", 45: " y cuarenta y cinco"}[minute]
    article = "la" if hour == 1 else "las"
    assert found(f"a {article} {HOURS_ES[hour]}{tail}") == [wanted]
    english = {0: "at {}", 15: "quarter past {}", 30: "half past {}", 45: "at {}:45"}[minute]
    spoken = HOURS_EN[hour] if minute != 45 else str(hour or 12)
    assert found(english.format(spoken)) == [wanted]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a la mañana", "morning"), ("temprano", "morning"), ("por la tarde", "afternoon"), ("a la noche", "evening"),
        ("después de almorzar", "afternoon"), ("in the morning", "morning"), ("à tarde", "afternoon"), ("mañana", None),
    ],
)  # fmt: skip
def test_the_part_of_day_is_read(text: str, part: str | None) -> None:
    assert part_of_day(view(text).line) == part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("no puedo a la mañana", "afternoon"),
        ("a la mañana laburo", "afternoon"),
        ("a la tarde no", "morning"),
        ("a la tarde no, a la noche", "evening"),
        ("a la mañana no puedo, a la tarde sí", "afternoon"),
        ("curso a la noche", None),
        ("no tenés nada a la tarde?", "afternoon"),
        ("a la mañana no tenés?", "morning"),
    ],
)
def test_a_part_of_day_that_is_refused_leaves_the_other(text: str, part: str | None) -> None:
    assert part_of_day(view(text).line) == part


@pytest.mark.parametrize(
    ("text", "known", "part"),
    [
        ("más tarde puede ser?", time(10), "afternoon"),
        ("y algo más tarde?", time(17), "evening"),
        ("un poco más temprano", time(12), "morning"),
        ("no tenés más temprano?", time(18), "afternoon"),
    ],
)
def test_an_earlier_or_later_time_is_asked_for(text: str, known: time, part: str) -> None:
    assert shifts(view(text).line)
    assert part_of_day(view(text).line, known) == part


@pytest.mark.parametrize("text", ["más tarde te confirmo", "te escribo mas tarde", "el jueves más tarde voy"])
def test_later_may_be_about_something_else(text: str) -> None:
    assert not shifts(view(text).line)
