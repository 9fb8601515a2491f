"""Field types of the tenant model and how their YAML forms are read. Errors are ValueErrors that
say what was expected."""

import itertools
import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
BcpLocale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]

_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class HourSpan(NamedTuple):
    """An opening span, start included and end excluded, local times of one day."""

    start: time
    end: time


def parse_span(value: Any) -> HourSpan:
    """Reads "09:00-13:00". "24:00" ends a day and is held as 23:59:59."""
    if isinstance(value, HourSpan):
        return value
    match = _SPAN.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected opening hours like '09:00-13:00'")
    end_of_day = match[3] == "24"
    if end_of_day and match[4] != "00":
        raise ValueError("expected opening hours like '09:00-13:00'")
    start = time(int(match[1]), int(match[2]))
    end = time(23, 59, 59) if end_of_day else time(int(match[3]), int(match[4]))
    if end <= start:
        raise ValueError("expected the end after the start")
    return HourSpan(start, end)


def parse_days(value: Any) -> Any:
    """Checks the weekday names of an hours mapping; None means closed all day."""
    if not isinstance(value, Mapping):
        raise ValueError("expected a mapping from mon … sun to lists of hours")
    unknown = [str(day) for day in value if day not in _DAYS]
    if unknown:
        raise ValueError(f"expected weekdays among {', '.join(_DAYS)}, got {', '.join(unknown)}")
    for day, spans in value.items():
        parsed = [parse_span(span) for span in spans or ()]
        if any(later.start < earlier.end for earlier, later in itertools.pairwise(parsed)):
            raise ValueError(f"{day}: expected spans in order and without overlap")
    return {day: tuple(spans or ()) for day, spans in value.items()}


def zone_exists(value: Any) -> Any:
    """Lets only IANA timezone names pass."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise ValueError("expected an IANA timezone such as America/Argentina/Buenos_Aires") from error
    return value
