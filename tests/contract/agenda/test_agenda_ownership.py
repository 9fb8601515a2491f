"""Whose appointment it is, and which business is asked."""

from pathlib import Path
from typing import Any

import pytest

from runtime.data.database import sqlite_url
from tests.contract.agenda.running import Running, running

ANA_ADDRESS = "whatsapp:+5491155551234"
DAY = "2026-03-12"


@pytest.mark.parametrize(
    ("meta", "allowed"),
    [
        ({"customer": ANA_ADDRESS}, True),
        ({}, True),
        ({"customer": "whatsapp:AR.1", "customer_phone": "+5491155551234"}, True),
        ({"customer": "whatsapp:AR.1", "customer_phone": "+54 9 11 5555 1234"}, True),
        ({"customer": "whatsapp:AR.1"}, False),
        ({"customer": "whatsapp:AR.1", "customer_phone": ""}, False),
        ({"customer": "whatsapp:AR.1", "customer_phone": "+5491155559999"}, False),
        ({"customer": ""}, False),
        ({"customer": "", "customer_phone": ""}, False),
        ({"customer": ANA_ADDRESS.upper()}, False),
    ],
)
@pytest.mark.parametrize("tool", ["cancel_appointment", "reschedule_appointment"])
async def test_a_customer_changes_only_their_own(
    agenda: Running, tool: str, meta: dict[str, str], allowed: bool
) -> None:
    booked = await agenda.book("Barba", DAY, "10:00", customer=ANA_ADDRESS, customer_phone="+5491155551234")
    args = {"booking_id": booked["booking_id"]}
    if tool == "reschedule_appointment":
        args |= {"preferred_date": DAY, "preferred_time": "11:00"}
    answer = await agenda.call(tool, args, **meta)
    assert answer == {"ok": False, "reason": "NOT_FOUND"} if not allowed else answer["ok"]
    assert ("10:00" in await agenda.times("Barba", DAY)) is allowed


async def test_an_appointment_without_owner_or_phone_belongs_to_nobody_by_accident(agenda: Running) -> None:
    booked = await agenda.book("Barba", DAY, "10:00")
    for meta in ({"customer": ""}, {"customer": "", "customer_phone": ""}, {"customer": "c", "customer_phone": ""}):
        args = {"booking_id": booked["booking_id"]}
        assert (await agenda.call("cancel_appointment", args, **meta))["reason"] == "NOT_FOUND"
        found = await agenda.call("find_appointment_by_phone", {"client_phone": " "}, **meta)
        assert found["appointments"] == []


async def test_find_gives_the_owners_and_those_with_the_phone_each_once(agenda: Running) -> None:
    phone = "+5491155551234"
    mine = await agenda.book("Barba", DAY, "11:00", customer=ANA_ADDRESS)
    hers = await agenda.book("Barba", DAY, "10:00", customer="whatsapp:AR.2", customer_phone=phone)
    await agenda.book("Barba", DAY, "12:00", customer="whatsapp:AR.3", customer_phone="+5491155550000")
    args = {"client_phone": phone}
    found = await agenda.call("find_appointment_by_phone", args, customer=ANA_ADDRESS, customer_phone=phone)
    assert [each["booking_id"] for each in found["appointments"]] == [hers["booking_id"], mine["booking_id"]]
    assert set(found["appointments"][0]) == {
        "booking_id",
        "service_type",
        "date",
        "time",
        "staff_name",
        "staff_requested",
        "client_name",
    }


async def test_a_phone_that_an_argument_names_opens_nothing_of_anybodys(agenda: Running) -> None:
    victim = "+5491155551234"
    hers = await agenda.book("Barba", DAY, "10:00", customer=f"whatsapp:{victim}", customer_phone=victim)
    thief = {"customer": "whatsapp:+5491166660000", "customer_phone": "+5491166660000"}
    found = await agenda.call("find_appointment_by_phone", {"client_phone": victim}, **thief)
    assert found == {"ok": True, "appointments": []}
    his = await agenda.book("Barba", DAY, "12:00", more={"client_phone": victim}, **thief)
    assert (hers["ok"], his["ok"]) == (True, True)
    found = await agenda.call("find_appointment_by_phone", {"client_phone": victim}, customer=f"whatsapp:{victim}")
    assert [each["booking_id"] for each in found["appointments"]] == [hers["booking_id"]]


async def test_the_customers_phone_is_kept_when_no_other_is_given(agenda: Running) -> None:
    await agenda.book("Barba", DAY, "10:00", customer="whatsapp:AR.1", customer_phone="+5491155551234")
    found = await agenda.call("find_appointment_by_phone", {"client_phone": "+5491155551234"})
    assert len(found["appointments"]) == 1


@pytest.mark.parametrize("booking_id", ["PB-AAAAAA", "pb-aaaaaa", "PB-AAAAAA ' OR 1=1", "", "PB-ÁAAAAA", "PB-AAAAAA\n"])
async def test_a_guessed_id_is_not_found(agenda: Running, booking_id: str) -> None:
    await agenda.book("Barba", DAY, "10:00")
    answer = await agenda.call("cancel_appointment", {"booking_id": booking_id})
    assert answer == {"ok": False, "reason": "NOT_FOUND"}


@pytest.mark.parametrize(
    ("settings", "meta", "reason"),
    [
        ({}, {}, None),
        ({"agenda_default_workspace": "nobody"}, {}, "UNKNOWN_WORKSPACE"),
        ({"profile": "production"}, {}, "WORKSPACE_REQUIRED"),
        ({"profile": "production"}, {"workspace_id": "estudio-pulpo"}, None),
        ({}, {"workspace_id": "../estudio-pulpo"}, "UNKNOWN_WORKSPACE"),
        ({}, {"workspace_id": "x" * 201}, "INVALID_META"),
        ({}, {"workspace_id": 7}, "INVALID_META"),
        ({}, {"now": "yesterday"}, "INVALID_META"),
        ({}, {"now": "2026-03-11T10:00:00"}, "INVALID_META"),
        ({}, {"now": "0001-01-01T00:00:00Z"}, "INVALID_META"),
        ({}, {"customer": "a\u0000b"}, "INVALID_META"),
        ({}, {"idempotency_key": ["k"]}, "INVALID_META"),
    ],
)
async def test_a_call_must_say_which_business_and_say_it_well(
    tmp_path: Path, settings: dict[str, Any], meta: dict[str, Any], reason: str | None
) -> None:
    async with running(sqlite_url(tmp_path, "agenda"), **settings) as agenda:
        result = await agenda.result("get_business_hours", **meta)
    assert result.is_error is (reason is not None)
    if reason:
        assert (result.structured_content or {})["error"]["reason"] == reason


async def test_the_time_is_the_callers_or_else_the_services(agenda: Running) -> None:
    past = {"service_type": "Barba", "date_str": "2026-03-11"}
    later = "2026-03-11T16:20:00-03:00"
    assert (await agenda.call("check_service_availability", past, now=None))["times"][0] == "10:15"
    assert (await agenda.call("check_service_availability", past, now=later))["times"][0] == "16:30"


async def test_asking_twice_for_the_same_appointment_makes_one(agenda: Running) -> None:
    wanted = {
        "service_type": "Manicura",
        "preferred_date": "2026-03-12",
        "preferred_time": "11:00",
        "client_name": "Eva Paz",
        "client_email": "eva@test.com",
    }
    first = await agenda.call("book_appointment", wanted, customer="whatsapp:+5491150000001")
    again = await agenda.call(
        "book_appointment", {**wanted, "client_name": "eva paz"}, customer="whatsapp:+5491150000001"
    )
    other = await agenda.call("book_appointment", wanted, customer="whatsapp:+5491150000002")
    assert first["ok"]
    assert again["booking_id"] == first["booking_id"]
    assert other["reason"] == "TAKEN"
