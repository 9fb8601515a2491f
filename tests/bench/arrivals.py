"""`arrivals`: customers who come at a rate, answered or not, up to saturation and then three times it.

Greetings, prices and bookings in turn. A latency counts from when a message was meant to be sent, so that a mesh that
falls behind cannot hide it. Goodput are good answers in Twilio's time, throughput all answers, refusals too.
"""

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from functools import partial
from pathlib import Path

from tests.bench.customers import Customers, Tally, customers, during, together
from tests.bench.figures import Document, Given, latencies, say, table
from tests.bench.floor.turns import TURNS
from tests.bench.processes import mesh
from tests.faults.lab.stores import server

BUSINESSES = 10
AT_ONCE, WARM_S = 8, 5.0
"""Customers who write before anything is measured, and for how long."""
FIRST, FASTER = 4.0, 1.4
"""Messages a second that come first, and how many times more at each step."""
KEPT_UP = 0.9
"""Share of what is offered that is answered well, below which a mesh is saturated."""
MOST_STEPS = 16
OVERLOAD = 3
QUIET = 30
"""Messages of one customer after another, before and after."""


async def step(everybody: Customers, rate: float, seconds: float, kinds: Iterable[str] = TURNS) -> Document:
    """So many messages a second for a while; returns when each has its answer. What is a second counts from the first
    message until the last answer, or the last good one, and at least while messages come."""
    tally, began, next_kind = Tally(), time.perf_counter(), itertools.cycle(kinds)
    under_way: set[asyncio.Task[None]] = set()
    for number in range(round(rate * seconds)):
        intended = began + number / rate
        await asyncio.sleep(max(0.0, intended - time.perf_counter()))
        task = asyncio.create_task(everybody.turn(next(next_kind), tally, intended))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    rates = {
        "throughput": round(tally.answered / max(seconds, tally.last - began), 1),
        "goodput": round(len(tally.taken_ms) / max(seconds, tally.last_good - began), 1),
    }
    return {"offered": round(rate, 1), **rates, **latencies(tally)}


async def until_saturated(everybody: Customers, seconds: float) -> AsyncIterator[Document]:
    """Steps, each faster than the one before, until the mesh twice did not keep up."""
    behind = 0
    for number in range(MOST_STEPS):
        one = await step(everybody, FIRST * FASTER**number, seconds)
        say(f"{one['offered']:g} messages/s: {one['goodput']:g} good answers/s, p50 {one['p50']:g} ms")
        yield one
        behind = behind + 1 if one["goodput"] < KEPT_UP * one["offered"] else 0
        if behind == 2:
            return


async def quiet(everybody: Customers) -> Document:
    """Greetings of one customer after another."""
    return latencies(await together(lambda tally: everybody.turn("greeting", tally), QUIET, 1))


async def measure(given: Given) -> Document:
    """The whole part, of each database."""
    return {database: await _of(database, given) for database in given.databases}


async def _of(database: str, given: Given) -> Document:
    say(f"arrivals, {database}")
    with tempfile.TemporaryDirectory(prefix="pulpo-bench-") as folder, server(database) as url:
        async with mesh(Path(folder), BUSINESSES, url) as pulpo, customers(pulpo, BUSINESSES) as everybody:
            await during(partial(everybody.turn, "booking"), WARM_S, AT_ONCE)
            before = await quiet(everybody)
            steps = [one async for one in until_saturated(everybody, given.seconds)]
            peak = max(one["goodput"] for one in steps)
            over = await step(everybody, OVERLOAD * peak, given.overload_s)
            await asyncio.sleep(given.rest_s)
            return {
                "steps": steps,
                "saturation": peak,
                "overload": {**over, "of_the_peak": round(over["goodput"] / peak, 3)},
                "quiet_before": before,
                "quiet_after": await quiet(everybody),
                "rest_s": given.rest_s,
            }


def text(found: Document) -> str:
    """The tables."""
    heads = ("offered, messages/s", "throughput", "goodput", "p50 ms", "p95", "p99", "failed", "of them refused")
    names = ("offered", "throughput", "goodput", "p50", "p95", "p99", "failed", "refused")
    parts = []
    for database, one in found.items():
        rows = [tuple(row[name] for name in names) for row in (*one["steps"], one["overload"])]
        before, after = one["quiet_before"]["p50"], one["quiet_after"]["p50"]
        parts.append(
            f"{database}: saturation {one['saturation']:g} good answers/s; at three times it"
            f" {one['overload']['of_the_peak']:.0%} of that; a greeting's p50 {before:g} ms before,"
            f" {after:g} ms {one['rest_s']:g} s after.\n\n{table(heads, rows)}"
        )
    return "\n\n".join(parts)
