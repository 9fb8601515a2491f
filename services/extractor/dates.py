"""Dates as customers write them, resolved against a reference date.

`find` gives every date that a line mentions; which of them is the wanted one is decided elsewhere
(see `choice`). Habitual days ("los sábados"), "el finde", "la semana que viene" and "fin de mes"
name no date.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from extractor.message import Mention
from extractor.numbers import COUNT, DAY, value

_WEEKDAYS = {
    "lunes": 0, "lun": 0, "segunda": 0, "monday": 0, "mon": 0,
    "martes": 1, "mar": 1, "terca": 1, "tuesday": 1, "tue": 1, "tues": 1,
    "miercoles": 2, "mie": 2, "mier": 2, "mierc": 2, "quarta": 2, "wednesday": 2, "wed": 2, "weds": 2,
    "jueves": 3, "jue": 3, "juev": 3, "quinta": 3, "thursday": 3, "thu": 3, "thur": 3, "thurs": 3,
    "viernes": 4, "vie": 4, "vier": 4, "sexta": 4, "friday": 4, "fri": 4,
    "sabado": 5, "sab": 5, "saturday": 5, "sat": 5,
    "domingo": 6, "dom": 6, "sunday": 6, "sun": 6,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "enero ene janeiro january jan",
            "febrero feb fevereiro february",
            "marzo mar março marco march",
            "abril abr april apr",
            "mayo may maio",
            "junio jun junho june",
            "julio jul julho july",
            "agosto ago ago. august aug",
            "septiembre sep setembro september",
            "octubre oct outubro october out",
            "noviembre nov novembro november",
            "diciembre dic dezembro dez december dec",
        ],
        1,
    )
    for name in names.split()
}
_WD = r"(?P<wd>" + "|".join(sorted(_WEEKDAYS, key=len, reverse=True)) + r")\b(?:(?: ?-)? feira\b)?"
_DAYNAMES = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_MO = r"(?P<mo>" + "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True)) + r")\b"
_NEXT = r"(?:que viene|que vem|q viene|proxim[oa]|siguiente|entrante|next|seguinte|que entra)"
_TIME_AFTER = (
    r"(?! ?(?:hs|h|am|pm|horas|%|y media|y cuarto|y pico|e meia|menos|de la (?:tarde|mañana|noche)|da (?:tarde|manha|noite)"
    r"|en punto|o ?clock|por ciento|personas|años|anos|cortes|turnos|minutos|min|mil|pesos|por 1|in the|por)\b)(?![:.,]?[0-9])"
)
_NUMERIC = re.compile(
    r"(?<![0-9:.,$/-])(?:(?P<y4>20[0-9]{2})-(?P<m4>[0-9]{1,2})-(?P<d4>[0-9]{1,2})"
    r"|(?P<d>[0-9]{1,2})(?P<s>[/.-])(?P<m>[0-9]{1,2})(?:(?P=s)(?P<y>20[0-9]{2}|[0-9]{2}))?)(?![0-9:/-])(?! (?:hs|horas|hora|am|pm)\b)"
)
_MONTHLY = re.compile(
    rf"\b(?P<n>{DAY})(?: d[eo])?(?: mes)?(?: ?/ ?| of| -)? {_MO}(?: de| del| of)?(?: (?P<y>20[0-9]{{2}}))?"
    rf"|\b(?P<mo2>{_MO[6:-3]})\b(?: the)? (?P<n2>{DAY})(?! ?[:.][0-9])"
)
_NEXT_MONTH = re.compile(
    rf"\b(?P<n>{DAY}) (?:del?|do|of) (?:(?:el |o )?mes {_NEXT}|proximo mes|next month|mes entrante|otro mes)"
)
_THIS_MONTH = re.compile(rf"\b(?P<n>{DAY}) (?:de|deste|of|do) (?:este mes|this month|mes|corriente|mismo mes|este)\b")
_WEEKDAY = re.compile(
    rf"(?P<pre>\b(?:(?:el|este|esta|proxim[oa]|next|this|on|otro|na|nesta|la|dia|del|al|para|un|una|algun|cada|todos|los|las|aos|"
    rf"nos|every|an?|de|no|pr[ao]|con|a) ){{0,3}}){_WD}"
    rf"(?P<post>(?: {_NEXT}| mismo| ?,)?)(?: (?P<dia>dia )?(?P<n>{DAY}){_TIME_AFTER})?"
)
_WEEK = (
    r"(?:(?:de |en |da |na |of )?(?:la |a )?(?:(?:otra |proxima )semana|semana (?:que viene|que vem|proxima|siguiente|"
    r"entrante|que entra)|(?:the )?(?:week after|next week)|(?:de la |la )proxima|de la que viene))"
)
_WEEK_AFTER = re.compile(rf" ?(?:,|pero|mas)? ?{_WEEK}\b")
_WEEK_BEFORE = re.compile(rf"\b{_WEEK},? ?(?:,|puede ser|seria|para|tal vez)? ?(?:el |la |na |on |para el |a |al )?$")
_RELATIVE: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"\b(?:pasado ,? ?(?:de )?mañana|depois de amanha|(?:el )?dia despues de mañana|(?:the )?day after tomorrow)\b"), 2),
    (re.compile(r"\b(?:amanha|tomorrow)\b"), 1),
    (re.compile(r"\b(?:hoy(?: mismo| dia)?|hoje(?: mesmo)?|today|tonight|ahora mismo|ahorita mismo)\b"), 0),
    (re.compile(r"\b(?:esta (?:tarde|noche|tardecita|tardenoche)|this (?:afternoon|evening|morning)|est[ae] manha|"
                r"esta mañana|estanoche)\b"), 0),
)  # fmt: skip
_MORNING_BEFORE = re.compile(
    r"(?:\b(?:(?:a|por|en|de|toda|esta|x|durante|pela|da|a partir de) la|las|una|media|cada|buena|esta|a media|mitad de|temprano (?:en|por) la)"
    r"|\b(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|[0-9/]+) (?:de|a|en|x|por)|[0-9] (?:de|por)|pasado ,? ?(?:de )?) $"
)
_TOMORROW = re.compile(r"\bmañana\b")
_IN = re.compile(
    rf"\b(?:dentro de|en|daqui a|em|in|de hoy en|de aqui a|de aca a) (?:unos |unas |como |los proximos )?(?P<n>{COUNT}) ?"
    r"(?P<u>dias?|semanas?|mes(?:es)?|days?|weeks?|months?|quincenas?)\b(?! (?:o menos|me|te|tengo|nos|viajo|cumplo|es)\b)"
)
_IN_EIGHT = re.compile(r"\b(?:de hoy en ocho|hoy en 8|week from today|uma semana a partir de hoje)\b")
_DAY_ONLY = re.compile(
    rf"\b(?P<pre>el|dia|al|del|the|on the|no dia|pro dia|pal|para el|o dia|al dia) (?P<day>dia )?(?P<n>{DAY})\b{_TIME_AFTER}"
)
_BARE = re.compile(
    rf"^ (?:para |el |al |dia |the |no |dia |mejor |que sea |puede ser |seria |si ,? )*(?P<n>{DAY})(?: (?:porfa|por favor|esta bien|me sirve|gracias|si|puede ser))?[ .!?,]*$"
)
_THROUGH = re.compile(
    rf"\b(?:de|entre|between|(?:open |work |are you )?from(?= mon)) (?:el )?(?:{_DAYNAMES}) (?:a|y|to|and|hasta) (?:el )?(?:{_DAYNAMES})\b"
)
_PLURAL = re.compile(r"\b(?:los|todos|cada|un|una|algun|aos|every|nos|as|mondays|las)\b")
_PASTED = re.compile(r"^ (?:pasado|que paso|passad[oa])\b")
_SHORT_WD = frozenset(
    [
        "lun",
        "mar",
        "mie",
        "jue",
        "vie",
        "sab",
        "dom",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "segunda",
        "quinta",
        "sexta",
    ]
)

Maker = Callable[[re.Match[str]], date | None]


def find(line: str, today: date, asked: bool) -> list[Mention]:
    """Every date that a line mentions, in order and without overlap.

    `asked` says that the assistant has just asked for the date, so that a bare number is one.
    """
    taken: list[Mention] = []
    finders: tuple[Callable[[str, date, bool], Iterator[Mention]], ...] = (
        _numeric, _monthly, _weekdays, _relative, _in_units, _days, _bare,
    )  # fmt: skip
    for finder in finders:
        if asked or finder is not _bare:
            taken += [new for new in finder(line, today, asked) if not any(_touch(new, old) for old in taken)]
    return sorted(_merge(taken, line), key=lambda mention: mention.start)


def _touch(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _mention(match: re.Match[str], day: date | None) -> Iterator[Mention]:
    if day is not None:
        yield Mention("preferred_date", day.isoformat(), match.start(), match.end())


def _numeric(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in _NUMERIC.finditer(line):
        if match["y4"]:
            yield from _mention(match, _safe(int(match["y4"]), int(match["m4"]), int(match["d4"])))
            continue
        dotted = match["s"] == "."
        if (dotted and not match["y"] and not asked) or match[0] == "24/7":
            continue
        if match["s"] == "-" and not match["y"] and re.search(r"\b(?:de|entre|from|las) $", line[: match.start()]):
            continue
        day, month = int(match["d"]), int(match["m"])
        if month > 12 and day <= 12:
            day, month = month, day
        year = int(match["y"]) if match["y"] else None
        yield from _mention(match, _dated(today, day, month, year + 2000 if year and year < 100 else year))


def _monthly(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in _NEXT_MONTH.finditer(line):
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield from _mention(match, _safe(first.year, first.month, value(_digits(match["n"])) or 0))
    for match in _THIS_MONTH.finditer(line):
        yield from _mention(match, _safe(today.year, today.month, value(_digits(match["n"])) or 0))
    for match in _MONTHLY.finditer(line):
        month = _MONTHS[match["mo"] or match["mo2"]]
        number = value(_digits(match["n"] or match["n2"]))
        if number is not None:
            year = int(match["y"]) if match["y"] else None
            yield from _mention(match, _dated(today, number, month, year))


def _digits(text: str) -> str:
    """A day without its ordinal ending."""
    return text.split(" ")[0] if text[0].isdigit() else text


def _weekdays(line: str, today: date, asked: bool) -> Iterator[Mention]:
    through = [found.span() for found in _THROUGH.finditer(line)]
    for match in _WEEKDAY.finditer(line):
        if any(start <= match.start("wd") < end for start, end in through):
            continue
        word, before = match["wd"], match["pre"]
        if _PASTED.match(line[match.end("wd") :]) or _habitual(match, line):
            continue
        if word in _SHORT_WD and not (asked or before or match["n"] or "feira" in match[0] or _near_time(line, match)):
            continue
        weekday = _WEEKDAYS[word]
        base = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        end = match.end("post") if match["n"] is None else match.end()
        after, ahead = _WEEK_AFTER.match(line, match.end("post")), _WEEK_BEFORE.search(line[: match.start()])
        start = ahead.start() if ahead else match.start()
        if after or ahead:
            base = today + timedelta(days=7 - today.weekday() + weekday)
            end = after.end() if after else end
        elif re.match(r" en (?:ocho|8)\b", line[match.end() :]) or re.search(r"\botro $", before):
            base += timedelta(days=7)
        day: date | None = base
        if match["n"] is not None:
            day = _numbered(today, weekday, base, value(_digits(match["n"])) or 0, bool(match["dia"]))
            if day is None:
                day, end = base, match.end("post")
        if day is not None:
            yield Mention("preferred_date", day.isoformat(), start, end)


def _habitual(match: re.Match[str], line: str) -> bool:
    if _PLURAL.search(match["pre"]) or re.search(
        r"\b(?:los|las) [a-z]+ (?:y|o|ni) (?:los )?$", line[: match.start("wd")]
    ):
        return True
    return line[match.end("wd") :].startswith("s ")


def _near_time(line: str, match: re.Match[str]) -> bool:
    """Whether a time or the end follows a short weekday, as in "vie 17 hs"."""
    return bool(re.match(r"(?: ?,)? (?:[0-9]|a las|as [0-9]|at|tipo|a la|por la|¤)", line[match.end("wd") :]))


def _numbered(today: date, weekday: int, base: date, number: int, sure: bool) -> date | None:
    """The date of "lunes 16". None when the number cannot be a day of the month that goes with it."""
    for ahead in range(0, 8):
        day = base + timedelta(days=7 * ahead)
        if day.day == number:
            return day
    if sure or number > 12:
        return _nth(today, number)
    return None


def _relative(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for pattern, days in _RELATIVE:
        for match in pattern.finditer(line):
            yield Mention("preferred_date", (today + timedelta(days=days)).isoformat(), match.start(), match.end())
    for match in _TOMORROW.finditer(line):
        if not _MORNING_BEFORE.search(line[max(0, match.start() - 30) : match.start()]):
            yield from _mention(match, today + timedelta(days=1))
    bare = (
        re.match(r"^ (?:el |para )?pasado[ .!,]*$", line)
        if asked
        else re.search(r"\bpara pasado(?= ?(?:[?.,!]|$|a las))", line)
    )
    if bare:
        yield from _mention(bare, today + timedelta(days=2))


def _in_units(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in _IN.finditer(line):
        count = value(match["n"]) or 0
        unit = match["u"]
        if unit.startswith(("mes", "month")):
            yield from _mention(match, _months_on(today, count))
        else:
            days = 7 if unit.startswith(("sem", "week")) else 15 if unit.startswith("quin") else 1
            yield from _mention(match, today + timedelta(days=count * days))
    for match in _IN_EIGHT.finditer(line):
        yield from _mention(match, today + timedelta(days=7))


def _days(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in _DAY_ONLY.finditer(line):
        text = match["n"]
        if text in ("un", "uno", "one", "una", "uma", "um", "second", "primer") and not match["day"]:
            continue
        if match["pre"] == "the" and not re.search(r"(?:st|nd|rd|th)$", text):
            continue
        if re.match(
            r" (?:turno|corte|servicio|dia|mes|paso|lugar|horario|one|time|opcion|de corte)\b", line[match.end() :]
        ):
            continue
        yield from _mention(match, _nth(today, value(_digits(text)) or 0))


def _bare(line: str, today: date, asked: bool) -> Iterator[Mention]:
    match = _BARE.match(line)
    if match:
        yield from _mention(match, _nth(today, value(_digits(match["n"])) or 0))


def _merge(mentions: list[Mention], line: str) -> list[Mention]:
    """Joins neighbours that name one day twice: "mañana martes", "el martes 17/3"."""
    merged: list[Mention] = []
    for mention in sorted(mentions, key=lambda found: found.start):
        if merged and re.fullmatch(
            r" ?(?:[,(]|es|que es|dia|el|o sea|,? el|,? dia)? ?", line[merged[-1].end : mention.start]
        ):
            last = merged[-1]
            numbered = any(char.isdigit() for char in line[mention.start : mention.end])
            if last.value == mention.value or numbered:
                merged[-1] = Mention(last.slot, mention.value, last.start, mention.end, last.weight)
                continue
        merged.append(mention)
    return merged


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _dated(today: date, day: int, month: int, year: int | None) -> date | None:
    """Day and month: in the year given, or else the next time that date comes (today included)."""
    if year is not None:
        return _safe(year, month, day)
    for ahead in range(0, 9):
        found = _safe(today.year + ahead, month, day)
        if found is not None and found >= today:
            return found
    return None


def _nth(today: date, number: int) -> date | None:
    """The next day of that number after today."""
    if not 1 <= number <= 31:
        return None
    month = today.year * 12 + today.month - 1
    for ahead in range(0, 4):
        found = _safe((month + ahead) // 12, (month + ahead) % 12 + 1, number)
        if found is not None and found > today:
            return found
    return None


def _months_on(today: date, count: int) -> date | None:
    month = today.year * 12 + today.month - 1 + count
    for day in range(today.day, today.day - 4, -1):
        found = _safe(month // 12, month % 12 + 1, day)
        if found is not None:
            return found
    return None
