"""What is known about who writes: theirs alone, nothing kept besides their appointments, and gone with those."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agenda.booking.groups import GroupItem
from agenda.booking.transactions import BookingRequest
from agenda.server.operations import Operations
from agenda.storage.erasure import AgendaErasure
from runtime.data.database import Database
from tests.contract.agenda.running import Running, item
from tests.unit.agenda.businesses import NOW as AT
from tests.unit.agenda.businesses import business, caller

DAY, CUT, BEARD = "2026-03-12", "Corte de Cabello", "Barba"
ME: dict[str, Any] = {"customer": "whatsapp:+5491155551234", "customer_phone": "+5491155551234"}
NOBODY: dict[str, Any] = {
    "ok": True,
    "client_name": None,
    "masked_email": None,
    "last": [],
    "appointments": [],
    "cancelled": [],
}


async def profile(agenda: Running, **who: Any) -> dict[str, Any]:
    """What is known about somebody."""
    return await agenda.call("get_customer", **(who or ME))


async def test_nothing_is_known_about_somebody_new(agenda: Running) -> None:
    await agenda.book(CUT, DAY, "10:00", customer="whatsapp:+5491100000000")
    assert await profile(agenda) == NOBODY
    assert await profile(agenda, customer=None) == NOBODY
    assert await profile(agenda, customer="whatsapp:+1", customer_phone="+5491100000000") == NOBODY, "an address alone"


async def test_a_customer_is_known_by_their_appointments(each_agenda: Running) -> None:
    more = {"client_name": "Ana Ruiz", "client_email": "Ana.Ruiz.L@gmail.com"}
    await each_agenda.book(CUT, "2026-03-11", "11:00", "María", more=more, **ME)
    booked = await each_agenda.book_all(
        item(CUT, DAY, "10:00"), item(BEARD, DAY, "10:00", name="Luis"), more=more, **ME
    )
    mine, luis = booked["appointments"]
    await each_agenda.call("cancel_appointment", {"booking_id": luis["booking_id"]}, **ME)
    known = await profile(each_agenda, **ME, now="2026-03-11T12:00:00-03:00")
    assert known == {
        "ok": True,
        "client_name": "Ana Ruiz",
        "masked_email": "a***l@gmail.com",
        "last": [{"service_type": CUT, "date": "2026-03-11", "time": "11:00", "staff_name": "María"}],
        "appointments": [
            {
                "booking_id": mine["booking_id"],
                "service_type": CUT,
                "date": DAY,
                "time": "10:00",
                "staff_name": mine["staff_name"],
                "staff_requested": False,
                "client_name": "Ana Ruiz",
            }
        ],
        "cancelled": [
            {
                "booking_id": luis["booking_id"],
                "service_type": BEARD,
                "date": DAY,
                "time": "10:00",
                "staff_name": "Carlos",
            }
        ],
    }
    assert (await profile(each_agenda, **ME, now="2026-03-12T10:05:00-03:00"))["cancelled"] == []


async def test_no_answer_shows_an_email_whole(agenda: Running) -> None:
    secret = {"client_email": "la.direccion@gmail.com"}
    first = await agenda.book_all(item(CUT, DAY, "10:00"), more=secret, **ME)
    booking_id = first["appointments"][0]["booking_id"]
    answers = [
        first,
        await profile(agenda),
        await agenda.call("change_appointment", {"booking_id": booking_id, "preferred_time": "11:00"}, **ME),
        await agenda.book_all(item(BEARD, DAY, "11:00"), more=secret, **ME),
        await agenda.call("cancel_appointments", {"booking_ids": [booking_id]}, **ME),
        await agenda.call("restore_appointment", {"booking_id": booking_id}, **ME),
        await agenda.call("find_free_times", {"items": [{"service_type": CUT}]}, **ME),
    ]
    assert answers[3]["reason"] == "OWN_APPOINTMENT"
    assert "direccion" not in str(answers)


async def test_a_name_for_somebody_else_is_not_the_customers(agenda: Running) -> None:
    await agenda.book_all(item(CUT, DAY, "10:00"), **ME)
    later = {**ME, "now": "2026-03-11T12:00:00-03:00"}
    await agenda.book_all(item(BEARD, DAY, "15:00", name="Luis"), **later)
    assert (await profile(agenda))["client_name"] == "Ana Ruiz"


async def test_the_email_given_last_is_the_one_that_is_taken(agenda: Running) -> None:
    booked = await agenda.book(CUT, DAY, "10:00", **ME)
    args = {"booking_id": booked["booking_id"], "client_email": "nueva@gmail.com"}
    assert (await agenda.call("change_appointment", args, **ME))["ok"]
    assert (await profile(agenda))["masked_email"] == "n***a@gmail.com"


@pytest.mark.parametrize("how", ["forget", "retention"])
async def test_a_customer_who_is_forgotten_is_nobody(each_agenda: Running, database_url: str, how: str) -> None:
    booked = await each_agenda.book_all(item(CUT, DAY, "10:00"), item(BEARD, DAY, "11:00"), **ME, idempotency_key="k1")
    first, second = (each["booking_id"] for each in booked["appointments"])
    args = {"booking_id": first, "client_name": "Wolframio", "client_email": "wolf@example.com"}
    await each_agenda.call("change_appointment", args, **ME, idempotency_key="k2")
    await each_agenda.book_all(item(CUT, DAY, "10:15", name="Wolframio"), **ME, idempotency_key="k3")
    await each_agenda.call("cancel_appointments", {"booking_ids": [second]}, **ME, idempotency_key="k4")
    await each_agenda.call("restore_appointment", {"booking_id": second}, **ME, idempotency_key="k5")
    database = Database(database_url)
    try:
        erasure = AgendaErasure(database)
        if how == "forget":
            counts = await erasure.customer([business()], [ME["customer"]], ME["customer_phone"], AT)
            assert counts == {"appointments": 2, "cancelled": 2, "appointment_cells": 5, "idempotency": 5}
        else:
            counts = await erasure.old(business(), AT + timedelta(days=business().retention_days + 3))
            assert counts == {"appointments": 2, "idempotency": 5}
        async with database.read() as connection:
            dump = [
                str((await connection.exec_driver_sql(f"SELECT * FROM {table}")).all())
                for table in ("appointments", "idempotency", "appointment_cells")
            ]
        assert not [trace for trace in ("549115", "Wolframio", "Ana", "wolf@", "ana@") if trace in "".join(dump)]
    finally:
        await database.close()
    assert await profile(each_agenda) == NOBODY
    assert (await each_agenda.call("restore_appointment", {"booking_id": first}, **ME))["reason"] == "NOT_FOUND"


async def test_a_business_that_needs_no_email_books_without(agenda: Running) -> None:
    row = business().tool("book_appointment")
    assert row
    needs = tuple(slot for slot in row.required_slots if slot != "client_email")
    lenient = business().model_copy(update={"tools": (row.model_copy(update={"required_slots": needs}),)})
    who = replace(caller("whatsapp:+1"), workspace=lenient)
    operations = Operations(agenda.store)
    request = BookingRequest(CUT, DAY, "10:00", None)
    assert (await operations.book(who, request, "Ana", None, None))["ok"]
    another = GroupItem(BookingRequest(BEARD, DAY, "15:00", None))
    assert (await operations.book_all(who, [another], "Ana", None, None))["ok"]
    assert (await operations.profile(who))["masked_email"] is None


async def test_another_business_knows_nothing_and_changes_nothing(agenda: Running) -> None:
    booked = await agenda.book(CUT, DAY, "10:00", **ME)
    booking_id = booked["booking_id"]
    elsewhere: dict[str, Any] = {**ME, "workspace_id": "veterinaria-cordillera"}
    assert await profile(agenda, **elsewhere) == NOBODY
    for tool, args in {
        "change_appointment": {"booking_id": booking_id, "client_name": "Eva"},
        "change_appointments": {"changes": [{"booking_id": booking_id, "client_name": "Eva"}]},
        "cancel_appointments": {"booking_ids": [booking_id]},
        "restore_appointment": {"booking_id": booking_id},
    }.items():
        assert (await agenda.call(tool, args, **elsewhere))["reason"] == "NOT_FOUND", tool
    items = [{"service_type": "Vacunación", "person": "Ana Ruiz"}]
    free = await agenda.call("find_free_times", {"items": items, "days": [f"{DAY}T10:00"]}, **elsewhere)
    assert free["ok"], "an appointment at the salon is not the vet's to know"
    assert (await profile(agenda))["client_name"] == "Ana Ruiz"
