"""Formats dates, times, prices and lists."""

from collections.abc import Sequence
from datetime import date

from nlg.writing.phrases import Phrases
from nlg.writing.render import clean
from workspace.calendar import parse_date, parse_time

_SYMBOLS = {"USD": "US$", "BRL": "R$", "EUR": "€", "UYU": "$U", "PEN": "S/", "PYG": "₲", "BOB": "Bs"}
_DOLLAR_SIGN = ("ARS", "CLP", "MXN", "COP")
PRICE_WORDS = ("from", "on_request", "free")
"""Forms of a price that have words."""
LONG_MINUTES = 90
"""Minutes from which a duration is given in hours."""
MAX_DIGITS = 10
"""Longest price that is written, in digits."""


def spell_date(text: str, phrases: Phrases, year: int | None = None) -> str:
    """2026-03-12 -> "jueves 12/03"; empty when it is no date."""
    day = parse_date(text)
    return spell_day(day, phrases, year) if day else ""


def spell_day(day: date, phrases: Phrases, year: int | None = None) -> str:
    """A date with its weekday: "jueves 12/03", and its year when that is not the given, current one."""
    spelt = f"{phrases.words['weekdays'][day.weekday()]} {day.day:02}/{day.month:02}"
    return spelt if year in (None, day.year) else f"{spelt}/{day.year:04}"


def spell_length(minutes: int) -> str:
    """A duration: "45 min", "2 h", "1 h 30 min"."""
    if minutes < LONG_MINUTES:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def spell_notice(minutes: int, phrases: Phrases) -> str:
    """A notice: "30 min", "24 h", "3 días"."""
    days, rest = divmod(minutes, 24 * 60)
    if days > 1 and not rest:
        return f"{days} {phrases.word('days')}"
    return spell_length(minutes)


def spell_time(text: str) -> str:
    """HH:MM as it is; empty when it is no time."""
    at = parse_time(text)
    return f"{at:%H:%M}" if at else ""


def spell_span(text: str) -> str:
    """09:00-13:00 -> "9:00–13:00"; empty when it is no span."""
    start, _, end = text.partition("-")
    ends = [edge if edge == "24:00" else spell_time(edge) for edge in (start, end)]
    return "–".join(edge.removeprefix("0") for edge in ends) if all(ends) else ""


def spell_spans(spans: Sequence[str], phrases: Phrases) -> str:
    """The hours of a day: "9:00–13:00 y 14:00–19:00"."""
    return join_all([span for span in map(spell_span, spans) if span], phrases.word("and"))


def spell_price(low: object, high: object, currency: str, phrases: Phrases | None = None, form: object = "") -> str:
    """A price or a range of prices, with a language's separators or without any; in words where its form has some;
    empty when unknown."""
    if phrases is not None and form in ("on_request", "free"):
        return phrases.word(str(form))
    if phrases is not None and form == "from":
        return phrases.word("from") + _money(low, currency, phrases)
    edges = [_money(value, currency, phrases) for value in (low, high)]
    if not edges[0]:
        return ""
    return edges[0] if edges[1] in ("", edges[0]) else f"{edges[0]}–{edges[1]}"


def _money(value: object, currency: str, phrases: Phrases | None) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**MAX_DIGITS:
        return ""
    sign = "$" if currency in _DOLLAR_SIGN else _SYMBOLS.get(currency, f"{currency} ")
    if phrases is None:
        return f"{sign}{value:.0f}" if float(value).is_integer() else f"{sign}{value:.2f}"
    written = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    if value < 10_000 and phrases.locale.startswith("en"):  # English writes four digits without it
        written = written.replace(",", "")
    own = {",": phrases.word("thousands"), ".": phrases.word("decimal")}
    amount = "".join(own.get(character, character) for character in written)
    if currency == "EUR" and not phrases.locale.startswith("en"):
        return f"{amount}\N{NO-BREAK SPACE}€"
    return sign + amount


def join_all(items: Sequence[str], last: str) -> str:
    """Items with commas, the last one joined by a word: "a, b y c"."""
    return last.join((", ".join(items[:-1]), items[-1])) if len(items) > 1 else "".join(items)


def join_names(names: Sequence[str], phrases: Phrases, limit: int, last: str = "and") -> str:
    """As many names as fit into a number of characters, then "y más" if some are left out."""
    each = [clean(name, 40) for name in names]
    for count in range(len(each), 0, -1):
        text = join_all(each[:count], phrases.word(last))
        if count < len(each):
            text = f"{', '.join(each[:count])}{phrases.word('more')}"
        if len(text) <= limit:
            return text
    return clean(each[0], limit) if each else ""
