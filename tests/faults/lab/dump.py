"""Reads from the databases what the checker wants to know, by the tables that the READMEs describe."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.lab.evidence import Booking, Cell, Change, Stored, Write
from tests.faults.lab.stores import Stores

_INBOX = """
    SELECT inbox.*, outbox.status AS out, outbox.message_sid AS out_sid,
        outbox.delivery AS delivery
    FROM inbox LEFT JOIN outbox ON outbox.outbox_id = inbox.turn_id
    ORDER BY inbox.conversation_id, inbox.seq
"""
_WATCHED = {"statuses": "message_sid", "outbox": "outbox_id"}
"""Tables with a status, and what their rows are known by."""
_COLUMNS = "of_table TEXT, id TEXT, before TEXT, after TEXT"
_NOTE = "INSERT INTO lab_changes (of_table, id, before, after) VALUES"
_WATCH_SQLITE = (
    f"CREATE TABLE lab_changes (number INTEGER PRIMARY KEY AUTOINCREMENT, {_COLUMNS})",
    *(
        f"CREATE TRIGGER lab_new_{table} AFTER INSERT ON {table}"
        f" BEGIN {_NOTE} ('{table}', NEW.{key}, '', NEW.status); END"
        for table, key in _WATCHED.items()
    ),
    *(
        f"CREATE TRIGGER lab_{table} AFTER UPDATE ON {table}"
        f" BEGIN {_NOTE} ('{table}', NEW.{key}, OLD.status, NEW.status); END"
        for table, key in _WATCHED.items()
    ),
)
_WATCH_POSTGRES = (
    f"CREATE TABLE lab_changes (number BIGSERIAL PRIMARY KEY, {_COLUMNS})",
    f"""CREATE FUNCTION lab_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {_NOTE} (TG_TABLE_NAME, to_jsonb(NEW) ->> TG_ARGV[0],
                 CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.status END, NEW.status);
        RETURN NULL; END $$""",
    *(
        f"CREATE TRIGGER lab_{table} AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION lab_note('{key}')"
        for table, key in _WATCHED.items()
    ),
)
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
            delivery=row["delivery"] or "",
            turn_id=row["turn_id"],
            joined=row["joined"] or "",
        )
        for row in rows
    )


async def watch(stores: Stores) -> None:
    """Has the gateway's database note each change of a message's status, from now on."""
    await stores.execute("gateway", *(_WATCH_POSTGRES if stores.server else _WATCH_SQLITE))


async def changes(stores: Stores) -> tuple[Change, ...]:
    """What it has noted."""
    rows = await stores.rows("gateway", "SELECT * FROM lab_changes ORDER BY number")
    return tuple(Change(row["of_table"], row["id"], row["before"], row["after"]) for row in rows)


async def statuses(stores: Stores) -> dict[str, str]:
    """How far each sent message has come, by Twilio's id."""
    rows = await stores.rows("gateway", "SELECT message_sid, status FROM statuses")
    return {row["message_sid"]: row["status"] for row in rows}


def microseconds(text: str) -> int:
    """An ISO 8601 time as microseconds since 1970."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def _json(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
