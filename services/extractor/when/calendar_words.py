"""Days and hours of one message, as mentions on its normalised line: what the grammar reads, and the bare hours that
only their place shows to be hours."""

import re
from dataclasses import dataclass, replace
from datetime import date

from extractor.packs import SHIPPED, Packs
from extractor.reading.message import Language, Mention, MessageInContext
from extractor.text.normalised import MASK
from extractor.when import amend, bare_hours
from extractor.when.grammar.chart import Edge
from extractor.when.grammar.mentions import Places, mentions, overlaps
from extractor.when.grammar.moments import Found, read_any
from extractor.when.grammar.values import Day, Hour, Setting, opens_at, settled
from turn.meaning import CONFIRM
from workspace.calendar import parse_date, parse_time
from workspace.model import Workspace

_WORD = re.compile(rf"[0-9]+|[^\W\d_]+|{MASK}+|[^\w\s]")
_MOVES = re.compile(
    r"\b(?:pas|mov|muev|cambi|corr|recorr|adelant|atras|posterg|reprogram|traslad|aplaz|reagend|mud|troc|remarc|push|chang|"
    r"resched|switch|shift)[a-z]*\b"
)
"""A verb that moves an appointment: "del viernes al sábado" is then from one day to another, and no span."""

_WISHED_PAST = re.compile(
    r"\b(?:para|pa|for|pra|turno|"
    r"(?:quiero|quisiera|reservar|reservame|anotame)\b(?:(?!\bque\b)[^,.;?!]){0,40}) "
    r"(?:ayer|anteayer|antes de ayer|yesterday|ontem)\b"
)
"""A wish for a day that has passed, so that the reply can say so."""

_REMARKS_TODAY = re.compile(r"^ (?:hola |ya |es |un |feliz )?(?P<day>[a-z]+) (?:y|de lluvia|!|\.|a la noche y|libre) ")
"""Somebody who says what day it is: "domingo y acá pensando …"."""
REMARK = -3
"""The weight of a day that is only remarked."""


def setting_of(message: MessageInContext, workspace: Workspace) -> Setting:
    """What the days and hours of a message are resolved against."""
    return Setting(
        now=message.reference.astimezone(workspace.zone),
        hours_on=lambda day: [(span.start, span.end) for span in workspace.hours_on(day)],
        usual=[(span.start, span.end) for spans in workspace.hours.values() for span in spans],
        country=workspace.locale.partition("-")[2],
        asked=_asked(message),
        offered=frozenset(
            (day, at) for one in message.known.offers if (day := parse_date(one.day)) and (at := parse_time(one.time))
        ),
    )


def _asked(message: MessageInContext) -> str:
    """The slot that was asked for; once the day is known, a question for day and hour is one for the hour."""
    known = message.known_slots
    only_hour = message.asked_slot == "preferred_date" and "preferred_date" in known and "preferred_time" not in known
    return "preferred_time" if only_hour else message.asked_slot or ""


_PUTS_RIGHT = re.compile(
    r"^ (?:(?:no|nao|uy|ay|ah|eh|ups|oops|perdon|sorry|desculpa|wait|espera|pera|si|sim|yes|pero|mas|but|mejor|"
    r"melhor|better|rather|actually|al final|"
    r"en realidad|na verdade|make it|que sea) ?[,.!]* ?){1,4}(?P<hour>[0-9]{1,2})(?: [0-9]{2})?"
    r"(?: (?:mejor|melhor|instead|porfa|por favor|please))? ?[.!]*$"
)
"""A bare number that puts right what has just been written, or read back: "no, mejor 16"."""


def _of_correction(setting: Setting, message: MessageInContext, line: str) -> Setting:
    """The setting in which a bare number that puts an appointment right answers: an hour where the business is open
    then, otherwise a day."""
    written = (message.known.done and not setting.asked) or setting.asked == CONFIRM
    number = _PUTS_RIGHT.match(line) if written else None
    if number is None:
        return setting
    opens = opens_at(settled(Hour(int(number["hour"])), setting), setting)
    return replace(setting, asked="preferred_time" if opens else "preferred_date")


@dataclass(frozen=True)
class TimesRead:
    """The days and hours of a message."""

    mentions: list[Mention]
    """The single ones, in order."""
    found: Found
    """Everything that the grammar reads."""
    places: Places
    setting: Setting


def spans_of(read: TimesRead) -> list[tuple[int, int]]:
    """Where a message's days and hours stand in its line, those that name no single one among them."""
    edges = [(read.places[one.start][0], read.places[one.end - 1][1]) for one in read.found.edges if not _past(one)]
    return edges + [(one.start, one.end) for one in read.mentions if one.value]


def _past(edge: Edge) -> bool:
    return isinstance(edge.value, Day) and edge.value.kind == "past"


def mentions_of_time(
    line: str, message: MessageInContext, workspace: Workspace, known_day: date | None, language: Language
) -> list[Mention]:
    """The single days and hours that a line mentions, in order."""
    return read_times(line, message, workspace, known_day, language).mentions


def read_times(
    line: str,
    message: MessageInContext,
    workspace: Workspace,
    known_day: date | None,
    language: Language,
    packs: Packs = SHIPPED,
) -> TimesRead:
    """Days and hours that a line mentions. `language` is the one that the message is clearly in."""
    setting = _of_correction(setting_of(message, workspace), message, line)
    amended = amend.find(line, message, setting, known_day)
    words, places = words_of(masked(line, amended))
    own, others = packs.own(workspace.locale), packs.read_at(workspace.locale)
    found = read_any(words, setting, own, language, others, packs)
    remark = _REMARKS_TODAY.match(line)
    read = amended + mentions(
        found, places, setting, known_day, _MOVES.search(line) is not None, _WISHED_PAST.search(line) is not None
    )
    if remark:
        read = [_remarked(one, remark.start("day"), setting) for one in read]
    for one in bare_hours.find(line, read, found, places, setting, known_day):
        if not overlaps(one, read):
            read.append(one)
    return TimesRead(sorted(read, key=lambda one: one.start), found, places, setting)


def _remarked(mention: Mention, start: int, setting: Setting) -> Mention:
    """The weekday that is today's, named at the beginning, weighs little."""
    day = parse_date(mention.value) if mention.start == start else None
    is_today = day is not None and day.weekday() == setting.today.weekday()
    return replace(mention, weight=REMARK) if is_today else mention


def words_of(line: str) -> tuple[list[str], Places]:
    """The words, numbers and signs of a line, and where each begins and ends."""
    matches = list(_WORD.finditer(line))
    return [match[0] for match in matches], [match.span() for match in matches]


def masked(line: str, taken: list[Mention]) -> str:
    """A line with mentions blanked out."""
    chars = list(line)
    for mention in taken:
        chars[mention.start : mention.end] = MASK * (mention.end - mention.start)
    return "".join(chars)
