"""Looks at the tables with nothing of the agenda's: who has which time, and that nobody overlaps."""

from itertools import combinations
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def rows(database_url: str, query: str) -> list[Any]:
    """The rows of a query."""
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            return list((await connection.execute(text(query))).all())
    finally:
        await engine.dispose()


async def check_rows(database_url: str) -> list[Any]:
    """The booked appointments, after making sure that no two of a member of staff overlap and that
    exactly their quarter hours are taken."""
    booked = await rows(
        database_url,
        "SELECT workspace_id, staff_name, date, time, minutes, booking_id FROM appointments WHERE status = 'booked'",
    )
    taken = await rows(database_url, "SELECT workspace_id, staff_name, date, cell, booking_id FROM appointment_cells")
    check_overlaps(booked)
    expected = {
        (workspace, staff, day, minute // 15, booking_id)
        for workspace, staff, day, time, minutes, booking_id in booked
        for minute in range(_minute(time), _minute(time) + minutes)
    }
    assert {tuple(row) for row in taken} == expected
    return booked


def check_overlaps(booked: list[Any]) -> None:
    """Compares every two appointments, minute by minute of the clock."""
    for (ws1, staff1, day1, time1, minutes1, _), (ws2, staff2, day2, time2, minutes2, _) in combinations(booked, 2):
        if (ws1, staff1, day1) == (ws2, staff2, day2):
            first, second = sorted(((_minute(time1), minutes1), (_minute(time2), minutes2)))
            assert first[0] + first[1] <= second[0], f"{staff1} has two at once on {day1}"


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])
