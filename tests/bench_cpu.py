"""`make bench ARGS=cpu`: what each kind of message costs each process in CPU, and how long it takes.

A mesh of real processes on SQLite and one on PostgreSQL; CPU is the processes' own time, so that other work on the
machine shows little in it.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import aiohttp

from cli.local.processes import PROGRAMS, free_ports
from cli.support.webhook import INBOUND_PATH, WEBHOOK_TIMEOUT_S, WebhookSender
from tests.bench_capacity import BUSINESSES, SERVICES, cpu_s, memory_mib, script
from tests.faults.lab.businesses import number_of
from tests.faults.lab.stores import server
from tests.faults.lab.world import World, running_world


def _greeting(_number: int) -> list[str]:
    return ["hola"]


def _price(_number: int) -> list[str]:
    return ["cuánto sale arreglarse la barba?"]


def _booking(number: int) -> list[str]:
    _, _, service, day, name, email = script(number)
    return [f"{service} {day}, {name}, {email}"]


KINDS: dict[str, Callable[[int], list[str]]] = {
    "greeting": _greeting,
    "price": _price,
    "booking": _booking,
    "script": script,
}


async def _talk(world: World, client: aiohttp.ClientSession, number: int, texts: Sequence[str]) -> list[float]:
    """One customer's messages, each answered before the next; seconds that each took."""
    sender = WebhookSender(world.url, "dev-token", number_of(number % BUSINESSES), f"+54911{50_000_000 + number}")
    taken = []
    for text in texts:
        form, began = sender.form(text), time.perf_counter()
        headers = {"X-Twilio-Signature": sender.signature(form)}
        async with client.post(world.url + INBOUND_PATH, data=form, headers=headers) as answer:
            replies = list(ElementTree.fromstring(await answer.text()).iter("Message"))
        taken.append(time.perf_counter() - began)
        assert replies, f"no reply to {text}"
    return taken


@asynccontextmanager
async def direct_world(folder: Path, url: str) -> AsyncIterator[World]:
    """A mesh whose processes speak to one another, with nothing in between that could strike a fault."""
    broker, agenda = map(str, free_ports(2))
    straight = {
        "gateway": {"PULPO_BROKER_TARGET": f"127.0.0.1:{broker}"},
        "broker": {"PULPO_AGENDA_URL": f"http://127.0.0.1:{agenda}/mcp"},
    }
    programs = tuple(replace(each, settings={**each.settings, **straight.get(each.name, {})}) for each in PROGRAMS)
    async with running_world(
        folder, BUSINESSES, url, programs=programs, PULPO_BROKER_PORT=broker, PULPO_AGENDA_PORT=agenda
    ) as world:
        yield world


async def _several(
    world: World, client: aiohttp.ClientSession, kind: str, numbers: Iterator[int], customers: int, at_once: int
) -> list[float]:
    """So many customers, some at once; seconds that each message took."""
    left, taken = iter(range(customers)), list[float]()

    async def some() -> None:
        for _ in left:
            number = next(numbers)
            taken.extend(await _talk(world, client, number, KINDS[kind](number)))

    await asyncio.gather(*(some() for _ in range(at_once)))
    return taken


async def measure(customers: int, kinds: Sequence[str] = tuple(KINDS), databases: Sequence[str] = ("sqlite",)) -> None:
    """Prints a table for each database."""
    for database in databases:
        with tempfile.TemporaryDirectory(prefix="pulpo-cpu-") as folder, server(database) as url:
            patience = aiohttp.ClientTimeout(WEBHOOK_TIMEOUT_S)
            async with (
                direct_world(Path(folder), url) as world,
                aiohttp.ClientSession(timeout=patience) as client,
            ):
                numbers = itertools.count()
                for _ in range(5):  # what is used for the first time is made ready
                    for kind in KINDS:
                        await _several(world, client, kind, numbers, 4, 4)
                _line(database, *SERVICES, "all", "p50 ms", "a second")
                for kind, at_once in itertools.product(kinds, (1, 8)):
                    before = {name: cpu_s(world.pid(name)) for name in SERVICES}
                    began = time.perf_counter()
                    taken = await _several(world, client, kind, numbers, customers, at_once)
                    rate = len(taken) / (time.perf_counter() - began)
                    spent = [(cpu_s(world.pid(name)) - before[name]) * 1000 / len(taken) for name in SERVICES]
                    median = sorted(taken)[len(taken) // 2] * 1000
                    figures = (*spent, sum(spent), median, rate)
                    _line(f"{kind}, {at_once} at once", *(f"{figure:.1f}" for figure in figures))
                held = [memory_mib(world.pid(name)) for name in SERVICES]
                _line("memory MiB", *(f"{each:.0f}" for each in (*held, sum(held))))


def _line(name: str, *cells: str) -> None:
    sys.stdout.write(f"{name:<22}" + "".join(f"{cell:>10}" for cell in cells) + "\n")
    sys.stdout.flush()
