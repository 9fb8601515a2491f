"""An appointment as the agenda keeps it, and its id: PB- and six of A-Z0-9, drawn so that nobody can guess one."""

import datetime as dt
import re
import secrets
import string
from dataclasses import dataclass, replace
from typing import Any

from agenda.booking.free_times import cells_of, spell
from workspace.calendar import parse_time
from workspace.model import Workspace

BOOKED, CANCELLED = "booked", "cancelled"
CHANGED = ("booking_id", "service_type", "date", "time", "staff_name")
FOUND = (*CHANGED, "staff_requested", "client_name")
BOOKED_FIELDS = ("booking_id", "service_type", "date", "time", "end_time", "staff_name", "client_name")
"""What answers tell of an appointment that was changed, found, booked."""
_LETTERS = string.ascii_uppercase + string.digits
_FORM = re.compile(r"PB-[A-Z0-9]{6}", re.ASCII)


@dataclass(frozen=True)
class Appointment:
    """One appointment. `date`, `time` and `end_time` are local to the workspace."""

    booking_id: str
    """PB- and six of A-Z0-9."""
    workspace_id: str
    """The business."""
    customer: str | None
    """Channel address of the owner; None when it was booked for the business."""
    service_type: str
    """Canonical name of the service."""
    date: str
    """YYYY-MM-DD."""
    time: str
    """HH:MM."""
    end_time: str
    """HH:MM."""
    minutes: int
    """How long it takes."""
    staff_name: str
    """Who does it."""
    staff_requested: bool
    """Whether the customer asked for that member of staff."""
    client_name: str
    """Who comes."""
    client_email: str
    """Where to write to them."""
    client_phone: str
    """How to call them, or their channel address; may be empty."""
    created_at: str
    """ISO 8601, UTC."""
    updated_at: str
    """ISO 8601, UTC."""
    status: str = BOOKED
    """booked or cancelled."""
    group_id: str | None = None
    """Booking id of the first appointment of the same request; None for that one and for one of its own."""
    for_other: bool | None = None
    """Whether somebody else than who wrote comes, as far as was said; None in rows of older releases."""

    @property
    def day(self) -> dt.date:
        """Its local date."""
        return dt.date.fromisoformat(self.date)

    @property
    def start(self) -> int:
        """The minute of its day at which it begins."""
        return int(self.time[:2]) * 60 + int(self.time[3:])

    @property
    def cells(self) -> range:
        """The cells of its day that it takes."""
        return cells_of(self.start, self.minutes)

    def has_begun(self, workspace: Workspace, now: dt.datetime) -> bool:
        """Whether it is no longer to come."""
        at = parse_time(self.time)
        assert at is not None
        return dt.datetime.combine(self.day, at, tzinfo=workspace.zone) <= now

    def moved(self, day: dt.date, start: int, staff_name: str, now: dt.datetime) -> "Appointment":
        """The same appointment at another time, perhaps with somebody else."""
        return replace(
            self,
            date=day.isoformat(),
            time=spell(start),
            end_time=spell(start + self.minutes),
            staff_name=staff_name,
            updated_at=now.isoformat(),
        )

    def told(self, *names: str) -> dict[str, Any]:
        """Some of its fields, for an answer."""
        return {name: getattr(self, name) for name in names}


def new_booking_id() -> str:
    """A random id, one of 2.2 billion. Whoever stores it sees to it that it is unique."""
    return "PB-" + "".join(secrets.choice(_LETTERS) for _ in range(6))


def is_booking_id(text: str) -> bool:
    """Whether a text has the form of a booking id."""
    return _FORM.fullmatch(text) is not None
