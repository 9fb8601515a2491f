"""What holds personal data is its owner's alone, whatever the umask was and is."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cli.local.supervisor import StartError, Supervisor
from cli.local.up import find_problems
from cli.settings import CliSettings
from runtime import private
from runtime.data.database import Database, sqlite_url
from runtime.errors import PulpoError


@pytest.fixture(params=[0o000, 0o022, 0o077])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: mode(file) for file in folder.iterdir()}


async def use(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS t (a)"))


@pytest.mark.usefixtures("_umask")
async def test_a_database_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "data", "test"))
    await use(database)
    assert mode(tmp_path / "data") == 0o700
    assert modes(tmp_path / "data") == dict.fromkeys(("test.db", "test.db-wal", "test.db-shm"), 0o600)
    await database.close()


async def test_a_folder_of_an_earlier_release_is_closed_with_all_that_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    earlier, later = Database(sqlite_url(folder, "agenda")), Database(sqlite_url(folder, "agenda"))
    await use(earlier)
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    await Database(sqlite_url(folder, "agenda")).close()
    assert mode(folder) == 0o700
    await use(later)
    assert set(modes(folder).values()) == {0o600}
    await earlier.close()
    await later.close()


def test_an_empty_folder_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o777)
    private.make_folder(folder)
    assert mode(folder) == 0o700


@pytest.mark.parametrize("rights", [0o755, 0o710])
def test_a_folder_of_ours_with_other_things_in_it_is_used_as_it_is(tmp_path: Path, rights: int) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.joinpath("letters.txt").touch()
    folder.chmod(rights)
    private.make_folder(folder)
    private.keep_database(folder / "test.db")
    assert mode(folder) == rights
    assert mode(folder / "test.db") == 0o600


@pytest.mark.parametrize("there", ["logs", "public_html", "photos.db", "envoy.json"])
def test_a_folder_in_which_others_keep_such_things_is_not_closed(tmp_path: Path, there: str) -> None:
    tmp_path.joinpath(there).mkdir()
    tmp_path.chmod(0o755)
    private.make_folder(tmp_path)
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("ours", ["gateway.db", "broker.db", "agenda.db", "mesh-secret", "mesh.lock", "logs/mesh.lock"])
def test_what_only_pulpo_makes_says_that_a_folder_is_ours(tmp_path: Path, ours: str) -> None:
    tmp_path.joinpath(ours).parent.mkdir(exist_ok=True)
    tmp_path.joinpath(ours).touch()
    tmp_path.chmod(0o755)
    private.make_folder(tmp_path)
    assert mode(tmp_path) == 0o700


@pytest.mark.parametrize("rights", [0o775, 0o1777, 0o707])
def test_a_folder_in_which_others_may_write_is_left_alone_and_refused(tmp_path: Path, rights: int) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.joinpath("letters.txt").touch()
    folder.chmod(rights)
    with pytest.raises(PulpoError, match="DATA_FOLDER") as refused:
        Database(sqlite_url(folder, "test"))
    assert f"{folder} is not Pulpo's alone (mode {rights:o})" in refused.value.message
    assert "chmod 700 it, or name another folder" in refused.value.message
    assert mode(folder) == rights
    assert modes(folder).keys() == {"letters.txt"}


def test_a_folder_that_everybody_shares_is_refused_even_when_it_is_empty(tmp_path: Path) -> None:
    tmp_path.joinpath("tmp").mkdir()
    tmp_path.joinpath("tmp").chmod(0o1777)
    with pytest.raises(PulpoError, match="DATA_FOLDER"):
        private.make_folder(tmp_path / "tmp")


def test_an_open_folder_of_another_user_is_refused_and_a_mounted_one_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    folder.chmod(0o775)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(PulpoError, match="DATA_FOLDER"):
        private.make_folder(folder)
    monkeypatch.setattr(Path, "is_mount", lambda _path: True)
    private.make_folder(folder)
    assert mode(folder) == 0o775


def test_postgresql_needs_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    Database("postgresql+asyncpg://pulpo@127.0.0.1:9/postgres")
    assert mode(tmp_path) == 0o755


async def test_who_connects_drops_no_lock_of_another_connection(tmp_path: Path) -> None:
    """A process loses its locks on a file with the first of its descriptors of it that is closed."""
    database = Database(sqlite_url(tmp_path, "test"))
    await use(database)
    async with database.read() as first:
        await first.execute(text("SELECT * FROM t"))
        async with database.read() as second:
            await second.execute(text("SELECT * FROM t"))
            program = (
                "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('PRAGMA journal_mode=DELETE')"
            )
            command = [sys.executable, "-c", program, str(tmp_path / "test.db")]
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert "database is locked" in done.stderr
    await database.close()


@pytest.mark.usefixtures("_umask")
def test_what_a_start_writes_is_for_its_owner_alone(tmp_path: Path) -> None:
    logs = tmp_path / "data" / "logs"
    find_problems(CliSettings(data_dir=logs.parent))
    supervisor = Supervisor({}, logs, lambda _line: None)
    supervisor._note_pid("planner", 1)
    with private.open_file(supervisor.log_of("planner"), "ab") as log:
        log.write(b"x")
    assert (mode(logs.parent), mode(logs)) == (0o700, 0o700)
    assert modes(logs) == dict.fromkeys(("mesh.lock", "planner.pid", "planner.log"), 0o600)


def test_a_log_of_an_earlier_release_is_closed(tmp_path: Path) -> None:
    log = tmp_path / "planner.log"
    log.touch()
    log.chmod(0o644)
    private.open_file(log, "ab").close()
    assert mode(log) == 0o600


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with something else in it, in which others may write."""
    tmp_path.joinpath("letters.txt").touch()
    tmp_path.chmod(0o775)
    return tmp_path


async def test_a_start_in_a_folder_of_others_is_one_line(home: Path) -> None:
    (line,) = find_problems(CliSettings(data_dir=home))
    assert line.startswith(f"PULPO_DATA_DIR: {home} is not Pulpo's alone (mode 775)")
    with pytest.raises(StartError, match="is not Pulpo's alone"):
        await Supervisor({}, home / "logs", lambda _line: None).start()
