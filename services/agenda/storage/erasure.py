"""Erases the personal data in appointments: of those long past, and of a customer who asks for it. Service, time and
member of staff stay, for the business's figures."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, literal_column, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agenda.booking.appointment import BOOKED, CANCELLED
from agenda.storage.store import unavailable
from agenda.storage.tables import PERSONAL, PHONE, appointments, cells, idempotency, unit_cells
from runtime.clock import Clock
from runtime.data.database import REWRITTEN_BYTES, Database
from runtime.observability.logs import get_logger
from workspace.model import Workspace
from workspace.registry import Registry

ERASE_EVERY_S = 3_600.0
"""Seconds between two erasures."""
_log = get_logger(__name__)
_NOBODY: dict[str, Any] = {
    "customer": None,
    "client_name": "",
    "client_email": "",
    "client_phone": "",
    "answers": None,
}


class AgendaErasure:
    """Erases, each time in one transaction. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def old(self, workspace: Workspace, now: dt.datetime) -> dict[str, int]:
        """Erases what a workspace no longer keeps. Returns rows per table."""
        kept = dt.timedelta(days=workspace.retention_days)
        first = (now.astimezone(workspace.zone) - kept).date().isoformat()
        table = appointments.c
        past = and_(table.workspace_id == workspace.id, table.date < first, PERSONAL)
        before = (now.astimezone(dt.UTC) - kept).isoformat()
        told = and_(idempotency.c.workspace_id == workspace.id, idempotency.c.created_at < before)
        async with unavailable(), self._database.write() as connection:
            done = await connection.execute(update(appointments).where(past).values(**_NOBODY))
            kept_answers = await connection.execute(delete(idempotency).where(told))
        return {"appointments": done.rowcount, "idempotency": kept_answers.rowcount}

    async def customer(
        self,
        workspaces: Iterable[Workspace],
        addresses: Sequence[str],
        phone: str,
        now: dt.datetime,
        *,
        dry_run: bool = False,
    ) -> dict[str, int]:
        """Erases all of a customer and cancels what they have booked; `dry_run` takes it all back at the end.
        Returns rows per table, and under `cancelled` how many appointments to come there were."""
        counts = {"appointments": 0, "cancelled": 0, "appointment_cells": 0, "idempotency": 0}
        async with unavailable(), self._database.write() as connection:
            for workspace in workspaces:
                theirs = _owned(workspace.id, addresses, phone)
                for name, count in (await _forget(connection, workspace, theirs, now)).items():
                    counts[name] += count
            if dry_run:
                await connection.rollback()
        return counts


def _owned(workspace_id: str, addresses: Sequence[str], phone: str) -> ColumnElement[bool]:
    """Appointments of a channel address or a phone; no phone is an empty text."""
    table = appointments.c
    ways: list[ColumnElement[bool]] = [table.customer.in_(addresses), table.client_phone.in_(addresses)]
    if phone:
        ways += [table.client_phone == phone, literal_column(PHONE.text) == phone]
    # each by its own index; joined by OR, SQLite would rather walk all of the business's appointments
    found = [select(table.booking_id).where(table.workspace_id == workspace_id, way) for way in ways]
    return table.booking_id.in_(union(*found))


async def _forget(
    connection: AsyncConnection, workspace: Workspace, theirs: ColumnElement[bool], now: dt.datetime
) -> dict[str, int]:
    local = now.astimezone(workspace.zone)
    today, hour = local.date().isoformat(), local.strftime("%H:%M")
    table = appointments.c
    query = select(table.booking_id, table.date, table.time, table.status).where(theirs).with_for_update()
    rows = (await connection.execute(query)).all()
    ids = [row.booking_id for row in rows]
    coming = [row.booking_id for row in rows if row.status == BOOKED and (row.date, row.time) > (today, hour)]
    freed = await connection.execute(delete(cells).where(cells.c.booking_id.in_(coming)))
    await connection.execute(delete(unit_cells).where(unit_cells.c.booking_id.in_(coming)))
    at = now.astimezone(dt.UTC).isoformat()
    await connection.execute(
        update(appointments).where(table.booking_id.in_(coming)).values(status=CANCELLED, updated_at=at)
    )
    await connection.execute(update(appointments).where(table.booking_id.in_(ids)).values(**_NOBODY))
    return {
        "appointments": len(ids),
        "cancelled": len(coming),
        "appointment_cells": freed.rowcount,
        "idempotency": await _forget_answers(connection, workspace.id, ids),
    }


async def _forget_answers(connection: AsyncConnection, workspace_id: str, booking_ids: Sequence[str]) -> int:
    """Deletes the answers kept under idempotency keys that are about appointments: they name the client."""
    own = idempotency.c.workspace_id == workspace_id
    about = and_(own, idempotency.c.booking_id.in_(booking_ids))
    count = (await connection.execute(delete(idempotency).where(about))).rowcount
    for booking_id in booking_ids:  # rows of a release that did not note it
        about = and_(own, idempotency.c.booking_id.is_(None), idempotency.c.result.contains(booking_id))
        count += (await connection.execute(delete(idempotency).where(about))).rowcount
    return count


class Retention:
    """Erases what each workspace no longer keeps, every time it is asked to. One per process."""

    def __init__(self, database: Database, registry: Registry, clock: Clock) -> None:
        self._erasure, self._database = AgendaErasure(database), database
        self._registry, self._clock = registry, clock
        self._owed = False
        """Whether rows were erased that SQLite's files may still hold."""

    async def erase(self) -> None:
        """Erases, then takes what was erased out of SQLite's files; where that cannot be done now, the next call tries
        again. Raises PulpoError DATABASE_UNAVAILABLE."""
        count = 0
        for workspace in self._registry:
            count += sum((await self._erasure.old(workspace, self._clock())).values())
        if count:
            self._owed = True
            _log.info("retention", count=count)
        if await self._database.scrub(REWRITTEN_BYTES if self._owed else 0):
            self._owed = False
        else:
            _log.warning("retention incomplete", reason="FILE_NOT_REWRITTEN")
