"""Whatever customers do one after another, nobody has two appointments at once, nothing lies
outside opening hours, and what is free is offered."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agenda.booking import Request
from agenda.desk import Desk
from agenda.store import Store
from runtime.database import Database, sqlite_url
from tests.contract.agenda.rows import check_rows
from tests.unit.agenda.businesses import NOW, business, caller

DAYS = ("2026-03-12", "2026-03-14")
services = st.sampled_from(business().service_names)
staff = st.none() | st.sampled_from(business().staff_names)
hours = st.builds("{:02d}:{:02d}".format, st.integers(9, 18), st.sampled_from([0, 15, 30, 45]))
customers = st.sampled_from(["ana", "eva"])
numbers = st.integers(0, 30)
steps = st.one_of(
    st.tuples(st.just("book"), customers, services, st.sampled_from(DAYS), hours, staff),
    st.tuples(st.just("book"), customers, services, st.sampled_from(DAYS), hours, staff),
    st.tuples(st.just("cancel"), customers, numbers),
    st.tuples(st.just("move"), customers, numbers, st.sampled_from(DAYS), hours),
)


class _World:
    """An agenda, and what we remember of it ourselves."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.booked: list[tuple[str, dict[str, Any]]] = []

    async def take(self, step: tuple[Any, ...]) -> None:
        kind, customer, *rest = step
        who = caller(customer)
        if kind == "book":
            service, day, at, name = rest
            answer = await self.desk.book(who, Request(service, day, at, name), "Ana", "a@example.com", None)
            if answer["ok"]:
                known = [mine["booking_id"] for _, mine in self.booked]
                if answer["booking_id"] not in known:  # asked for again, it is the same appointment
                    self.booked.append((customer, answer))
                assert name in (None, answer["staff_name"])
                assert service in next(m.services for m in business().staff if m.name == answer["staff_name"])
        elif self.booked:
            await self._change(kind, customer, self.booked[rest[0] % len(self.booked)], rest[1:])

    async def _change(self, kind: str, customer: str, target: tuple[str, dict[str, Any]], rest: list[Any]) -> None:
        owner, known = target
        booking_id, who, cancels = known["booking_id"], caller(customer), kind == "cancel"
        answer = await (self.desk.cancel(who, booking_id) if cancels else self.desk.move(who, booking_id, *rest))
        if answer["ok"]:
            assert owner == customer
            self.booked.remove(target)
            if not cancels:
                assert answer["previous"] == {"date": known["date"], "time": known["time"]}
                self.booked.append((owner, {**known, **answer}))
        elif owner != customer:
            assert answer == {"ok": False, "reason": "NOT_FOUND"}


@given(st.lists(steps, min_size=5, max_size=25))
# Not shrunk: each example lives in a database of its own, and shrinking would outlast the test's time.
@settings(
    max_examples=15,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
def test_any_sequence_leaves_an_agenda_that_can_be_kept(taken: list[tuple[Any, ...]]) -> None:
    async def live(url: str) -> None:
        store = Store(Database(url))
        try:
            await _live(_World(Desk(store)), url, taken)
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(sqlite_url(Path(folder), "agenda")))


async def _live(world: _World, url: str, taken: list[tuple[Any, ...]]) -> None:
    for step in taken:
        await world.take(step)
    rows = await check_rows(url)
    _inside_hours(rows)
    remembered = {(a["booking_id"], a["date"], a["time"], a["staff_name"]) for _, a in world.booked}
    assert {(row.booking_id, row.date, row.time, row.staff_name) for row in rows} == remembered
    await _offers_are_true(world)


def _inside_hours(rows: list[Any]) -> None:
    for row in rows:
        start = int(row.time[:2]) * 60 + int(row.time[3:])
        spans = business().hours_on(date.fromisoformat(row.date))
        assert any(
            span.start.hour * 60 + span.start.minute <= start
            and start + row.minutes <= span.end.hour * 60 + span.end.minute
            for span in spans
        )


async def _offers_are_true(world: _World) -> None:
    """Every time offered for a service can be booked, by each of those named; the last one is."""
    who = replace(caller("ana"), now=NOW)
    answer = await world.desk.check(who, "Brushing", DAYS[0], None)
    for at, names in list(answer["staff_by_time"].items())[-1:]:
        for name in names:
            booked = await world.desk.book(who, Request("Brushing", DAYS[0], at, name), "Ana", "a@example.com", None)
            assert booked["ok"]
        refused = await world.desk.book(who, Request("Brushing", DAYS[0], at, None), "Bea", "b@example.com", None)
        assert refused["reason"] == "TAKEN"
