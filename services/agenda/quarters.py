"""Quarter hours of a local day. Appointments begin on one and take up whole ones.

A *minute* counts from local midnight, 0–1439. A *cell* is a quarter hour, 0–95: minute // 15.
"""

from datetime import date, datetime, time, timedelta

QUARTER = 15
"""Minutes in a cell."""


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
