"""`python -m tests.bench`: how fast a mesh on this machine is, what it costs, and how much more than the floor.

It prints figures and judges nothing: they are this machine's. With no part named it runs those of the report, writes
their figures as JSON, and docs/performance.md with its plots. Each part starts what it measures anew.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench import arrivals, capacity, load, pooler, reading, report, sizes, turns, webhook
from tests.bench.figures import Document, Given, show, tell
from tests.mesh.tools.harness import ROOT

REPORT = {"turns": turns, "arrivals": arrivals, "sizes": sizes}
"""Parts that a report is made of, in its order."""
FULL = Given(
    messages=400,
    overload_s=300,
    workspaces=(1, 100, 1_000, 10_000),
    conversations=(1_000, 100_000, 1_000_000),
    patience_s=3_600,
)
QUICK_OVERLOAD_S = 30
"""Seconds of three times too much in a quick report."""


async def _pooler(given: Given) -> Document:
    """The store's work on PostgreSQL, directly and through PgBouncer."""
    found: Document = {}
    for way in await pooler.measure(given.seconds):
        show(way.name, way.taken_ms)
        tell(f"  {way.name}, units a second", f"{way.rate():.0f}, {way.cpu_ms():.1f} ms CPU each")
        found[way.name] = {"a_second": round(way.rate()), "cpu_ms": round(way.cpu_ms(), 2)}
    return found


async def _capacity(_given: Given) -> Document:
    """What a message costs each service, for k8s/capacity.yaml."""
    await capacity.measure(customers=400, at_once=8)
    return {}


PARTS: dict[str, Callable[[Given], Coroutine[Any, Any, Document]]] = {
    **{name: part.measure for name, part in REPORT.items()},
    "webhook": webhook.measure,
    "nlu": reading.latency,
    "readings": reading.dearest,
    "bookings": load.bookings,
    "overload": load.overload,
    "pooler": _pooler,
    "capacity": _capacity,
}


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _parser() -> argparse.ArgumentParser:
    usual = Given()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[], help="which; the report's when none is")
    parser.add_argument("--full", action="store_true", help="every size and longer measurements: some hours")
    parser.add_argument("--seconds", type=float, help="of each measurement, 10")
    parser.add_argument("--overload-seconds", dest="overload_s", type=float, help="300, of a quick report 30")
    parser.add_argument("--at-once", type=int, help="customers who write at the same time, 16")
    parser.add_argument("--seed", type=int, help="of the search for dear texts")
    parser.add_argument("--trials", type=int, help="texts that the search reads, 5000")
    parser.add_argument("--messages", type=int, help=f"turns of each kind that are measured, {usual.messages}")
    parser.add_argument("--databases", type=lambda text: tuple(text.split(",")), help="sqlite,postgres")
    parser.add_argument("--workspaces", type=_numbers, help="sizes, by commas: 1,100; with --full up to 10000")
    parser.add_argument("--conversations", type=_numbers, help="sizes, by commas: 1000,100000; with --full a million")
    parser.add_argument("--patience", dest="patience_s", type=float, help="seconds that a mesh may take to start")
    parser.add_argument("--json", type=Path, help="where to write all figures; of a report build/bench.json")
    parser.add_argument("--report", type=Path, help="where to write the page; of a report docs/performance.md")
    return parser


def main() -> None:
    """Runs the parts asked for, or those of the report."""
    asked = vars(_parser().parse_args())
    parts, as_json, page, full = (asked.pop(name) for name in ("parts", "json", "report", "full"))
    whole = not parts
    given = FULL if full else replace(Given(), overload_s=QUICK_OVERLOAD_S) if whole else Given()
    given = replace(given, **{name: value for name, value in asked.items() if value is not None})
    found: Document = {"machine": report.machine(sys.argv[1:])}
    for name in parts or REPORT:
        found[name] = asyncio.run(PARTS[name](given))
        if name in REPORT:
            sys.stdout.write(f"{REPORT[name].text(found[name])}\n\n")
            sys.stdout.flush()
    found["machine"]["load_at_the_end"] = report.load()
    if as_json or whole:
        file = as_json or ROOT / "build/bench.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    if page or whole:
        report.write(page or ROOT / "docs/performance.md", found)


if __name__ == "__main__":
    main()
