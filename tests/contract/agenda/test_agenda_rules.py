"""Rules of booking over a real server and real databases: classes, resources, deadlines, own questions."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from agenda.storage.erasure import AgendaErasure
from agenda.storage.owner import OwnersAgenda
from runtime.data.database import Database
from tests.contract.agenda.running import NOW, Running, item, running
from tests.poolers import pool_for
from workspace.loader import load_registry
from workspace.parts.people import StaffException

EXAMPLES = Path(__file__).parents[3] / "examples/workspaces"
STUDIO, CLINIC, WORKSHOP = "estudio-lavapies", "odontologia-centro", "taller-cumbres"
MONDAY, FRIDAY = "2026-03-16", "2026-03-13"
CAR = {"answers": {"car": "Jetta 2015", "plates": "ABC-12-34"}}
INSURED = {"answers": {"insurer": "OSDE"}}


@pytest.fixture
async def trades(database_url: str) -> AsyncIterator[Running]:
    """An agenda of the example businesses, on each kind of database."""
    async with running(database_url, load_registry(EXAMPLES)) as one:
        assert await one.store.is_ready(), "it has its tables"
        yield one


async def rows(url: str, query: str) -> list[dict[str, Any]]:
    """What a query of the agenda's database finds."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = [dict(row._mapping) for row in await connection.execute(text(query))]
    await engine.dispose()
    return found


async def test_a_class_takes_as_many_of_racing_customers_as_it_has_places(trades: Running, database_url: str) -> None:
    asked = [item("Yoga", MONDAY, "19:00")]
    answers = await asyncio.gather(*(trades.book_all(*asked, customer=f"c{n}", workspace_id=STUDIO) for n in range(12)))
    assert Counter(answer.get("reason", "booked") for answer in answers) == {"booked": 8, "TAKEN": 4}
    taken = await rows(database_url, "SELECT DISTINCT unit FROM unit_cells")
    assert len(taken) == 8
    assert await rows(database_url, "SELECT * FROM appointment_cells") == [], "the class keeps its teacher anyhow"


async def test_several_places_are_booked_and_freed_together(trades: Running) -> None:
    async def book(places: int, customer: str) -> dict[str, Any]:
        wanted = {**item("Yoga", MONDAY, "19:00"), "places": places}
        return await trades.book_all(wanted, customer=customer, workspace_id=STUDIO)

    five, four = await book(5, "a"), await book(4, "b")
    assert five["appointments"][0] | {"places": 5, "price_min": 62.5} == five["appointments"][0]
    assert four["reason"] == "TAKEN"
    assert "19:00" not in four.get("times", [])
    assert (await book(3, "c"))["ok"]
    booking_id = five["appointments"][0]["booking_id"]
    assert (await trades.call("cancel_appointment", {"booking_id": booking_id}, customer="a", workspace_id=STUDIO))[
        "ok"
    ]
    assert (await book(5, "d"))["ok"]


async def test_two_bays_take_two_cars_at_once_and_nobody_is_named(trades: Running) -> None:
    calls = [
        trades.book_all(item("Frenos", FRIDAY, "09:00"), more=CAR, customer=f"c{n}", workspace_id=WORKSHOP)
        for n in range(4)
    ]
    answers = await asyncio.gather(*calls)
    booked = [answer["appointments"][0] for answer in answers if answer["ok"]]
    assert [one["staff_name"] for one in booked] == ["", ""]
    later = {"booking_id": booked[0]["booking_id"], "preferred_time": "11:00"}
    owner = next(f"c{n}" for n, answer in enumerate(answers) if answer["ok"])
    assert (await trades.call("change_appointment", later, customer=owner, workspace_id=WORKSHOP))["ok"]
    again = await trades.book_all(item("Frenos", FRIDAY, "09:00"), more=CAR, customer="e", workspace_id=WORKSHOP)
    assert again["ok"], "the bay is free again"


async def test_what_the_business_asks_is_needed_kept_and_forgotten(trades: Running, database_url: str) -> None:
    wanted, who = item("Cambio de Aceite", FRIDAY, "10:00"), {"customer": "c", "workspace_id": WORKSHOP}
    lacking = await trades.book_all(wanted, more={"answers": {"car": "Jetta"}}, **who)
    assert (lacking["reason"], lacking["answers"]) == ("ANSWERS_REQUIRED", ["plates"])
    assert (await trades.book_all(wanted, more=CAR, **who))["ok"]
    (kept,) = await rows(database_url, "SELECT answers FROM appointments")
    assert kept["answers"] == '{"car": "Jetta 2015", "plates": "ABC-12-34"}'
    workshop = load_registry(EXAMPLES).get(WORKSHOP)
    assert workshop
    database = Database(database_url, pool=pool_for(database_url))
    await AgendaErasure(database).customer([workshop], ["c"], "", datetime.fromisoformat(NOW))
    await database.close()
    assert await rows(database_url, "SELECT answers FROM appointments") == [{"answers": None}]
    assert await rows(database_url, "SELECT unit FROM unit_cells") == []


async def test_the_deadline_of_a_booking_is_kept_with_it_and_holds_for_customers(trades: Running) -> None:
    who: dict[str, Any] = {"customer": "c", "workspace_id": CLINIC}
    booked = await trades.book_all(item("Limpieza Dental", FRIDAY, "09:00", "Dra. Gómez"), more=INSURED, **who)
    booking_id = booked["appointments"][0]["booking_id"]
    (known,) = (await trades.call("get_customer", **who))["appointments"]
    assert known["cancel_until"] == "2026-03-12T12:00:00+00:00"
    late: dict[str, Any] = {**who, "now": "2026-03-12T15:00:00-03:00"}
    no = await trades.call("cancel_appointments", {"booking_ids": [booking_id]}, **late)
    assert (no["reason"], no["until"]) == ("CANCEL_TOO_LATE", 1440)
    moved = {"booking_id": booking_id, "preferred_time": "10:00"}
    assert (await trades.call("change_appointment", moved, **late))["reason"] == "MOVE_TOO_LATE"
    assert (await trades.call("change_appointment", {"booking_id": booking_id, "client_name": "Eva"}, **late))["ok"]
    assert (await trades.call("cancel_appointment", {"booking_id": booking_id}, workspace_id=CLINIC))["ok"], "the owner"


async def test_what_was_booked_just_now_can_be_cancelled_whatever_the_deadline(trades: Running) -> None:
    who: dict[str, Any] = {"customer": "c", "workspace_id": CLINIC}
    booked = await trades.book_all(item("Limpieza Dental", "2026-03-11", "14:20"), more=INSURED, **who)
    booking_id = booked["appointments"][0]["booking_id"]
    assert (await trades.call("cancel_appointments", {"booking_ids": [booking_id]}, **who))["ok"]


@pytest.mark.parametrize(
    ("service", "day", "at", "reason"),
    [
        ("Limpieza Dental", "2026-03-11", "11:00", "TOO_SOON"),
        ("Limpieza Dental", "2026-06-11", "14:00", "TOO_FAR"),
        ("Ortodoncia", "2026-03-12", "09:00", "STAFF_AWAY"),
        ("Limpieza Dental", "2026-03-13", "09:10", "NOT_A_START"),
        ("Tratamiento de Conducto", "2026-03-16", "09:00", "STAFF_AWAY"),
        ("Limpieza Dental", "2026-03-23", "14:00", "CLOSED"),
    ],
)
async def test_what_the_rules_do_not_allow_is_refused_with_its_reason(
    tmp_path: Path, service: str, day: str, at: str, reason: str
) -> None:
    async with running(f"sqlite+aiosqlite:///{tmp_path}/a.db", load_registry(EXAMPLES)) as agenda:
        answer = await agenda.book(service, day, at, customer="c", workspace_id=CLINIC)
        assert answer["reason"] == reason
        found = await agenda.call(
            "find_free_times",
            {"items": [{"service_type": service}], "days": [day], "times": [at]},
            workspace_id=CLINIC,
            customer="c",
        )
        assert found["because"] == reason


async def test_a_day_off_blocks_at_once_and_names_everybody_who_is_booked(trades: Running, database_url: str) -> None:
    clinic = load_registry(EXAMPLES).get(CLINIC)
    assert clinic
    day_off = StaffException.model_validate({"days": FRIDAY, "off": ["09:00-11:00"]})
    database = Database(database_url, pool=pool_for(database_url))
    owner = OwnersAgenda(database, lambda: datetime.fromisoformat(NOW))
    hours = ("09:00", "10:00", "11:00", "12:00")
    calls = [
        trades.book_all(
            item("Limpieza Dental", FRIDAY, at, "Dra. Gómez"), more=INSURED, customer=at, workspace_id=CLINIC
        )
        for at in hours
    ]
    (absence_id, concerned), *answers = await asyncio.gather(
        owner.add_absence(clinic, "Dra. Gómez", day_off, "rosa"), *calls
    )
    booked = {
        at: answer["appointments"][0]["booking_id"] for at, answer in zip(hours, answers, strict=True) if answer["ok"]
    }
    assert {one.booking_id for one in concerned} == {id_ for at, id_ in booked.items() if at < "10:50"}
    assert {"11:00", "12:00"} <= booked.keys()
    again = await trades.book_all(
        item("Limpieza Dental", FRIDAY, "10:20", "Dra. Gómez"), more=INSURED, customer="x", workspace_id=CLINIC
    )
    assert again["reason"] == "STAFF_AWAY"
    assert [one.staff_name for one in await owner.absences(clinic)] == ["Dra. Gómez"]
    assert await owner.remove_absence(clinic, absence_id)
    assert await owner.absences(clinic) == []
    await database.close()


async def test_who_came_is_noted_with_when_and_by_whom(trades: Running, database_url: str) -> None:
    workshop = load_registry(EXAMPLES).get(WORKSHOP)
    assert workshop
    answer = await trades.book_all(item("Frenos", FRIDAY, "09:00"), more=CAR, customer="c", workspace_id=WORKSHOP)
    database = Database(database_url, pool=pool_for(database_url))
    owner = OwnersAgenda(database, lambda: datetime.fromisoformat(NOW))
    assert await owner.attended(workshop, answer["appointments"][0]["booking_id"], "no_show", "rosa")
    assert not await owner.attended(workshop, "PB-ZZZ999", "no_show", "rosa")
    (row,) = await rows(database_url, "SELECT attendance, attendance_at, attendance_by FROM appointments")
    assert row == {"attendance": "no_show", "attendance_at": "2026-03-11T13:00:00+00:00", "attendance_by": "rosa"}
    await database.close()


async def test_a_calendar_is_read_by_its_secret_until_it_is_revoked(trades: Running, database_url: str) -> None:
    studio = load_registry(EXAMPLES).get(STUDIO)
    assert studio
    await trades.book_all(item("Fisioterapia", MONDAY, "10:00"), customer="whatsapp:+34600999888", workspace_id=STUDIO)
    await trades.book_all(item("Yoga", MONDAY, "19:00"), customer="c", workspace_id=STUDIO)
    database = Database(database_url, pool=pool_for(database_url))
    owner = OwnersAgenda(database, lambda: datetime.fromisoformat(NOW))
    feed_id, secret = await owner.open_feed(studio, "Pablo Sanz", "rosa")
    shown = await trades.http.get(f"{trades.url}/calendar/{secret}.ics", headers={"authorization": ""})
    (event,) = Calendar.from_ical(shown.content).walk("VEVENT")
    assert event["summary"] == "Fisioterapia · Ana Ruiz"
    assert event.decoded("dtstart").isoformat() == "2026-03-16T09:00:00+00:00"
    assert "600999888" not in shown.text
    assert "example.com" not in shown.text
    assert shown.headers["cache-control"] == "private, no-store"
    assert secret not in str(await rows(database_url, "SELECT * FROM calendar_feeds"))
    assert (await trades.http.get(f"{trades.url}/calendar/{secret[:-1]}.ics")).status_code == 404
    assert await owner.close_feed(studio, feed_id)
    assert (await trades.http.get(f"{trades.url}/calendar/{secret}.ics")).status_code == 404
    await database.close()
