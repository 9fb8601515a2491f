"""`bookings` and `overload`: bookings a second on each database, and greetings when three times too many come for long.

`arrivals` measures what is between: each rate up to saturation.
"""

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.arrivals import OVERLOAD, step
from tests.bench.customers import customers, during
from tests.bench.figures import Document, Given, latencies, show, tell
from tests.bench.processes import mesh
from tests.faults.lab.stores import server

BUSINESSES = 40


async def bookings(given: Given) -> Document:
    """Complete bookings a second."""
    found: Document = {}
    for database in given.databases:
        with tempfile.TemporaryDirectory(prefix="pulpo-bench-") as folder, server(database) as url:
            async with mesh(Path(folder), BUSINESSES, url) as pulpo, customers(pulpo, BUSINESSES) as everybody:
                tally = await during(partial(everybody.turn, "booking"), given.seconds, given.at_once)
                (made,) = await pulpo.stores.rows("agenda", "SELECT count(*) AS n FROM appointments")
                tell(f"bookings a second, {database}", f"{made['n'] / given.seconds:.1f} ({given.at_once} at once)")
                show(f"a booking, {database}", tally.taken_ms, failed=tally.failed)
                found[database] = {"a_second": round(made["n"] / given.seconds, 1), **latencies(tally)}
    return found


async def overload(given: Given) -> Document:
    """What is answered when three times as much comes as can be."""
    with tempfile.TemporaryDirectory(prefix="pulpo-bench-") as folder:
        async with mesh(Path(folder), BUSINESSES) as pulpo, customers(pulpo, BUSINESSES) as everybody:
            greeting = partial(everybody.turn, "greeting")
            before = await during(greeting, given.seconds, 1)
            peak = (await during(greeting, given.seconds, given.at_once)).rate()
            tell("peak, answers a second", f"{peak:.1f} ({given.at_once} at once)")
            over = await step(everybody, OVERLOAD * peak, given.overload_s, ("greeting",))
            tell(f"{OVERLOAD} x overload for {given.overload_s:.0f} s, answers a second", over["goodput"])
            tell("of the peak", f"{over['goodput'] / peak:.0%} ({over['failed']} refused or apologised to)")
            await asyncio.sleep(given.rest_s)
            after = await during(greeting, given.seconds, 1)
            show("webhook before", before.taken_ms)
            show(f"webhook {given.rest_s:g} s after", after.taken_ms)
            return {"peak": round(peak, 1), "overload": over, "before": latencies(before), "after": latencies(after)}
