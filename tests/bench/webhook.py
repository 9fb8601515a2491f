"""`webhook`: latency of a greeting, quiet and beside slow clients, and of each stage."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from cli.support.webhook import INBOUND_PATH
from tests.bench.customers import customers, during
from tests.bench.figures import Document, Given, centile, show, tell
from tests.bench.processes import mesh
from tests.bench.turns import stages

SLOW_SOCKETS = 1_000
HEAD = f"POST {INBOUND_PATH} HTTP/1.1\r\nHost: x\r\n".encode()
LEAST_S = 12
"""Seconds that slow clients are there at least: longer than one is waited for."""


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


async def measure(given: Given) -> Document:
    """The whole part."""
    with tempfile.TemporaryDirectory(prefix="pulpo-bench-") as folder:
        async with mesh(Path(folder), 1) as pulpo, customers(pulpo) as everybody:
            greeting = partial(everybody.turn, "greeting")
            await during(greeting, 2, 4)
            quiet = await during(greeting, given.seconds, 1)
            show("webhook, quiet", quiet.taken_ms)
            stop = asyncio.Event()
            slow = asyncio.create_task(slow_sockets(int(pulpo.signed_for.rpartition(":")[2]), stop))
            await asyncio.sleep(2)
            beside = await during(greeting, max(given.seconds, LEAST_S), 1)
            stop.set()
            await slow
            show(f"webhook, {SLOW_SOCKETS} slow sockets", beside.taken_ms, failed=beside.failed)
            ratio = centile(beside.taken_ms, 95) / centile(quiet.taken_ms, 95)
            tell("p95 with slow sockets / quiet", f"{ratio:.2f}")
            took = await stages(pulpo)
            for stage, row in took.items():
                tell(f"stage {stage}", ", ".join(f"{name} {value:.2f}" for name, value in row.items()) + " ms")
            return {"p95_beside_slow_sockets": round(ratio, 2), "stages_ms": took}
