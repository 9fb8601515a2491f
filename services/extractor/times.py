"""Times of day as customers write them, resolved with the workspace's opening hours.

A time needs a sign that it is one: "a las", minutes, "hs", am/pm, a part of the day, or the
assistant's question. Bounds ("de 9 en adelante", "después de las 5") and ranges name no time.
"""

import re
from collections.abc import Iterator
from datetime import time
from itertools import islice

from extractor import time_patterns as patterns
from extractor.clock import Clock, with_part
from extractor.message import Mention
from extractor.numbers import value

_DAY_BEFORE = re.compile(r"\b(?:el|dia|del|al|the|este|o|no dia) $")
MOST = 12
"""Times of one kind that are looked at in a message."""


def find(line: str, clock: Clock, asked: bool) -> list[Mention]:
    """Every time of day that a line mentions, in order and without overlap."""
    taken: list[Mention] = []
    finders = (_ranges, _past, _compact, _marked, _unmarked, _noon)
    for finder in finders:
        for new in islice(finder(line, clock), MOST):
            if not any(new.start < old.end and old.start < new.end for old in taken):
                taken.append(new)
    if asked and not any(mention.value for mention in taken):
        taken += _apart(_bare(line, clock), taken)
    if asked:
        taken += _apart(_last(line, clock), taken)
    return sorted((mention for mention in taken if mention.value), key=lambda mention: mention.start)


def _apart(found: Iterator[Mention], taken: list[Mention]) -> list[Mention]:
    return [new for new in found if not any(new.start < old.end and old.start < new.end for old in taken)]


def _ranges(line: str, clock: Clock) -> Iterator[Mention]:
    """Spans of time, which name no time: "entre las 3 y las 5", "de 9 a 12"."""
    for match in patterns.RANGE.finditer(line):
        moved = patterns.MOVED.search(line[max(0, match.start() - 60) : match.start()])
        hour = value(match["to"]) if moved else None
        at = clock.settle(hour, 0) if hour is not None else None
        yield from _mention(match.start("to") if moved else match.start(), match.end(), at)


def _compact(line: str, clock: Clock) -> Iterator[Mention]:
    """Times written as one number: "1630 hs", "a las 1630"."""
    for match in patterns.FOUR.finditer(line):
        if match["pre"] or match["unit"] or line.strip(" .!?") == match["h"] + match["m"]:
            yield from _mention(match.start(), match.end(), clock.settle(int(match["h"]), int(match["m"])))


def _last(line: str, clock: Clock) -> Iterator[Mention]:
    """The bare hour at the end of an answer: "a las 10 no puedo, 11?"."""
    match = patterns.LAST.search(line)
    hour = value(match["h"]) if match else None
    if match and hour is not None:
        yield from _mention(match.start("h"), match.end("h"), clock.settle(hour, 30 if match["half"] else 0))


def _mention(start: int, end: int, at: time | None) -> Iterator[Mention]:
    yield Mention("preferred_time", at.strftime("%H:%M") if at else "", start, end)


def _past(line: str, clock: Clock) -> Iterator[Mention]:
    for match in patterns.PAST.finditer(line):
        hour = value(match["h"] or match["h2"])
        if match["h2"]:
            count, before = match["n2"], True
        else:
            count = "30" if match["half"] or match["british"] else "15" if match["quarter"] else match["n"]
            before = match["way"] in ("to", "before", "till")
        minutes = 15 if count in ("cuarto", "quarto") else value(count)
        if (
            hour is None
            or minutes is None
            or minutes % 5
            or (match["way"] in ("after", "before") and not match["quarter"])
        ):
            continue
        at = _shift(hour, -minutes if before else minutes, _spoken(match), clock)
        yield from _mention(match.start(), match.end(), at)


def _spoken(match: re.Match[str]) -> str:
    groups = match.groupdict()
    ampm = (groups.get("ap") or groups.get("ap2") or "").replace(" ", "").replace(".", "")
    return ampm or groups.get("pd") or groups.get("pd2") or ""


def _marked(line: str, clock: Clock) -> Iterator[Mention]:
    for match in patterns.MARKED.finditer(line):
        if _is_other(line, match):
            continue
        yield from _mention(match.start(), _end(match), None if _bound(line, match) else resolve(match, clock))


def _unmarked(line: str, clock: Clock) -> Iterator[Mention]:
    for match in patterns.UNMARKED.finditer(line):
        if not _signed(match) or patterns.NOT_TIME_AFTER.match(line[match.end("h") : match.end("h") + 60]):
            continue
        exact = match["m"] or match["ap"] or match["pd"]
        if not exact and patterns.DURATION.search(line[max(0, match.start() - 40) : match.start()]):
            continue
        if (match["m"] and match[0][len(match["h"])] == ",") or re.match(
            r" ?(?:/ ?[0-9]|pesos|mil|lucas|\$|%)", line[match.end() : match.end() + 60]
        ):
            continue
        bound = patterns.BOUND_AFTER.match(line[match.end() : match.end() + 60]) or patterns.BOUND_BEFORE.search(
            line[max(0, match.start() - 40) : match.start()].rstrip()
        )
        if bound and bound[0] == "de" and not re.match(r" a ", line[match.end() : match.end() + 60]):
            bound = None
        yield from _mention(match.start(), _end(match), None if bound else resolve(match, clock))


def _signed(match: re.Match[str]) -> bool:
    """Whether something besides the number says that it is a time."""
    figures = match["h"][0].isdigit()
    unit = re.search(rf" {patterns.END}", match[0])
    if match["pd"]:
        if not re.match(r",? ?(?:de|da) ", match["part"]) and _DAY_BEFORE.search(
            match.string[max(0, match.start() - 40) : match.start()]
        ):
            return False
        return bool(re.search(r"(?:de|da|por|in|a|en)\b", match["part"] or ""))
    if unit and re.search(r"\bhora\b", unit[0]) and match["h"] in ("1", "una", "uma", "un"):
        return False
    if match["mw"] or match["plus"]:
        return bool(match["ap"] or unit) or _split_time(match)
    if unit and not figures:
        return "punto" in unit[0] or "clock" in unit[0] or "ponto" in unit[0] or "hora" in unit[0]
    return bool(match["m"] or match["mh"] or match["half"] or match["quarter"] or match["less"] or match["ap"] or unit)


def _end(match: re.Match[str]) -> int:
    """Where a time ends: in "15.45 de mañana" the day after it is none of it."""
    tomorrow = match["pd"] == "mañana" and match["part"].endswith(" de mañana") and (value(match["h"]) or 0) >= 13
    return match.start("part") if tomorrow else match.end()


def _split_time(match: re.Match[str]) -> bool:
    """Whether two numbers are an hour and minutes by themselves: "17 y 15", "9 30"."""
    hour, minutes = value(match["h"]) or 0, match["mw"] or match["plus"]
    if not match["h"][0].isdigit():
        return match["plus"] in ("diez", "quince", "veinte", "veinticinco") and 0 < hour <= 12
    if match["plus"]:
        return hour >= 13 and minutes in ("10", "15", "20", "30", "40", "45")
    ends = re.match(r" ?(?:$|[,.;?!]|con |para |p |y )", match.string[match.end() : match.end() + 60])
    return 7 <= hour <= 21 and minutes in ("00", "15", "30", "45") and ends is not None


def _is_other(line: str, match: re.Match[str]) -> bool:
    """Whether a prefixed number counts something else: "a las 2 personas", "unas 3 cuadras"."""
    after = line[match.end("h") : match.end("h") + 60]
    prefix, figures = match["pre"], match["h"][0].isdigit()
    if patterns.NOT_TIME_AFTER.match(after) or re.match(r"[/-][0-9]", line[match.end() : match.end() + 60]):
        return True
    weak = prefix in (
        "la",
        "a",
        "al",
        "desde",
        "de las",
        "by",
        "about",
        "from",
        "as",
        "unas",
        "tipo",
        "das",
        "after",
        "before",
    )
    signed = _signed(match)
    if prefix in ("de las", "las") and patterns.ONE_OF.search(line[max(0, match.start() - 30) : match.start()]):
        return True
    if prefix == "la" and match["h"] not in ("1", "una", "uma", "un"):
        return True
    if prefix in ("a", "al") and not signed:
        return True
    if (
        prefix in ("as", "las", "la", "a la", "por la", "para la")
        and not figures
        and match["h"] in ("una", "uma", "un", "one", "um")
    ):
        return prefix in ("as", "las", "la") or (bool(re.match(r" [a-z]", after)) and not signed and not _ends(after))
    return weak and not figures and not signed and prefix not in ("tipo", "by", "about", "as", "de las", "das")


def _ends(after: str) -> bool:
    return bool(
        re.match(r" (?:y|de|del|el|con|para|puede|esta|me|porfa|por|o|si|tenes|hay|mañana|hoy|se|si|no|mejor)\b", after)
    )


def _bound(line: str, match: re.Match[str]) -> bool:
    if patterns.BOUND.match(match["pre"]) or patterns.BOUND_AFTER.match(line[match.end() : match.end() + 60]):
        return True
    return bool(
        re.search(
            r"\b(?:entre|desde|hasta|despues de|antes de|a partir de|from|between|until|ate) $",
            line[max(0, match.start() - 40) : match.start()],
        )
    )


def resolve(match: re.Match[str], clock: Clock) -> time | None:
    """The time that a match of CORE stands for."""
    hour = value(match["h"])
    if hour is None:
        return None
    groups = match.groupdict()
    less = groups["less"]
    if less:
        minutes = 15 if less in ("cuarto", "quarto") else value(less) or 0
        return _shift(hour, -minutes, _spoken(match), clock)
    minute = 0
    if groups["half"]:
        minute = 30
    elif groups["quarter"]:
        minute = 15
    else:
        text = groups["m"] or groups["mh"] or groups["mw"] or groups["plus"]
        minute = (value(text) or 0) if text else 0
    return _shift(hour, minute, _spoken(match), clock)


def _shift(hour: int, minutes: int, spoken: str, clock: Clock) -> time | None:
    """The time some minutes after (or before) an hour, with what was said about the part of the day."""
    if minutes < 0:
        hour, minutes = (hour - 1) % 24 or 12, 60 + minutes
    if not (0 <= hour <= 24 and 0 <= minutes < 60):
        return None
    if spoken and hour <= 12:
        return with_part(hour, minutes, spoken)
    return clock.settle(hour, minutes)


def _noon(line: str, clock: Clock) -> Iterator[Mention]:
    for match in patterns.NOON.finditer(line):
        bound = patterns.BOUND_BEFORE.search(line[max(0, match.start() - 40) : match.start()].rstrip())
        if not (bound and bound[0] != "de"):
            yield from _mention(match.start(), match.end(), time(12, 0))


def _bare(line: str, clock: Clock) -> Iterator[Mention]:
    match = patterns.BARE.match(line)
    if match and not patterns.NOT_TIME_AFTER.match(line[match.end("h") : match.end("h") + 60]):
        at = _resolve_bare(match, clock)
        yield from _mention(match.start("h"), match.end(), at)


def _resolve_bare(match: re.Match[str], clock: Clock) -> time | None:
    hour = value(match["h"])
    if hour is None:
        return None
    minute = 0
    if match["half"]:
        minute = 30
    elif match["quarter"]:
        minute = 15
    elif match["less"]:
        return _shift(hour, -(15 if match["less"] in ("cuarto", "quarto") else value(match["less"]) or 0), "", clock)
    else:
        text = match["m"] or match["mh"] or match["mw"] or match["plus"]
        minute = (value(text) or 0) if text else 0
    return _shift(hour, minute, "", clock)
