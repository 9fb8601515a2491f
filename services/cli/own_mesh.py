"""A mesh that an evaluation starts for itself: free ports, a folder of its own, a simulated clock."""

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx2

from cli.conversations import Conversation, Transcript
from cli.processes import PROGRAMS, free_ports
from cli.supervisor import Supervisor
from cli.webhook import Sender
from runtime.database import sqlite_url
from workspace.loader import load_registry
from workspace.registry import Registry

TOKEN = "dev-token"  # noqa: S105 - the published development token
_BOOKING_ID = re.compile(r"PB-[A-Z0-9]{6}")


class OwnMesh:
    """Runs conversations and looks at the agenda's database."""

    def __init__(self, url: str, data: Path, registry: Registry) -> None:
        self._url = url
        self._data = data
        self._registry = registry

    async def run(self, client: httpx2.AsyncClient, conversation: Conversation) -> Transcript:
        """Writes every message of a script, one after the other, and notes replies and appointments."""
        workspace = self._registry.get(conversation.workspace)
        if workspace is None:
            raise KeyError(conversation.workspace)
        sender = Sender(self._url, TOKEN, workspace.numbers[0], conversation.customer)
        transcript, last_id = Transcript(), ""
        for text in conversation.turns:
            said = text.replace("{booking_id}", last_id)
            reply = await sender.send(client, said)
            found = _BOOKING_ID.findall(reply)
            last_id = found[-1] if found else last_id
            transcript.lines.append((said, reply))
            self._note_appointments(conversation, transcript)
        return transcript

    def forget_everything(self) -> None:
        """Empties the databases, so that the next conversation starts in an empty shop."""
        for file in self._data.glob("*.db"):
            with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                tables = connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                )
                for (table,) in tables.fetchall():
                    if not table.startswith("alembic_version"):
                        connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names from the database itself
                connection.execute("COMMIT")

    def _note_appointments(self, conversation: Conversation, transcript: Transcript) -> None:
        rows = self._appointments(conversation)
        known = {row["booking_id"] for row in transcript.created}
        transcript.created += [row for row in rows if row["booking_id"] not in known]
        by_id = {row["booking_id"]: row for row in rows}
        transcript.final = [by_id[row["booking_id"]] for row in transcript.created]
        if transcript.created and transcript.messages_to_booking is None:
            transcript.messages_to_booking = len(transcript.lines)

    def _appointments(self, conversation: Conversation) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"file:{self._data / 'agenda.db'}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(
                "SELECT * FROM appointments WHERE customer = ? ORDER BY created_at, booking_id",
                (f"whatsapp:{conversation.customer}",),
            )
            return [dict(row) for row in rows]


@asynccontextmanager
async def own_mesh(data: Path, clock: str, workspaces: Path) -> AsyncIterator[OwnMesh]:
    """Starts a mesh whose clock starts at `clock` and stops it at the end. Raises StartError."""
    variables = [port.variable for program in PROGRAMS for port in program.ports]
    ports = dict(zip(variables, free_ports(len(variables)), strict=True))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULPO_", "TWILIO_"))}
    environment = {
        **kept,
        **{variable: str(port) for variable, port in ports.items()},
        "PULPO_DATA_DIR": str(data),
        # Said in so many words because a `.env` file may name the databases of real customers.
        **{f"PULPO_{name.upper()}_DATABASE_URL": sqlite_url(data, name) for name in ("agenda", "broker", "gateway")},
        "PULPO_CLOCK": clock,
        "PULPO_WORKSPACES_DIR": str(workspaces),
        "TWILIO_AUTH_TOKEN": TOKEN,
    }
    supervisor = Supervisor(environment, data / "logs", lambda _line: None, restart=False)
    await supervisor.start()
    try:
        yield OwnMesh(f"http://127.0.0.1:{ports['PULPO_HTTP_PORT']}", data, load_registry(workspaces))
    finally:
        await supervisor.stop()


async def run_together(mesh: OwnMesh, conversations: list[Conversation]) -> list[Transcript]:
    """Runs conversations at the same time."""
    async with httpx2.AsyncClient() as client:
        return list(await asyncio.gather(*(mesh.run(client, conversation) for conversation in conversations)))
