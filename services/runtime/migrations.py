"""A service's tables as numbered migrations, and how a database gets them.

Each service has `migrations/versions/NNNN_what.py` with one `upgrade(op)`, and a version table of its
own, so that several services can share a database. Alembic runs them, without its command line: no
global `op`, no `env.py`.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, func, select
from sqlalchemy.exc import SQLAlchemyError

from runtime.database import Database
from runtime.errors import Kind, PulpoError

_LOCK = 0x70756C706F
"""PostgreSQL's advisory lock that who migrates holds."""


@dataclass(frozen=True)
class Schema:
    """The tables of one service and how they came to be."""

    service: str
    """Name of the service, as in `python -m NAME`."""
    metadata: MetaData
    """What the migrations add up to; a test compares."""
    folder: Path
    """Holds `versions/`."""

    @property
    def version_table(self) -> str:
        """The table that says how far a database is."""
        return f"alembic_version_{self.service}"

    def scripts(self) -> ScriptDirectory:
        """The migrations."""
        return ScriptDirectory(str(self.folder))

    def head(self) -> str:
        """Number of the last migration."""
        return self.scripts().get_current_head() or ""


async def prepare(database: Database, schema: Schema, *, migrates: bool) -> None:
    """Makes sure that a database has the tables: by migrating it, or only by looking.

    Raises PulpoError SCHEMA_BEHIND when it may not migrate and would have to. A database that is further
    than this release is fine: migrations only add what the release before can live with.
    """
    if migrates:
        await migrate(database, schema)
        return
    async with database.read() as connection:
        found = await connection.run_sync(_version, schema)
    if found < schema.head():
        raise PulpoError(
            Kind.FAILED_PRECONDITION,
            "SCHEMA_BEHIND",
            f"The database is at {found or 'no'} migration, this release needs {schema.head()}: "
            f"run `python -m {schema.service} migrate` first.",
        )


async def migrate(database: Database, schema: Schema) -> tuple[str, str]:
    """Runs what is missing, all of it or nothing, and returns the numbers before and after.

    Who comes at the same time waits, and finds nothing left to do.
    """
    async with database.write() as connection:  # on SQLite this is the lock
        if not database.is_sqlite:
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        return await connection.run_sync(_upgrade, schema)


def migrate_command(schema: Schema, database_url: str) -> None:
    """`python -m SERVICE migrate`: says in one line what was done. Status 1 when it cannot be done."""
    try:
        before, after = asyncio.run(_open_and_migrate(schema, database_url))
    except PulpoError as error:
        sys.exit(f"{schema.service}: {error.reason}: {error.message}")
    except (SQLAlchemyError, OSError) as error:
        # An operator's own database: unlike a customer's text, what it says may be shown.
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        sys.exit(f"{schema.service}: DATABASE_UNAVAILABLE: {cause}")
    done = f"was already at {after}" if before >= after else f"migrated from {before or 'nothing'} to {after}"
    print(f"{schema.service}: {done}")  # noqa: T201 - a command's answer


async def _open_and_migrate(schema: Schema, database_url: str) -> tuple[str, str]:
    database = Database(database_url)
    try:
        return await migrate(database, schema)
    finally:
        await database.close()


def _version(connection: Connection, schema: Schema) -> str:
    """How far a database is; empty when it has no tables yet."""
    return _context(connection, schema).get_current_revision() or ""


def _upgrade(connection: Connection, schema: Schema) -> tuple[str, str]:
    scripts, before, head = schema.scripts(), _version(connection, schema), schema.head()
    if before >= head:
        return before, before

    def missing(revision: Any, _context: MigrationContext) -> Sequence[RevisionStep]:
        return scripts._upgrade_revs(head, revision)

    context = _context(connection, schema, fn=missing)
    context.run_migrations(op=Operations(context))
    return before, head


def _context(connection: Connection, schema: Schema, **more: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": schema.version_table, **more})
