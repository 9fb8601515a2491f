"""Whatever customers do one after another, nobody has two appointments at once, nothing lies
outside opening hours, and what is free is offered."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from agenda.booking.call_context import CallContext
from agenda.booking.changes import Change
from agenda.booking.groups import GroupItem
from agenda.booking.transactions import BookingRequest
from agenda.server.operations import Operations
from agenda.storage.store import AgendaStore
from runtime.data.database import Database, sqlite_url
from tests.contract.agenda.rows import check_rows
from tests.unit.agenda.businesses import business, caller
from workspace.parts.rules import Booking

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
    st.tuples(st.just("change"), customers, numbers, st.none() | st.sampled_from(DAYS), st.none() | hours,
              st.none() | services, staff),
    st.tuples(st.just("group"), customers, st.lists(st.tuples(services, st.sampled_from(DAYS), hours, staff,
              st.sampled_from(["Ana", "Luis"])), min_size=2, max_size=3)),
    st.tuples(st.just("restore"), customers, numbers),
)  # fmt: skip


def _unlimited(customer: str) -> CallContext:
    """A customer of a business that limits nobody: what is limited is in the contract tests."""
    limits = Booking(max_open_per_customer=1000, max_new_per_day=1000)
    return replace(caller(customer), workspace=business().model_copy(update={"booking": limits}))


class _World:
    """An agenda, and what we remember of it ourselves."""

    def __init__(self, operations: Operations) -> None:
        self.agenda = operations
        self.booked: list[tuple[str, dict[str, Any]]] = []
        self.cancelled: list[tuple[str, dict[str, Any]]] = []

    async def take(self, step: tuple[Any, ...]) -> None:
        kind, customer, *rest = step
        who = _unlimited(customer)
        if kind == "book":
            service, day, at, name = rest
            answer = await self.agenda.book(who, BookingRequest(service, day, at, name), "Ana", "a@example.com", None)
            if answer["ok"]:
                known = [mine["booking_id"] for _, mine in self.booked]
                if answer["booking_id"] not in known:  # asked for again, it is the same appointment
                    self.booked.append((customer, answer))
                assert name in (None, answer["staff_name"])
                assert service in next(m.service_names for m in business().staff if m.name == answer["staff_name"])
        elif kind == "group":
            await self._group(customer, rest[0])
        elif kind == "restore":
            await self._restore(customer, rest[0])
        elif self.booked and kind == "change":
            await self._correct(customer, self.booked[rest[0] % len(self.booked)], Change(*rest[1:]))
        elif self.booked:
            await self._change(kind, customer, self.booked[rest[0] % len(self.booked)], rest[1:])

    async def _change(self, kind: str, customer: str, target: tuple[str, dict[str, Any]], rest: list[Any]) -> None:
        owner, known = target
        booking_id, who, cancels = known["booking_id"], _unlimited(customer), kind == "cancel"
        answer = await (self.agenda.cancel(who, booking_id) if cancels else self.agenda.move(who, booking_id, *rest))
        if answer["ok"]:
            assert owner == customer
            self.booked.remove(target)
            if cancels:
                self.cancelled.append(target)
            else:
                assert answer["previous"] == {"date": known["date"], "time": known["time"]}
                self.booked.append((owner, {**known, **answer}))
        elif owner != customer:
            assert answer == {"ok": False, "reason": "NOT_FOUND"}

    async def _group(self, customer: str, wanted: list[tuple[Any, ...]]) -> None:
        items = [GroupItem(BookingRequest(*each[:4]), each[4]) for each in wanted]
        answer = await self.agenda.book_all(_unlimited(customer), items, "Ana", "a@example.com", None)
        if answer["ok"]:
            rows = answer["appointments"]
            asked = [(each[0], each[1], each[2]) for each in wanted]
            assert [(row["service_type"], row["date"], row["time"]) for row in rows] == asked
            known = [mine["booking_id"] for _, mine in self.booked]
            assert answer["already"] is all(row["booking_id"] in known for row in rows)
            self.booked += [(customer, row) for row in rows if row["booking_id"] not in known]

    async def _correct(self, customer: str, target: tuple[str, dict[str, Any]], wanted: Change) -> None:
        owner, known = target
        answer = await self.agenda.change(_unlimited(customer), known["booking_id"], wanted)
        if answer["ok"]:
            assert owner == customer
            after = answer["after"]
            named = {name: value for name, value in vars(wanted).items() if value is not None}
            assert {name: after[name] for name in named} == named
            assert {name: answer["before"][name] for name in ("date", "time", "staff_name")} == {
                name: known[name] for name in ("date", "time", "staff_name")
            }
            self.booked.remove(target)
            self.booked.append((owner, {**known, **after}))

    async def _restore(self, customer: str, number: int) -> None:
        if self.cancelled:
            target = self.cancelled[number % len(self.cancelled)]
            answer = await self.agenda.restore(_unlimited(customer), target[1]["booking_id"])
            if answer["ok"]:
                assert target[0] == customer
                self.cancelled.remove(target)
                self.booked.append(target)


@given(st.lists(steps, min_size=5, max_size=25))
# Not shrunk: each example lives in a database of its own, and shrinking would outlast the test's time.
@settings(
    max_examples=20,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@example(taken=[("cancel", "eva", 4), ("move", "ana", 8, "2026-03-12", "13:00")])
def test_any_sequence_leaves_an_agenda_that_can_be_kept(taken: list[tuple[Any, ...]]) -> None:
    async def live(url: str) -> None:
        store = AgendaStore(Database(url))
        try:
            await store.open()
            await _live(_World(Operations(store)), url, taken)
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
    who = caller("zoe")
    answer = await world.agenda.check(who, "Brushing", DAYS[0], None)
    for at, names in list(answer["staff_by_time"].items())[-1:]:
        for name in names:
            booked = await world.agenda.book(
                who, BookingRequest("Brushing", DAYS[0], at, name), "Ana", "a@example.com", None
            )
            assert booked["ok"]
        refused = await world.agenda.book(
            caller("bea"), BookingRequest("Brushing", DAYS[0], at, None), "Bea", "b@example.com", None
        )
        assert refused["reason"] == "TAKEN"
