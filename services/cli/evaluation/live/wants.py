"""What a customer wants in the agenda, as constraints on its rows. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from cli.evaluation.conversations import fold

Row = Mapping[str, Any]
"""A row of the agenda's table `appointments`."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
T = TypeVar("T")


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple | None) else [value]


def _is_day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError("expected a day, YYYY-MM-DD") from None


Day = Annotated[str, AfterValidator(_is_day)]
"""A day, YYYY-MM-DD."""
Time = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A time of day, HH:MM."""
OneOrMore = Annotated[tuple[T, ...], BeforeValidator(_listed), Field(min_length=1)]
"""A value, or a list of which one is enough."""


class Strict(BaseModel):
    """A part of a task: what is not known in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Want(Strict):
    """One appointment that is wanted: all that is given must hold."""

    service: str | None = None
    """The service's canonical name."""
    day: OneOrMore[Day] | None = None
    """The day, or some of which one is enough."""
    day_from: Day | None = None
    """No day before this one."""
    day_to: Day | None = None
    """No day after this one."""
    weekday: OneOrMore[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] | None = None
    """Days of the week of which one is enough."""
    time: OneOrMore[Time] | None = None
    """The start, or some of which one is enough."""
    not_before: Time | None = None
    """No earlier start."""
    not_after: Time | None = None
    """No later start."""
    staff: OneOrMore[str] | None = None
    """Members of the staff of whom one is enough."""
    not_staff: OneOrMore[str] | None = None
    """Who it must not be with."""
    name: str | None = None
    """The name that it is booked for."""
    email: str | None = None
    """The e-mail address."""
    phone: str | None = None
    """The phone number."""
    ref: str | None = None
    """The existing appointment that it is."""
    status: Literal["booked", "cancelled"] = "booked"
    """What has become of it."""

    def takes_day(self, day: str) -> bool:
        """Whether a day would do."""
        if self.day is not None and day not in self.day:
            return False
        if (self.day_from or day) > day or (self.day_to or day) < day:
            return False
        return self.weekday is None or WEEKDAYS[date.fromisoformat(day).weekday()] in self.weekday

    def takes_time(self, time: str) -> bool:
        """Whether a start would do."""
        if self.time is not None and time not in self.time:
            return False
        return (self.not_before or time) <= time <= (self.not_after or time)

    def takes_staff(self, name: str) -> bool:
        """Whether a member of the staff would do."""
        if self.staff is not None and not any(_same(name, each) for each in self.staff):
            return False
        return not any(_same(name, each) for each in self.not_staff or ())

    def problems(self, row: Row, codes: Mapping[str, str]) -> list[str]:
        """The fields in which a row is not as wanted; `codes` are the booking ids of what `ref` may name."""
        checks = {
            "status": row["status"] == self.status,
            "ref": self.ref is None or codes.get(self.ref) == row["booking_id"],
            "service": self.service is None or _same(self.service, row["service_type"]),
            "day": self.takes_day(row["date"]),
            "time": self.takes_time(row["time"]),
            "staff": self.takes_staff(row["staff_name"]),
            "name": self.name is None or _same(self.name, row["client_name"]),
            "email": self.email is None or _same(self.email, row["client_email"]),
            "phone": self.phone is None or _digits(row["client_phone"]).endswith(_digits(self.phone)),
        }
        return [name for name, holds in checks.items() if not holds]

    def text(self) -> str:
        """The constraints as a line."""
        given = self.model_dump(exclude_none=True, exclude_defaults=True)
        return ", ".join(f"{name} {_text(value)}" for name, value in given.items()) or "anything"


def assign(wants: Sequence[Want], rows: Sequence[Row], codes: Mapping[str, str]) -> dict[int, int]:
    """Want -> row, by position, such that as many wants as possible have a row of their own."""
    best: dict[int, int] = {}
    chosen: dict[int, int] = {}

    def place(index: int) -> None:
        nonlocal best
        if len(chosen) > len(best):
            best = dict(chosen)
        if index == len(wants) or len(best) == len(wants):
            return
        for number, row in enumerate(rows):
            if number not in chosen.values() and not wants[index].problems(row, codes):
                chosen[index] = number
                place(index + 1)
                del chosen[index]
        place(index + 1)

    place(0)
    return best


def differences(wants: Sequence[Want], rows: Sequence[Row], codes: Mapping[str, str]) -> list[str]:
    """What keeps the agenda from being as wanted, a line each; empty when it is."""
    found = assign(wants, rows, codes)
    missing = [f"no row for: {want.text()}" for index, want in enumerate(wants) if index not in found]
    more = [
        f"a row too many: {row['service_type']} {row['date']} {row['time']} {row['staff_name']} {row['client_name']}"
        for number, row in enumerate(rows)
        if number not in found.values() and row["status"] == "booked"
    ]
    return missing + more


def _same(one: object, other: object) -> bool:
    return fold(str(one or "")).split() == fold(str(other or "")).split()


def _digits(text: object) -> str:
    return "".join(char for char in str(text or "") if char.isdigit())


def _text(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
