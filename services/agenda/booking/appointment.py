"""An appointment as the agenda keeps it, and its id: PB- and six of A-Z0-9, drawn so that nobody can guess one."""

import datetime as dt
import json
import re
import secrets
import string
from dataclasses import asdict, dataclass, replace
from typing import Any

from agenda.booking.free_times import QUARTER, cells_between, spell
from agenda.booking.openings import Slot
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
class KeptRules:
    """What was agreed when an appointment was booked, whatever the manifest says since."""

    cancel_until: int = 0
    """Minutes before it in which it may still be cancelled."""
    move_until: int = 0
    """Minutes before it in which it may still be moved."""
    deposit: str = ""
    """What was said of a deposit."""

    def text(self) -> str | None:
        """As JSON; None when there is nothing to keep."""
        return None if self == NO_RULES else json.dumps(asdict(self), ensure_ascii=False)


NO_RULES = KeptRules()


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
    before_minutes: int | None = None
    """Minutes before it that are kept free with it; None for none."""
    after_minutes: int | None = None
    """Minutes after it, likewise."""
    places: int | None = None
    """Places of a class; None of what is no class."""
    units: str | None = None
    """Units of resources, or places of a class, that it takes, joined by commas; None for none."""
    cell_minutes: int | None = None
    """Minutes in the cells that it takes; None for fifteen."""
    rules: str | None = None
    """JSON: the rules in force when it was booked, see `KeptRules`; None where there were none."""
    answers: str | None = None
    """JSON: answers to the business's own questions, by key; None for none."""
    attendance: str | None = None
    """arrived, no_show or confirmed, as the business says; None for not said."""
    attendance_at: str | None = None
    """When that was said, ISO 8601, UTC."""
    attendance_by: str | None = None
    """Who said it."""

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
        """The cells of its day that it takes of its member of staff or units."""
        before, after = self.before_minutes or 0, self.after_minutes or 0
        return cells_between(self.start - before, self.start + self.minutes + after, self.cell_minutes or QUARTER)

    @property
    def takers(self) -> tuple[str, ...]:
        """Whose cells it takes: its member of staff, unless it is a place of a class, and its units."""
        units = tuple(self.units.split(",")) if self.units else ()
        return units if self.places or not self.staff_name else (self.staff_name, *units)

    @property
    def kept(self) -> "KeptRules":
        """The rules in force when it was booked."""
        return KeptRules(**json.loads(self.rules)) if self.rules else NO_RULES

    def until(self, minutes: int, workspace: Workspace) -> dt.datetime:
        """So many minutes before it begins."""
        return self.begins(workspace) - dt.timedelta(minutes=minutes)

    def begins(self, workspace: Workspace) -> dt.datetime:
        """When it begins, aware."""
        at = parse_time(self.time)
        assert at is not None
        return dt.datetime.combine(self.day, at, tzinfo=workspace.zone)

    def has_begun(self, workspace: Workspace, now: dt.datetime) -> bool:
        """Whether it is no longer to come."""
        return self.begins(workspace) <= now

    def moved(self, day: dt.date, start: int, now: dt.datetime) -> "Appointment":
        """The same appointment at another time."""
        end = spell(start + self.minutes)
        return replace(self, date=day.isoformat(), time=spell(start), end_time=end, updated_at=now.isoformat())

    def placed(self, slot: Slot) -> "Appointment":
        """The same appointment where a slot is, on its day."""
        return replace(
            self,
            time=spell(slot.start),
            end_time=spell(slot.end),
            minutes=slot.minutes,
            staff_name=slot.staff,
            before_minutes=slot.before or None,
            after_minutes=slot.after or None,
            places=len(slot.units) if slot.is_class else None,
            units=",".join(slot.units) or None,
            cell_minutes=None if slot.cell_minutes == QUARTER else slot.cell_minutes,
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
