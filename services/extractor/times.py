"""Times of day as customers write them, resolved with the workspace's opening hours.

A time needs a sign that it is one: "a las", minutes, "hs", am/pm, a part of the day, or the
assistant's question. Bounds ("de 9 en adelante", "después de las 5") and ranges name no time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time

from extractor.message import Mention, Part
from extractor.numbers import HOUR, MINUTE, value
from workspace.model import Workspace

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
    r"(?:a eso de las?|a partir de las?|desde las?|hasta las?|antes de las?|despues de las?|pasadas las?|mas o menos a las?|"
    r"entre las?|para las?|tipo a? ?las?|tipo|como a las?|como tipo|como a|sobre las?|cerca de las?|por las?|a las?|las|"
    r"de las|at|around|about|by|after|before|from|umas|unas|as|a partir das|depois das|antes das|ate as|das|pelas|la|"
    r"desde|al|a l|a)"
)
_MARKED = re.compile(rf"(?<![0-9$¤])\b(?P<pre>{_PREFIX}) (?:las? )?{_CORE}")
_UNMARKED = re.compile(rf"(?<![0-9:.,/$+-])(?<![0-9] )\b(?P<pre>){_CORE}")
_PAST = re.compile(
    rf"\b(?:(?:(?P<half>half)|(?P<quarter>quarter|a quarter)|(?P<n>{MINUTE})(?: minutes)?) (?P<way>past|to|after|before|till)) "
    rf"(?P<h>{HOUR})(?: {_AMPM})?{_PART}?"
    rf"|\b(?:un )?(?P<n2>cuarto|quarto|{MINUTE}) (?:para|pras?|para as) (?:las?|as) (?P<h2>{HOUR})(?: (?P<ap2>am|pm)\b)?(?P<part2>,? (?:de|por|en) la (?P<pd2>mañana|tarde|noche))?"
)
_NOON = re.compile(r"\b(?:al |a |del |este |meio ?-? ?dia|at )?(?:medio ?dia|mediodia|meio ?-? ?dia|noon|midday)\b")
_BARE = re.compile(
    rf"^ (?:.{{0,24}}? )??(?P<h>{HOUR}){_MIN}?(?: {_END})?[ .!?,;)]*(?:(?:porfa|por favor|esta bien|me sirve|gracias|dale|ok|please|puede ser|si|mejor|entonces|perfecto|joya|genial)[ .!?,]*)*$"
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
_PARTS: dict[str, Part] = {
    "mañana": "morning", "manha": "morning", "madrugada": "morning", "morning": "morning", "mediodia": "afternoon",
    "tarde": "afternoon", "tardecita": "afternoon", "afternoon": "afternoon", "noche": "evening",
    "nochecita": "evening", "noite": "evening", "evening": "evening", "night": "evening",
}  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """What decides between the two readings of a bare hour."""

    workspace: Workspace
    """Whose opening hours count."""
    day: date | None = None
    """The wanted date, if it is known."""

    def settle(self, hour: int, minute: int) -> time | None:
        """The reading of a bare hour that falls in opening hours."""
        if hour > 23 or minute > 59:
            return time(0, 0) if hour == 24 and minute == 0 else None
        if hour >= 13 or hour == 0:
            return time(hour, minute)
        early, late = time(hour, minute), time((hour + 12) % 24 if hour < 12 else 12, minute)
        for spans in self._days():
            fits = [at for at in (early, late) if any(span.start <= at < span.end for span in spans)]
            if fits:
                return fits[0]
        return late if hour < 8 else early

    def _days(self) -> Iterator[tuple[tuple[time, time], ...] | tuple]:  # type: ignore[type-arg]
        if self.day is not None:
            yield self.workspace.hours_on(self.day)
        yield tuple(span for spans in self.workspace.hours.values() for span in spans)


def find(line: str, clock: Clock, asked: bool) -> list[Mention]:
    """Every time of day that a line mentions, in order and without overlap."""
    taken: list[Mention] = []
    finders = (_past, _marked, _unmarked, _noon)
    for finder in finders:
        for new in finder(line, clock):
            if not any(new.start < old.end and old.start < new.end for old in taken):
                taken.append(new)
    if asked and not any(mention.value for mention in taken):
        taken += [
            new for new in _bare(line, clock) if not any(new.start < old.end and old.start < new.end for old in taken)
        ]
    return sorted((mention for mention in taken if mention.value), key=lambda mention: mention.start)


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
        if (
            match["m"]
            and match[0][len(match["h"])] == ","
            or re.match(r" ?(?:/|pesos|mil|lucas|\$|%)", line[match.end() :])
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
        return prefix in ("as", "las", "la") or bool(re.match(r" [a-z]", after)) and not signed and not _ends(after)
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
        return _with_part(hour, minutes, spoken)
    return clock.settle(hour, minutes)


def _with_part(hour: int, minute: int, spoken: str) -> time:
    if spoken == "am" or spoken == "madrugada":
        return time(0 if hour == 12 else hour, minute)
    part = _PARTS.get(spoken)
    if part == "morning" or (spoken == "mediodia" and hour >= 11):
        return time(hour % 24, minute)
    if part == "evening" and hour == 12:
        return time(0, minute)
    return time(12 if hour == 12 else (hour + 12) % 24, minute)


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


_PART_CUE = re.compile(
    r"\b(?:(?:a|de|por|en|x|toda|esta) la (?:(?P<m>mañana)|(?P<t>tarde|tardecita|siesta)|(?P<n>noche|nochecita))|"
    r"(?P<m2>temprano|tempranito|a primera hora|de manha|pela manha|morning|a media mañana|early|de mañana)|"
    r"(?P<t2>a tarde|de tarde|esta tarde|a la siesta|despues de (?:almorzar|comer)|afternoon|after lunch|a media tarde)|"
    r"(?P<n2>de noche|a noite|esta noche|tardecita|a ultima hora|despues de(?:l)? (?:laburo|laburar|trabajar|trabajo|la oficina)|evening|"
    r"after work|tonight))\b"
)


def part_of_day(line: str) -> Part | None:
    """The part of the day that a line prefers, or None."""
    match = _PART_CUE.search(line)
    if match is None:
        return None
    if match["m"] or match["m2"]:
        return "morning"
    return "evening" if match["n"] or match["n2"] else "afternoon"
