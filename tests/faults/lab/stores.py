"""The databases under a mesh: where they are, what is in them, and what can go wrong with them."""

import asyncio
import contextlib
import os
import pwd
import resource
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]

from tests import databases

OWNERS = ("agenda", "gateway", "broker")
"""Services that have a database."""
_SCHEMES = "postgresql+asyncpg", "postgresql"


@dataclass(frozen=True)
class Stores:
    """One database for each of OWNERS."""

    data: Path
    """Folder of the SQLite files."""
    server: str = ""
    """URL of a PostgreSQL server; empty for SQLite."""
    clock: Mapping[str, str] = field(default_factory=dict)
    """The variables that give that server a clock of its own."""

    @property
    def name(self) -> str:
        """sqlite or postgres."""
        return "postgres" if self.server else "sqlite"

    def environment(self) -> dict[str, str]:
        """The variables that tell the services."""
        if not self.server:
            return {}
        return {f"PULPO_{owner.upper()}_DATABASE_URL": self._url(owner) for owner in OWNERS}

    async def create(self) -> None:
        """Makes the databases of a PostgreSQL server."""
        if not self.server:
            return
        connection = await asyncpg.connect(self.server.replace(*_SCHEMES))
        try:
            for owner in OWNERS:
                await connection.execute(f"CREATE DATABASE lab_{owner}")
        finally:
            await connection.close()

    async def rows(self, owner: str, query: str) -> list[dict[str, Any]]:
        """What a query of a service's database finds."""
        if not self.server:
            return await asyncio.to_thread(self._sqlite_rows, owner, query)
        connection = await asyncpg.connect(self._url(owner).replace(*_SCHEMES))
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def execute(self, owner: str, *statements: str) -> None:
        """Runs statements on a service's database."""
        if not self.server:
            with closing(sqlite3.connect(self._file(owner), timeout=30, check_same_thread=False)) as database:
                for statement in statements:
                    await asyncio.to_thread(database.execute, statement)
                database.commit()
            return
        connection = await asyncpg.connect(self._url(owner).replace(*_SCHEMES))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def lock(self, owner: str, seconds: float) -> None:
        """Holds a SQLite database as another writer would."""
        connection = sqlite3.connect(self._file(owner), timeout=30, isolation_level=None, check_same_thread=False)
        with closing(connection):
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)
            connection.execute("ROLLBACK")

    async def fill(self, pid: int, seconds: float) -> None:
        """Lets a process write to no file beyond its first kilobyte, as on a full disk, for a while."""
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, before[1]))
        try:
            await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    async def restart(self) -> None:
        """Restarts the PostgreSQL server as after a crash."""
        connection = await asyncpg.connect(self.server.replace(*_SCHEMES))
        folder = str(await connection.fetchval("SHOW data_directory"))
        await connection.close()
        await asyncio.to_thread(_restart, Path(folder), self.clock)

    def _url(self, owner: str) -> str:
        return urlsplit(self.server)._replace(path=f"/lab_{owner}").geturl()

    def _file(self, owner: str) -> Path:
        return self.data / f"{owner}.db"

    def _sqlite_rows(self, owner: str, query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"file:{self._file(owner)}?mode=ro", uri=True, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]


@contextlib.contextmanager
def server(kind: str, clock: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """The URL of a PostgreSQL server, with the clock that some variables give it, for as long as it is needed; empty
    for SQLite. Raises RuntimeError."""
    if kind == "sqlite":
        yield ""
        return
    found = databases.programs()
    if found is None:
        raise RuntimeError(databases.NOT_FOUND)
    with databases.server(found, clock) as url:
        yield url


def _restart(folder: Path, clock: Mapping[str, str]) -> None:
    """Restarts the server whose data are in a folder, with the programs and the user that it runs with."""
    user = pwd.getpwuid(folder.stat().st_uid).pw_name if os.geteuid() == 0 else None
    program = Path(folder.joinpath("postmaster.opts").read_text(encoding="utf-8").split()[0]).with_name("pg_ctl")
    command = [str(program), "-D", str(folder), "-w", "-m", "immediate", "-l", str(folder / "log"), "restart"]
    with Path(os.devnull).open("w", encoding="ascii") as no:
        subprocess.run(command, check=True, user=user, cwd=folder, env=os.environ | clock, stdout=no, stderr=no)
