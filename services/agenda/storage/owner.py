"""What the owner of a business does to its agenda besides booking: days off and other hours, and who came."""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agenda.booking.appointment import BOOKED, Appointment
from agenda.booking.free_times import mask_between
from agenda.booking.openings import EVERYBODY, Absence, Calendar
from agenda.storage.sql_ledger import absence_of, appointment_of, rules_lock
from agenda.storage.store import unavailable
from agenda.storage.tables import absences, appointments, calendar_feeds
from runtime.clock import Clock
from runtime.data.database import Database
from runtime.errors import Kind, PulpoError
from workspace.fields import HourSpan
from workspace.model import Workspace
from workspace.parts.people import StaffException

ATTENDANCE = ("confirmed", "arrived", "no_show")
"""What may be said of an appointment that is booked."""


@dataclass(frozen=True)
class KeptAbsence:
    """An exception with its id."""

    id: str
    staff_name: str
    exception: StaffException
    created_by: str


class OwnersAgenda:
    """The owner's work, each in one transaction. Raises PulpoError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def add_absence(
        self, workspace: Workspace, staff_name: str, exception: StaffException, by: str
    ) -> tuple[str, list[Appointment]]:
        """Sets an exception, of somebody or (an empty name) of everybody. Nothing is booked against it from then on;
        nobody who is booked is moved. Returns its id, and the appointments that no longer fit, soonest first."""
        if staff_name != EVERYBODY and workspace.member(staff_name) is None:
            raise PulpoError(Kind.INVALID_ARGUMENT, "UNKNOWN_STAFF", "There is no such member of staff.")
        absence_id = secrets.token_hex(6)
        async with unavailable(), self._database.write() as connection:
            await self._hold(connection, workspace)
            values = {
                "absence_id": absence_id,
                "workspace_id": workspace.id,
                "staff_name": staff_name,
                "first_date": exception.days.first.isoformat(),
                "last_date": exception.days.last.isoformat(),
                "hours": None if exception.hours is None else json.dumps(_spans(exception.hours)),
                "off": json.dumps(_spans(exception.off)),
                "created_at": self._clock().astimezone(dt.UTC).isoformat(),
                "created_by": by,
            }
            await connection.execute(insert(absences).values(**values))
            booked = await self._booked(connection, workspace, exception)
        return absence_id, concerned(workspace, Absence(staff_name, exception), booked, self._clock())

    async def absences(self, workspace: Workspace) -> list[KeptAbsence]:
        """The exceptions that are not over, earliest first."""
        today = self._clock().astimezone(workspace.zone).date().isoformat()
        own = and_(absences.c.workspace_id == workspace.id, absences.c.last_date >= today)
        query = select(absences).where(own).order_by(absences.c.first_date, absences.c.absence_id)
        async with unavailable(), self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        kept = [(row, absence_of(row)) for row in rows]
        return [KeptAbsence(row.absence_id, one.staff_name, one.exception, row.created_by) for row, one in kept]

    async def remove_absence(self, workspace: Workspace, absence_id: str) -> bool:
        """Takes an exception back. Returns whether there was one."""
        own = and_(absences.c.workspace_id == workspace.id, absences.c.absence_id == absence_id)
        async with unavailable(), self._database.write() as connection:
            return (await connection.execute(delete(absences).where(own))).rowcount > 0

    async def attended(self, workspace: Workspace, booking_id: str, what: str, by: str) -> bool:
        """Notes whether somebody comes or came. Returns whether there is such an appointment, booked."""
        if what not in ATTENDANCE:
            raise PulpoError(Kind.INVALID_ARGUMENT, "INVALID_ARGUMENTS", f"Expected one of {', '.join(ATTENDANCE)}.")
        table = appointments.c
        own = and_(table.workspace_id == workspace.id, table.booking_id == booking_id.upper(), table.status == BOOKED)
        at = self._clock().astimezone(dt.UTC).isoformat()
        values = {"attendance": what, "attendance_at": at, "attendance_by": by}
        async with unavailable(), self._database.write() as connection:
            return (await connection.execute(update(appointments).where(own).values(**values))).rowcount > 0

    async def open_feed(self, workspace: Workspace, staff_name: str, by: str) -> tuple[str, str]:
        """Makes a secret by which the appointments of somebody, or (an empty name) of everybody, can be read as a
        calendar. Returns the feed's id and the secret, which is kept nowhere."""
        if staff_name != EVERYBODY and workspace.member(staff_name) is None:
            raise PulpoError(Kind.INVALID_ARGUMENT, "UNKNOWN_STAFF", "There is no such member of staff.")
        feed_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        values = {
            "secret_hash": hashlib.sha256(secret.encode()).hexdigest(),
            "feed_id": feed_id,
            "workspace_id": workspace.id,
            "staff_name": staff_name,
            "created_at": self._clock().astimezone(dt.UTC).isoformat(),
            "created_by": by,
        }
        async with unavailable(), self._database.write() as connection:
            await connection.execute(insert(calendar_feeds).values(**values))
        return feed_id, secret

    async def close_feed(self, workspace: Workspace, feed_id: str) -> bool:
        """Revokes a feed at once. Returns whether there was one."""
        own = and_(calendar_feeds.c.workspace_id == workspace.id, calendar_feeds.c.feed_id == feed_id)
        async with unavailable(), self._database.write() as connection:
            return (await connection.execute(delete(calendar_feeds).where(own))).rowcount > 0

    async def _hold(self, connection: AsyncConnection, workspace: Workspace) -> None:
        """Waits for bookings under way, and holds others off until this transaction ends."""
        if not self._database.is_sqlite:
            lock = {"number": rules_lock(workspace.id)}
            await connection.execute(text("SELECT pg_advisory_xact_lock(CAST(:number AS bigint))"), lock)

    async def _booked(
        self, connection: AsyncConnection, workspace: Workspace, exception: StaffException
    ) -> list[Appointment]:
        table = appointments.c
        days = table.date.between(exception.days.first.isoformat(), exception.days.last.isoformat())
        own = and_(table.workspace_id == workspace.id, table.status == BOOKED, days)
        query = select(appointments).where(own).order_by(table.date, table.time, table.booking_id)
        return [appointment_of(row) for row in (await connection.execute(query)).all()]


def concerned(
    workspace: Workspace, absence: Absence, booked: Sequence[Appointment], now: dt.datetime
) -> list[Appointment]:
    """The appointments to come that do not fit with an exception. Pure."""
    calendar = Calendar(workspace, (*workspace.special_days, absence), now)

    def fits(one: Appointment) -> bool:
        wanted = mask_between(one.start, one.start + one.minutes)
        return calendar.works(one.staff_name, one.day) & wanted == wanted

    theirs = [one for one in booked if absence.staff_name in (EVERYBODY, one.staff_name)]
    return [one for one in theirs if not one.has_begun(workspace, now) and not fits(one)]


def _spans(spans: Sequence[HourSpan]) -> list[str]:
    return [f"{span.start:%H:%M}-{'24:00' if span.end.second else f'{span.end:%H:%M}'}" for span in spans]
