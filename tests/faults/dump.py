"""Reads from the databases what the checker wants to know, by the tables that the READMEs describe."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.evidence import Booking, Cell, Stored, Write
from tests.faults.stores import Stores

_INBOX = """
    SELECT inbox.*, outbox.status AS out, outbox.message_sid AS out_sid
    FROM inbox LEFT JOIN outbox ON outbox.outbox_id = inbox.turn_id
    ORDER BY inbox.conversation_id, inbox.seq
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def bookings(stores: Stores) -> tuple[Booking, ...]:
    """All appointments."""
    rows = await stores.rows("agenda", "SELECT * FROM appointments ORDER BY created_at, booking_id")
    return tuple(
        Booking(
            booking_id=row["booking_id"],
            workspace=row["workspace_id"],
            customer=row["customer"] or "",
            date=row["date"],
            time=row["time"],
            minutes=row["minutes"],
            staff=row["staff_name"],
            status=row["status"],
            created_us=microseconds(row["created_at"]),
        )
        for row in rows
    )


async def cells(stores: Stores) -> tuple[Cell, ...]:
    """All taken quarter hours."""
    rows = await stores.rows("agenda", "SELECT * FROM appointment_cells")
    return tuple(
        Cell(row["workspace_id"], row["date"], row["staff_name"], row["cell"], row["booking_id"]) for row in rows
    )


async def writes(stores: Stores) -> tuple[Write, ...]:
    """All answers kept by idempotency key."""
    rows = await stores.rows("agenda", "SELECT * FROM idempotency")
    return tuple(
        Write(row["workspace_id"], row["key"], microseconds(row["created_at"]), _json(row["result"])) for row in rows
    )


async def inbox(stores: Stores) -> tuple[Stored, ...]:
    """All messages. A running one whose lease is over is expired."""
    now = datetime.now(UTC).timestamp()
    rows = await stores.rows("gateway", _INBOX)
    return tuple(
        Stored(
            workspace=row["workspace_id"],
            message_id=row["message_id"],
            address=row["address"],
            received_us=row["received_us"],
            status="expired" if row["status"] == "running" and row["lease_until"] <= now else row["status"],
            reply=str(_json(row["reply"]).get("message", "")),
            out=row["out"] or "",
            out_sid=row["out_sid"] or "",
        )
        for row in rows
    )


def microseconds(text: str) -> int:
    """An ISO 8601 time as microseconds since 1970."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def _json(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
