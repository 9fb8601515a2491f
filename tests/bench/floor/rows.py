"""The floor's rows: SQLite, written ahead and synced at each commit; a transaction is one hop to its only thread.

FROZEN (see turns). Transactions are bound statements, as many as the work needs and no more.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

SCHEMA = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, seq INTEGER, version INTEGER, state TEXT, owner TEXT, until REAL);
CREATE TABLE inbox (workspace TEXT, id TEXT, conversation TEXT, seq INTEGER, address TEXT, text TEXT, status TEXT,
    reply TEXT, PRIMARY KEY (workspace, id));
CREATE UNIQUE INDEX inbox_order ON inbox (conversation, seq);
CREATE TABLE turns (workspace TEXT, id TEXT, record TEXT, PRIMARY KEY (workspace, id));
CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER);
CREATE TABLE writes (key TEXT PRIMARY KEY, tool TEXT, answer TEXT);
CREATE TABLE appointments (id TEXT PRIMARY KEY, workspace TEXT, customer TEXT, day TEXT, row TEXT);
CREATE INDEX by_customer ON appointments (workspace, customer, day);
CREATE TABLE cells (workspace TEXT, day TEXT, staff TEXT, cell INTEGER, booking TEXT,
    PRIMARY KEY (workspace, day, staff, cell));
CREATE TABLE repeats (workspace TEXT, key TEXT, result TEXT, PRIMARY KEY (workspace, key));
"""
STATE, RECORD, RESULT = "s" * 1300, "r" * 500, "a" * 400
Work = Callable[[sqlite3.Connection, str, str], None]


class Rows:
    """One SQLite file and its thread."""

    def __init__(self, file: Path) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._database = self._thread.submit(_opened, file).result()

    async def run(self, work: Work, who: str, message: str) -> None:
        """One transaction."""
        await asyncio.get_running_loop().run_in_executor(
            self._thread, partial(_in_transaction, self._database, work, who, message)
        )


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.executescript(SCHEMA)
    return database


def _in_transaction(database: sqlite3.Connection, work: Work, who: str, message: str) -> None:
    database.execute("BEGIN IMMEDIATE")
    work(database, who, message)
    database.execute("COMMIT")


def claim(database: sqlite3.Connection, who: str, message: str) -> None:
    """The edge's first: the message claimed, its conversation leased and loaded."""
    row = database.execute(
        "INSERT INTO conversations VALUES (?, 1, 0, '{}', 'me', 1.0) ON CONFLICT (id) DO UPDATE"
        " SET seq = seq + 1, owner = 'me', until = 1.0 RETURNING seq, state",
        (who,),
    ).fetchone()
    database.execute(
        "INSERT INTO inbox VALUES ('salon', ?, ?, ?, ?, 'hola', 'running', NULL) ON CONFLICT DO NOTHING",
        (message, who, row[0], who),
    )


def finish(database: sqlite3.Connection, who: str, message: str) -> None:
    """The edge's second: state, record and reply stored, the lease given back."""
    database.execute(
        "UPDATE conversations SET state = ?, version = version + 1, owner = NULL WHERE id = ?", (STATE, who)
    )
    database.execute(
        "UPDATE inbox SET status = 'answered', reply = ? WHERE workspace = 'salon' AND id = ?", (RESULT, message)
    )
    database.execute("INSERT OR REPLACE INTO turns VALUES ('salon', ?, ?)", (message, RECORD))


def spend(database: sqlite3.Connection, who: str, message: str) -> None:
    """The broker's: the limits counted, the write noted."""
    database.execute(
        "INSERT INTO counts VALUES (?, 1), ('salon', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1", (who,)
    )
    database.execute("INSERT OR REPLACE INTO writes VALUES (?, 'book', ?)", (message, RESULT))


def book(database: sqlite3.Connection, who: str, message: str) -> None:
    """The tool server's: an appointment, its cells, and the answer for whoever repeats the request."""
    database.execute(
        "INSERT OR REPLACE INTO appointments VALUES (?, 'salon', ?, '2026-03-12', ?)", (message, who, RESULT)
    )
    database.executemany(
        "INSERT OR REPLACE INTO cells VALUES ('salon', ?, 'Ana', ?, ?)", [(message, cell, message) for cell in (40, 41)]
    )
    database.execute("INSERT OR REPLACE INTO repeats VALUES ('salon', ?, ?)", (message, RESULT))
