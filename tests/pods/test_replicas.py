"""Pods come and go while customers write: nothing is lost, and what is said is so."""

import asyncio
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.databases import query
from tests.pods.containers import podman
from tests.pods.replicas import (
    BEFORE_STOP_S,
    PROBES,
    SERVICES,
    Customers,
    Deployment,
    note,
    running_replicas,
    until_ready,
)

pytestmark = pytest.mark.timeout(900)
METRICS = {"extractor": 9051, "planner": 9052, "broker": 9053, "nlg": 9054}
AT_ONCE = 2


@pytest.fixture(scope="module")
def world() -> Iterator[Deployment]:
    with running_replicas() as running:
        yield running


def check(world: Deployment, customers: Customers) -> None:
    """Everybody who was told that it is booked has one appointment, and no two have one time."""
    rows = query(world.database, "SELECT customer, date, time, staff_name FROM appointments WHERE status = 'booked'")
    owners = [str(row["customer"]).removeprefix("whatsapp:") for row in rows]
    assert len(owners) == len(set(owners))
    told = {one.customer for one in customers.written if "reservado" in one.reply}
    assert told <= set(owners)
    times = [(row["date"], row["time"], row["staff_name"]) for row in rows]
    assert len(times) == len(set(times))
    denied = {one.customer for one in customers.written if "no hice ningún cambio" in one.reply}
    assert denied & set(owners) == set()


async def test_a_rolling_update_loses_nothing_and_new_pods_get_calls(world: Deployment) -> None:
    async with httpx2.AsyncClient(timeout=30) as client:
        customers = Customers(world, client)
        load = asyncio.create_task(customers.keep_writing(AT_ONCE))
        for service in SERVICES:
            for old, new in (("a", "c"), ("b", "d")):
                name = await asyncio.to_thread(world.play, service, new)
                port = world.ports.pop(name, 0)  # a gateway gets messages when it is ready
                await until_ready(world, [name])
                if port:
                    world.ports[name] = port
                began = time.monotonic()
                if metrics := METRICS.get(service):
                    while not await asyncio.to_thread(world.calls, name, metrics):
                        assert time.monotonic() - began < 180, f"{name} gets no calls"
                        await asyncio.sleep(1)
                    note(f"{name}: first call {time.monotonic() - began:.0f} s after it was ready")
                world.ports.pop(f"{service}-{old}", None)
                await asyncio.sleep(BEFORE_STOP_S)
                await asyncio.to_thread(world.stop, f"{service}-{old}")
        customers.stop()
        await load
    lost = [one for one in customers.written if one.status != 200 or not one.reply]
    booked = sum("reservado" in one.reply for one in customers.written)
    unsure = [one.reply for one in customers.written if one not in lost and "reservado" not in one.reply]
    note(f"rolling update: {len(customers.written)} messages, {booked} booked, {len(unsure)} not, {len(lost)} lost")
    for said in sorted(set(unsure)):
        note(f"  {unsure.count(said)} x {said}")
    assert lost == []
    # on two cores a pod that starts takes them from those that serve: some turns run out of time, and say so
    assert len(unsure) <= len(customers.written) / 100
    check(world, customers)


async def test_the_pooler_may_be_restarted(world: Deployment) -> None:
    async with httpx2.AsyncClient(timeout=30) as client:
        customers = Customers(world, client, "manicura")
        load = asyncio.create_task(customers.keep_writing(AT_ONCE))
        for _ in range(3):
            before = len(customers.written)
            await asyncio.to_thread(world.pooler.stop)
            await asyncio.to_thread(world.pooler.start)
            async with asyncio.timeout(60):
                while not any("reservado" in one.reply for one in customers.written[before:]):  # noqa: ASYNC110 - as customers
                    await asyncio.sleep(0.1)
        customers.stop()
        await load
    check(world, customers)


async def test_a_nodes_worth_of_pods_may_die_at_once(world: Deployment) -> None:
    """One pod of every service is killed; the others go on, and nothing that was acknowledged is lost."""
    names = sorted(world.plays)
    dying = [next(name for name in names if name.startswith(f"{service}-")) for service in PROBES]
    async with httpx2.AsyncClient(timeout=30) as client:
        customers = Customers(world, client, "brushing con maria")
        load = asyncio.create_task(customers.keep_writing(AT_ONCE))
        while len(customers.written) < 20:  # noqa: ASYNC110 - as customers do
            await asyncio.sleep(0.05)
        await asyncio.to_thread(world.kill, *dying)
        for name in dying:
            world.ports.pop(name, None)
        killed = len(customers.written)
        async with asyncio.timeout(120):
            late = killed + 2 * AT_ONCE
            while sum("reservado" in one.reply for one in customers.written[late:]) < 20:  # noqa: ASYNC110 - as customers
                await asyncio.sleep(0.1)
        customers.stop()
        await load
    for name in dying:
        podman("kube", "down", "-", stdin=world.plays.pop(name), check=False)
    broken = [one for one in customers.written if one.status == 0]
    assert len(broken) <= AT_ONCE, "only what was under way at the gateway that died"
    assert {one.to for one in broken} <= set(dying)
    check(world, customers)
