"""Appointments without their persons, on each kind of database."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from agenda.booking.transactions import BookingRequest
from agenda.server.operations import Operations
from agenda.storage.erasure import AgendaErasure
from agenda.storage.store import AgendaStore
from agenda.storage.tables import appointments, cells, idempotency
from runtime.data.database import Database
from tests.unit.agenda.businesses import NOW, business, caller

ANA, BOB = "whatsapp:+5491155551234", "whatsapp:+5491100000000"
LATER = NOW + timedelta(days=500)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database in which Ana and Bob have an appointment each on the next day."""
    opened = Database(database_url)
    store = AgendaStore(Database(database_url))
    for name, customer, hour in (("Ana", ANA, "10:00"), ("Bob", BOB, "11:00")):
        request = BookingRequest("Barba", "2026-03-12", hour, None)
        who = caller(customer, key=f"key-{name}")
        assert (await Operations(store).book(who, request, name, f"{name}@test.com", customer[9:]))["ok"]
    await store.close()
    yield opened
    await opened.close()


async def texts(database: Database) -> str:
    """All that the tables hold."""
    async with database.read() as connection:
        return str([(await connection.execute(select(each))).all() for each in (appointments, cells, idempotency)])


async def states(database: Database) -> list[tuple[str, str]]:
    """Time and status of each appointment."""
    query = select(appointments.c.time, appointments.c.status).order_by(appointments.c.time)
    async with database.read() as connection:
        return [(row.time, row.status) for row in await connection.execute(query)]


@pytest.mark.parametrize("addresses", [(ANA,), ("+5491155551234",)])
async def test_who_asks_is_forgotten_and_their_appointment_cancelled(
    database: Database, addresses: tuple[str, ...]
) -> None:
    counts = await AgendaErasure(database).customer([business()], addresses, "+5491155551234", NOW)
    assert counts == {"appointments": 1, "cancelled": 1, "appointment_cells": 2, "idempotency": 1}
    left = await texts(database)
    assert not [trace for trace in ("5491155551234", "Ana", "ana@") if trace in left]
    assert all(trace in left for trace in ("5491100000000", "Bob", "bob@test.com", "key-Bob"))
    assert await states(database) == [("10:00", "cancelled"), ("11:00", "booked")]


async def test_an_appointment_that_was_is_kept_without_its_person(database: Database) -> None:
    counts = await AgendaErasure(database).customer([business()], [ANA], "", LATER)
    assert (counts["appointments"], counts["cancelled"]) == (1, 0)
    assert "Ana" not in await texts(database)
    assert await states(database) == [("10:00", "booked"), ("11:00", "booked")]


async def test_another_business_forgets_nothing(database: Database) -> None:
    counts = await AgendaErasure(database).customer([business("veterinaria-cordillera")], [ANA], "+5491155551234", NOW)
    assert set(counts.values()) == {0}
    assert "Ana" in await texts(database)


async def test_only_what_is_older_than_the_business_keeps_it_is_erased(database: Database) -> None:
    kept = business().retention_days
    day_after = NOW + timedelta(days=1)
    assert await AgendaErasure(database).old(business(), day_after + timedelta(days=kept - 2)) == {
        "appointments": 0,
        "idempotency": 0,
    }
    counts = await AgendaErasure(database).old(business(), day_after + timedelta(days=kept + 1))
    assert counts == {"appointments": 2, "idempotency": 2}
    assert not [trace for trace in ("549", "Ana", "Bob", "@test.com") if trace in await texts(database)]
    assert await AgendaErasure(database).old(business(), LATER) == {"appointments": 0, "idempotency": 0}


async def test_answers_that_an_older_release_kept_are_found_too(database: Database) -> None:
    """They have no booking id, and a migration adds none: that would hold all of them."""
    async with database.write() as connection:
        await connection.execute(update(idempotency).values(booking_id=None))
    counts = await AgendaErasure(database).customer([business()], [ANA], "", NOW)
    assert counts["idempotency"] == 1
    assert "Ana" not in await texts(database)
    assert "key-Bob" in await texts(database)
