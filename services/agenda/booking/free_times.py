"""Minutes, cells and the clock of a day. Pure.

A *minute* counts from local midnight, 0–1439. A *cell* is what an appointment takes of somebody's day in the database:
a quarter hour, 0–95, or, where the business's appointments begin at other minutes, five minutes, 1000–1287.
A *mask* is a set of minutes of a day: bit n of a number is minute n.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from workspace.fields import HourSpan

QUARTER, FINE = 15, 5
"""Minutes in a cell."""
FINE_FROM = 1000
"""Number of a day's first cell of five minutes."""
DAY = 24 * 60
"""Minutes in a day."""
Taken = Mapping[str, Collection[int]]
"""Member of staff, or unit of a resource or class -> cells of one day that are taken. What is missing is free."""
NEAREST = 6
"""How many times are offered instead of one that cannot be had."""


def minute_of(at: time) -> int:
    """The minute of a local time; seconds are dropped."""
    return at.hour * 60 + at.minute


def spell(minute: int) -> str:
    """A minute as HH:MM."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def cells_of(start: int, minutes: int, size: int = QUARTER) -> range:
    """The cells that an appointment takes: from its start, and the last one whole even when it ends within it."""
    first = FINE_FROM if size == FINE else 0
    return range(first + start // size, first - (-(start + minutes) // size))


def cells_between(start: int, end: int, size: int = QUARTER) -> range:
    """The cells from a minute to another, none outside the day: buffers may run over its ends."""
    begin = max(start, 0)
    return cells_of(begin, min(end, DAY) - begin, size)


def mask_of_cells(cells: Collection[int]) -> int:
    """The minutes of cells."""
    mask = 0
    for cell in cells:
        mask |= _CELLS[cell]
    return mask


_CELLS = {number: ((1 << QUARTER) - 1) << number * QUARTER for number in range(DAY // QUARTER)} | {
    FINE_FROM + number: ((1 << FINE) - 1) << number * FINE for number in range(DAY // FINE)
}


def mask_between(start: int, end: int) -> int:
    """The minutes from one to another, the later one excluded; none outside a day."""
    begin, end = max(start, 0), min(end, DAY)
    return ((1 << (end - begin)) - 1) << begin if end > begin else 0


@lru_cache(maxsize=2_000)
def mask_of_spans(spans: tuple[HourSpan, ...]) -> int:
    """The minutes of opening hours."""
    mask = 0
    for span in spans:
        mask |= mask_between(minute_of(span.start), minute_of(span.end))
    return mask


def eroded(mask: int, minutes: int) -> int:
    """The minutes at which so many in a row begin that are all in a mask."""
    found, length = mask, 1
    while length < minutes:
        step = min(length, minutes - length)
        found &= found >> step
        length += step
    return found


def minutes_in(mask: int) -> list[int]:
    """The minutes of a mask, in order."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


@lru_cache(maxsize=2_000)
def grid_of(spans: tuple[HourSpan, ...], every: int | None) -> int:
    """The minutes at which something may begin, by the clock alone: quarter hours, or multiples of a rule's minutes
    from each opening."""
    if every is None:
        return sum(1 << minute for minute in range(0, DAY, QUARTER))
    mask = 0
    for span in spans:
        first = -(-minute_of(span.start) // FINE) * FINE
        for minute in range(first, minute_of(span.end), every):
            mask |= 1 << minute
    return mask


def moment(day: date, minute: int) -> datetime:
    """The naive local time of a minute; 1440 and more fall on the day after."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def nearest(times: Iterable[int], wanted: int, count: int = NEAREST) -> list[int]:
    """The `count` times closest to a wanted one, closest first; of two equally close, the earlier."""
    return sorted(times, key=lambda start: (abs(start - wanted), start))[:count]


def by_load(names: Iterable[str], taken: Taken) -> list[str]:
    """Names by how busy they are that day, least busy first; equally busy ones in the order given."""
    return sorted(names, key=lambda name: len(taken.get(name, ())))


def utc_of(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The moment of a local minute."""
    return moment(day, minute).replace(tzinfo=zone).astimezone(UTC)


def is_steady(zone: ZoneInfo, day: date) -> bool:
    """Whether the clocks are not changed on a day."""
    return moment(day, 0).replace(tzinfo=zone).utcoffset() == moment(day, DAY).replace(tzinfo=zone).utcoffset()


def is_real(zone: ZoneInfo, day: date, start: int, minutes: int) -> bool:
    """Whether a local time, and the end of what begins then, exist, and it lasts as long as the clocks say."""
    begin, end = utc_of(zone, day, start), utc_of(zone, day, start + minutes)
    shown = [each.astimezone(zone).replace(tzinfo=None) for each in (begin, end)]
    exist = shown == [moment(day, start), moment(day, start + minutes)]
    return exist and (end - begin).total_seconds() == minutes * 60
