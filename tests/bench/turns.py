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

from tests.bench.customers import Customers, Tally, customers, together
from tests.bench.figures import Document, Given, centile, folder_for, latencies, say, table
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
    with tempfile.TemporaryDirectory(prefix=folder_for("turns")) as folder:
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
    idle = pulpo.cpu()
    await asyncio.sleep(IDLE_S)
    idle = {name: spent / 1000 / IDLE_S for name, spent in spent_ms(idle, pulpo.cpu(), 1).items()}
    rows: Document = {}
    for kind in TURNS:
        say(f"{kind}, on the mesh and on the floor")
        rounds: list[tuple[Cost, Cost]] = []
        for _ in range(ROUNDS):
            count = max(1, given.messages // ROUNDS)
            ours = await cost(pulpo, partial(many.turn, kind), count)
            theirs = await cost(floor, partial(few.bare_turn, kind), count)
            rounds.append((ours, theirs))
        ours, theirs = (merged([pair[side] for pair in rounds]) for side in (0, 1))
        ratio = total(ours.cpu_ms) / total(theirs.cpu_ms)
        rows[kind] = {"mesh": ours.document(), "floor": theirs.document(), "ratio": round(ratio, 2)}
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
    """The tables."""
    rows = found["turns"]
    heads = ("a message of", "CPU ms", "floor's", "ratio", "p50 ms", "p95", "p99", "messages/s", "failed")
    costs = table(
        heads,
        [
            (
                kind,
                row["mesh"]["cpu_ms"],
                row["floor"]["cpu_ms"] if "floor" in row else "",
                row.get("ratio", ""),
                *(row["mesh"][name] for name in ("p50", "p95", "p99", "rate")),
                row["mesh"]["failed"],
            )
            for kind, row in rows.items()
        ],
    )
    names = list(found["memory"])
    each = table(
        ("process", *(f"{kind}, CPU ms" for kind in rows), "idle, % of a core", "MiB", "most MiB"),
        [
            (
                name,
                *(row["mesh"]["cpu_ms_of"][name] for row in rows.values()),
                found["idle_cpu_percent"][name],
                found["memory"][name]["mib"],
                found["memory"][name]["most_mib"],
            )
            for name in names
        ]
        + [
            (
                "all",
                *(row["mesh"]["cpu_ms"] for row in rows.values()),
                round(total(found["idle_cpu_percent"]), 2),
                round(sum(one["mib"] for one in found["memory"].values())),
                round(sum(one["most_mib"] for one in found["memory"].values())),
            )
        ],
    )
    took = table(
        ("stage", "p50 ms", "p95"), [(name, row["p50"], row["p95"]) for name, row in found["stages_ms"].items()]
    )
    return f"{costs}\n\n{each}\n\n{took}"
