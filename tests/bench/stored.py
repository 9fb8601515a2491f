"""Conversations that are already stored: one that a mesh has really had, multiplied by the database itself.

Each statement copies one row of a table so many times, with other ids; whatever else a row holds stays, so that nothing
here knows the tables' columns but those that must differ.
"""

from tests.faults.lab.stores import Stores

TABLES = {
    "gateway": {
        "conversations": {"conversation_id": 32},
        "inbox": {"conversation_id": 32, "message_id": 34, "turn_id": 32, "address": 24},
        "turns": {"conversation_id": 32, "turn_id": 32},
    },
    "broker": {"broker_writes": {"key": 64}},
    "agenda": {
        "appointments": {"booking_id": 9, "customer": 24},
        "idempotency": {"key": 64},
    },
}
"""Service -> table -> the columns that differ, each with the most characters that it may have."""
DIGITS = 7
"""Of a copy's number: it is the end of each id."""


async def multiply(stores: Stores, count: int) -> None:
    """Stores so many conversations more, each with its message, turn, write and appointment. The mesh has booked
    something already."""
    for owner, tables in TABLES.items():
        for table, differ in tables.items():
            (row, *_) = await stores.rows(owner, f"SELECT * FROM {table} LIMIT 1")
            await stores.execute(owner, statement(table, list(row), differ, count))
        if stores.server:  # what the server itself would do a little later
            await stores.execute(owner, "ANALYZE")


def statement(table: str, columns: list[str], differ: dict[str, int], count: int) -> str:
    """Copies a table's first row so many times; for SQLite and PostgreSQL alike."""
    number = f"substr(CAST({10**DIGITS} + i AS TEXT), 2)"
    values = [
        f"substr(one.{name}, 1, {differ[name] - DIGITS}) || {number}" if name in differ else f"one.{name}"
        for name in columns
    ]
    return (
        f"WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count})"
        f" INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM numbers CROSS JOIN (SELECT * FROM {table} LIMIT 1) AS one"
    )
