"""A calendar of appointments by a secret address, read only: iCalendar, for the phone of who works there."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from agenda.booking.appointment import Appointment
from agenda.booking.ledger import Ledger
from agenda.storage.store import AgendaStore
from runtime.clock import Clock
from runtime.errors import PulpoError
from workspace.model import Workspace
from workspace.registry import Registry

PATH = "/calendar/{secret}.ics"
BACK, AHEAD = dt.timedelta(days=30), dt.timedelta(days=365)
"""How far back and ahead of today a calendar goes."""
_TYPE = "text/calendar; charset=utf-8"
_HEADERS = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


class CalendarFeed:
    """Serves calendars. What a secret is not known for is 404, as any other path; no secret is logged."""

    def __init__(self, store: AgendaStore, registry: Registry, clock: Clock) -> None:
        self._store, self._registry, self._clock = store, registry, clock

    async def serve(self, request: Request) -> Response:
        """The calendar of the secret in the address; 503 while the database is away."""
        secret_hash = hashlib.sha256(request.path_params["secret"].encode()).hexdigest()
        try:
            found = await self._store.read(lambda ledger: self._found(ledger, secret_hash))
        except PulpoError:
            return PlainTextResponse("not now", 503, headers={"Retry-After": "60"})
        if found is None:
            return PlainTextResponse("Not Found", 404)
        workspace, appointments = found
        return Response(as_calendar(workspace, appointments, self._clock()), media_type=_TYPE, headers=_HEADERS)

    async def _found(self, ledger: Ledger, secret_hash: str) -> tuple[Workspace, list[Appointment]] | None:
        feed = await ledger.feed(secret_hash)
        workspace = self._registry.get(feed[0]) if feed else None
        if feed is None or workspace is None:
            return None
        today = self._clock().astimezone(workspace.zone).date()
        first, last = (today - BACK).isoformat(), (today + AHEAD).isoformat()
        booked = await ledger.booked_between(workspace.id, first, last)
        return workspace, [one for one in booked if feed[1] in ("", one.staff_name)]


def as_calendar(workspace: Workspace, appointments: Sequence[Appointment], now: dt.datetime) -> bytes:
    """Appointments as iCalendar: service, client's name and code; no phone, no e-mail address, no answers. Pure."""
    from icalendar import Calendar, Event  # here: slow to import, and few have a feed

    calendar = Calendar()
    calendar.add("prodid", "-//Pulpo//Agenda//EN")
    calendar.add("version", "2.0")
    calendar.add("name", workspace.name)
    calendar.add("x-wr-calname", workspace.name)
    for one in appointments:
        event = Event()
        begins = one.begins(workspace)
        event.add("uid", f"{one.booking_id}@{workspace.id}")
        event.add("dtstamp", now)
        event.add("dtstart", begins.astimezone(dt.UTC))
        event.add("dtend", (begins.astimezone(dt.UTC) + dt.timedelta(minutes=one.minutes)))
        event.add("summary", " · ".join(part for part in (one.service_type, one.client_name) if part))
        places = f", {one.places} places" if one.places and one.places > 1 else ""
        event.add("description", f"{one.booking_id}{places}")
        event.add("last-modified", dt.datetime.fromisoformat(one.updated_at).astimezone(dt.UTC))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
