"""Which free times to offer."""

from collections.abc import Sequence

from turn.vocabulary import HOURS_OF_PART, PartOfDay
from workspace.calendar import parse_time

MAX_TIMES = 4
"""Most times that a message offers."""


def in_part(times: Sequence[str], part: PartOfDay) -> tuple[str, ...]:
    """The well-formed times that lie in a part of the day, in order."""
    start, end = HOURS_OF_PART.get(part, ("00:00", "24:00"))
    return tuple(sorted({time for time in times if parse_time(time) and start <= time < end}))


def choose(times: Sequence[str], wanted: str, part: PartOfDay) -> tuple[str, ...]:
    """Up to four of the times: those nearest to the wanted one, or else spread over the day.

    The part of the day counts when anything is free in it.
    """
    free = in_part(times, part) or in_part(times, PartOfDay.UNSPECIFIED)
    if parse_time(wanted):
        near = sorted(free, key=lambda time: (abs(_minutes(time) - _minutes(wanted)), time))
        return tuple(sorted(near[:MAX_TIMES]))
    return _spread(free)


def _spread(times: tuple[str, ...]) -> tuple[str, ...]:
    """Times over the whole day, full and half hours first."""
    round_ones = tuple(time for time in times if time.endswith((":00", ":30")))
    pool = round_ones if len(round_ones) >= MAX_TIMES else times
    if len(pool) <= MAX_TIMES:
        return pool
    steps = range(MAX_TIMES)
    return tuple(pool[round(step * (len(pool) - 1) / (MAX_TIMES - 1))] for step in steps)


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])
