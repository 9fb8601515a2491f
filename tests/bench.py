"""`python -m tests.bench`: how fast a mesh on this machine is, quiet, beside slow clients and beyond its capacity.

It prints figures and judges nothing: they are this machine's. Each part starts a mesh of its own, of real processes.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from cli.support.webhook import INBOUND_PATH, WEBHOOK_TIMEOUT_S, WebhookSender
from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests import bench_capacity, bench_cpu, bench_pooler, reading_cost
from tests.faults.lab.businesses import number_of, open_day
from tests.faults.lab.stores import server
from tests.faults.lab.world import World, running_world
from tests.mesh.tools.harness import ROOT
from workspace.loader import load_registry

DATA = ROOT / "tests/unit/extractor/data"
DEV = DATA / "nlu_dev.jsonl"
BUSINESSES = 40
SLOW_SOCKETS = 1_000
HEAD = f"POST {INBOUND_PATH} HTTP/1.1\r\nHost: x\r\n".encode()
CRAFTED = ("el 3 ", "a las 3 ", "soy Juan ", "no ", "arroba ", "lunes ", "11 5555 1234 ", "x@g.com ", "con maria ")
"""What texts of 4 KB are made of, to make reading them slow."""


@dataclass
class Given:
    """How long each part may take."""

    seconds: float
    overload_s: float
    at_once: int
    seed: int
    trials: int
    json: Path | None


@dataclass
class Tally:
    """What many messages came to."""

    taken_ms: list[float] = field(default_factory=list)
    failed: int = 0
    began: float = field(default_factory=time.perf_counter)

    def rate(self) -> float:
        """Answers a second."""
        return len(self.taken_ms) / (time.perf_counter() - self.began)


class Crowd:
    """Customers who write to a mesh; nobody writes twice."""

    def __init__(self, world: World, client: aiohttp.ClientSession) -> None:
        self._world = world
        self._client = client
        self._numbers = itertools.count(40_000_000)

    async def say(self, text: str, tally: Tally) -> None:
        """One message by somebody new; an answer counts with its time."""
        number = next(self._numbers)
        sender = WebhookSender(self._world.url, "dev-token", number_of(number % BUSINESSES), f"+54911{number}")
        form, began = sender.form(text), time.perf_counter()
        headers = {"X-Twilio-Signature": sender.signature(form)}
        try:
            url = self._world.url + INBOUND_PATH
            async with self._client.post(url, data=form, headers=headers) as answer:
                said = await answer.text()
            well = answer.status == 200 and "<Message" in said and "Perdón" not in said
        except (aiohttp.ClientError, TimeoutError):
            well = False
        if well:
            tally.taken_ms.append((time.perf_counter() - began) * 1000)
        else:
            tally.failed += 1

    async def keep_saying(self, texts: Callable[[], str], seconds: float, at_once: int) -> Tally:
        """So many customers, each writing as soon as another is answered."""
        tally, end = Tally(), time.perf_counter() + seconds

        async def one() -> None:
            while time.perf_counter() < end:
                await self.say(texts(), tally)

        await asyncio.gather(*(one() for _ in range(at_once)))
        return tally

    async def arrive(self, rate: float, seconds: float) -> tuple[float, Tally]:
        """Customers who come at a rate, answered or not. Answers a second, and all of them."""
        tally, under_way = Tally(), set()
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            under_way.add(asyncio.create_task(self.say("hola", tally)))
            under_way = {task for task in under_way if not task.done()}
            await asyncio.sleep(max(0.0, 1 / rate - (time.perf_counter() - now)))
        goodput = tally.rate()
        await asyncio.gather(*under_way)
        return goodput, tally


@asynccontextmanager
async def crowd(database: str = "sqlite") -> AsyncIterator[tuple[Crowd, World]]:
    """A mesh and customers."""
    with tempfile.TemporaryDirectory(prefix="pulpo-bench-") as folder, server(database) as url:
        patience, connector = aiohttp.ClientTimeout(WEBHOOK_TIMEOUT_S), aiohttp.TCPConnector(limit=0)
        client = aiohttp.ClientSession(timeout=patience, connector=connector)
        async with running_world(Path(folder), BUSINESSES, url) as world, client:
            everybody = Crowd(world, client)
            await everybody.keep_saying(lambda: "hola", 2, 4)
            yield everybody, world


async def slow_sockets(port: int, stop: asyncio.Event) -> None:
    """Keeps so many connections open that write half a head and no more, whatever is done to them."""

    async def one() -> None:
        while not stop.is_set():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(HEAD)
                ended, stopped = asyncio.create_task(reader.read()), asyncio.create_task(stop.wait())
                await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
                ended.cancel()
                writer.transport.abort()
            except OSError:
                await asyncio.sleep(0.1)

    await asyncio.gather(*(one() for _ in range(SLOW_SOCKETS)))


async def webhook(given: Given) -> None:
    """Latency of a webhook, quiet and beside slow clients."""
    async with crowd() as (customers, world):
        quiet = await customers.keep_saying(lambda: "hola", given.seconds, 1)
        show("webhook, quiet", quiet.taken_ms)
        stop = asyncio.Event()
        slow = asyncio.create_task(slow_sockets(int(world.environment["PULPO_HTTP_PORT"]), stop))
        await asyncio.sleep(2)
        beside = await customers.keep_saying(lambda: "hola", max(given.seconds, 12), 1)
        stop.set()
        await slow
        show(f"webhook, {SLOW_SOCKETS} slow sockets", beside.taken_ms, failed=beside.failed)
        tell("p95 with slow sockets / quiet", f"{centile(beside.taken_ms, 95) / centile(quiet.taken_ms, 95):.2f}")
        await stages(world)


async def stages(world: World) -> None:
    """How long each stage took, by the gateway's own record of turns."""
    rows = await world.stores.rows("gateway", "SELECT timings FROM turns")
    timings = [json.loads(row["timings"]) for row in rows]
    for stage in sorted({name for each in timings for name in each}):
        show(f"stage {stage}", [float(each[stage]) for each in timings])


async def nlu(_given: Given) -> None:
    """Latency of reading a message, usual ones and crafted ones."""
    workspace = load_registry(ROOT / "k8s/base/workspaces").get("estudio-pulpo")
    assert workspace
    reader, now = Reader(workspace), datetime.now(UTC)
    usual = [str(json.loads(line)["text"]) for line in DEV.read_text(encoding="utf-8").splitlines() if line.strip()]
    crafted = [(unit * 4_096)[: 4_096 - cut] for unit in CRAFTED for cut in range(40)]
    for name, texts in (("read, development set", usual), ("read, crafted 4 KB", crafted)):
        taken = []
        for text in texts[:5] + texts:
            began = time.perf_counter()
            reader.read(MessageInContext(text, now))
            taken.append((time.perf_counter() - began) * 1000)
        show(name, taken[5:])


async def readings(given: Given) -> None:
    """CPU time of reading: of usual messages, of long ones, and of the dearest that a search finds."""
    workspace = load_registry(ROOT / "k8s/base/workspaces").get("estudio-pulpo")
    assert workspace
    reader, now = Reader(workspace), datetime(2026, 3, 11, 13, tzinfo=UTC)

    def read(trial: reading_cost.Trial) -> object:
        return reader.read(MessageInContext(trial.text, now, trial.asked, "book" if trial.asked else None))

    cost = reading_cost.cost_of(read, "extractor")
    files = {name: DATA / f"{name}.jsonl" for name in ("nlu_dev", "long_messages", "costly_texts")}
    rows = {name: reading_cost.costs(file, cost) for name, file in files.items()}
    found = reading_cost.search(cost, given.seed, given.trials)
    shown, report = reading_cost.report(rows, found)
    sys.stdout.write(shown)
    if given.json:
        given.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


async def bookings(given: Given) -> None:
    """Complete bookings a second."""
    today = datetime.now(UTC).date()
    for database in ("sqlite", "postgres"):
        numbers = itertools.count()

        def text(numbers: "itertools.count[int]" = numbers) -> str:
            number = next(numbers) // BUSINESSES  # the crowd goes round the businesses
            day = open_day(today, number // 28 % 200)
            at = f"{9 + number % 28 // 4 + (2 if number % 28 >= 16 else 0)}:{number % 4 * 15:02}"
            return f"Reservar barba el {day.day}/{day.month}/{day.year} a las {at}, soy Ana Paz ana@test.com"

        async with crowd(database) as (customers, world):
            tally = await customers.keep_saying(text, given.seconds, given.at_once)
            made = await world.stores.rows("agenda", "SELECT count(*) AS n FROM appointments")
            tell(f"bookings a second, {database}", f"{made[0]['n'] / given.seconds:.1f} ({given.at_once} at once)")
            show(f"a booking, {database}", tally.taken_ms, failed=tally.failed)


async def overload(given: Given) -> None:
    """What is answered when three times as much comes as can be."""
    async with crowd() as (customers, _):
        before = await customers.keep_saying(lambda: "hola", given.seconds, 1)
        peak = (await customers.keep_saying(lambda: "hola", given.seconds, given.at_once)).rate()
        tell("peak, answers a second", f"{peak:.1f} ({given.at_once} at once)")
        goodput, tally = await customers.arrive(3 * peak, given.overload_s)
        tell(f"3 x overload for {given.overload_s:.0f} s, answers a second", f"{goodput:.1f}")
        tell("of the peak", f"{goodput / peak:.0%} ({tally.failed} refused or apologised to)")
        await asyncio.sleep(30)
        after = await customers.keep_saying(lambda: "hola", given.seconds, 1)
        show("webhook before", before.taken_ms)
        show("webhook 30 s after", after.taken_ms)


async def pooler(given: Given) -> None:
    """The store's work on PostgreSQL, directly and through PgBouncer."""
    for way in await bench_pooler.measure(given.seconds):
        show(way.name, way.taken_ms)
        tell(f"  {way.name}, units a second", f"{way.rate():.0f}, {way.cpu_ms():.1f} ms CPU each")


async def capacity(_given: Given) -> None:
    """What a message costs each service, for k8s/capacity.yaml."""
    await bench_capacity.measure(customers=400, at_once=8)


async def cpu(given: Given) -> None:
    """What each kind of message costs each process in CPU milliseconds, on both databases."""
    await bench_cpu.measure(customers=int(given.seconds * 10), databases=("sqlite", "postgres"))


PARTS: dict[str, Callable[[Given], Coroutine[Any, Any, None]]] = {
    "webhook": webhook,
    "nlu": nlu,
    "readings": readings,
    "bookings": bookings,
    "overload": overload,
    "pooler": pooler,
    "capacity": capacity,
    "cpu": cpu,
}


def centile(values: Sequence[float], percent: float) -> float:
    """The value that so many per cent do not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def show(name: str, taken_ms: Sequence[float], failed: int = 0) -> None:
    """One line of latencies."""
    figures = ", ".join(f"p{percent:g} {centile(taken_ms, percent):.2f}" for percent in (50, 95, 99, 99.9))
    mean = statistics.fmean(taken_ms) if taken_ms else 0.0
    tell(name, f"{figures}, mean {mean:.2f} ms of {len(taken_ms)}" + (f", {failed} failed" if failed else ""))


def tell(name: str, said: Any) -> None:
    """One line."""
    sys.stdout.write(f"{name:<48} {said}\n")
    sys.stdout.flush()


def main() -> None:
    """Runs the parts asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], default=[], help="which parts; all when none is named"
    )
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--overload-seconds", type=float, default=300)
    parser.add_argument("--at-once", type=int, default=16, help="customers who write at the same time")
    parser.add_argument("--seed", type=int, default=1, help="of the search for dear texts")
    parser.add_argument("--trials", type=int, default=5_000, help="texts that the search reads")
    parser.add_argument("--json", type=Path, help="where to write the figures of readings and the dearest texts")
    asked = parser.parse_args()
    given = Given(asked.seconds, asked.overload_seconds, asked.at_once, asked.seed, asked.trials, asked.json)
    for name in asked.parts or PARTS:
        asyncio.run(PARTS[name](given))


if __name__ == "__main__":
    main()
