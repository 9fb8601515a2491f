"""A roll-out under load: the share of the slm track grows and goes back while every service is restarted.

`make rollout` runs it and writes docs/rollout.md; `tests/mesh/envoy/test_envoy.py` runs a short one.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from envoy_config.clusters import GATEWAY_HTTP
from envoy_config.table import load_table
from tests import databases
from tests.mesh.tools.envoy_view import healthy_hosts
from tests.mesh.tools.harness import Mesh, running_mesh
from tests.mesh.tools.rollout_report import Restart, Result, judge, report
from tests.mesh.tools.traffic import Crowd, turns

SETTLE_S = 3.0
"""Seconds after a change of the track file in which messages do not count for the share: each gateway looks
every second."""
RESTART_S = 120.0
"""Seconds in which a restarted process must be served calls again."""
TABLE = load_table()


@dataclass(frozen=True)
class Phase:
    """A share for a while."""

    percent: int
    seconds: float
    kill: tuple[str, ...] = ()
    """Processes that are killed when it begins."""


def say(line: str) -> None:
    """Tells the person at the terminal."""
    print(line, flush=True)  # noqa: T201


def write_share(file: Path, percent: int) -> None:
    """Sets the share, in one step. Nobody is the pipeline switched off: a share of 0 means everybody."""
    fresh = file.with_suffix(".new")
    fresh.write_text(
        f"ENABLE_SLM_PIPELINE={str(percent > 0).lower()}\nSLM_CANARY_PERCENT={percent}\n", encoding="utf-8"
    )
    os.replace(fresh, file)


def waves(replicas: int, services: Sequence[str]) -> list[tuple[str, ...]]:
    """The processes to restart, those of a service's tracks together, one replica after the other."""
    names = [TABLE.clusters(service) for service in services]
    if replicas == 1:
        return names
    return [tuple(f"{name}-{number}" for name in clusters) for clusters in names for number in range(1, replicas + 1)]


async def restart(mesh: Mesh, names: Sequence[str], replicas: int) -> Restart:
    """SIGTERM, then until Envoy gives the new processes calls."""
    began = time.monotonic()
    before = {name: mesh.pid(name) for name in names}
    for pid in before.values():
        os.kill(pid, signal.SIGTERM)
    admin = f"127.0.0.1:{mesh.environment['PULPO_ENVOY_ADMIN_PORT']}"
    for name in names:
        cluster = name.rsplit("-", 1)[0] if replicas > 1 else name
        watched = (GATEWAY_HTTP, cluster) if cluster == "gateway" else (cluster,)
        while mesh.pid(name) == before[name] or [await healthy_hosts(admin, each) for each in watched] != [
            replicas for _ in watched
        ]:
            assert time.monotonic() - began < RESTART_S, f"{name} did not come back"
            await asyncio.sleep(0.1)
    return Restart(tuple(names), time.monotonic() - began)


async def drive(
    mesh: Mesh, share: Path, phases: Sequence[Phase], crowd: Crowd, rate: float, restarts: Sequence[tuple[str, ...]],
    replicas: int,
) -> Result:  # fmt: skip
    """Runs the phases under load and the restarts beside them; the last phase lasts until both are done."""
    stop = asyncio.Event()
    writing = asyncio.create_task(crowd.write(rate, stop))
    done: list[Restart] = []

    async def roll() -> None:
        for names in restarts:
            done.append(await restart(mesh, names, replicas))
            say(f"  restarted {', '.join(names)} in {done[-1].seconds:.0f} s")

    rolling = asyncio.create_task(roll())
    for number, phase in enumerate(phases):
        crowd.settled, crowd.phase = False, number
        write_share(share, phase.percent)
        say(f"  {phase.percent} % for {phase.seconds:.0f} s")
        await asyncio.sleep(SETTLE_S)
        crowd.settled = True
        for name in phase.kill:
            mesh.kill(name)
        await asyncio.sleep(phase.seconds)
    await rolling
    stop.set()
    await writing
    return judge([phase.percent for phase in phases], crowd.sent, turns(mesh), tuple(done))


def main() -> int:
    """The long run. Status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    parser.add_argument("--customers", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=45.0, help="length of a phase")
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    phases = [
        Phase(0, given.seconds),
        Phase(10, given.seconds),
        Phase(50, given.seconds),
        Phase(50, given.seconds, kill=("extractor-slm-1", "extractor-slm-2")),
        Phase(0, given.seconds),
    ]
    found = databases.programs()
    assert found, databases.NOT_FOUND
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(databases.fresh_database(stack.enter_context(databases.server(found))))
        share = data / "share.env"
        write_share(share, 0)
        settings = {f"PULPO_{name}_DATABASE_URL": url for name in ("AGENDA", "BROKER", "GATEWAY")}
        say("Starting two of everything …")
        mesh = stack.enter_context(
            running_mesh(data, "--replicas", "2", verb="mesh", PULPO_TRACK_FILE=str(share), **settings)
        )
        every = waves(2, tuple(TABLE.services))
        crowd = Crowd(mesh, given.customers)
        result = asyncio.run(drive(mesh, share, phases, crowd, given.rate, every, 2))
        text = report(result, given.rate, given.customers, " ".join(sys.argv[1:]))
    say(text)
    if given.report:
        given.report.write_text(text, encoding="utf-8")
    return 0 if result.kept else 1


if __name__ == "__main__":
    sys.exit(main())
