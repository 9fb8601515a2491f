"""The databases that the tests run on: SQLite always, PostgreSQL where its programs are installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def postgres_is_installed() -> bool:
    """Whether a server can be started."""
    return shutil.which("initdb") is not None and shutil.which("postgres") is not None


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own in a temporary folder. Gives its URL."""
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="agenda-pg-"))
    try:
        if user:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = str(folder / "data")
        init = ["initdb", "-D", data, "-U", "agenda", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        _run(init, user, folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c deadlock_timeout=100ms"
        _run(["pg_ctl", "-D", data, "-w", "-o", options, "-l", data + "/log", "start"], user, folder)
        try:
            yield f"postgresql+asyncpg://agenda@127.0.0.1:{port}/postgres"
        finally:
            _run(["pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], user, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], user: str | None, folder: Path) -> None:
    subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
