"""A business with many customers, in the tables of gateway, broker and agenda, for plans of statements."""

import json
from typing import Any

from sqlalchemy import Table, insert, text

import agenda.storage.tables
from broker.storage.erasure import names_of
from broker.storage.tables import COUNTS, WRITES
from gateway.domain.message import conversation_id, turn_id
from gateway.storage.tables import (
    conversations,
    due,
    handover_messages,
    handovers,
    inbox,
    opt_outs,
    outbox,
    people_acts,
    shadows,
    statuses,
    turns,
)
from runtime.data.database import Database
from runtime.data.migrations import Schema
from tests.unit.agenda.businesses import business

BUSINESS = business()
CUSTOMERS, EACH = 120, 20
PHONE = "+5491100000007"
"""A customer who writes by SMS; all others write by WhatsApp."""
Rows = dict[Table, list[dict[str, Any]]]
RECEIVED_US = 1_800_000_000_000_000
"""When messages were received, in microseconds: after what the tests call now."""


async def fill(database: Database, *schemas: Schema) -> None:
    """Puts the rows into the tables of these services, all three when none is named, and has PostgreSQL count them."""
    tables = {table.name for schema in schemas for table in schema.metadata.sorted_tables}
    async with database.write() as connection:
        for table, rows in filled().items():
            if not schemas or table.name in tables:
                await connection.execute(insert(table), rows)
        if not database.is_sqlite:
            await connection.execute(text("ANALYZE"))


def filled() -> Rows:
    """Rows of every table that grows."""
    rows: Rows = {
        table: []
        for table in (
            *(conversations, inbox, outbox, turns, shadows, statuses, handovers, handover_messages),
            *(due, people_acts, opt_outs),
        )
    }
    rows |= {agenda.storage.tables.appointments: []}
    rows |= {agenda.storage.tables.idempotency: [], WRITES: [], COUNTS: []}
    for customer in range(CUSTOMERS):
        phone = f"+54911{customer:08}"
        address = f"sms:{phone}" if phone == PHONE else f"whatsapp:{phone}"
        conversation = conversation_id(BUSINESS.id, address)
        talk = names_of(BUSINESS, address, conversation)[-1]
        key = {"workspace_id": BUSINESS.id, "conversation_id": conversation}
        rows[conversations].append({**key, "last_seq": EACH, "version": 1, "state": "{}", "changed_at": 1.0})
        rows[opt_outs].append({**key, "out": True, "at": 1.0})
        rows[COUNTS].append({"name": talk, "start": 1, "count": 1, "ends": 2})
        for number in range(EACH):
            add_message(rows, key, address, number, f"{customer}-{number}", talk)
    return rows


def add_message(rows: Rows, key: dict[str, str], address: str, seq: int, name: str, talk: str) -> None:
    """A message with its turn, reply and appointment."""
    turn, sid, booking = turn_id(BUSINESS.id, name), f"SM{len(rows[inbox]):032}", f"PB-{len(rows[inbox]):06}"
    held = {"owner": "one", "lease_until": 0.0}
    message = {"message_id": name, "turn_id": turn, "seq": seq, "address": address, "text": "hola", "media": False}
    times = {"received_us": RECEIVED_US, "status": "answered", "profile_name": "Ana", "track": "legacy"}
    rows[inbox].append({**key, **message, **times, **held})
    own = {"outbox_id": turn, "seq": seq, "address": address, "business": "+1", "body": "hola", "message_sid": sid}
    sent = {"status": "sent", "reason": "", "attempts": 1, "looks": 0, "since": 1.0, "delivery": "read"}
    rows[outbox].append({**key, **own, **sent, **held})
    figures = {"track": "legacy", "outcome": "ok", "intent": "", "topic": "", "confidence": 1.0, "source": "cpu"}
    more = {"actions": "[]", "rounds": 1, "fallbacks": "[]", "timings": "{}", "finished_at": 1.0}
    rows[turns].append({**key, "turn_id": turn, **figures, **more})
    read = {"track": "", "intent": "", "confidence": 1.0, "source": "", "plan_source": "", "error": ""}
    both = {**read, "extract_ms": 1.0, "plan_ms": 1.0}
    compared = {**both, **{f"other_{column}": value for column, value in both.items()}, "noted_at": 1.0}
    workspace = {"workspace_id": BUSINESS.id}
    rows[shadows].append({**workspace, "turn_id": turn, "slots_differ": "[]", "plans_differ": "[]", **compared})
    rows[statuses].append({**workspace, "message_sid": sid, "status": "read", "error_code": "", "changed_at": 1.0})
    times = {"opened_at": 1.0, "last_at": 1.0, "closed_at": 2.0}
    rows[handovers].append({**key, "handover_id": turn, "address": address, "kind": "request", **times})
    told = {"turn_id": turn, "handover_id": turn, "reason": "asked", "text": "hola", "at": 1.0}
    rows[handover_messages].append({**workspace, **told})
    kept = {"status": "done", "reason": "", "attempts": 1, "made_at": 1.0, "due_at": 1.0, **held}
    about = {"kind": "handover", "subject": turn, "person": "", "channel": "", "detail": "", **key}
    rows[due].append({"due_id": turn, **about, **kept})
    act = {"act_id": turn, "person": "sofi", "act": "saw", "handover_id": turn, "at": 1.0}
    order = {"turn_id": f"{turn[:30]}-x", "conversation_id": f"{turn[:30]}-y"}
    rows[people_acts].append({**workspace, **act, **order})
    person = {"customer": address, "client_name": "Ana", "client_email": "", "client_phone": ""}
    what = {"service_type": "Barba", "date": "2026-03-12", "time": "10:00", "end_time": "10:30", "minutes": 30}
    state = {"staff_name": "x", "staff_requested": False, "status": "booked", "created_at": "x", "updated_at": "x"}
    rows[agenda.storage.tables.appointments].append({**workspace, "booking_id": booking, **person, **what, **state})
    answer = {"result": json.dumps({"booking_id": booking}), "booking_id": booking if seq else None}
    rows[agenda.storage.tables.idempotency].append(
        {**workspace, "key": name, "fingerprint": "f", "created_at": "x", **answer}
    )
    rows[WRITES].append(
        {"key": name, "conversation": talk, "workspace": BUSINESS.id, "tool": "x", "state": "x", "at": 1}
    )
