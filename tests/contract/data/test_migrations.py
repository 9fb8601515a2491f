"""What the migrations make is what the code expects, on both databases, whoever comes at the same time."""

import asyncio
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, MetaData, event, inspect, make_url, text
from sqlalchemy.exc import SAWarning

import agenda.storage.tables
import broker.storage.tables
import gateway.storage.tables
from runtime.data.database import Database, sqlite_url
from runtime.data.migrations import Schema, migrate, prepare
from runtime.errors import PulpoError
from tests.databases import query

SCHEMAS = (agenda.storage.tables.SCHEMA, broker.storage.tables.SCHEMA, gateway.storage.tables.SCHEMA)
EACH = pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.service)
THINGS = """
revision, down_revision = "{number}", {before}


def upgrade(op):
    op.{what}
"""


def described(connection: Connection) -> dict[str, Any]:
    """Everything about the tables of a database, in an order of its own, except versions."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index", SAWarning)
        return _described(connection)


def _described(connection: Connection) -> dict[str, Any]:
    look = inspect(connection)
    return {
        name: {
            "columns": sorted(
                (column["name"], str(column["type"]), column["nullable"], str(column.get("default")))
                for column in look.get_columns(name)
            ),
            "key": look.get_pk_constraint(name)["constrained_columns"],
            "foreign": look.get_foreign_keys(name),
            "indexes": sorted(_indexes(connection, name), key=lambda index: str(index["name"])),
            "unique": look.get_unique_constraints(name),
            "checks": look.get_check_constraints(name),
        }
        for name in look.get_table_names()
        if not name.startswith("alembic_version")
    }


def _indexes(connection: Connection, table: str) -> list[dict[str, Any]]:
    """The indexes of a table. SQLAlchemy does not read SQLite's on expressions: those as SQLite wrote them down."""
    found = [_comparable(index) for index in inspect(connection).get_indexes(table)]
    if connection.dialect.name != "sqlite":
        return found
    known = {index["name"] for index in found}
    query_ = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL")
    written = connection.execute(query_, {"table": table}).all()
    return found + [{"name": row.name, "sql": row.sql} for row in written if row.name not in known]


def _comparable(index: Any) -> dict[str, Any]:
    """An index whose condition is a text and not an object of its own."""
    return {**index, "dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}


async def tables_in(database: Database) -> dict[str, Any]:
    async with database.read() as connection:
        return await connection.run_sync(described)


async def expected(url: str, metadata: MetaData) -> dict[str, Any]:
    """What the code's own tables look like in an empty database, which is empty again afterwards."""
    database = Database(url)
    try:
        async with database.write() as connection:
            await connection.run_sync(metadata.create_all)
        found = await tables_in(database)
        async with database.write() as connection:
            await connection.run_sync(metadata.drop_all)
    finally:
        await database.close()
    return found


async def migrated(url: str, *schemas: Schema) -> dict[str, Any]:
    """What the migrations make."""
    database = Database(url)
    try:
        for schema in schemas:
            await migrate(database, schema)
        return await tables_in(database)
    finally:
        await database.close()


@EACH
async def test_the_migrations_make_the_tables_of_the_code(schema: Schema, database_url: str) -> None:
    wanted = await expected(database_url, schema.metadata)
    assert wanted
    assert await migrated(database_url, schema) == wanted, "a table was changed without a migration"


CHANGES: dict[str, Callable[[Operations], None]] = {
    "a column more": lambda op: op.add_column("appointments", Column("note", Integer)),
    "a column less": lambda op: op.drop_column("appointments", "minutes"),
    "no index": lambda op: op.drop_index("appointments_by_phone", "appointments"),
    "another index": lambda op: op.create_index("more", "idempotency", ["fingerprint"]),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_the_comparison_sees(change: str, database_url: str) -> None:
    schema = agenda.storage.tables.SCHEMA
    wanted = await expected(database_url, schema.metadata)
    database = Database(database_url)
    await migrate(database, schema)
    async with database.write() as connection:
        await connection.run_sync(lambda sync: CHANGES[change](Operations(MigrationContext.configure(sync))))
    assert await tables_in(database) != wanted
    await database.close()


async def test_the_three_services_share_a_database(database_url: str) -> None:
    wanted: dict[str, Any] = {}
    for schema in SCHEMAS:
        tables = await expected(database_url, schema.metadata)
        assert not wanted.keys() & tables.keys()
        wanted |= tables
    names = [index["name"] for table in wanted.values() for index in table["indexes"]]
    assert len(names) == len(set(names)), "PostgreSQL has one namespace of indexes"
    assert await migrated(database_url, *SCHEMAS) == wanted


@EACH
def test_migrations_are_numbered_one_after_the_other(schema: Schema) -> None:
    revisions = [script.revision for script in schema.scripts().walk_revisions()][::-1]
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]
    files = sorted(file.name for file in (schema.folder / "versions").glob("[0-9]*.py"))
    assert [name[:5] for name in files] == [f"{revision}_" for revision in revisions]
    assert schema.head() == revisions[-1]


# --- a service of one table, whose releases the tests make ---------------------------------------


def release(folder: Path, *whats: str) -> Schema:
    """A release of a service whose migrations do these things."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    for number, what in enumerate(whats, 1):
        before = repr(f"{number - 1:04}") if number > 1 else None
        versions.joinpath(f"{number:04}_x.py").write_text(
            THINGS.format(number=f"{number:04}", before=before, what=what)
        )
    return Schema("things", MetaData(), folder)


MAKE = "execute('CREATE TABLE things (id INTEGER PRIMARY KEY)')"
FILL = "execute('INSERT INTO things VALUES (1)')"
BREAK = "execute('CREATE TABLE things (id INTEGER)')"


async def test_a_newer_release_runs_only_what_is_missing(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    assert await migrate(database, release(tmp_path / "one", MAKE)) == ("", "0001")
    newer = release(tmp_path / "two", MAKE, FILL)
    assert await migrate(database, newer) == ("0001", "0002")
    assert await migrate(database, newer) == ("0002", "0002")
    await database.close()
    assert query(database_url, "SELECT id FROM things") == [{"id": 1}]


async def test_a_migration_that_fails_changes_nothing(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    with pytest.raises(Exception, match="things"):
        await migrate(database, release(tmp_path / "bad", MAKE, FILL, BREAK))
    assert await tables_in(database) == {}
    assert await migrate(database, release(tmp_path / "good", MAKE, FILL)) == ("", "0002")
    await database.close()


async def test_who_may_not_migrate_refuses_a_database_that_is_behind_and_takes_one_that_is_ahead(
    database_url: str, tmp_path: Path
) -> None:
    database = Database(database_url)
    older, newer = release(tmp_path / "older", MAKE), release(tmp_path / "newer", MAKE, FILL)
    with pytest.raises(PulpoError, match="at no migration, this release needs 0001: run `python -m things migrate`"):
        await prepare(database, older, migrates=False)
    assert await tables_in(database) == {}
    await prepare(database, older, migrates=True)
    with pytest.raises(PulpoError, match="at 0001 migration, this release needs 0002") as refused:
        await prepare(database, newer, migrates=False)
    assert refused.value.reason == "SCHEMA_BEHIND"
    await migrate(database, newer)
    for migrates in (True, False):
        await prepare(database, older, migrates=migrates)
    await database.close()


async def test_replicas_that_start_together_migrate_once(database_url: str, tmp_path: Path) -> None:
    schema = release(tmp_path / "things", MAKE, FILL)
    replicas = [Database(database_url) for _ in range(8)]
    results = await asyncio.gather(*(migrate(replica, schema) for replica in replicas))
    for replica in replicas:
        await replica.close()
    assert sorted(results) == [("", "0002")] + [("0002", "0002")] * 7
    assert query(database_url, "SELECT count(*) AS n FROM things") == [{"n": 1}]


async def test_one_process_may_migrate_several_databases_at_once(tmp_path: Path) -> None:
    databases = [Database(sqlite_url(tmp_path, f"db{number}")) for number in range(len(SCHEMAS))]
    done = await asyncio.gather(*(migrate(*pair) for pair in zip(databases, SCHEMAS, strict=True)))
    assert done == [("", schema.head()) for schema in SCHEMAS]
    for database, schema in zip(databases, SCHEMAS, strict=True):
        assert (await tables_in(database)).keys() == schema.metadata.tables.keys()
        await database.close()


# --- on PostgreSQL the release before goes on writing ---------------------------------------------


def before(folder: Path, schema: Schema, number: str) -> Schema:
    """The service as it was before a revision."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    for file in (schema.folder / "versions").glob("[0-9]*.py"):
        if file.name[:4] < number:
            versions.joinpath(file.name).write_text(file.read_text(encoding="utf-8"))
    return Schema(schema.service, schema.metadata, folder)


HOT = pytest.mark.parametrize(
    ("schema", "number", "tables"),
    [
        (agenda.storage.tables.SCHEMA, "0004", ("appointments", "idempotency")),
        (gateway.storage.tables.SCHEMA, "0007", ("inbox",)),
    ],
    ids=["agenda", "gateway"],
)


@HOT
async def test_no_table_in_use_is_kept_from_writers_while_it_is_read_through(
    schema: Schema, number: str, tables: tuple[str, ...], postgres_url: str, tmp_path: Path
) -> None:
    database, heard = Database(postgres_url), list[str]()
    await migrate(database, before(tmp_path / "before", schema, number))

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    assert await migrate(database, schema) == (f"{int(number) - 1:04}", schema.head())
    await database.close()
    built = [each for each in heard if "CREATE INDEX" in each and any(f" ON {table} " in each for table in tables)]
    assert len(built) == len(tables)
    assert all(statement.startswith("CREATE INDEX CONCURRENTLY") for statement in built)
    assert not [each for each in heard if each.startswith("UPDATE") and "alembic_version" not in each]


@HOT
async def test_a_migration_that_was_stopped_while_it_built_an_index_is_run_again(
    schema: Schema, number: str, tables: tuple[str, ...], postgres_url: str, tmp_path: Path
) -> None:
    wanted = await expected(postgres_url, schema.metadata)
    database = Database(postgres_url)
    await migrate(database, before(tmp_path / "before", schema, number))

    def stop(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("CREATE INDEX") and f" ON {tables[-1]} " in statement:
            raise ConnectionError("gone")

    event.listen(database.engine.sync_engine, "after_cursor_execute", stop)
    with pytest.raises(ConnectionError):
        await migrate(database, schema)
    event.remove(database.engine.sync_engine, "after_cursor_execute", stop)
    assert await migrate(database, schema) == (f"{int(number) - 1:04}", schema.head())
    assert await tables_in(database) == wanted
    await database.close()


async def test_a_server_that_is_slow_to_answer_is_asked_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, silent = make_url(postgres_url), 2
    monkeypatch.setattr("runtime.data.database.CONNECT_S", 1.0)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal silent
        if silent:
            silent -= 1
            await reader.read()  # until whoever called gives up
            writer.close()
            return
        back, inner = await asyncio.open_connection(address.host, address.port)
        await asyncio.gather(pump(reader, inner), pump(back, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    database = Database(address.set(host="127.0.0.1", port=port).render_as_string(hide_password=False))
    try:
        await prepare(database, SCHEMAS[0], migrates=True)
    finally:
        await database.close()
        server.close()
    assert not silent


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies one direction to its end."""
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()
