"""`python -m tests.faults.lab.run`: customers book while faults strike; then the checker judges.

A seed replays a schedule: the same customers, messages and faults in the same order. How threads and
processes interleave is the machine's.
"""

import argparse
import asyncio
import dataclasses
import json
import shutil
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from tests.faults.lab.checker import check
from tests.faults.lab.clocks import running_clocks
from tests.faults.lab.customers import Post, live_all
from tests.faults.lab.model import running_model
from tests.faults.lab.report import Progress, Report, summarise
from tests.faults.lab.schedule import DATABASE, Schedule, make_schedule
from tests.faults.lab.stores import server
from tests.faults.lab.twilio import running_twilio
from tests.faults.lab.world import World, running_world
from tests.mesh.tools.harness import ROOT

AT_ONCE = 24
"""Customers who write at the same time."""
SCHEDULE, EVIDENCE = "schedule.json", "evidence.json"


@dataclass(frozen=True)
class Order:
    """What is to be run."""

    seed: int
    bookings: int
    database: str
    folder: Path
    """Databases, logs, schedule and evidence go here."""
    faults: bool = True
    """Whether anything goes wrong at all."""
    replicas: int = 1
    """How many brokers and gateways there are."""
    rest: bool = False
    """Whether replies that take long go by Twilio's REST API."""
    slm: bool = False
    """Whether a language model, one that errs, reads and plans."""


async def run(order: Order) -> Report:
    """Runs one schedule and judges it."""
    schedule = make_schedule(order.seed, order.bookings, order.database, order.replicas, order.rest, order.slm)
    order.folder.joinpath(SCHEDULE).write_text(_json(dataclasses.asdict(schedule)), encoding="utf-8")
    with (
        running_clocks(order.faults) as clocks,
        server(order.database, clocks.environment(DATABASE) if clocks else {}) as url,
        running_model(order.seed, order.slm) as model,
    ):
        async with (
            running_twilio(order.rest) as twilio,
            running_world(
                order.folder, schedule.businesses, url, order.replicas, twilio=twilio, model=model, clocks=clocks
            ) as world,
        ):
            return await _run(order, schedule, world)


async def _run(order: Order, schedule: Schedule, world: World) -> Report:
    began, today, progress = time.monotonic(), datetime.now(UTC).date(), Progress(order.bookings)
    waiting = deque(schedule.faults if order.faults else ())

    def strike(begun: int) -> None:
        while waiting and waiting[0].after <= begun:
            world.inject(waiting.popleft())

    limits = httpx2.Limits(max_connections=AT_ONCE * 4, max_keepalive_connections=0)
    async with httpx2.AsyncClient(limits=limits) as client:
        post = Post(world.url, order.seed, client, strike, tuple(world.doors), world.twilio)
        await live_all(post, schedule, today, AT_ONCE, progress.visited)
    await world.calm()
    evidence = await world.evidence(tuple(post.sent))
    order.folder.joinpath(EVIDENCE).write_text(_json(dataclasses.asdict(evidence)), encoding="utf-8")
    seconds = time.monotonic() - began
    found = check(evidence)
    return summarise(schedule, today, progress, evidence, world.faults(), found, seconds)


def main() -> int:
    """Runs the lab. Returns 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.lab.run", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bookings", type=int, default=300)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--replicas", type=int, default=1, help="brokers and gateways; several need postgres")
    parser.add_argument("--rest", action="store_true", help="replies that take long go by Twilio's REST API")
    parser.add_argument("--slm", action="store_true", help="a language model that errs reads")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--report", type=Path, help="write the figures as Markdown to this file")
    parser.add_argument("--keep", action="store_true", help="keep schedule, evidence and logs in any case")
    parser.add_argument("--no-faults", action="store_true", help="the same customers without any fault")
    given = parser.parse_args()
    if given.replicas > 1 and given.database == "sqlite":
        parser.error("several replicas need --database postgres")
    folder = Path(tempfile.mkdtemp(prefix="pulpo-faults-"))
    order = Order(
        given.seed, given.bookings, given.database, folder, not given.no_faults, given.replicas, given.rest, given.slm
    )
    report = asyncio.run(run(order))
    sys.stdout.write((report.as_json() if given.json else report.as_text()) + "\n")
    if given.report:
        file = ROOT / given.report
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(report.as_markdown(before), encoding="utf-8")
    if report.violations or given.keep:
        sys.stderr.write(f"schedule, evidence and logs: {folder}\n")
        return int(report.violations > 0)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


if __name__ == "__main__":
    sys.exit(main())
