"""The processes that are measured: a mesh of services or the bare one of the floor, how long each took to start, and
what each has used of CPU and memory."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cli.local.credentials import mesh_secret
from cli.local.probes import is_up
from cli.local.processes import PROGRAMS, environment_for, environment_of, free_ports
from cli.support.webhook import INBOUND_PATH
from runtime.private import make_folder
from tests.bench.floor import turns as floor
from tests.bench.floor.edge import PATH
from tests.faults.lab.businesses import write_manifests
from tests.faults.lab.stores import Stores
from tests.mesh.tools.harness import ROOT, make_environment

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_EVERY_S = 0.05
PATIENCE_S = 180.0
"""Seconds that a process may take to start, and STOP_S to stop."""
STOP_S = 20.0
Ready = Callable[[], Awaitable[bool]]


def family(pid: int) -> Iterator[int]:
    """A process and those that it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            yield from family(int(child))


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process and those that it has started have used."""
    ticks = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def memory_mib(pid: int, what: str = "VmRSS") -> float:
    """What a process and those that it has started hold in memory, in MiB; VmHWM: the most that they ever held."""
    kib = 0
    for each in family(pid):
        lines = Path(f"/proc/{each}/status").read_text(encoding="utf-8").splitlines()
        kib += sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))
    return kib / 1024


@dataclass
class Started:
    """A process that is up."""

    process: subprocess.Popen[bytes]
    ready_s: float = 0.0
    """Seconds from its start until it said that it is ready."""
    ready_cpu_s: float = 0.0
    """Seconds of CPU that it had used by then."""


@dataclass
class Running:
    """Processes that are up, and where messages are sent."""

    url: str
    """Where webhooks go, whole."""
    signed_for: str
    """The base URL that they are signed for."""
    folder: Path
    stores: Stores
    started: dict[str, Started] = field(default_factory=dict)

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each has used so far."""
        return {name: cpu_s(each.process.pid) for name, each in self.started.items()}

    def memory(self) -> dict[str, float]:
        """MiB that each holds now."""
        return {name: memory_mib(each.process.pid) for name, each in self.started.items()}

    async def start(
        self, commands: Sequence[tuple[str, list[str], Mapping[str, str], Ready]], patience_s: float
    ) -> None:
        """Starts all at once and waits until all are ready. Raises RuntimeError, TimeoutError."""
        waiting = []
        for name, command, environment, ready in commands:
            self.started[name] = Started(self._begun(name, command, environment))
            waiting.append(self._until_ready(name, ready, time.perf_counter()))
        async with asyncio.timeout(patience_s):
            await asyncio.gather(*waiting)

    def _begun(self, name: str, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        self._log(name).parent.mkdir(parents=True, exist_ok=True)
        no = subprocess.DEVNULL
        with self._log(name).open("wb") as log:
            return subprocess.Popen(command, env=dict(environment), cwd=ROOT, stdin=no, stdout=log, stderr=log)

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    async def _until_ready(self, name: str, ready: Ready, began: float) -> None:
        one = self.started[name]
        while not await ready():
            if one.process.poll() is not None:
                said = self._log(name).read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"{name} did not start:\n{said[-2000:]}")
            await asyncio.sleep(LOOK_EVERY_S)
        one.ready_s, one.ready_cpu_s = time.perf_counter() - began, cpu_s(one.process.pid)

    async def stop(self) -> None:
        """Stops all, the last ones first."""
        for one in reversed(self.started.values()):
            one.process.terminate()
        for one in self.started.values():
            try:
                await asyncio.to_thread(one.process.wait, STOP_S)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()


@asynccontextmanager
async def mesh(
    folder: Path, businesses: int, server: str = "", patience_s: float = PATIENCE_S
) -> AsyncIterator[Running]:
    """The whole mesh with so many businesses, its data in a folder or, with the URL of a PostgreSQL server, there."""
    make_folder(folder)
    stores = Stores(folder, server)
    await stores.create()
    write_manifests(folder / "workspaces", businesses)
    base = make_environment(folder) | stores.environment()
    base |= {"PULPO_CLOCK": "", "PULPO_LOG_LEVEL": "WARNING", "PULPO_WORKSPACES_DIR": str(folder / "workspaces")}
    environment, secret = environment_for({**base, "TWILIO_AUTH_TOKEN": "dev-token"}), mesh_secret(base)
    own = {program.name: environment_of(program, environment, secret) for program in PROGRAMS}
    signed_for = f"http://127.0.0.1:{base['PULPO_HTTP_PORT']}"
    running = Running(signed_for + INBOUND_PATH, signed_for, folder, stores)
    try:
        await running.start(
            [
                (one.name, one.command(), own[one.name], lambda one=one: is_up(one, own[one.name]))  # type: ignore[misc]
                for one in PROGRAMS
            ],
            patience_s,
        )
        yield running
    finally:
        await running.stop()


@asynccontextmanager
async def bare(folder: Path) -> AsyncIterator[Running]:
    """The processes of the floor."""
    ports = dict(zip(floor.PROCESSES, free_ports(len(floor.PROCESSES)), strict=True))
    module, tools = "tests.bench.floor", f"http://127.0.0.1:{ports['tools']}/mcp"
    arguments = {
        "tools": ["tools", str(ports["tools"]), str(folder / "tools.db")],
        **{name: ["stage", name, str(ports[name])] for name in floor.STAGES},
        "edge": ["edge", str(ports["edge"]), str(folder / "edge.db")],
    }
    arguments["broker"] += [str(folder / "broker.db"), tools]
    arguments["edge"] += [f"127.0.0.1:{ports[name]}" for name in floor.STAGES]
    running = Running(f"http://127.0.0.1:{ports['edge']}{PATH}", "http://floor", folder, Stores(folder))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(("services", "."))}
    try:
        await running.start(
            [
                (name, [sys.executable, "-m", f"{module}.{what}", *rest], environment, _listening(ports[name]))
                for name, (what, *rest) in arguments.items()
            ],
            PATIENCE_S,
        )
        yield running
    finally:
        await running.stop()


def _listening(port: int) -> Ready:
    async def is_listening() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return is_listening


def spent_ms(before: Mapping[str, float], after: Mapping[str, float], messages: int) -> dict[str, float]:
    """Milliseconds of CPU for one message, of each process."""
    return {name: 1000 * (after[name] - before[name]) / max(1, messages) for name in after}


def total(each: Mapping[str, float]) -> float:
    """The sum of all processes."""
    return sum(each.values())
