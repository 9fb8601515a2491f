"""The broker and the agenda together, with the tools of several appointments, corrections and undo: what a customer
asks for is done once, only to what is theirs, and what became of it can be learnt."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from grpc.aio import AioRpcError

from pulpo.broker.v1 import broker_pb2 as pb
from pulpo.common.v1 import action_pb2 as common
from tests.contract.broker.test_broker_agenda import SOMEBODY, agenda, appointments
from tests.unit.broker.serving import Served, action, execute_request, serving
from turn.converters import struct_from

NEW = (
    "find_free_times",
    "book_appointments",
    "change_appointment",
    "change_appointments",
    "cancel_appointments",
    "restore_appointment",
    "get_customer",
)
OK, REFUSED = common.OBSERVATION_STATUS_OK, common.OBSERVATION_STATUS_REFUSED
DAY, CUT, BEARD = "2026-03-12", "Corte de Cabello", "Barba"
TWO = [{"service_type": CUT, "date": DAY, "time": "10:00"}, {"service_type": BEARD, "date": DAY, "time": "10:45"}]
GROUP = action("book_appointments", items=TWO, client_name="Ana Ruiz", client_email="ana@example.com")


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Served]:
    often = {"limits": {"customer_writes_per_minute": 50}}
    async with agenda(tmp_path) as url, serving(tmp_path, url, tools={name: {} for name in NEW}, policy=often) as one:
        yield one


async def run(broker: Served, tool: str, turn: str, /, more: dict[str, Any] | None = None, **args: Any) -> Any:
    """The observation of one action, with what the tool answered as `said`."""
    (seen,) = await broker.execute(action(tool, **args), **{"context": {"turn_id": turn}, **(more or {})})
    return seen


async def book(broker: Served, turn: str = "book", **more: Any) -> list[str]:
    """The ids of a cut and a beard."""
    (seen,) = await broker.execute(GROUP, context={"turn_id": turn}, **more)
    return [each["booking_id"] for each in struct_from(seen.output)["appointments"]]


async def look_up(broker: Served, wanted: common.Action, turn: str) -> Any:
    """What became of a write."""
    asked = execute_request(wanted, context={"turn_id": turn}, confirmed=True)
    request = pb.LookUpWritesRequest(
        context=asked.context, customer=asked.customer, actions=asked.actions, slots=asked.slots
    )
    return await broker.stub.LookUpWrites(request, timeout=20)


async def test_free_times_are_found_and_booked_all_at_once(broker: Served) -> None:
    wanted: dict[str, Any] = {
        "items": [{"service_type": "corte de cabello"}, {"service_type": BEARD}],
        "days": ["2026-03-13"],
        "limit": 1,
    }
    found = await run(broker, "find_free_times", "find", **wanted)
    (proposal,) = struct_from(found.output)["proposals"]
    items = [{key: each[key] for key in ("service_type", "date", "time", "staff_name")} for each in proposal["items"]]
    booked = await run(
        broker, "book_appointments", "book", items=items, client_name="Ana", client_email="ana@example.com"
    )
    said = struct_from(booked.output)
    assert [each["service_type"] for each in said["appointments"]] == [CUT, BEARD]
    assert said["group_id"] == said["appointments"][0]["booking_id"]
    assert len(await appointments(broker)) == 2


async def test_a_group_is_booked_once_however_often_it_is_sent(broker: Served) -> None:
    seen = await asyncio.gather(*(broker.execute(GROUP) for _ in range(8)))
    answers = [struct_from(each.output) for (each,) in seen if each.status == OK]
    assert len({answer["group_id"] for answer in answers}) == 1
    assert len(await appointments(broker)) == 2


async def test_a_correction_takes_nothing_from_what_was_said_before(broker: Served) -> None:
    booking_id, _ = await book(broker)
    stale = {"service_type": "Coloración", "staff_name": "Sofía", "preferred_date": "2026-03-20", "client_name": "Eva"}
    seen = await run(broker, "change_appointment", "t", {"slots": stale}, booking_id=booking_id, preferred_time="12:00")
    assert struct_from(seen.args) == {"booking_id": booking_id, "preferred_time": "12:00"}
    assert struct_from(seen.output)["changed"] == ["time"]


async def test_cancelling_asks_and_undoing_and_correcting_do_not(broker: Served) -> None:
    ids = await book(broker)
    asked = await run(broker, "cancel_appointments", "t1", booking_ids=ids)
    assert (asked.status, asked.decision.why) == (REFUSED, "CONFIRMATION_REQUIRED")
    sure = {"confirmed": True}
    assert struct_from((await run(broker, "cancel_appointments", "t1", sure, booking_ids=ids)).output)["ok"]
    assert await appointments(broker) == []
    restored = await run(broker, "restore_appointment", "t2", booking_id=ids[0])
    assert struct_from(restored.output)["booking_id"] == ids[0]
    assert [each["booking_id"] for each in await appointments(broker)] == [ids[0]]
    changed = await run(broker, "change_appointment", "t3", booking_id=ids[0], client_name="Pedro")
    assert struct_from(changed.output)["after"]["client_name"] == "Pedro"


async def test_only_what_is_all_the_customers_own_is_touched(broker: Served) -> None:
    ids = await book(broker)
    (other,) = await broker.execute(
        action("book_appointments", items=[{"service_type": "Manicura", "date": DAY, "time": "10:00"}], client_name="Z",
               client_email="z@example.com"),
        context={"turn_id": "z"}, customer=SOMEBODY,
    )  # fmt: skip
    theirs = struct_from(other.output)["group_id"]
    sure: dict[str, Any] = {"confirmed": True}
    for turn, tool, args in (
        ("t1", "cancel_appointments", {"booking_ids": [*ids, theirs]}),
        ("t2", "change_appointment", {"booking_id": theirs, "client_name": "Yo"}),
        ("t3", "restore_appointment", {"booking_id": theirs}),
    ):
        seen = await run(broker, tool, turn, sure, **args)
        assert (seen.status, seen.decision.why) == (REFUSED, "NOT_OWNER"), tool
    cancel = {**sure, "customer": SOMEBODY}
    assert (await run(broker, "cancel_appointments", "t4", cancel, booking_ids=[theirs])).status == OK
    stolen = await run(broker, "restore_appointment", "t5", booking_id=theirs)
    assert stolen.decision.why == "NOT_OWNER"
    assert len(await appointments(broker)) == 2
    assert await appointments(broker, customer=SOMEBODY) == []


async def test_what_became_of_each_new_write_can_be_learnt(broker: Served) -> None:
    ids = await book(broker, "book")
    taken = action("change_appointment", booking_id=ids[0], preferred_time="13:00")
    await broker.execute(taken, context={"turn_id": "no"})
    moved = action("change_appointment", booking_id=ids[0], preferred_time="12:00")
    await broker.execute(moved, context={"turn_id": "move"})
    cancelled = action("cancel_appointments", booking_ids=ids)
    await broker.execute(cancelled, context={"turn_id": "cancel"}, confirmed=True)
    restored = action("restore_appointment", booking_id=ids[1])
    await broker.execute(restored, context={"turn_id": "restore"})
    writes = [(GROUP, "book"), (taken, "no"), (moved, "move"), (cancelled, "cancel"), (restored, "restore")]
    asked = [await look_up(broker, wanted, turn) for wanted, turn in (*writes, (GROUP, "never"))]
    states = [each.outcomes[0].state for each in asked]
    done = pb.WRITE_STATE_DONE
    assert states == [done, pb.WRITE_STATE_NOT_DONE, done, done, done, pb.WRITE_STATE_NOT_BEGUN]
    (late,) = await broker.execute(GROUP, context={"turn_id": "never"})
    assert late.error.reason == "ATTEMPT_CLOSED"
    for wanted, turn in ((moved, "move"), (restored, "restore"), (cancelled, "cancel")):
        (again,) = await broker.execute(wanted, context={"turn_id": turn}, confirmed=True)
        assert struct_from(again.output)["ok"], "a repeat gets the answer of the first"
    assert [each["booking_id"] for each in await appointments(broker)] == [ids[1]]


async def test_a_name_is_asked_for_and_an_email_is_the_businesss_to_ask(broker: Served) -> None:
    nameless = await run(broker, "book_appointments", "t1", {"slots": {"client_name": "Eva"}}, items=TWO)
    assert (nameless.decision.why, list(nameless.decision.needs)) == ("MISSING_SLOTS", ["client_name"])
    without = await run(broker, "book_appointments", "t2", items=TWO, client_name="Ana")
    assert struct_from(without.output) == {"ok": False, "reason": "EMAIL_REQUIRED"}
    await book(broker)
    other = [{"service_type": CUT, "date": "2026-03-13", "time": "10:00"}]
    known = await run(broker, "book_appointments", "t3", items=other, client_name="Ana")
    assert struct_from(known.output)["ok"], "the one that is known is taken, and never shown"
    assert struct_from((await run(broker, "get_customer", "t4")).output)["masked_email"] == "a***a@example.com"


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("find_free_times", {"items": []}),
        ("find_free_times", {"items": [{"service_type": CUT}], "days": ["mañana"]}),
        ("find_free_times", {"items": [{"service_type": CUT}], "times": ["a las 5"]}),
        ("find_free_times", {"items": [{"service_type": CUT, "staff_name": ["Pedro"]}]}),
        ("book_appointments", {"items": [{**TWO[0], "client_phone": "+1"}], "client_name": "Ana"}),
        ("book_appointments", {"items": TWO * 6, "client_name": "Ana"}),
        ("book_appointments", {"items": TWO, "client_name": "Ana", "client_email": "ana@"}),
        ("change_appointment", {"booking_id": "PB-AAAAAA"}),
        ("cancel_appointments", {"booking_ids": []}),
        ("get_customer", {"customer_name": "Ana"}),
    ],
)
async def test_arguments_out_of_shape_reach_no_tool(broker: Served, tool: str, args: dict[str, Any]) -> None:
    seen = await run(broker, tool, "t", {"confirmed": True}, **args)
    assert (seen.status, seen.decision.why) == (REFUSED, "INVALID_ARGUMENTS")


async def test_who_speaks_for_nobody_learns_of_nobody(tmp_path: Path) -> None:
    rows: Any = {name: {} for name in NEW}
    async with agenda(tmp_path) as url, serving(tmp_path, url, shows=None, tools=rows) as broker:
        found = await run(broker, "find_free_times", "t1", items=[{"service_type": CUT}])
        assert struct_from(found.output)["ok"]
        asked: dict[str, dict[str, Any]] = {"get_customer": {}, "restore_appointment": {"booking_id": "PB-AAAAAA"}}
        for tool, args in asked.items():
            with pytest.raises(AioRpcError, match="say who calls"):
                await run(broker, tool, "t2", **args)
