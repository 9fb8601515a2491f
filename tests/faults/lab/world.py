"""A mesh to disturb: real processes under a supervisor that restarts them, links that faults strike
between gateway and broker and between broker and agenda, and databases of its own."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from cli.local.processes import PROGRAMS, Program, free_ports, program
from cli.local.supervisor import Supervisor
from tests.faults.lab import dump
from tests.faults.lab.broker_link import BrokerLink
from tests.faults.lab.businesses import write_manifests
from tests.faults.lab.clocks import Clocks
from tests.faults.lab.evidence import Evidence, Sent
from tests.faults.lab.model import Model
from tests.faults.lab.schedule import DATABASE, REPLICATED, Fault, Kind
from tests.faults.lab.stores import Stores
from tests.faults.lab.tool_link import ToolLink, listening
from tests.faults.lab.twilio import SETTINGS, Twilio
from tests.mesh.tools.harness import make_environment

ON_THEIR_WAY = ("inline", "waiting", "sending", "ambiguous")
"""What the gateway's outbox calls replies that it goes on with by itself."""
_AGAIN_S = 0.1
QUIET_S = 60.0
"""Seconds that the mesh may take to become well when nothing disturbs it any more."""


class World:
    """A running mesh and everything that can be done to it."""

    def __init__(
        self,
        environment: dict[str, str],
        stores: Stores,
        twilio: Twilio | None = None,
        model: Model | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        self.environment = environment
        self.stores = stores
        self.twilio = twilio
        self.model = model
        self.clocks = clocks
        self._wrong: dict[str, Fault] = {}
        self.injected: Counter[str] = Counter()
        self.tools = ToolLink(int(environment["PULPO_AGENDA_PORT"]), lambda: self.kill("agenda"))
        self.brokers = [BrokerLink(int(environment["PULPO_BROKER_PORT"]))]
        self.doors = [self.url]
        self._armed = count()
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The first gateway's base URL."""
        return f"http://127.0.0.1:{self.environment['PULPO_HTTP_PORT']}"

    def pid(self, service: str) -> int:
        """A service's process id."""
        return int((self.stores.data / "logs" / f"{service}.pid").read_text())

    def log(self, service: str) -> str:
        """All that a service has written."""
        return (self.stores.data / "logs" / f"{service}.log").read_text(encoding="utf-8", errors="replace")

    def kill(self, service: str) -> None:
        """kill -9 a service, if it lives. While the agenda is away its port refuses connections."""
        pid = self.pid(service)
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            if service.partition("-")[0].encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        if service == "agenda":
            self._begin(self.tools.down(lambda: self._reborn(service, pid)))

    def inject(self, fault: Fault) -> None:
        """Makes a fault happen, now or to the next calls that it is about."""
        if fault.kind.name.startswith(("TWILIO_", "CALLBACKS_")):
            if self.twilio:
                self.twilio.arm(fault)
        elif fault.kind.name.startswith("CLOCK_"):
            if self.clocks:
                self.injected[fault.kind.value] += 1
                self._begin(self._be_wrong(self.clocks, fault))
        elif fault.kind is Kind.TOOL_DOWN or not fault.kind.name.startswith(("TOOL_", "BROKER_")):
            self.injected[fault.kind.value] += 1
            self._begin(self._disturb(fault))
        elif fault.kind.name.startswith("TOOL_"):
            self.tools.arm(fault)
        else:
            self.brokers[next(self._armed) % len(self.brokers)].arm(fault)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _reborn(self, service: str, pid: int) -> None:
        """Returns once a killed service has been started again and listens."""
        while self.pid(service) == pid:  # noqa: ASYNC110 - the supervisor tells nobody
            await asyncio.sleep(_AGAIN_S)
        await listening(self.tools.upstream)

    async def _disturb(self, fault: Fault) -> None:
        if fault.kind is Kind.KILL:
            self.kill(fault.target)
        elif fault.kind is Kind.TOOL_DOWN:
            await self.tools.down(lambda: asyncio.sleep(fault.seconds))
        elif fault.kind is Kind.DATABASE_LOCKED:
            await self.stores.lock(fault.target, fault.seconds)
        elif fault.kind is Kind.DATABASE_FULL:
            with contextlib.suppress(ProcessLookupError):
                await self.stores.fill(self.pid(fault.target), fault.seconds)
        elif fault.kind is Kind.DATABASE_RESTARTED:
            await self.stores.restart()

    async def _be_wrong(self, clocks: Clocks, fault: Fault) -> None:
        """Lets a process's clock be wrong for a while; a later fault of the same clock takes its place."""
        self._wrong[fault.target] = fault
        if fault.kind is Kind.CLOCK_SLOW:
            clocks.slow_down(fault.target)
        else:
            clocks.set(fault.target, fault.wrong_s)
        await asyncio.sleep(fault.seconds)
        if self._wrong[fault.target] is fault:
            clocks.correct(fault.target)

    async def calm(self) -> None:
        """Ends all faults and waits until the mesh is well and no message is being answered."""
        self.tools.disarm()
        for broker in self.brokers:
            broker.disarm()
        if self.twilio:
            self.twilio.disarm()
        while self._under_way:
            await asyncio.gather(*self._under_way)
        for broker in self.brokers:
            await broker.held()
        if self.twilio:
            await self.twilio.callbacks.settled()
        async with asyncio.timeout(QUIET_S):
            while not await self._is_quiet():  # noqa: ASYNC110 - processes on their way up tell nobody
                await asyncio.sleep(_AGAIN_S)

    async def evidence(self, sent: tuple[Sent, ...]) -> Evidence:
        """What the databases hold now, with what customers saw."""
        return Evidence(
            sent=sent,
            bookings=await dump.bookings(self.stores),
            cells=await dump.cells(self.stores),
            writes=await dump.writes(self.stores),
            inbox=await dump.inbox(self.stores),
            twins=tuple(self.tools.twins),
            **(await self._of_twilio(self.twilio) if self.twilio else {}),
        )

    async def _of_twilio(self, twilio: Twilio) -> dict[str, Any]:
        return {
            "out": twilio.out(),
            "refused": tuple(twilio.refused),
            "callbacks": tuple(twilio.callbacks.made),
            "changes": await dump.changes(self.stores),
            "statuses": await dump.statuses(self.stores),
        }

    def faults(self) -> dict[str, int]:
        """How often each kind of fault has struck."""
        struck = [*self.tools.struck, *(kind for broker in self.brokers for kind in broker.struck)]
        struck += [*self.twilio.struck, *self.twilio.callbacks.struck] if self.twilio else []
        errors = self.model.struck if self.model else []
        return dict(self.injected + Counter(each.value for each in (*struck, *errors)))

    async def _is_quiet(self) -> bool:
        """Whether the mesh is well and no message is being answered."""
        if not all([await _is_well(door) for door in self.doors]):
            return False
        rows = await dump.inbox(self.stores)
        if self.twilio and any(row.status == "expired" or row.out in ON_THEIR_WAY for row in rows):
            return False  # another process answers, and what became of the reply is found out
        return all(row.status != "running" for row in rows)

    async def start_links(self, replicas: int) -> tuple[Program, ...]:
        """Starts what stands between the processes. The programs of the further brokers and gateways."""
        await self.tools.start()
        await self.brokers[0].start()
        more: list[Program] = []
        for number in range(2, replicas + 1):
            broker, metrics, http, grpc, gateway_metrics = free_ports(5)
            link = BrokerLink(broker)
            await link.start()
            self.brokers.append(link)
            self.doors.append(f"http://127.0.0.1:{http}")
            settings = {"PULPO_BROKER_PORT": broker, "PULPO_BROKER_METRICS_PORT": metrics}
            settings |= {"PULPO_HTTP_PORT": http, "PULPO_GATEWAY_GRPC_PORT": grpc}
            settings["PULPO_GATEWAY_METRICS_PORT"] = gateway_metrics
            texts = {name: str(port) for name, port in settings.items()}
            texts |= {"PULPO_BROKER_TARGET": f"127.0.0.1:{link.port}", "PULPO_PUBLIC_URL": self.url}
            more += [
                replace(program(name), name=f"{name}-{number}", package=name, settings=texts) for name in REPLICATED
            ]
        return tuple(more)

    async def stop_links(self) -> None:
        """Stops them again."""
        await self.tools.stop()
        for broker in self.brokers:
            await broker.stop()


def _with_clock(program: Program, clocks: Clocks | None) -> Program:
    """A program that has a clock of its own."""
    own = clocks.environment(program.name) if clocks else {}
    return replace(program, settings={**program.settings, **own})


async def _is_well(door: str) -> bool:
    with contextlib.suppress(httpx2.HTTPError):
        async with httpx2.AsyncClient(timeout=5, verify=False) as client:
            return (await client.get(door + "/readyz")).status_code == 200
    return False


@asynccontextmanager
async def running_world(
    data: Path,
    businesses: int = 2,
    server: str = "",
    replicas: int = 1,
    programs: tuple[Program, ...] = PROGRAMS,
    twilio: Twilio | None = None,
    model: Model | None = None,
    clocks: Clocks | None = None,
    **extra: str,
) -> AsyncIterator[World]:
    """Starts a world in a folder and stops it at the end. `server` is a PostgreSQL server's URL, which more
    than one of `replicas` (brokers and gateways) needs. With `twilio` replies that take long go by REST; `model`,
    when there is one, reads and plans. With `clocks` each process, and a PostgreSQL server that was started
    with one, has a clock of its own."""
    stores = Stores(data, server, clocks.environment(DATABASE) if clocks else {})
    await stores.create()
    write_manifests(data / "workspaces", businesses)
    environment = make_environment(data, **extra) | stores.environment()
    environment |= {"PULPO_CLOCK": "", "PULPO_LOG_LEVEL": "WARNING", "PULPO_WORKSPACES_DIR": str(data / "workspaces")}
    if twilio:
        public = f"http://127.0.0.1:{environment['PULPO_HTTP_PORT']}"
        environment |= SETTINGS | {"PULPO_TWILIO_API_URL": twilio.url, "PULPO_PUBLIC_URL": public}
    if model:
        environment |= model.settings()
    environment |= extra
    world = World(environment, stores, twilio, model, clocks)
    more = await world.start_links(replicas)
    environment["PULPO_BROKER_TARGET"] = f"127.0.0.1:{world.brokers[0].port}"
    environment["PULPO_AGENDA_URL"] = f"http://127.0.0.1:{world.tools.port}/mcp"
    supervisor = Supervisor(environment, data / "logs", lambda _line: None)
    try:
        await supervisor.start(tuple(_with_clock(each, clocks) for each in (*programs, *more)))
        if twilio:
            twilio.callbacks.doors = tuple(world.doors)
            await dump.watch(stores)
        yield world
    finally:
        await supervisor.stop()
        await world.stop_links()
