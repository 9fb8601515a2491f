"""Reads what somebody wants to book and says what is wrong with it. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from agenda.caller import Caller
from agenda.free_times import starts
from agenda.quarters import QUARTER, minute_of
from agenda.reasons import OF_DATE, OF_TIME, Reason
from workspace.calendar import date_problem, parse_date, parse_time, time_problem

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)


@dataclass(frozen=True)
class Want:
    """Something to be done, with whom it can be."""

    minutes: int
    """How long it takes."""
    staff: tuple[str, ...]
    """Who can do it, in the manifest's order; never empty."""


def read_want(caller: Caller, service_name: str, staff_name: str | None) -> Want | Reason:
    """The service with whoever was asked for, or with everybody who does it."""
    workspace = caller.workspace
    service = workspace.service(service_name)
    if service is None:
        return Reason.UNKNOWN_SERVICE
    if staff_name is None:
        return Want(service.minutes, workspace.staff_for(service.name))
    if staff_name not in workspace.staff_names:
        return Reason.UNKNOWN_STAFF
    if staff_name not in workspace.staff_for(service.name):
        return Reason.STAFF_DOES_NOT_DO
    return Want(service.minutes, (staff_name,))


def read_day(caller: Caller, text: str) -> date | Reason:
    """The local date, when it is open and neither past nor too far."""
    day = written_day(text)
    if day is None:
        return Reason.INVALID_DATE
    problem = date_problem(caller.workspace, text, caller.now)
    return OF_DATE[problem] if problem else day


def read_start(caller: Caller, day: date, text: str, minutes: int) -> int | Reason:
    """The minute of a usable day at which something of that length can begin."""
    start = written_minute(text)
    if start is None:
        return Reason.INVALID_TIME
    problem = time_problem(caller.workspace, day.isoformat(), text, caller.now, minutes)
    if problem:
        return OF_TIME[problem]
    if start % QUARTER:
        return Reason.INVALID_TIME
    return start if start in starts(caller.workspace, day, minutes, caller.now) else Reason.OUTSIDE_HOURS


def written_day(text: str) -> date | None:
    """The date written as YYYY-MM-DD and in no other way, or None."""
    return parse_date(text) if _DATE.fullmatch(text) else None


def written_minute(text: str) -> int | None:
    """The minute written as HH:MM and in no other way, or None."""
    at = parse_time(text) if _TIME.fullmatch(text) else None
    return None if at is None else minute_of(at)
