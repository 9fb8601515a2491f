"""`turns`: what a message costs, beside what the floor costs in the same run.

A greeting, a price and a booking turn take turns on the mesh and on the floor, one customer at a time, so that a
machine's moods meet both alike; then the script to a booking, alone and eight at once. CPU is the processes' own, the
client's not in it.
"""

import asyncio
import json
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.customers import Customers, Tally, customers, together
from tests.bench.figures import Document, Given, centile, latencies, say, table
from tests.bench.floor.turns import TURNS
from tests.bench.processes import Running, bare, memory_mib, mesh, spent_ms, total

ROUNDS = 4
AT_ONCE = 8
SCRIPT = 6
"""Messages of the script."""
WARM = 10
"""Turns of each kind that do not count."""
IDLE_S = 5.0
"""Seconds that nobody writes, to see what is used all the same."""


@dataclass
class Cost:
    """What messages of a kind came to."""

    cpu_ms: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """For one message, of each process."""
    tally: Tally = field(default_factory=Tally)
    rate: float = 0.0
    """Messages a second."""

    def document(self) -> Document:
        """As JSON."""
        each = {name: round(spent, 2) for name, spent in self.cpu_ms.items()}
        return {
            "cpu_ms": round(total(each), 2),
            "cpu_ms_of": each,
            "rate": round(self.rate, 1),
            **latencies(self.tally),
        }


async def cost(
    running: Running, work: Callable[[Tally], Awaitable[None]], count: int, at_once: int = 1, messages: int = 1
) -> Cost:
    """Does a piece of work of so many messages `count` times."""
    before = running.cpu()
    tally = await together(work, count, at_once)
    spent = spent_ms(before, running.cpu(), count * messages)
    return Cost(spent, tally, tally.rate())


def merged(costs: list[Cost]) -> Cost:
    """Several rounds as one."""
    whole = Cost()
    for one in costs:
        for name, spent in one.cpu_ms.items():
            whole.cpu_ms[name] += spent / len(costs)
        whole.tally.taken_ms += one.tally.taken_ms
        whole.tally.failed += one.tally.failed
        whole.rate += one.rate / len(costs)
    return whole


async def measure(given: Given) -> Document:
    """The whole part."""
    with tempfile.TemporaryDirectory(prefix="pulpo-bench-") as folder:
        async with (
            bare(Path(folder, "floor")) as floor,
            mesh(Path(folder, "mesh"), 1) as pulpo,
            customers(floor) as few,
            customers(pulpo) as many,
        ):
            return await _compared(given, floor, few, pulpo, many)


async def _compared(given: Given, floor: Running, few: Customers, pulpo: Running, many: Customers) -> Document:
    for kind in TURNS:  # what is used for the first time is made ready
        await together(partial(few.bare_turn, kind), WARM, 1)
        await together(partial(many.turn, kind), WARM, 1)
    before = pulpo.cpu()
    await asyncio.sleep(IDLE_S)
    idle = {name: spent / IDLE_S / 1000 for name, spent in spent_ms(before, pulpo.cpu(), 1).items()}
    rows: Document = {kind: await _beside_the_floor(given, kind, floor, few, pulpo, many) for kind in TURNS}
    for at_once in (1, AT_ONCE):
        say(f"the script, {at_once} at once")
        ours = await cost(pulpo, many.conversation, max(at_once, given.messages // 2), at_once, SCRIPT)
        rows[f"script, {at_once} at once"] = {"mesh": ours.document()}
    memory = {
        name: {"mib": round(memory_mib(one.process.pid)), "most_mib": round(memory_mib(one.process.pid, "VmHWM"))}
        for name, one in pulpo.started.items()
    }
    return {
        "turns": rows,
        "idle_cpu_percent": {name: round(100 * share, 2) for name, share in idle.items()},
        "memory": memory,
        "floor_memory_mib": round(total(floor.memory())),
        "stages_ms": await stages(pulpo),
    }


async def _beside_the_floor(
    given: Given, kind: str, floor: Running, few: Customers, pulpo: Running, many: Customers
) -> Document:
    """Turns of one kind, here and there in turn."""
    say(f"{kind}, on the mesh and on the floor")
    count = max(1, given.messages // ROUNDS)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(await cost(pulpo, partial(many.turn, kind), count))
        theirs.append(await cost(floor, partial(few.bare_turn, kind), count))
    here, there = merged(ours), merged(theirs)
    ratio = round(total(here.cpu_ms) / total(there.cpu_ms), 2)
    return {"mesh": here.document(), "floor": there.document(), "ratio": ratio}


async def stages(running: Running) -> Document:
    """How long each stage took, by the gateway's own record of turns."""
    rows = await running.stores.rows("gateway", "SELECT timings FROM turns")
    timings = [json.loads(str(row["timings"])) for row in rows]
    names = sorted({name for each in timings for name in each})
    return {
        name: {
            f"p{at}": round(centile([float(each[name]) for each in timings if name in each], at), 2) for at in (50, 95)
        }
        for name in names
    }


def text(found: Document) -> str:
    """The tables: each kind of message, each process, each stage."""
    return "\n\n".join((_messages(found["turns"]), _processes(found), _took(found["stages_ms"])))


def _messages(rows: Document) -> str:
    heads = ("a message of", "CPU ms", "floor's", "ratio", "p50 ms", "p95", "p99", "messages/s", "failed")
    lines = []
    for kind, row in rows.items():
        beside = (row["floor"]["cpu_ms"], row["ratio"]) if "floor" in row else ("", "")
        ours = row["mesh"]
        lines.append((kind, ours["cpu_ms"], *beside, *(ours[name] for name in ("p50", "p95", "p99", "rate", "failed"))))
    return table(heads, lines)


def _processes(found: Document) -> str:
    rows, memory, idle = found["turns"], found["memory"], found["idle_cpu_percent"]
    lines: list[tuple[Any, ...]] = [
        (
            name,
            *(row["mesh"]["cpu_ms_of"][name] for row in rows.values()),
            idle[name],
            memory[name]["mib"],
            memory[name]["most_mib"],
        )
        for name in memory
    ]
    held = (sum(one[what] for one in memory.values()) for what in ("mib", "most_mib"))
    lines.append(("all", *(row["mesh"]["cpu_ms"] for row in rows.values()), total(idle), *held))
    return table(("process", *(f"{kind}, CPU ms" for kind in rows), "idle, % of a core", "MiB", "most MiB"), lines)


def _took(stages_ms: Document) -> str:
    return table(("stage", "p50 ms", "p95"), [(name, row["p50"], row["p95"]) for name, row in stages_ms.items()])
