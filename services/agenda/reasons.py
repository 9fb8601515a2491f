"""Why the agenda says no, and the shape of a no. A no is an answer, not an error."""

from enum import StrEnum
from typing import Any

from workspace.calendar import DateProblem, TimeProblem

Answer = dict[str, Any]
"""What a tool answers: a JSON object with `ok`."""


class Reason(StrEnum):
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


OF_DATE = {
    DateProblem.INVALID: Reason.INVALID_DATE,
    DateProblem.PAST: Reason.PAST,
    DateProblem.CLOSED: Reason.CLOSED,
    DateProblem.TOO_FAR: Reason.TOO_FAR,
}
"""The reason for each problem of a date."""

OF_TIME = {
    TimeProblem.INVALID: Reason.INVALID_TIME,
    TimeProblem.PAST: Reason.PAST,
    TimeProblem.OUTSIDE_HOURS: Reason.OUTSIDE_HOURS,
}
"""The reason for each problem of a time."""


def no(reason: Reason, **more: Any) -> Answer:
    """A no with its reason and whatever helps to go on, e.g. `times` or `next`."""
    return {"ok": False, "reason": reason.value, **more}


def yes(**what: Any) -> Answer:
    """A yes with what was asked for."""
    return {"ok": True, **what}
