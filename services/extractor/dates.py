"""Dates as customers write them, resolved against a reference date.

`find` gives every date that a line mentions; which of them is the wanted one is decided elsewhere
(see `choice`). Habitual days ("los sábados"), "el finde", "la semana que viene" and "fin de mes"
name no date.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice

from extractor import date_patterns as patterns
from extractor.message import Mention
from extractor.numbers import value
from extractor.weekday_phrases import after_it, nth

MOST = 12
"""Dates of one kind that are looked at in a message."""


def find(line: str, today: date, asked: bool) -> list[Mention]:
    """Every date that a line mentions, in order and without overlap.

    `asked` says that the assistant has just asked for the date, so that a bare number is one.
    """
    taken: list[Mention] = []
    finders: tuple[Callable[[str, date, bool], Iterator[Mention]], ...] = (
        nth, after_it, _numeric, _monthly, _weekdays, _relative, _in_units, _days, _bare,
    )  # fmt: skip
    for finder in finders:
        if asked or finder is not _bare:
            for new in islice(finder(line, today, asked), MOST):
                if not any(_touch(new, old) for old in taken):
                    taken.append(new)
    exist = [mention for mention in taken if mention.value]
    return sorted(_merge(exist, line), key=lambda mention: mention.start)


def _touch(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _mention(match: re.Match[str], day: date | None) -> Iterator[Mention]:
    if day is not None:
        yield Mention("preferred_date", day.isoformat(), match.start(), match.end())


def _calendar_mention(match: re.Match[str], day: date | None) -> Iterator[Mention]:
    """A day with its month. One that no calendar has is a mention without a value: "el 30 de febrero" must be
    asked about, and is not the 30th of another month."""
    yield Mention("preferred_date", day.isoformat() if day else "", match.start(), match.end())


def _numeric(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in patterns.NUMERIC.finditer(line):
        if match["y4"]:
            yield from _calendar_mention(match, _safe(int(match["y4"]), int(match["m4"]), int(match["d4"])))
            continue
        dotted = match["s"] == "."
        if (dotted and not match["y"] and not asked) or match[0] == "24/7":
            continue
        if (
            match["s"] == "-"
            and not match["y"]
            and re.search(r"\b(?:de|entre|from|las) $", line[max(0, match.start() - 40) : match.start()])
        ):
            continue
        day, month = int(match["d"]), int(match["m"])
        if month > 12 and day <= 12:
            day, month = month, day
        year = int(match["y"]) if match["y"] else None
        yield from _calendar_mention(match, _dated(today, day, month, year + 2000 if year and year < 100 else year))


def _monthly(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in patterns.NEXT_MONTH.finditer(line):
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield from _calendar_mention(match, _safe(first.year, first.month, value(_digits(match["n"])) or 0))
    for match in patterns.THIS_MONTH.finditer(line):
        yield from _calendar_mention(match, _safe(today.year, today.month, value(_digits(match["n"])) or 0))
    for match in patterns.MONTHLY.finditer(line):
        month = patterns.MONTHS[match["mo"] or match["mo2"]]
        number = value(_digits(match["n"] or match["n2"]))
        if number is not None:
            year = int(match["y"]) if match["y"] else None
            yield from _calendar_mention(match, _dated(today, number, month, year))


def _digits(text: str) -> str:
    """A day without its ordinal ending."""
    return text.split(" ")[0] if text[0].isdigit() else text


def _weekdays(line: str, today: date, asked: bool) -> Iterator[Mention]:
    through = [found.span() for found in patterns.THROUGH.finditer(line)]
    for match in patterns.WEEKDAY.finditer(line):
        if any(start <= match.start("wd") < end for start, end in through):
            continue
        word, before = match["wd"], match["pre"]
        if patterns.PASTED.match(line[match.end("wd") : match.end("wd") + 60]) or _habitual(match, line):
            continue
        if word in patterns.SHORT_WD | patterns.PORTUGUESE_WD and not _meant(match, line, asked):
            continue
        weekday = patterns.WEEKDAYS[word]
        base = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        end = match.end("post") if match["n"] is None else match.end()
        after = patterns.WEEK_AFTER.match(line, match.end("post"))
        ahead = patterns.WEEK_BEFORE.search(line[: match.start()], max(0, match.start() - 40))
        start = ahead.start() if ahead else match.start()
        if after or ahead:
            base = today + timedelta(days=7 - today.weekday() + weekday)
            end = after.end() if after else end
        elif re.match(r" en (?:ocho|8|una semana)\b", line[match.end() : match.end() + 60]) or _other(
            before, base, today
        ):
            base += timedelta(days=7)
        day: date | None = base
        if match["n"] is not None:
            day = _numbered(today, weekday, base, value(_digits(match["n"])) or 0, bool(match["dia"]))
            if day is None:
                day, end = base, match.end("post")
        if day is not None:
            named = (
                weekday == today.weekday() and patterns.SAID_TODAY.match(line) is not None and match.start("wd") < 12
            )
            yield Mention("preferred_date", day.isoformat(), start, end, -3 if named else 0)


def _other(before: str, base: date, today: date) -> bool:
    """Whether "el otro martes" is the one after the coming one; on a Tuesday the coming one is the other."""
    return re.search(r"\botro $", before) is not None and base < today + timedelta(days=7)


def _habitual(match: re.Match[str], line: str) -> bool:
    if patterns.PLURAL.search(match["pre"]) or re.search(
        r"\b(?:los|las) [a-z]+ (?:y|o|ni) (?:los )?$", line[max(0, match.start("wd") - 40) : match.start("wd")]
    ):
        return True
    return line[match.end("wd") : match.end("wd") + 60].startswith("s ")


def _meant(match: re.Match[str], line: str, asked: bool) -> bool:
    """Whether a word that is also another is meant as a weekday: "vie", "segunda"."""
    word = match["wd"]
    if word in patterns.PORTUGUESE_WD:
        if patterns.NO_WEEKDAY_AFTER.match(line, match.end("wd")):
            return False
        spanish = re.search(r"\b(?:la|una?|las) $", match["pre"]) is not None
        if word not in patterns.SHORT_WD and not spanish:
            return True
        alone = asked and line.strip(" .,!?") == word
        spoken = "feira" in match[0] or patterns.PORTUGUESE.search(line) is not None
        return alone or spoken or (not spanish and _near_time(line, match))
    return bool(asked or match["pre"] or match["n"] or _near_time(line, match))


def _near_time(line: str, match: re.Match[str]) -> bool:
    """Whether a time or the end follows a short weekday, as in "vie 17 hs"."""
    return bool(
        re.match(
            r"(?: ?,)? (?:[0-9]|a las|as [0-9]|at|tipo|a la|por la|¤)", line[match.end("wd") : match.end("wd") + 60]
        )
    )


def _numbered(today: date, weekday: int, base: date, number: int, sure: bool) -> date | None:
    """The date of "lunes 16". None when the number cannot be a day of the month that goes with it."""
    for ahead in range(0, 8):
        day = base + timedelta(days=7 * ahead)
        if day.day == number:
            return day
    if sure or number > 12:
        return next_day(today, number)
    return None


def _relative(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for pattern, days in patterns.RELATIVE:
        for match in pattern.finditer(line):
            yield Mention("preferred_date", (today + timedelta(days=days)).isoformat(), match.start(), match.end())
    for match in patterns.TOMORROW.finditer(line):
        if not patterns.MORNING_BEFORE.search(line[max(0, match.start() - 30) : match.start()]):
            yield from _mention(match, today + timedelta(days=1))
    for match in patterns.YESTERDAY.finditer(line):
        days = 2 if match["it"].startswith("ante") else 1
        yield Mention("preferred_date", (today - timedelta(days=days)).isoformat(), match.start("it"), match.end("it"))
    bare = patterns.AFTER_TOMORROW_ASKED.search(line) if asked else patterns.AFTER_TOMORROW.search(line)
    bare = bare or patterns.AFTER_TOMORROW_AT.search(line)
    if bare:
        yield Mention("preferred_date", (today + timedelta(days=2)).isoformat(), bare.start("it"), bare.end("it"))


def _in_units(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in patterns.IN.finditer(line):
        count = value(match["n"]) or 0
        unit = match["u"]
        if unit.startswith(("mes", "month")):
            yield from _mention(match, _months_on(today, count))
        else:
            days = 7 if unit.startswith(("sem", "week")) else 15 if unit.startswith("quin") else 1
            yield from _mention(match, today + timedelta(days=count * days))


def _days(line: str, today: date, asked: bool) -> Iterator[Mention]:
    for match in patterns.DAY_ONLY.finditer(line):
        text = match["n"]
        if text in ("un", "uno", "one", "una", "uma", "um", "second", "primer") and not match["day"]:
            continue
        if match["pre"] == "the" and not re.search(r"(?:st|nd|rd|th)$", text):
            continue
        if patterns.FIRST_OF.match(line, match.start()):
            continue
        if patterns.NOT_DAY_AFTER.match(line[match.end() : match.end() + 60]) or _length(match, line):
            continue
        yield from _mention(match, next_day(today, value(_digits(text)) or 0))


def _length(match: re.Match[str], line: str) -> bool:
    """Whether a number is how short hair is to be cut: "raparme al dos"."""
    if patterns.LENGTH.match(line[match.start() : match.end() + 20]) is None:
        return False
    before = line[max(0, match.start() - 60) : match.start()]
    if patterns.LENGTH_AFTER.match(line[match.end() : match.end() + 40]):
        return True
    return patterns.LENGTH_BEFORE.search(before) is not None and patterns.MOVED.search(before) is None


def _bare(line: str, today: date, asked: bool) -> Iterator[Mention]:
    match = patterns.BARE.match(line)
    if match:
        yield from _mention(match, next_day(today, value(_digits(match["n"])) or 0))


def _merge(mentions: list[Mention], line: str) -> list[Mention]:
    """Joins neighbours that name one day twice: "mañana martes", "el martes 17/3"."""
    merged: list[Mention] = []
    for mention in sorted(mentions, key=lambda found: found.start):
        if merged and re.fullmatch(
            r" ?(?:[,(]|es|que es|dia|el|o sea|,? el|,? dia)? ?", line[merged[-1].end : mention.start]
        ):
            last = merged[-1]
            numbered = any(char.isdigit() for char in line[mention.start : mention.end])
            if line[last.start : last.end] == "hoy" and not numbered and _week_between(last, mention):
                merged[-1] = Mention(last.slot, last.value, last.start, mention.end, last.weight)
                continue
            another = line[mention.start : mention.start + 3] in ("al ", "no ")
            if last.value == mention.value or (numbered and not another):
                merged[-1] = Mention(last.slot, mention.value, last.start, mention.end, last.weight)
                continue
        merged.append(mention)
    return merged


def _week_between(one: Mention, other: Mention) -> bool:
    """Whether "hoy jueves" names today twice: its weekday would else be the next one."""
    return date.fromisoformat(other.value) - date.fromisoformat(one.value) == timedelta(days=7)


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


def next_day(today: date, number: int) -> date | None:
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
