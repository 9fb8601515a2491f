"""A mesh that a command starts for itself: free ports, a data folder of its own, a simulated clock."""

import asyncio
import contextlib
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from cli.local.probes import is_up
from cli.local.processes import PROGRAMS, environment_for, free_ports, program
from cli.local.supervisor import Supervisor
from cli.settings import CliSettings
from cli.settings import environment as current
from cli.support.webhook import ANY_ACCOUNT, WebhookSender
from runtime.data.database import sqlite_url
from runtime.settings import load
from workspace.loader import load_registry
from workspace.registry import Registry

TOKEN = "dev-token"  # noqa: S105 - the published development token


class EphemeralMesh:
    """A running mesh and its databases, which are SQLite files."""

    def __init__(self, environment: Mapping[str, str], data: Path, registry: Registry) -> None:
        self.environment = environment
        self._url = f"http://127.0.0.1:{environment['PULPO_HTTP_PORT']}"
        self._data = data
        self._registry = registry

    def sender(self, workspace_id: str, customer: str) -> WebhookSender:
        """Who writes as a customer (E.164) to a business. Raises KeyError for an unknown one."""
        workspace = self._registry.get(workspace_id)
        if workspace is None:
            raise KeyError(workspace_id)
        account = load(CliSettings).twilio_account_sid or ANY_ACCOUNT  # a `.env` file may have given it to the mesh
        return WebhookSender(self._url, TOKEN, workspace.numbers[0], customer, account=account)

    def appointments(self, customer: str) -> list[dict[str, Any]]:
        """The agenda's rows of a customer (E.164), oldest first."""
        with closing(sqlite3.connect(f"file:{self._data / 'agenda.db'}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(
                "SELECT * FROM appointments WHERE customer = ? ORDER BY created_at, booking_id",
                (f"whatsapp:{customer}",),
            )
            return [dict(row) for row in rows]

    def pid(self, service: str) -> int:
        """A service's process id. Raises OSError while it is not running."""
        return int((self._data / "logs" / f"{service}.pid").read_text(encoding="ascii"))

    def kill(self, service: str) -> None:
        """Kills a service with SIGKILL; a mesh that restarts starts it again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid(service), signal.SIGKILL)

    async def is_up(self, service: str) -> bool:
        """Whether a service is ready."""
        return await is_up(program(service), environment_for(self.environment))

    def forget_everything(self) -> None:
        """Empties every table but those of migrations and of the businesses."""
        for file in self._data.glob("*.db"):
            with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                tables = connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                )
                for (table,) in tables.fetchall():
                    if not table.startswith(("alembic_version", "workspace")):
                        connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names from the database itself
                connection.execute("COMMIT")


@asynccontextmanager
async def ephemeral_mesh(
    data: Path, clock: str, workspaces: Path, *, restart: bool = False
) -> AsyncIterator[EphemeralMesh]:
    """Starts a mesh whose clock starts at `clock` (ISO 8601) and stops it at the end; with `restart` a service that
    dies is started again. SIGTERM and SIGHUP stop it as well: whoever runs it ends then with SystemExit. Raises
    StartError."""
    variables = [port.variable for program in PROGRAMS for port in program.ports]
    ports = dict(zip(variables, free_ports(len(variables)), strict=True))
    kept = {key: value for key, value in current().items() if not key.startswith(("PULPO_", "TWILIO_"))}
    environment = {
        **kept,
        **{variable: str(port) for variable, port in ports.items()},
        "PULPO_DATA_DIR": str(data),
        **{f"PULPO_{name.upper()}_DATABASE_URL": sqlite_url(data, name) for name in ("agenda", "broker", "gateway")},
        "PULPO_CLOCK": clock,
        "PULPO_GATEWAY_JOIN_WAIT_S": "0",
        "PULPO_WORKSPACES_DIR": str(workspaces),
        "TWILIO_AUTH_TOKEN": TOKEN,
    }
    supervisor = Supervisor(environment, data / "logs", lambda _line: None, restart=restart)
    with _ending_on_signals():
        await supervisor.start()
        try:
            yield EphemeralMesh(environment, data, load_registry(workspaces))
        finally:
            await supervisor.stop()


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Cancels the running task at SIGTERM and SIGHUP, so that it stops what it started, and then ends the process as
    the signal would have. In a thread that gets no signals it does nothing."""
    loop, task, got = asyncio.get_running_loop(), asyncio.current_task(), list[int]()

    def end(number: int) -> None:
        if task is not None and not got:
            got.append(number)
            task.cancel()

    handled = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            loop.add_signal_handler(number, end, number)
            handled.append(number)
    try:
        yield
    except asyncio.CancelledError:
        if got:
            raise SystemExit(128 + got[0]) from None
        raise
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
