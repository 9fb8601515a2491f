"""When a service can begin on a day, and with whom, in quarter hours. Pure: from the manifest and what is taken.

A *minute* counts from local midnight, 0–1439. A *cell* is a quarter hour, 0–95: minute // 15. Appointments begin on one
and take up whole ones.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workspace.model import Workspace

QUARTER = 15
"""Minutes in a cell."""
Taken = Mapping[str, Collection[int]]
"""Member of staff -> cells of one day that they are busy in. Nobody missing from it is busy."""
NEAREST = 6
"""How many times are offered instead of one that cannot be had."""


def minute_of(at: time) -> int:
    """The minute of a local time; seconds are dropped."""
    return at.hour * 60 + at.minute


def spell(minute: int) -> str:
    """A minute as HH:MM."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def cells_of(start: int, minutes: int) -> range:
    """The cells that an appointment takes: from its start, and the last one whole even when it
    ends within it."""
    return range(start // QUARTER, -(-(start + minutes) // QUARTER))


def moment(day: date, minute: int) -> datetime:
    """The naive local time of a minute; 1440 and more fall on the day after."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def starts(workspace: Workspace, day: date, minutes: int, now: datetime) -> list[int]:
    """Minutes of a local day at which something of that length can begin, in order: on the quarter
    hour, wholly within one opening span, later than `now` (aware), and not across a change of clocks.
    """
    zone, steady = workspace.zone, _is_steady(workspace.zone, day)
    return [
        start
        for span in workspace.hours_on(day)
        for start in range(-(-minute_of(span.start) // QUARTER) * QUARTER, minute_of(span.end) - minutes + 1, QUARTER)
        if _utc(zone, day, start) > now and (steady or _is_real(zone, day, start, minutes))
    ]


def free_staff(names: Iterable[str], start: int, minutes: int, taken: Taken) -> list[str]:
    """Who of `names` is free for the whole time, in the order given."""
    cells = cells_of(start, minutes)
    return [name for name in names if not any(cell in taken.get(name, ()) for cell in cells)]


def free_times(
    workspace: Workspace, day: date, minutes: int, staff: Iterable[str], now: datetime, taken: Taken
) -> dict[int, list[str]]:
    """Minute at which something of that length can begin -> who of `staff` is free then. In order;
    times at which nobody is free are left out."""
    names = list(staff)
    by_start = {start: free_staff(names, start, minutes, taken) for start in starts(workspace, day, minutes, now)}
    return {start: free for start, free in by_start.items() if free}


def nearest(times: Iterable[int], wanted: int, count: int = NEAREST) -> list[int]:
    """The `count` times closest to a wanted one, closest first; of two equally close, the earlier."""
    return sorted(times, key=lambda start: (abs(start - wanted), start))[:count]


def by_load(names: Iterable[str], taken: Taken) -> list[str]:
    """Names by how busy they are that day, least busy first; equally busy ones in the order given."""
    return sorted(names, key=lambda name: len(taken.get(name, ())))


def _utc(zone: ZoneInfo, day: date, minute: int) -> datetime:
    return moment(day, minute).replace(tzinfo=zone).astimezone(UTC)


def _is_steady(zone: ZoneInfo, day: date) -> bool:
    """Whether the clocks are not changed on a day."""
    return moment(day, 0).replace(tzinfo=zone).utcoffset() == moment(day, 24 * 60).replace(tzinfo=zone).utcoffset()


def _is_real(zone: ZoneInfo, day: date, start: int, minutes: int) -> bool:
    """Whether a local time exists and what begins then lasts as long as the clock on the wall says."""
    begin, end = _utc(zone, day, start), _utc(zone, day, start + minutes)
    exists = begin.astimezone(zone).replace(tzinfo=None) == moment(day, start)
    return exists and (end - begin).total_seconds() == minutes * 60
