"""Whether a wanted date and time can be served at all, from the opening hours alone."""

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from workspace.model import Workspace

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")
HORIZON_DAYS = 365
"""How far ahead an appointment may lie, in days, whatever a business says."""


class DateProblem(StrEnum):
    """Why a date cannot be served."""

    INVALID = "INVALID"
    PAST = "PAST"
    CLOSED = "CLOSED"
    TOO_FAR = "TOO_FAR"


class TimeProblem(StrEnum):
    """Why a time on a date that can be served cannot."""

    INVALID = "INVALID"
    PAST = "PAST"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"


def parse_date(text: str) -> date | None:
    """Reads YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """Reads HH:MM, or None."""
    try:
        return time.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def date_problem(workspace: Workspace, text: str, now: datetime) -> DateProblem | None:
    """What is wrong with a wanted local date, given the time now (aware), or None."""
    day = parse_date(text)
    if day is None:
        return DateProblem.INVALID
    today = now.astimezone(workspace.zone).date()
    if day < today:
        return DateProblem.PAST
    if not workspace.hours_on(day):
        return DateProblem.CLOSED
    return DateProblem.TOO_FAR if day > today + timedelta(days=horizon_days(workspace)) else None


def horizon_days(workspace: Workspace) -> int:
    """How many days ahead a business gives appointments."""
    own = workspace.booking.max_advance_booking
    return HORIZON_DAYS if own is None else min(HORIZON_DAYS, own // (24 * 60))


def time_problem(workspace: Workspace, day_text: str, text: str, now: datetime, minutes: int = 0) -> TimeProblem | None:
    """What is wrong with a wanted local time on a date, or None.

    `minutes` is the length of the service, which must end within the opening span it begins in.
    A date that is itself unusable gives None: `date_problem` speaks about it.
    """
    at, day = parse_time(text), parse_date(day_text)
    if at is None:
        return TimeProblem.INVALID
    if day is None or not workspace.hours_on(day):
        return None
    if datetime.combine(day, at, tzinfo=workspace.zone) <= now:
        return TimeProblem.PAST
    for span in workspace.hours_on(day):
        end = datetime.combine(day, at) + timedelta(minutes=minutes)
        last = datetime.combine(day, span.end)
        if span.start <= at < span.end and end <= last:
            return None
    return TimeProblem.OUTSIDE_HOURS


def next_open_days(workspace: Workspace, after: date, count: int) -> tuple[date, ...]:
    """The next `count` open dates strictly after a date, looking ahead at most 60 days."""
    days = (after + timedelta(days=offset) for offset in range(1, 61))
    return tuple(day for day in days if workspace.hours_on(day))[:count]
