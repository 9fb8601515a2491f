"""When a customer is reminded of an appointment. Pure; every time here is aware."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workspace.reminders import Reminders

LEAST = timedelta(hours=1)
"""Nobody is reminded of what begins sooner."""


@dataclass(frozen=True)
class Booked:
    """An appointment, as the agenda tells it."""

    booking_id: str
    date: date
    time: time
    service: str
    staff: str

    @property
    def moment(self) -> str:
        """When it is, where the business is: what a reminder of it is about."""
        return f"{self.date.isoformat()}T{self.time.isoformat('minutes')}"

    def starts(self, zone: ZoneInfo) -> datetime:
        """When it begins, UTC."""
        return datetime.combine(self.date, self.time, zone).astimezone(UTC)


def booked_of(told: Mapping[str, Any]) -> Booked | None:
    """An appointment of the agenda's answer; None when it is not one that can be read."""
    try:
        return Booked(
            booking_id=str(told["booking_id"]),
            date=date.fromisoformat(told["date"]),
            time=time.fromisoformat(told["time"]),
            service=str(told["service_type"]),
            staff=str(told.get("staff_name") or ""),
        )
    except (KeyError, TypeError, ValueError):
        return None


def remind_at(booked: Booked, zone: ZoneInfo, rules: Reminders) -> datetime:
    """When its reminder leaves, UTC: so many hours before, and earlier rather than in the quiet hours."""
    wished = (booked.starts(zone) - timedelta(hours=rules.hours_before)).astimezone(zone)
    if wished.time() < rules.send_from:
        wished = datetime.combine(wished.date() - timedelta(days=1), rules.send_until, zone)
    elif wished.time() > rules.send_until:
        wished = datetime.combine(wished.date(), rules.send_until, zone)
    return wished.astimezone(UTC)


def may_leave_at(now: datetime, booked: Booked, zone: ZoneInfo, rules: Reminders) -> datetime | None:
    """When a reminder that is due may leave, UTC: now, or after the quiet hours; None when it would be too late."""
    local = now.astimezone(zone)
    at = now
    if local.time() < rules.send_from:
        at = datetime.combine(local.date(), rules.send_from, zone).astimezone(UTC)
    elif local.time() > rules.send_until:
        at = datetime.combine(local.date() + timedelta(days=1), rules.send_from, zone).astimezone(UTC)
    return at if at + LEAST <= booked.starts(zone) else None
