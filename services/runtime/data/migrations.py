"""A service's tables as numbered migrations, and how a database gets them.

Each service has `migrations/versions/NNNN_what.py` with one `upgrade(op)`, and a version table of its
own, so that several services can share a database. Alembic's command API runs them, through the one
`env.py` in `alembic/`. It is imported only when something is missing: that takes 0.1 s of CPU.
"""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, TextClause, column, inspect, select, table

from runtime.data.database import DATABASE_ERRORS, Database
from runtime.errors import Kind, PulpoError
from runtime.settings import Pool

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

_LOCK = 0x70756C706F
"""Number of PostgreSQL's advisory lock, held during a migration."""
_IN_PROCESS = threading.Lock()
"""Held during a migration: alembic's commands keep their context in variables of their modules."""
_AGAIN_S = 0.02
"""Seconds between two tries to get it."""
_TRIES = 6
"""How often a service that starts tries to reach a database that takes too long to answer, as on a busy machine."""
_ENVIRONMENT = Path(__file__).with_name("alembic")
"""Holds alembic's `env.py`."""


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

    def config(self) -> "Config":
        """What alembic's commands are told, besides the connection."""
        from alembic.config import Config

        config = Config(attributes={"version_table": self.version_table})
        config.set_main_option("script_location", _option(_ENVIRONMENT))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", _option(self.folder / "versions"))
        return config

    def scripts(self) -> "ScriptDirectory":
        """The migrations."""
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self.config())

    def head(self) -> str:
        """Number of the last migration, which its file's name begins with; empty where there is none."""
        return max((file.name[:4] for file in self.folder.glob("versions/[0-9]*.py")), default="")


async def prepare(database: Database, schema: Schema, *, migrates: bool) -> None:
    """Migrates a database or, without `migrates`, only checks that it is migrated.

    Raises PulpoError SCHEMA_BEHIND when it may not migrate and would have to, and POOLER_NOT_NAMED. A database
    that is further than this release is fine: migrations only add what the release before can live with. Whoever does
    not answer in time is asked again; a refused connection and a wrong address fail at once.
    """
    for left in reversed(range(_TRIES)):
        try:
            await _prepare(database, schema, migrates=migrates)
        except TimeoutError:
            if not left:
                raise
        else:
            return


async def _prepare(database: Database, schema: Schema, *, migrates: bool) -> None:
    await database.refuse_unknown_pooler()
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
    """Runs the missing migrations in one transaction, and returns the revisions before and after.

    On PostgreSQL the steps before an index that `create_index` makes are committed on their own. A second process or
    task waits, and then finds nothing to do.
    """
    async with _alone_in_process():
        if database.is_sqlite:
            async with database.write() as connection:
                return await connection.run_sync(_upgrade, schema)
        async with database.alone(_LOCK), database.engine.connect() as connection:
            return await connection.run_sync(_upgrade, schema)


def create_index(op: "Operations", name: str, table: str, columns: Sequence[str | TextClause], **options: Any) -> None:
    """Makes an index; on PostgreSQL while others write to the table.

    What the revision did before is committed then and, when this fails, done again: it must be possible twice.
    """
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, columns, **options)
        return
    with op.get_context().autocommit_block():
        # a run that was stopped leaves one that is not used
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)


def migrate_command(schema: Schema, database_url: str, pool: Pool) -> None:
    """`python -m SERVICE migrate`: says in one line what was done. Status 1 when it cannot be done."""
    try:
        before, after = asyncio.run(_open_and_migrate(schema, database_url, pool))
    except PulpoError as error:
        sys.exit(f"{schema.service}: {error.reason}: {error.message}")
    except DATABASE_ERRORS as error:
        # An operator's own database: unlike a customer's text, what it says may be shown.
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        sys.exit(f"{schema.service}: DATABASE_UNAVAILABLE: {cause}")
    done = f"was already at {after}" if before >= after else f"migrated from {before or 'nothing'} to {after}"
    print(f"{schema.service}: {done}")  # noqa: T201 - a command's answer


async def _open_and_migrate(schema: Schema, database_url: str, pool: Pool) -> tuple[str, str]:
    database = Database(database_url, pool=pool)
    try:
        await database.refuse_unknown_pooler()
        return await migrate(database, schema)
    finally:
        await database.close()


def _version(connection: Connection, schema: Schema) -> str:
    """The revision of a database; empty when it has no tables yet."""
    if not inspect(connection).has_table(schema.version_table):
        return ""
    return connection.scalar(select(column("version_num")).select_from(table(schema.version_table))) or ""


def _upgrade(connection: Connection, schema: Schema) -> tuple[str, str]:
    before, head = _version(connection, schema), schema.head()
    if before >= head:
        return before, before
    if connection.dialect.name != "sqlite":
        connection.rollback()  # alembic begins a transaction of its own, and ends it where an index is built
    from alembic import command

    config = schema.config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before, head


@asynccontextmanager
async def _alone_in_process() -> AsyncIterator[None]:
    """Holds `_IN_PROCESS`. Asks for it again and again: its holder may run in this very loop, or in another thread."""
    while not _IN_PROCESS.acquire(blocking=False):  # noqa: ASYNC110 - an event would belong to one loop
        await asyncio.sleep(_AGAIN_S)
    try:
        yield
    finally:
        _IN_PROCESS.release()


def _option(path: Path) -> str:
    """A path as alembic's configuration takes it, which reads % as the begin of a name."""
    return str(path).replace("%", "%%")
