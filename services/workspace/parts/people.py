"""Who works at a business, and when."""

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from workspace.fields import Days, Frozen, HourSpan, Span, Week, WeeklyStarts
from workspace.parts.prices import Priced


class OwnService(Priced):
    """A service as one member of staff does it. In YAML a bare name takes all from the service."""

    name: str = Field(min_length=1, max_length=60)
    """Canonical name of the service."""
    minutes: int | None = Field(default=None, ge=5, le=600)
    """How long they take; the service's when not set."""
    starts: WeeklyStarts | None = None
    """When they give it, of a class (a service with `starts`); the service's times when not set."""


def _as_own(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class StaffException(Frozen):
    """Dates on which somebody works otherwise than in the week's shifts."""

    days: Days
    """A date, or dates from one to another."""
    hours: tuple[Span, ...] | None = None
    """Their hours on those dates, instead of the shifts; none at all is a day off, unless `off` says part of one."""
    off: tuple[Span, ...] = ()
    """Parts of the day in which they do not work."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "StaffException":
        if self.hours and self.off:
            raise ValueError("expected hours or off, not both")
        return self

    def changed(self, hours: tuple[HourSpan, ...]) -> tuple[HourSpan, ...]:
        """The hours of a day of those, from the ones it would have."""
        return hours if self.hours is None and self.off else self.hours or ()


class StaffMember(Frozen):
    """Somebody who does services."""

    name: str = Field(min_length=1, max_length=40)
    """Canonical name."""
    services: tuple[Annotated[OwnService, BeforeValidator(_as_own)], ...] = Field(min_length=1)
    """What they do: canonical names, or mappings where their duration or price is their own."""
    aliases: tuple[str, ...] = ()
    """Short forms of the name."""
    shifts: Week | None = None
    """Weekday -> the hours they work, breaks left out; the business's hours when not set."""
    exceptions: tuple[StaffException, ...] = ()
    """Days off and other hours."""
    employed_from: date | None = None
    """First day."""
    employed_until: date | None = None
    """Last day."""
    branch: str = ""
    """Name of the branch where they work, where there are several."""

    @property
    def service_names(self) -> tuple[str, ...]:
        """Canonical names of what they do."""
        return tuple(one.name for one in self.services)

    def own(self, service_name: str) -> OwnService | None:
        """How they do a service, or None."""
        return next((one for one in self.services if one.name == service_name), None)

    def is_employed(self, day: date) -> bool:
        """Whether they work here on a date at all."""
        first, last = self.employed_from or date.min, self.employed_until or date.max
        return first <= day <= last
