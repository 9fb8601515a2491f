"""Times of day as customers write them, resolved with the workspace's opening hours.

A time needs a sign that it is one: "a las", minutes, "hs", am/pm, a part of the day, or the
assistant's question. Bounds ("de 9 en adelante", "después de las 5") and ranges name no time.
"""

import re
from collections.abc import Iterator
from datetime import time

from extractor.clock import Clock, with_part
from extractor.message import Mention
from extractor.numbers import HOUR, MINUTE, value

_PART = (
    r"(?P<part>,? ?(?:(?:de|por|en|a|x|da|na|pela) ?la|in the|da|de|at|a|na|pela) "
    r"(?P<pd>mañana|manha|tarde|tardecita|noche|nochecita|noite|madrugada|mediodia|morning|afternoon|evening|night))"
)
_AMPM = r"(?P<ap>am|pm|a m|p m|a\. m|p\. m)\b"
_END = r"(?:hs|h|horas|hora|o ?clock|oclock|en punto|sharp|em ponto)\b"
_MIN = (
    rf"(?:[:.,h](?P<m>[0-5][0-9])(?![0-9])| (?:hs?|horas) (?P<mh>[0-5][0-9])(?![0-9])| (?P<half>y media|e meia|y 1/2|i media)\b"
    rf"| y (?P<quarter>cuarto|quarto)\b"
    rf"| menos (?P<less>cuarto|{MINUTE})| (?:y|e|con) (?P<plus>{MINUTE})(?! ?(?:de|/|personas|hs|horas)\b)"
    rf"| (?P<mw>[0-5][05]|thirty|fifteen|forty five|treinta|quince|cuarenta y cinco|trinta|cuarenta|veinte|diez)\b(?! ?(?:de (?!la)|/|pesos|%)))"
)
_CORE = rf"(?P<h>{HOUR}){_MIN}?(?: (?:de )?{_END})?(?: {_AMPM})?{_PART}?(?: {_END})?"
_PREFIX = (
    r"(?:(?:hora|horario|time) ?:|a eso de las?|a partir de las?|desde las?|hasta las?|antes de las?|despues de las?|pasadas las?|mas o menos a las?|"
    r"entre las?|para las?|tipo a? ?las?|tipo|como a las?|como tipo|como a|sobre las?|cerca de las?|por las?|a las?|las|"
    r"de las|at|around|about|by|after|before|from|umas|unas|as|a partir das|depois das|antes das|ate as|das|pelas|la|"
    r"desde|al|a l|a)"
)
_MARKED = re.compile(rf"(?<![0-9$¤])\b(?P<pre>{_PREFIX}) (?:las? )?{_CORE}")
_UNMARKED = re.compile(rf"(?<![0-9:.,/$+-])(?<![0-9] )\b(?P<pre>){_CORE}")
_PAST = re.compile(
    rf"\b(?:(?:(?P<half>half)|(?P<quarter>quarter|a quarter)|(?P<n>{MINUTE})(?: minutes)?) (?P<way>past|to|after|before|till)) "
    rf"(?P<h>{HOUR})(?: {_AMPM})?{_PART}?"
    rf"|\b(?:un |menos )?(?P<n2>cuarto|quarto|{MINUTE}) (?:para|pras?|para as) (?:las?|as) (?P<h2>{HOUR})(?: (?P<ap2>am|pm)\b)?(?P<part2>,? (?:de|por|en) la (?P<pd2>mañana|tarde|noche))?"
)
_NOON = re.compile(r"\b(?:al |a |del |este |meio ?-? ?dia|at )?(?:medio ?dia|mediodia|meio ?-? ?dia|noon|midday)\b")
_BARE = re.compile(
    rf"^ (?:.{{0,24}}? )??(?P<h>{HOUR}){_MIN}?(?: {_END})?[ .!?,;)]*(?:(?:porfa|por favor|esta bien|me sirve|gracias|dale|ok|please|puede ser|si|mejor|entonces|perfecto|joya|genial)[ .!?,]*)*$"
)
_RANGE = re.compile(
    rf"\b(?:(?:entre|between) (?:las? |a las |as )?|(?<!turno )(?<!cita )(?<!hora )(?<!ment )(?<! it )(?:de|from) ){HOUR}(?: ?[:.][0-5][0-9])?(?: (?:hs|am|pm|y media))? (?:a|y|and|to|hasta|e) "
    rf"(?:las? |a las |as )?{HOUR}(?: ?[:.][0-5][0-9])?(?: (?:hs|am|pm|y media))?(?! de [a-z]+o\b)"
)
_FOUR = re.compile(
    r"\b(?P<pre>(?:a las|las|tipo|at|as) )?(?P<h>[01]?[0-9]|2[0-3])(?P<m>[0-5][0-9])\b(?P<unit> (?:hs|h|horas))?(?![.,:/-][0-9])"
)
_LAST = re.compile(
    rf"(?:,|;|\.|\?|\bno|\bmejor|\bsino|\bo) (?P<h>{HOUR})(?P<half> y media)?(?: (?:hs|mejor|si|puede ser|esta bien))?[ .!?]*$"
)
_BOUND = re.compile(r"^(?:a partir|desde|hasta|antes|despues|pasadas|entre|after|before|from|depois|ate)\b")
_BOUND_AFTER = re.compile(
    r"^ ?,? ?(?:en adelante|para adelante|pa adelante|para arriba|onwards|or later|em diante|o mas tarde|o antes|a [0-9]{1,2}\b(?! ?(?:de|/))|a las? [0-9]{1,2} )"
)
_BOUND_BEFORE = re.compile(
    r"\b(?:desde|hasta|despues de|antes de|a partir de|entre|ate|after|before|from|until|till|de)$"
)
_DURATION = re.compile(
    r"\b(?:en|dura|duran|dentro de|cada|unas?|hace|por|durante|demora|demoran|tarda|tardan|lleva|mas de|menos de|toma|son|in|for|"
    r"antes de|con|las|proximas|minimo|maximo|faltan|anticipacion|ultimas) $"
)
_NOT_TIME_AFTER = re.compile(
    r"^ ?(?:%|años|anos|personas|minutos|min\b|minutes|cortes|turnos|dias|semanas|meses|mil|pesos|cuotas|km|cuadras|"
    r"servicios|chicas|chicos|hijos|nenes|nenas|hermanas|amigas|veces|opciones|cosas|de [a-z]+ro\b|x [0-9]|por 1\b|"
    r"(?:hs|horas|h|hours) (?:antes|despues|de anticipacion|before|mas|de espera)|dias|days|weeks|years|people|hours\b)"
)


def find(line: str, clock: Clock, asked: bool) -> list[Mention]:
    """Every time of day that a line mentions, in order and without overlap."""
    taken: list[Mention] = []
    finders = (_ranges, _past, _compact, _marked, _unmarked, _noon)
    for finder in finders:
        for new in finder(line, clock):
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
    for match in _RANGE.finditer(line):
        yield from _mention(match.start(), match.end(), None)


def _compact(line: str, clock: Clock) -> Iterator[Mention]:
    """Times written as one number: "1630 hs", "a las 1630"."""
    for match in _FOUR.finditer(line):
        if match["pre"] or match["unit"] or line.strip(" .!?") == match["h"] + match["m"]:
            yield from _mention(match.start(), match.end(), clock.settle(int(match["h"]), int(match["m"])))


def _last(line: str, clock: Clock) -> Iterator[Mention]:
    """The bare hour at the end of an answer: "a las 10 no puedo, 11?"."""
    match = _LAST.search(line)
    hour = value(match["h"]) if match else None
    if match and hour is not None:
        yield from _mention(match.start("h"), match.end("h"), clock.settle(hour, 30 if match["half"] else 0))


def _mention(start: int, end: int, at: time | None) -> Iterator[Mention]:
    yield Mention("preferred_time", at.strftime("%H:%M") if at else "", start, end)


def _past(line: str, clock: Clock) -> Iterator[Mention]:
    for match in _PAST.finditer(line):
        hour = value(match["h"] or match["h2"])
        if match["h2"]:
            count, before = match["n2"], True
        else:
            count = "30" if match["half"] else "15" if match["quarter"] else match["n"]
            before = match["way"] in ("to", "before", "till")
        minutes = 15 if count in ("cuarto", "quarto") else value(count)
        if hour is None or minutes is None or (match["way"] in ("after", "before") and not match["quarter"]):
            continue
        at = _shift(hour, -minutes if before else minutes, _spoken(match), clock)
        yield from _mention(match.start(), match.end(), at)


def _spoken(match: re.Match[str]) -> str:
    groups = match.groupdict()
    ampm = (groups.get("ap") or groups.get("ap2") or "").replace(" ", "").replace(".", "")
    return ampm or groups.get("pd") or groups.get("pd2") or ""


def _marked(line: str, clock: Clock) -> Iterator[Mention]:
    for match in _MARKED.finditer(line):
        if _is_other(line, match):
            continue
        yield from _mention(match.start(), match.end(), None if _bound(line, match) else _resolve(match, clock))


def _unmarked(line: str, clock: Clock) -> Iterator[Mention]:
    for match in _UNMARKED.finditer(line):
        if not _signed(match) or _NOT_TIME_AFTER.match(line[match.end("h") :]):
            continue
        exact = match["m"] or match["ap"] or match["pd"]
        if not exact and _DURATION.search(line[: match.start()]):
            continue
        if (match["m"] and match[0][len(match["h"])] == ",") or re.match(
            r" ?(?:/|pesos|mil|lucas|\$|%)", line[match.end() :]
        ):
            continue
        bound = _BOUND_AFTER.match(line[match.end() :]) or _BOUND_BEFORE.search(line[: match.start()].rstrip())
        if bound and bound[0] == "de" and not re.match(r" a ", line[match.end() :]):
            bound = None
        yield from _mention(match.start(), match.end(), None if bound else _resolve(match, clock))


def _signed(match: re.Match[str]) -> bool:
    """Whether something besides the number says that it is a time."""
    figures = match["h"][0].isdigit()
    unit = re.search(rf" {_END}", match[0])
    if match["pd"]:
        return bool(re.search(r"(?:de|da|por|in|a|en)\b", match["part"] or ""))
    if unit and re.search(r"\bhora\b", unit[0]) and match["h"] in ("1", "una", "uma", "un"):
        return False
    if match["mw"] or match["plus"]:
        return bool(match["ap"] or unit)
    if unit and not figures:
        return "punto" in unit[0] or "clock" in unit[0] or "ponto" in unit[0] or "hora" in unit[0]
    return bool(match["m"] or match["mh"] or match["half"] or match["quarter"] or match["less"] or match["ap"] or unit)


def _is_other(line: str, match: re.Match[str]) -> bool:
    """Whether a prefixed number counts something else: "a las 2 personas", "unas 3 cuadras"."""
    after = line[match.end("h") :]
    prefix, figures = match["pre"], match["h"][0].isdigit()
    if _NOT_TIME_AFTER.match(after) or re.match(r"[/-][0-9]", line[match.end() :]):
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
    if _BOUND.match(match["pre"]) or _BOUND_AFTER.match(line[match.end() :]):
        return True
    return bool(
        re.search(
            r"\b(?:entre|desde|hasta|despues de|antes de|a partir de|from|between|until|ate) $", line[: match.start()]
        )
    )


def _resolve(match: re.Match[str], clock: Clock) -> time | None:
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
    for match in _NOON.finditer(line):
        bound = _BOUND_BEFORE.search(line[: match.start()].rstrip())
        if not (bound and bound[0] != "de"):
            yield from _mention(match.start(), match.end(), time(12, 0))


def _bare(line: str, clock: Clock) -> Iterator[Mention]:
    match = _BARE.match(line)
    if match and not _NOT_TIME_AFTER.match(line[match.end("h") :]):
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
