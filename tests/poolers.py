"""A connection pooler for tests: Debian's PgBouncer in transaction mode, before a PostgreSQL server.

It is on the PATH, or `make test` has unpacked it in build/pgbouncer (k8s/pgbouncer.sh).
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from cli.local.processes import free_ports
from runtime.settings import Pool

UNPACKED = Path(__file__).resolve().parents[1] / "build/pgbouncer/root"
NOT_FOUND = "no PgBouncer: neither on PATH nor in build/pgbouncer (make build/pgbouncer/.ready)"
SERVER_CONNECTIONS = 4
"""Connections to the server that all clients of a database share: few, so that they change hands often."""
_UP_S = 20.0
_ports: set[int] = set()
_CONFIG = """
[databases]
* = host={host} port={port} user={user}

[pgbouncer]
listen_addr = {listen}
listen_port = {own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 1000
"""


def program() -> Path | None:
    """PgBouncer, or None where there is none."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:{UNPACKED / 'usr/sbin'}")
    return Path(found) if found else None


class Pooler:
    """One PgBouncer. `start` and `stop` as often as wanted; it keeps its port."""

    def __init__(self, folder: Path, config: str, port: int) -> None:
        """`folder` is empty and goes with the pooler; `config` is the text of its pgbouncer.ini."""
        found = program()
        assert found, NOT_FOUND
        self.port = port
        self._folder, self._process = folder, None
        self._program = folder / "pgbouncer"
        # copied to where whoever runs it may read: the repository may be closed to others
        shutil.copy(found, self._program)
        for library in UNPACKED.glob("usr/lib/*/*.so.*"):
            shutil.copy(library, folder)
        (folder / "pgbouncer.ini").write_text(config, encoding="utf-8")
        folder.chmod(0o755)

    _process: subprocess.Popen[bytes] | None

    def start(self) -> None:
        """Starts it, and returns when it listens."""
        who: dict[str, Any] = {}
        if os.geteuid() == 0:  # it refuses to run as root
            who = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        environment = {**os.environ, "LD_LIBRARY_PATH": str(self._folder)}
        command = [str(self._program), "-q", str(self._folder / "pgbouncer.ini")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, cwd=self._folder, stdout=log, stderr=log, **who)
        end = time.monotonic() + _UP_S
        while not _listens(self.port):
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it: SIGTERM at once, SIGINT when the transactions under way are done, SIGKILL without a word."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None

    def url(self, database_url: str) -> str:
        """A database's URL by way of the pooler."""
        there = make_url(database_url).set(host="127.0.0.1", port=self.port)
        return there.render_as_string(hide_password=False)

    def log(self) -> str:
        """What it has said."""
        return (self._folder / "log").read_text(encoding="utf-8")


def pool_for(url: str) -> Pool:
    """How to connect to a database of these tests."""
    return Pool(pooler="transaction") if make_url(url).port in _ports else Pool()


@contextmanager
def pooler(server_url: str, connections: int = SERVER_CONNECTIONS, listen: str = "127.0.0.1") -> Iterator[Pooler]:
    """A PgBouncer before all databases of a server, lending at most so many connections for each. It listens on the
    addresses `listen`, the loopback one among them."""
    server, (own,) = make_url(server_url), free_ports(1)
    config = _CONFIG.format(
        host=server.host, port=server.port, user=server.username, own=own, connections=connections, listen=listen
    )
    with started(config, own) as running:
        yield running


@contextmanager
def started(config: str, port: int, files: Mapping[str, str] | None = None) -> Iterator[Pooler]:
    """A PgBouncer of any configuration; `files` are put beside it."""
    folder = Path(tempfile.mkdtemp(prefix="pulpo-pgbouncer-"))
    running = Pooler(folder, config, port)
    _ports.add(port)
    try:
        for name, content in (files or {}).items():
            (folder / name).write_text(content, encoding="utf-8")
        running.start()
        yield running
    finally:
        running.stop(signal.SIGKILL)
        _ports.discard(port)
        shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
