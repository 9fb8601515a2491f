"""Days and hours of the grammar as mentions on the normalised line, for the choice of the wanted ones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice

from extractor.reading.message import Mention
from extractor.when.grammar.chart import Edge
from extractor.when.grammar.moments import Found
from extractor.when.grammar.values import Day, Hour, Moment, Setting, Span, settled

_APART = (
    "either_day", "either_hour", "either_moment", "either_moments", "not_day", "not_hour", "not_day_bare",
    "not_hour_bare",
)  # fmt: skip
"""Rules whose parts are looked at one by one."""
_FROM_TO = ("from_to", "from_to_numbers", "from_date_to", "hours_between", "hour_to_hour")
"""Rules whose parts are looked at one by one where something is moved: "del viernes al sábado"."""
MOST = 20
"""Days and hours that are looked at in a message."""
Places = list[tuple[int, int]]
"""Start and end in the line, by word."""


def mentions(
    found: Found, places: Places, setting: Setting, known: date | None, moving: bool = False, past: bool = False
) -> list[Mention]:
    """Every single day and hour that the reading names, in order. Bounds, spans and sets name none; where something
    is `moving`, what it is moved from and to. A day that has passed, with its hour, counts where `past` ones are
    wished for."""
    apart = _APART + _FROM_TO if moving else _APART
    edges = [edge for edge in found.edges if past or not _has_passed(edge)]
    timed = list(islice((one for edge in edges for one in _single(edge, apart)), MOST))
    in_words = [one for one in timed if _is_worded(one, found.words)]
    day = next((edge.value.date for edge in timed if isinstance(edge.value, Day) and edge.value.date), known)
    return [
        replace(one, weight=one.weight - 1) if edge in in_words else one
        for edge in timed
        for one in _mention(edge, places, setting, day)
    ]


def overlaps(mention: Mention, others: Iterable[Mention]) -> bool:
    """Whether a mention shares words with any of some others."""
    return any(mention.start < other.end and other.start < mention.end for other in others)


def _single(edge: Edge, apart: tuple[str, ...]) -> Iterator[Edge]:
    value = edge.value
    if isinstance(value, Day | Hour):
        yield edge
    elif isinstance(value, Moment) or edge.rule.partition(":")[2] in apart:
        if any(isinstance(part.value, Span) for part in edge.parts):
            return
        parts = [_of_moment(one, value) for part in edge.parts for one in _single(part, apart)]
        if isinstance(value, Moment) and len(parts) < 2:
            yield edge
        else:
            yield from parts


def _has_passed(edge: Edge) -> bool:
    day = edge.value.day if isinstance(edge.value, Moment) else edge.value
    return isinstance(day, Day) and day.kind == "past"


def _is_worded(edge: Edge, words: Sequence[str]) -> bool:
    """Whether an edge is a day of the month in words alone ("al dos"), which may be something else."""
    return (
        isinstance(edge.value, Day)
        and edge.value.kind == "dom"
        and not any(word.isdigit() for word in words[edge.start : edge.end])
    )


def _of_moment(edge: Edge, whole: object) -> Edge:
    """A part of a moment with what the rest of it says of it: "mañana por la noche a las 9" is at 21:00."""
    if isinstance(whole, Moment) and isinstance(edge.value, Hour):
        return replace(edge, value=whole.hour)
    return edge


def _mention(edge: Edge, places: Places, setting: Setting, day: date | None) -> Iterator[Mention]:
    start, end = places[edge.start][0], places[edge.end - 1][1]
    value = edge.value
    if isinstance(value, Moment):
        if isinstance(value.day, Day) and value.day.date:
            yield Mention("preferred_date", value.day.date.isoformat(), start, end)
        if isinstance(value.hour, Hour):
            yield Mention("preferred_time", hour_of(value.hour, setting, day), start, end)
    elif isinstance(value, Day):
        weight = -2 if value.kind == "named" and edge.rule.endswith("holiday") else 0
        yield Mention("preferred_date", value.date.isoformat() if value.date else "", start, end, weight)
    elif isinstance(value, Hour):
        weight = -1 if edge.rule.endswith((":hour_for", ":hour_about")) else 0
        yield Mention("preferred_time", hour_of(value, setting, day), start, end, weight)


def hour_of(hour: Hour, setting: Setting, day: date | None) -> str:
    """An hour as HH:MM; empty for one that no clock has."""
    at = settled(hour, setting, day)
    return at.strftime("%H:%M") if at else ""
