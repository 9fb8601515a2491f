"""The grammar of days and hours: how rules are written, what the chart makes of words, and kinds of days and hours that
single patterns read wrongly."""

from datetime import UTC, date, datetime

import pytest

from extractor.packs import SHIPPED
from extractor.reading.message import MessageInContext
from extractor.text import language
from extractor.text.normalised import view
from extractor.when.calendar_words import setting_of, words_of
from extractor.when.grammar.chart import Edge, Grammar, best
from extractor.when.grammar.holidays import easter, named_day
from extractor.when.grammar.hour_productions import hour_text
from extractor.when.grammar.moments import read_any
from extractor.when.grammar.pack import grammar_of, load_pack
from extractor.when.grammar.rules import GrammarError, compile_rule
from extractor.when.grammar.span_productions import day_text
from extractor.when.grammar.values import Day, Days, Hour, Hours, Moment, Setting, Span
from tests.unit.extractor.scoring import said, salon


def join(_setting: object, **values: object) -> object:
    return tuple(values.values())


def lexical(words: list[str]) -> dict[int, list[Edge]]:
    return {
        at: [Edge("number", at, at + 1, int(word), 0.0, "figures")] for at, word in enumerate(words) if word.isdigit()
    }


def parsed(pattern: str, text: str) -> list[tuple[str, object]]:
    words = text.split()
    rule = compile_rule("rule", pattern, "made", join, {"next": ["que viene", "proximo"]}, 0.0, "es")
    chart = Grammar([rule]).parse(words, lexical(words), None)
    return sorted((" ".join(words[edge.start : edge.end]), edge.value) for edge in chart.edges(["made"]))


def test_a_rule_is_words_categories_phrases_and_what_may_be_missing() -> None:
    assert parsed("el|la <number:n> (de|del mes de)? {next}?", "el 3 del mes de que viene") == [
        ("el 3", (3,)), ("el 3 del mes de", (3,)), ("el 3 del mes de que viene", (3,)),
    ]  # fmt: skip
    assert parsed("<number:_> hs", "5 hs") == [("5 hs", ())]


def test_words_ahead_must_come_next_and_are_not_taken() -> None:
    assert parsed("<number:n> =(va|de una)", "5 va") == [("5", (5,))]
    assert parsed("<number:n> =(va|de una)", "5 de una") == [("5", (5,))]
    assert parsed("<number:n> =(va|de una)", "5") == [("5", (5,))]
    assert parsed("<number:n> =(va|de una)", "5 de abril") == []


@pytest.mark.parametrize("pattern", ["", "(el)?", "{nothing} a", "a <b", "a > b", "=va", "a =va b", "a =<b>", "a =va?"])
def test_a_rule_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(GrammarError):
        compile_rule("rule", pattern, "made", join, {}, 0.0, "es")


def test_one_long_edge_beats_two_short_ones_over_the_same_words() -> None:
    short = [Edge("day", 0, 1, "a", 0.0, "r"), Edge("hour", 1, 2, "b", 0.0, "r")]
    whole = Edge("moment", 0, 2, "ab", 0.0, "r")
    assert best([*short, whole], 3) == [whole]
    assert best(short, 3) == short


def test_a_chart_ends_whatever_the_words_are() -> None:
    grammar, packs = grammar_of(("es", "numeric"))
    words = ["lunes", "y", "3", "de"] * 200
    now = datetime(2026, 3, 11, 10, tzinfo=UTC)
    chart = grammar.parse(words, packs[0].lexical(words), Setting(now, lambda _day: [], []))
    assert chart.is_cut


def test_every_pack_compiles() -> None:
    for name in ("es", "pt", "en", "numeric"):
        assert load_pack(name).rules


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2027, date(2027, 3, 28))],
)
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


def test_a_named_day_is_the_country_s_own() -> None:
    today = date(2026, 3, 11)
    assert named_day("mothers_day", "AR", today) == date(2026, 10, 18)
    assert named_day("mothers_day", "MX", today) == date(2026, 5, 10)
    assert named_day("mothers_day", "BR", today) == date(2026, 5, 10)
    assert named_day("fathers_day", "ES", today) == date(2026, 3, 19)
    assert named_day("thanksgiving", "US", today) == date(2026, 11, 26)
    assert named_day("teachers_day", "US", today) is None
    assert named_day("black_friday", "BR", today) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("name", "year", "day"),
    [
        ("sovereignty", 2026, date(2026, 11, 23)), ("sovereignty", 2024, date(2024, 11, 18)),
        ("guemes", 2026, date(2026, 6, 15)), ("san_martin", 2026, date(2026, 8, 17)),
        ("cultural_diversity", 2024, date(2024, 10, 12)),
    ],
)  # fmt: skip
def test_a_moved_holiday_is_kept_on_the_monday_next_to_it(name: str, year: int, day: date) -> None:
    assert named_day(name, "AR", date(2023, 1, 1), year) == day
    assert named_day(name, "UY", date(2023, 1, 1), year) is None


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("mañana por la mañana a las 7", "2026-03-12", "07:00"), ("esta noche a las 8", "2026-03-11", "20:00"),
        ("hoy a la noche a las 8", "2026-03-11", "20:00"), ("esta noche a las 12", "2026-03-12", "00:00"),
        ("a las 5 y media de la tarde el jueves", "2026-03-12", "17:30"),
        ("el viernes a las cinco treinta y cinco de la tarde", "2026-03-13", "17:35"),
        ("mañana a las once cero cinco", "2026-03-12", "11:05"), ("el 21 del 4 a las 10", "2026-04-21", "10:00"),
        ("15 de marzo, 2027 a las 16. 30", "2027-03-15", "16:30"), ("jueves santo 17. 00", "2026-04-02", "17:00"),
        ("el viernes a las 16 : 30", "2026-03-13", "16:30"), ("10;30 el sábado", "2026-03-14", "10:30"),
        ("el día siguiente de mañana a las 11", "2026-03-13", "11:00"), ("en dos horas", "2026-03-11", "12:00"),
        ("un día antes de nochebuena a las 9", "2026-12-23", "09:00"),
        ("domingo de pascua al mediodía", "2026-04-05", "12:00"),
        ("el día de la madre a las 15", "2026-10-18", "15:00"), ("next week on tuesday at 4pm", "2026-03-17", "16:00"),
        ("na quinta que vem às 10 e meia", "2026-03-12", "10:30"), ("dia 21 de abril às 14h", "2026-04-21", "14:00"),
    ],
)  # fmt: skip
def test_a_day_and_its_hour_are_what_the_words_say(text: str, day: str, hour: str) -> None:
    assert said(text, "preferred_date") == [day]
    assert said(text, "preferred_time") == [hour]


@pytest.mark.parametrize(
    "text",
    [
        "ayer a las 6 los llamé", "anoche a las 8 les escribí", "hace tres semanas", "el martes pasado",
        "la semana pasada",
        "a partir de las 17", "antes del viernes", "la semana que viene", "todos los viernes", "los martes",
        "de 9 a 18", "entre las 3 y las 5", "el lunes 12", "dura 2 horas", "fin de mes", "el finde",
    ],
)  # fmt: skip
def test_what_names_no_single_day_or_hour_is_none(text: str) -> None:
    assert said(text, "preferred_date") == []
    assert said(text, "preferred_time") == []


@pytest.mark.parametrize(
    "text", ["somos dos", "las 4 llantas", "vamos con dos amigas", "10 y una manicura", "las dos cosas"]
)
def test_a_number_and_what_it_counts_is_no_hour(text: str) -> None:
    assert said(text, "preferred_time") == []


NOW = datetime(2026, 3, 11, 10, tzinfo=salon().zone)
"""A Wednesday."""


def values(text: str, asked: str = "") -> list[str]:
    """What a text says of days and hours, in order, in the form of a reading."""
    seen = view(text)
    setting = setting_of(MessageInContext(text, NOW, asked or None), salon())
    found = read_any(words_of(seen.line)[0], setting, "es", language.read(seen), SHIPPED.everywhere)
    return [one for edge in found.edges for one in texts(edge.value, setting)]


def texts(value: object, setting: Setting) -> list[str]:
    if isinstance(value, Moment):
        return texts(value.day, setting) + texts(value.hour, setting)
    if isinstance(value, Day) and value.conflict:
        return ["conflict " + " ".join(day.isoformat() for day in value.conflict)]
    if isinstance(value, Day | Span | Days):
        return [day_text(value)]
    return [hour_text(setting, value)] if isinstance(value, Hour | Hours) else []


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("antes del viernes", "antes da sexta", "before friday"), ["<2026-03-13"]),
        (("hasta el viernes", "como muy tarde el viernes", "até sexta", "no máximo sexta", "until friday",
          "no later than friday", "friday at the latest"), ["<=2026-03-13"]),
        (("a partir del viernes", "desde el viernes", "del viernes en adelante", "no antes del viernes",
          "a partir de sexta", "de sexta em diante", "não antes de sexta", "from friday on", "not before friday",
          "friday or later"), [">=2026-03-13"]),
        (("después del viernes", "depois de sexta", "after friday"), [">2026-03-13"]),
        (("antes del fin de semana", "antes do fim de semana", "before the weekend"), ["<2026-03-14"]),
        (("después de la semana que viene", "after next week"), [">2026-03-21"]),
        (("antes de las 17", "antes das 17", "before 5pm"), ["<17:00"]),
        (("hasta las 17", "como muy tarde a las 17", "a las 17 como máximo", "até as 17", "no máximo às 17",
          "until 5pm", "no later than 5pm", "5pm at the latest"), ["<=17:00"]),
        (("a partir de las 17", "desde las 17", "de las 17 en adelante", "no antes de las 17", "a partir das 17",
          "das 17 em diante", "não antes das 17", "from 5pm on", "not before 5pm"), [">=17:00"]),
        (("después de las 17", "depois das 17", "after 5pm"), [">17:00"]),
    ],
)  # fmt: skip
def test_a_bound_is_read_with_its_side(texts: tuple[str, ...], wanted: list[str]) -> None:
    for text in texts:
        assert values(text) == wanted, text


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("cualquier día menos el martes", "cualquiera menos el martes", "qualquer dia menos terça",
          "any day except tuesday"), ["any", "!2026-03-17"]),
        (("cualquier hora menos a las 10", "qualquer hora menos às 10", "any time except 10am"), ["any", "!10:00"]),
        (("no importa la hora, menos a la mañana", "tanto faz a hora, menos de manhã",
          "i don't mind the time, but not in the morning"), ["any", "!morning"]),
        (("lo antes posible", "tan pronto como sea posible", "o mais rápido possível", "as soon as possible"),
         ["earliest"]),
        (("el viernes lo antes posible", "el viernes el primero", "sexta o mais cedo possível",
          "as soon as possible on friday", "the first one on friday"), ["2026-03-13", "earliest"]),
        (("el viernes el último", "el último del viernes", "sexta o último horário", "friday the last slot"),
         ["2026-03-13", "latest"]),
        (("el martes o el jueves", "terça ou quinta", "tuesday or thursday"), ["2026-03-17|2026-03-12"]),
        (("el finde o el lunes",), ["2026-03-14|2026-03-16"]),
        (("a las 17 o a las 18", "às 17 ou às 18", "at 5pm or at 6pm"), ["17:00|18:00"]),
        (("antes de las 12 o después de las 17", "antes das 12 ou depois das 17", "before 12 or after 5pm"),
         ["<12:00|>17:00"]),
        (("a la mañana o a la noche", "de manhã ou à noite", "in the morning or in the evening"), ["morning|evening"]),
        (("el martes a las 10 o el jueves a las 17", "terça às 10 ou quinta às 17", "tuesday at 10 or thursday at 5pm"),
         ["2026-03-17T10:00|2026-03-12T17:00"]),
        (("esta semana", "this week"), ["2026-03-11..2026-03-14"]),
        (("la semana que viene", "semana que vem", "next week"), ["2026-03-16..2026-03-21"]),
        (("el finde", "no fim de semana", "this weekend"), ["2026-03-14"]),
        (("del 13 al 16 de marzo", "del 13 de marzo al 16", "do dia 13 ao 16 de março", "from march 13 to 16",
          "from the 13th to the 16th"), ["2026-03-13..2026-03-16"]),
        (("entre las 15 y las 17", "de 3 a 5 de la tarde", "das 15 às 17", "from 3 to 5pm"), ["15:00..17:00"]),
        (("todos los viernes", "cada viernes", "toda sexta", "every friday"), ["weekly:fri"]),
        (("viernes por medio", "cada dos semanas los viernes", "cada quince días los viernes", "sexta sim sexta não",
          "a cada duas semanas na sexta", "every other friday", "every two weeks on friday"), ["every2w:fri"]),
        (("todos los días", "todos os dias", "every day"), ["daily"]),
    ],
)  # fmt: skip
def test_sets_choices_and_repetitions_are_read_as_such(texts: tuple[str, ...], wanted: list[str]) -> None:
    for text in texts:
        assert values(text) == wanted, text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("el lunes 12", ["conflict 2026-03-12 2026-03-16"]), ("na segunda 12", ["conflict 2026-03-12 2026-03-16"]),
        ("on monday the 12th", ["conflict 2026-03-12 2026-03-16"]),
        ("lunes 12 a las 10", ["conflict 2026-03-12 2026-03-16", "10:00"]),
        ("jueves 16", ["2026-03-12", "16:00"]), ("quinta 16", ["2026-03-12", "16:00"]),
        ("thursday 16", ["2026-03-12", "16:00"]), ("jueves 12", ["2026-03-12"]), ("el viernes 13", ["2026-03-13"]),
        ("jueves 23", ["conflict 2026-03-12 2026-03-23"]), ("jueves 16 de abril", ["2026-04-16"]),
        ("lunes 10 30", ["2026-03-16", "10:30"]),
    ],
)  # fmt: skip
def test_a_weekday_and_a_number_are_a_date_an_hour_or_a_conflict(text: str, wanted: list[str]) -> None:
    assert values(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10 va", "10:00"), ("16 30 de una", "16:30"), ("5 y media va", "17:30"), ("las dos", "14:00"),
        ("10 y una manicura", "10:00"), ("cinco treinta y cinco de la tarde", "17:35"),
    ],
)  # fmt: skip
def test_an_hour_that_was_asked_for_may_have_any_tail(text: str, wanted: str) -> None:
    assert said(text, "preferred_time", asked=True) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "somos dos", "con dos amigas", "las 4 llantas", "para dos personas", "tengo 2 hijos", "las dos cosas",
        "las dos me sirven", "somos duas", "com duas amigas", "with two friends", "there are two of us",
    ],
)  # fmt: skip
def test_what_a_number_counts_is_no_hour_even_when_the_hour_was_asked_for(text: str) -> None:
    assert said(text, "preferred_time", asked=True) == []
