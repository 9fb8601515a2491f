"""`sizes`: what a message costs and how long a mesh takes to start, by how many businesses it has, how many
conversations are stored, and on which database.

Each mesh is started cold, with so many manifests; then conversations are stored (`stored`), and a greeting, a price and
a booking turn measured, one customer at a time.
"""

import itertools
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench.customers import customers, together
from tests.bench.figures import Document, Given, say, table
from tests.bench.floor.turns import TURNS
from tests.bench.processes import Running, mesh, total
from tests.bench.stored import multiply
from tests.bench.turns import cost
from tests.faults.lab.stores import server

SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
WARM = 10
"""Turns of each kind that do not count."""
MOST_BUSINESSES = 100
"""Businesses that anybody writes to; the others are only there."""


def chosen(given: Given) -> Iterator[tuple[str, int, int]]:
    """Database, businesses, conversations: each size of one with the least of the other."""
    least, few = min(given.workspaces), min(given.conversations)
    for database in given.databases:
        yield database, least, few
        yield from ((database, more, few) for more in given.workspaces if more != least)
        yield from ((database, least, more) for more in given.conversations if more != few)


async def measure(given: Given) -> Document:
    """The whole part."""
    return {"sizes": [await _of(given, *size) for size in chosen(given)]}


async def _of(given: Given, database: str, businesses: int, conversations: int) -> Document:
    say(f"sizes: {database}, {businesses} businesses, {conversations} conversations")
    named: Document = {"database": database, "workspaces": businesses, "conversations": conversations}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="pulpo-bench-") as folder, server(database) as url:
        try:
            async with mesh(Path(folder), businesses, url, given.patience_s) as pulpo:
                took = time.perf_counter() - began
                return named | started(pulpo, took) | await _costs(given, pulpo, businesses, conversations)
        except TimeoutError:
            return named | {"not_started_in_s": given.patience_s}


def started(running: Running, took_s: float) -> Document:
    """How long the mesh and each service took to be ready, all at once."""
    each = {
        name: {"ready_s": round(one.ready_s, 2), "cpu_s": round(one.ready_cpu_s, 2)}
        for name, one in running.started.items()
    }
    ready = max(one.ready_s for one in running.started.values())
    return {"start_s": round(ready, 2), "with_its_files_s": round(took_s, 2), "start_of": each}


async def _costs(given: Given, running: Running, businesses: int, conversations: int) -> Document:
    async with customers(running, min(businesses, MOST_BUSINESSES)) as everybody:
        idle = running.memory()
        kinds = itertools.cycle(TURNS)
        await together(lambda tally: everybody.turn(next(kinds), tally), WARM * len(TURNS), 1)
        await multiply(running.stores, conversations)
        await together(lambda tally: everybody.turn(next(kinds), tally), WARM * len(TURNS), 1)
        found: Document = {"memory_mib": {name: round(held) for name, held in running.memory().items()}}
        found["memory_at_start_mib"] = {name: round(held) for name, held in idle.items()}
        for kind in TURNS:
            found[kind] = (await cost(running, partial(everybody.turn, kind), given.messages)).document()
        return found


def text(found: Document) -> str:
    """The tables: what a message costs, and the start."""
    heads = ("database", "businesses", "conversations")
    costs, starts = [], []
    for one in found["sizes"]:
        size = (one["database"], one["workspaces"], one["conversations"])
        if "not_started_in_s" in one:
            starts.append((*size, f"not in {one['not_started_in_s']:g} s", *("",) * (len(SERVICES) + 1)))
            continue
        of = [one[kind] for kind in TURNS]
        costs.append(
            (
                *size,
                *(each["cpu_ms"] for each in of),
                *(each["p50"] for each in of),
                sum(each["failed"] for each in of),
                round(total(one["memory_mib"])),
            )
        )
        each = [one["start_of"][name] for name in SERVICES]
        starts.append((*size, one["start_s"], *(one["ready_s"] for one in each), sum(one["cpu_s"] for one in each)))
    what = (*(f"{kind}, CPU ms" for kind in TURNS), *(f"{kind}, p50 ms" for kind in TURNS), "failed", "MiB in all")
    start = ("ready after s", *(f"{name} s" for name in SERVICES), "CPU s")
    return f"{table((*heads, *what), costs)}\n\n{table((*heads, *start), starts)}"
