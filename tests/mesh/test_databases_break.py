"""A service is not ready while its SQLite database cannot take a write or is damaged, and ready again afterwards:
real processes, a disk that is really full, bytes that are really overwritten."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from cli.local.probes import grpc_health
from cli.local.processes import environment_for, program
from tests.mesh.tools.harness import ROOT, make_environment, until

SERVICES = ("agenda", "broker", "gateway")
READY = {"agenda": "/readyz", "gateway": "/readyz/gateway"}
SECONDS = 40.0
"""Longest that a change may take to be told; a look is good for five seconds."""


@dataclass(frozen=True)
class Served:
    """One service that runs alone."""

    name: str
    process: "subprocess.Popen[bytes]"
    file: Path
    """Its database."""
    port: int

    def is_ready(self) -> bool:
        """What it says itself, over HTTP or gRPC."""
        if self.name == "broker":
            return asyncio.run(grpc_health(f"127.0.0.1:{self.port}")) == "SERVING"
        try:
            return (
                httpx2.get(f"http://127.0.0.1:{self.port}{READY[self.name]}", timeout=5, verify=False).status_code
                == 200
            )
        except httpx2.TransportError:
            return False

    def parts(self) -> dict[str, str]:
        """Which parts of the gateway are down, by its /readyz."""
        answer: dict[str, str] = httpx2.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5, verify=False).json()
        return answer

    def empty_log(self) -> None:
        """Has every change in the file itself."""
        with closing(sqlite3.connect(self.file, timeout=10)) as connection:
            empty = "PRAGMA wal_checkpoint(TRUNCATE)"
            until(lambda: connection.execute(empty).fetchone()[0] == 0, "retention's own is over")


@contextmanager
def serving(name: str, data: Path) -> Iterator[Served]:
    environment = make_environment(data) | {"PULPO_WORKSPACES_TARGET": ""}  # no gateway tells it its businesses
    process = subprocess.Popen(
        [sys.executable, "-m", name], env=environment_for(environment), cwd=ROOT, stdout=subprocess.DEVNULL
    )
    served = Served(name, process, data / f"{name}.db", program(name).ports[0].number(environment))
    try:
        until(served.is_ready, f"{name} is ready", 60)
        yield served
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def a_full_disk(data: Path) -> Iterator[Callable[[], None]]:
    """Fills the disk that the data is on; gives what makes room again."""
    waste = data / "waste"
    with waste.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))
    yield waste.unlink


@contextmanager
def a_quota(process: "subprocess.Popen[bytes]") -> Iterator[Callable[[], None]]:
    """Lets a process write no file beyond its first bytes; gives what takes the limit away."""
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    with ExitStack() as limited:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (512, hard))
        limited.callback(resource.prlimit, process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        yield limited.close


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system; the quota's test says the same without one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", SERVICES)
def test_a_full_disk_is_not_ready_until_there_is_room_again(name: str, small_disk: Path) -> None:
    with serving(name, small_disk) as served:
        served.empty_log()
        with a_full_disk(small_disk) as make_room:
            until(lambda: not served.is_ready(), "it is not ready", SECONDS)
            if name == "gateway":
                assert served.parts()["database"] == "down"
            make_room()
            until(served.is_ready, "it is ready again", SECONDS)
            assert served.process.poll() is None


@pytest.mark.parametrize("name", SERVICES)
def test_a_quota_that_is_used_up_is_not_ready_until_there_is_room_again(name: str, tmp_path: Path) -> None:
    with serving(name, tmp_path) as served, a_quota(served.process) as make_room:
        until(lambda: not served.is_ready(), "it is not ready", SECONDS)
        make_room()
        until(served.is_ready, "it is ready again", SECONDS)
        assert served.process.poll() is None


@pytest.mark.parametrize("name", SERVICES)
def test_a_damaged_file_is_not_ready_until_it_is_mended(name: str, tmp_path: Path) -> None:
    with serving(name, tmp_path) as served:
        served.empty_log()
        with served.file.open("r+b", buffering=0) as file:
            middle = os.fstat(file.fileno()).st_size // 2
            whole = os.pread(file.fileno(), 8_192, middle)
            os.pwrite(file.fileno(), os.urandom(len(whole)), middle)
            until(lambda: not served.is_ready(), "it is not ready", SECONDS)
            os.pwrite(file.fileno(), whole, middle)
        until(served.is_ready, "it is ready again", SECONDS)


def test_another_writer_is_no_reason_to_be_not_ready(tmp_path: Path) -> None:
    with serving("agenda", tmp_path) as served, closing(sqlite3.connect(served.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert all(served.is_ready() for _ in range(12)), "each waits for the look under way"
