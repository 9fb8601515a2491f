"""Takes the persons out of appointments: of those long past, and of a customer who asks for it. What
stays says when which service was done by whom, for the business's figures."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from agenda.appointment import BOOKED, CANCELLED
from agenda.tables import PERSONAL, appointments, cells, idempotency
from runtime.database import Database
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace

_NOBODY: dict[str, Any] = {"customer": None, "client_name": "", "client_email": "", "client_phone": ""}


class Erasure:
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
        try:
            async with self._database.write() as connection:
                done = await connection.execute(update(appointments).where(past).values(**_NOBODY))
                kept_answers = await connection.execute(delete(idempotency).where(told))
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable() from error
        return {"appointments": done.rowcount, "idempotency": kept_answers.rowcount}

    async def customer(
        self, workspaces: Iterable[Workspace], addresses: Sequence[str], phone: str, now: dt.datetime
    ) -> dict[str, int]:
        """Erases all of a customer and cancels what they have booked. Returns rows per table, and under
        `cancelled` how many appointments to come there were."""
        counts = {"appointments": 0, "cancelled": 0, "appointment_cells": 0, "idempotency": 0}
        try:
            async with self._database.write() as connection:
                for workspace in workspaces:
                    theirs = and_(appointments.c.workspace_id == workspace.id, _owned(addresses, phone))
                    for name, count in (await _forget(connection, workspace, theirs, now)).items():
                        counts[name] += count
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable() from error
        return counts


def _owned(addresses: Sequence[str], phone: str) -> ColumnElement[bool]:
    """Appointments of a channel address or a phone; no phone is an empty text."""
    table = appointments.c
    owned = or_(table.customer.in_(addresses), table.client_phone.in_(addresses))
    if not phone:
        return owned
    return or_(owned, table.client_phone == phone, table.customer.endswith(f":{phone}", autoescape=True))


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
    at = now.astimezone(dt.UTC).isoformat()
    await connection.execute(
        update(appointments).where(table.booking_id.in_(coming)).values(status=CANCELLED, updated_at=at)
    )
    await connection.execute(update(appointments).where(table.booking_id.in_(ids)).values(**_NOBODY))
    answers = 0
    for booking_id in ids:  # the answers that were kept under idempotency keys name the client
        told = and_(idempotency.c.workspace_id == workspace.id, idempotency.c.result.contains(booking_id))
        answers += (await connection.execute(delete(idempotency).where(told))).rowcount
    return {
        "appointments": len(ids),
        "cancelled": len(coming),
        "appointment_cells": freed.rowcount,
        "idempotency": answers,
    }


def _unavailable() -> PulpoError:
    return PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The appointment book cannot be reached.")
