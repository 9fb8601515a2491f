"""Many at once: nobody gets what somebody else has, and a repeated call is done once."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.contract.agenda.rows import check_rows
from tests.contract.agenda.running import ANA, NOW, Running, running

pytestmark = pytest.mark.pooler
DAY = "2026-03-12"


@pytest.mark.parametrize(("service", "possible"), [("Barba", 1), ("Corte de Cabello", 3)])
async def test_of_sixty_racing_customers_as_many_get_the_time_as_there_are_staff(
    each_agenda: Running, database_url: str, service: str, possible: int
) -> None:
    answers = await asyncio.gather(*(each_agenda.book(service, DAY, "10:00", customer=f"c{n}") for n in range(60)))
    assert Counter(answer.get("reason", "booked") for answer in answers) == {"booked": possible, "TAKEN": 60 - possible}
    assert len({answer["staff_name"] for answer in answers if answer["ok"]}) == possible
    assert all("10:00" not in answer["times"] for answer in answers if not answer["ok"])
    assert len(await check_rows(database_url)) == possible


async def test_two_servers_over_one_database_do_not_double_book(database_url: str) -> None:
    async with running(database_url) as one, running(database_url) as other:
        calls = [server.book("Barba", DAY, at) for at in ("09:00", "09:15", "09:30") for server in (one, other) * 5]
        answers = await asyncio.gather(*calls)
    booked = await check_rows(database_url)
    assert len(booked) == sum(answer["ok"] for answer in answers)
    assert 1 <= len(booked) <= 2


async def test_a_key_used_thirty_times_at_once_books_once(each_agenda: Running, database_url: str) -> None:
    calls = [each_agenda.book("Corte de Cabello", DAY, "10:00", customer="c", idempotency_key="k") for _ in range(30)]
    answers = await asyncio.gather(*calls)
    assert len({answer["booking_id"] for answer in answers}) == 1
    assert len(await check_rows(database_url)) == 1


async def test_moves_into_each_others_way_leave_no_overlap(each_agenda: Running, database_url: str) -> None:
    hours = ("09:00", "09:30", "10:00", "10:30", "11:00")
    booked = [await each_agenda.book("Barba", DAY, at) for at in hours]
    for shift in range(1, 4):
        moves = [
            {"booking_id": each["booking_id"], "preferred_date": DAY, "preferred_time": hours[(index + shift) % 5]}
            for index, each in enumerate(booked)
        ]
        await asyncio.gather(*(each_agenda.call("reschedule_appointment", move) for move in moves))
        assert len(await check_rows(database_url)) == 5


async def test_an_appointment_is_cancelled_by_one_of_many(each_agenda: Running, database_url: str) -> None:
    args = {"booking_id": (await each_agenda.book("Barba", DAY, "10:00"))["booking_id"]}
    answers = await asyncio.gather(*(each_agenda.call("cancel_appointment", args) for _ in range(20)))
    assert sum(answer["ok"] for answer in answers) == 1
    assert await check_rows(database_url) == []


async def test_a_repeated_key_gets_the_answer_of_the_first_call_whatever_has_happened_since(
    each_agenda: Running,
) -> None:
    key: dict[str, Any] = {"customer": "c", "idempotency_key": "k1"}
    first = await each_agenda.book("Barba", DAY, "10:00", **key)
    cancel = {"booking_id": first["booking_id"]}
    cancelled = await each_agenda.call("cancel_appointment", cancel, customer="c", idempotency_key="k2")
    assert await each_agenda.book("Barba", DAY, "10:00", **key) == first
    assert await each_agenda.book("Barba", DAY, "10:00", now="2026-03-13T10:00:00-03:00", **key) == first
    assert await each_agenda.call("cancel_appointment", cancel, customer="c", idempotency_key="k2") == cancelled
    assert "10:00" in await each_agenda.times("Barba", DAY)


async def test_a_no_is_repeated_as_well(agenda: Running) -> None:
    booked = await agenda.book("Barba", DAY, "10:00")
    refused = await agenda.book("Barba", DAY, "10:00", customer="c", idempotency_key="k")
    await agenda.call("cancel_appointment", {"booking_id": booked["booking_id"]})
    assert await agenda.book("Barba", DAY, "10:00", customer="c", idempotency_key="k") == refused
    assert refused["reason"] == "TAKEN"


@pytest.mark.parametrize("change", [{"client_name": "Eva"}, {"preferred_time": "11:00"}, {"customer": "other"}])
async def test_a_key_belongs_to_one_call_of_one_customer(agenda: Running, change: dict[str, str]) -> None:
    args = {"service_type": "Barba", "preferred_date": DAY, "preferred_time": "10:00", **ANA}
    meta = {"customer": "c", "idempotency_key": "k"}
    await agenda.call("book_appointment", args, **meta)
    other_args, other_meta = ({**given, **{k: v for k, v in change.items() if k in given}} for given in (args, meta))
    result = await agenda.result("book_appointment", other_args, **other_meta)
    assert result.is_error
    assert (result.structured_content or {})["error"]["reason"] == "IDEMPOTENCY_KEY_REUSED"
    found = await agenda.call("find_appointment_by_phone", {"client_phone": "-"}, customer="c")
    assert len(found["appointments"]) == 1


async def test_the_same_key_in_two_workspaces_is_two_keys(agenda: Running) -> None:
    here = await agenda.book("Barba", DAY, "10:00", customer="c", idempotency_key="k")
    vet: dict[str, Any] = {"workspace_id": "veterinaria-cordillera", "customer": "c", "idempotency_key": "k"}
    there = await agenda.book("Vacunación", DAY, "10:00", **vet)
    assert here["ok"]
    assert there["service_type"] == "Vacunación"


async def test_without_a_key_every_call_is_a_new_one(agenda: Running) -> None:
    answers = [await agenda.book("Corte de Cabello", DAY, "10:00", now=NOW) for _ in range(4)]
    assert [answer["ok"] for answer in answers] == [True, True, True, False]
