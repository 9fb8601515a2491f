"""Reminders of appointments: how long before, at which hours, by which template."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from workspace.people import ContentSid

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


def _clock_time(value: Any) -> Any:
    """Lets only a text like "09:00" pass: YAML reads 21:00 without quotation marks as a number."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or len(value) != 5:
        raise ValueError('expected a time in quotation marks like "09:00"')
    return value


ClockTime = Annotated[time, BeforeValidator(_clock_time)]


class Reminders(BaseModel):
    """When a customer is reminded. Times are the business's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours_before: int = Field(default=24, ge=2, le=168)
    """Hours before the appointment; who books later than that gets none."""
    send_from: ClockTime = time(9, 0)
    """No reminder leaves earlier in the day: it leaves the evening before then."""
    send_until: ClockTime = time(20, 0)
    """Nor later."""
    templates: Mapping[Language, ContentSid] = Field(default_factory=dict)
    """Language -> Twilio's content id, for customers who have not written for 24 hours, as most have not. The first
    variable is the business's name, the second what is booked, the third when."""

    @model_validator(mode="after")
    def _in_order(self) -> "Reminders":
        if self.send_until <= self.send_from:
            raise ValueError("expected send_until after send_from")
        return self
