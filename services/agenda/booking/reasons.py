"""Why the agenda says no, and the shape of a no. A no is an answer, not an error."""

from enum import StrEnum
from typing import Any

from workspace.calendar import DateProblem, TimeProblem

ToolAnswer = dict[str, Any]
"""What a tool answers: a JSON object with `ok`."""


class NoReason(StrEnum):
    """Why something cannot be done."""

    PAST = "PAST"
    CLOSED = "CLOSED"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    TOO_FAR = "TOO_FAR"
    INVALID_DATE = "INVALID_DATE"
    INVALID_TIME = "INVALID_TIME"
    UNKNOWN_SERVICE = "UNKNOWN_SERVICE"
    UNKNOWN_STAFF = "UNKNOWN_STAFF"
    STAFF_DOES_NOT_DO = "STAFF_DOES_NOT_DO"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    NOT_OFFERED = "NOT_OFFERED"
    TOO_MANY_OPEN = "TOO_MANY_OPEN"
    TOO_MANY_TODAY = "TOO_MANY_TODAY"
    TOO_MUCH_OF_DAY = "TOO_MUCH_OF_DAY"
    NO_FREE_TIMES = "NO_FREE_TIMES"
    NO_OTHER_STAFF = "NO_OTHER_STAFF"
    OWN_APPOINTMENT = "OWN_APPOINTMENT"
    TOO_MANY_ITEMS = "TOO_MANY_ITEMS"
    EMAIL_REQUIRED = "EMAIL_REQUIRED"
    TOO_LATE = "TOO_LATE"
    TOO_SOON = "TOO_SOON"
    STAFF_AWAY = "STAFF_AWAY"
    NOT_A_START = "NOT_A_START"
    NO_PLACES = "NO_PLACES"
    CANCEL_TOO_LATE = "CANCEL_TOO_LATE"
    MOVE_TOO_LATE = "MOVE_TOO_LATE"
    ANSWERS_REQUIRED = "ANSWERS_REQUIRED"


OF_DATE = {
    DateProblem.INVALID: NoReason.INVALID_DATE,
    DateProblem.PAST: NoReason.PAST,
    DateProblem.CLOSED: NoReason.CLOSED,
    DateProblem.TOO_FAR: NoReason.TOO_FAR,
}
"""The reason for each problem of a date."""

OF_TIME = {
    TimeProblem.INVALID: NoReason.INVALID_TIME,
    TimeProblem.PAST: NoReason.PAST,
    TimeProblem.OUTSIDE_HOURS: NoReason.OUTSIDE_HOURS,
}
"""The reason for each problem of a time."""


def no(reason: NoReason, **more: Any) -> ToolAnswer:
    """A no with its reason and whatever helps to go on, e.g. `times` or `next`."""
    return {"ok": False, "reason": reason.value, **more}


def yes(**what: Any) -> ToolAnswer:
    """A yes with what was asked for."""
    return {"ok": True, **what}
