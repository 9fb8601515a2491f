"""The broker and the agenda together: what a customer asks for exists once, and only for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agenda.server.app import build_app
from agenda.settings import AgendaSettings
from agenda.storage.store import AgendaStore as AgendaStore
from pulpo.common.v1 import action_pb2 as common
from runtime.data.database import Database, sqlite_url
from runtime.http.server import HttpServer
from tests.identity import settings_of
from tests.unit.broker.builders import ADDRESS, BOOKING, NOW, PHONE, ROOT
from tests.unit.broker.serving import Served, action, serving
from turn.converters import struct_from
from workspace.loader import load_registry

CHECK_THEN_BOOK = (action("check_service_availability"), action("book_appointment"))
FIND = action("find_appointment_by_phone")
OK = common.OBSERVATION_STATUS_OK
SOMEBODY = {"address": "whatsapp:+5491166667777", "phone": "+5491166667777"}


@asynccontextmanager
async def agenda(folder: Path) -> AsyncIterator[str]:
    """A running agenda; gives the URL of its tools."""
    registry = load_registry(ROOT / "k8s/base/workspaces")
    store = AgendaStore(Database(sqlite_url(folder, "agenda")))
    now = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
    app, _ = build_app(AgendaSettings(_env_file=None, **settings_of("agenda")), registry, store, lambda: now)
    server = HttpServer(1.0, most=100)
    port = server.listen("127.0.0.1", 0)
    await server.start(app)
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        await server.stop()
        await store.close()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Served]:
    async with agenda(tmp_path) as url, serving(tmp_path, url) as one:
        yield one


async def appointments(broker: Served, **more: Any) -> list[dict[str, Any]]:
    (found,) = await broker.execute(FIND, **more)
    assert found.status == OK
    listed: list[dict[str, Any]] = struct_from(found.output).get("appointments", [])
    return listed


@pytest.mark.parametrize(
    "tool",
    ["get_available_services", "get_business_hours", "get_service_packages", "get_active_promotions"],
)
async def test_each_question_is_answered(broker: Served, tool: str) -> None:
    (seen,) = await broker.execute(action(tool))
    assert (seen.status, struct_from(seen.output)["ok"]) == (OK, True)


async def test_a_booking_is_made_and_found(broker: Served) -> None:
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    made = struct_from(book.output)
    assert (made["ok"], made["date"], made["time"]) == (True, "2026-03-12", "10:00")
    (found,) = await appointments(broker)
    assert found["booking_id"] == made["booking_id"]


async def test_a_repeat_at_another_time_learns_what_the_first_did(broker: Served) -> None:
    _, first = await broker.execute(*CHECK_THEN_BOOK)
    _, again = await broker.execute(*CHECK_THEN_BOOK, now=NOW + timedelta(hours=3))
    assert struct_from(again.output) == struct_from(first.output)
    assert len(await appointments(broker)) == 1


async def test_a_request_repeated_at_once_and_later_books_once(broker: Served) -> None:
    seen = await asyncio.gather(*(broker.execute(*CHECK_THEN_BOOK) for _ in range(8)))
    seen.append(await broker.execute(*CHECK_THEN_BOOK))
    booked = {struct_from(book.output)["booking_id"] for _, book in seen if book.status == OK}
    assert len(booked) == 1
    assert len(await appointments(broker)) == 1
    assert struct_from(seen[-1][1].output)["booking_id"] in booked


async def test_a_repeat_after_both_restarted_gives_the_same_booking(tmp_path: Path) -> None:
    ids = []
    for _ in range(2):
        async with agenda(tmp_path) as url, serving(tmp_path, url) as broker:
            _, book = await broker.execute(*CHECK_THEN_BOOK)
            ids.append(struct_from(book.output)["booking_id"])
    assert ids[0] == ids[1]


async def test_an_appointment_is_moved_and_cancelled_by_its_owner_alone(broker: Served) -> None:
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    booking_id = struct_from(book.output)["booking_id"]
    move = action("reschedule_appointment", booking_id=booking_id, preferred_date="2026-03-13", preferred_time="11:00")
    cancel = action("cancel_appointment", booking_id=booking_id)
    for theft in (move, cancel):
        (seen,) = await broker.execute(theft, confirmed=True, customer=SOMEBODY, context={"turn_id": "t2"})
        assert seen.decision.why == "NOT_OWNER"
    assert len(await appointments(broker)) == 1
    (moved,) = await broker.execute(move, confirmed=True, slots={}, context={"turn_id": "t3"})
    assert (struct_from(moved.output)["date"], struct_from(moved.output)["time"]) == ("2026-03-13", "11:00")
    (cancelled,) = await broker.execute(cancel, confirmed=True, context={"turn_id": "t4"})
    assert struct_from(cancelled.output)["ok"] is True
    (again,) = await broker.execute(cancel, confirmed=True, context={"turn_id": "t4"})
    assert struct_from(again.output)["ok"] is True
    assert await appointments(broker) == []


async def test_a_customer_without_a_phone_has_their_own_appointments_too(broker: Served) -> None:
    nameless = {"address": "whatsapp:AR.1502576394655843"}
    await broker.execute(*CHECK_THEN_BOOK, customer=nameless)
    assert len(await appointments(broker, customer=nameless)) == 1
    assert await appointments(broker) == []


async def test_a_taken_time_is_not_booked_again(broker: Served) -> None:
    staff = {**BOOKING, "staff_name": "Carlos"}
    await broker.execute(*CHECK_THEN_BOOK, slots=staff)
    _, book = await broker.execute(*CHECK_THEN_BOOK, slots=staff, customer=SOMEBODY, context={"turn_id": "other"})
    assert (book.status, book.error.reason) == (common.OBSERVATION_STATUS_SKIPPED, "NOT_AVAILABLE")
    assert await appointments(broker, customer=SOMEBODY) == []


async def test_ids_of_the_customer_come_from_the_channel(broker: Served) -> None:
    _, book = await broker.execute(action("check_service_availability"), action("book_appointment", client_phone="+1"))
    assert struct_from(book.args)["client_phone"] == PHONE
    assert (await appointments(broker, customer={"address": ADDRESS, "phone": PHONE}))[0]["time"] == "10:00"
