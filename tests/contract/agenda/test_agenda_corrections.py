"""What is booked is corrected in one step, a cancellation is undone, and the old stays when the new does not fit."""

import asyncio
from typing import Any

import pytest

from tests.contract.agenda.rows import check_rows, rows
from tests.contract.agenda.running import Running, item

DAY, NEXT, CUT, BEARD, NAILS = "2026-03-12", "2026-03-13", "Corte de Cabello", "Barba", "Manicura"
ME: dict[str, Any] = {"customer": "whatsapp:+5491155551234", "customer_phone": "+5491155551234"}
THEM: dict[str, Any] = {"customer": "whatsapp:+5491100000000", "customer_phone": "+5491100000000"}


async def change(agenda: Running, booking_id: str, key: str | None = None, **what: Any) -> dict[str, Any]:
    """The answer to a change of mine."""
    return await agenda.call("change_appointment", {"booking_id": booking_id, **what}, **ME, idempotency_key=key)


async def change_all(agenda: Running, *changes: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """The answer to changes of mine that are made together."""
    return await agenda.call("change_appointments", {"changes": list(changes)}, **ME, idempotency_key=key)


def to(booking_id: str, at: str, **more: Any) -> dict[str, Any]:
    """A move to an hour."""
    return {"booking_id": booking_id, "preferred_time": at, **more}


async def cancelled(agenda: Running, *of: Any) -> str:
    """The id of something that I booked and cancelled."""
    booking_id: str = (await agenda.book(*of, **ME))["booking_id"]
    assert (await agenda.call("cancel_appointment", {"booking_id": booking_id}, **ME))["ok"]
    return booking_id


async def restore(agenda: Running, booking_id: str, **who: Any) -> dict[str, Any]:
    """The answer to undoing a cancellation."""
    return await agenda.call("restore_appointment", {"booking_id": booking_id}, **(who or ME))


async def test_everything_can_be_changed_at_once(each_agenda: Running, database_url: str) -> None:
    booked = await each_agenda.book(CUT, DAY, "10:00", **ME)
    what = {
        "preferred_date": NEXT,
        "preferred_time": "15:00",
        "service_type": "Coloración",
        "staff_name": "Sofía",
        "client_name": "Eva",
        "client_email": "Eva.Luna@Gmail.com",
    }
    answer = await change(each_agenda, booked["booking_id"], **what)
    before = {
        "service_type": CUT,
        "date": DAY,
        "time": "10:00",
        "end_time": "10:45",
        "staff_name": "Carlos",
        "client_name": "Ana Ruiz",
        "masked_email": "a***a@example.com",
    }
    after = {
        "service_type": "Coloración",
        "date": NEXT,
        "time": "15:00",
        "end_time": "17:00",
        "staff_name": "Sofía",
        "client_name": "Eva",
        "masked_email": "e***a@gmail.com",
    }
    assert answer == {
        "ok": True,
        "booking_id": booked["booking_id"],
        "before": before,
        "after": after,
        "changed": ["service_type", "date", "time", "staff_name", "client_name", "client_email"],
        "price_min": 8000,
        "price_max": 12000,
    }
    (row,) = await rows(database_url, "SELECT client_email, minutes, staff_requested, client_name FROM appointments")
    assert (row[0], row[1], bool(row[2]), row[3]) == ("eva.luna@gmail.com", 120, True, "Eva")
    await check_rows(database_url)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ({"preferred_time": "18:00"}, ["time"]),
        ({"preferred_date": NEXT}, ["date"]),
        ({"staff_name": "Sofía"}, ["staff_name"]),
        ({"staff_name": "Carlos"}, []),
        ({"client_name": "Pedro"}, ["client_name"]),
        ({"client_email": "otra@gmail.com"}, ["client_email"]),
        ({"service_type": "Coloración"}, ["service_type", "staff_name"]),
        ({"preferred_time": "10:00", "client_name": "Ana Ruiz"}, []),
    ],
)
async def test_what_is_not_named_stays(agenda: Running, what: dict[str, str], changed: list[str]) -> None:
    booked = await agenda.book(CUT, DAY, "10:00", **ME)
    answer = await change(agenda, booked["booking_id"], **what)
    assert answer["changed"] == changed
    same = {name: value for name, value in answer["before"].items() if answer["after"][name] == value}
    unchanged = {"service_type", "date", "time", "staff_name", "client_name"} - set(changed)
    assert unchanged <= set(same)


async def test_who_was_asked_for_stays_and_who_was_given_may_change(agenda: Running) -> None:
    for at in ("15:00", "16:00"):
        assert (await agenda.book(BEARD, DAY, at))["staff_name"] == "Carlos"
    given = await agenda.book(CUT, "2026-03-14", "10:00", "Carlos", more={"client_name": "Eva"}, **ME)
    kept = await change(agenda, given["booking_id"], preferred_date=DAY, preferred_time="15:00")
    assert (kept["reason"], "15:00" in kept["times"]) == ("TAKEN", False)
    anybody = await agenda.book(CUT, "2026-03-16", "10:00", **ME)
    assert anybody["staff_name"] == "Carlos"
    moved = await change(agenda, anybody["booking_id"], preferred_date=DAY, preferred_time="16:00")
    assert moved["after"]["staff_name"] == "María"
    assert "staff_name" in moved["changed"]


async def test_who_was_asked_for_in_a_change_stays_in_the_next(agenda: Running) -> None:
    booked = await agenda.book(CUT, DAY, "10:00", **ME)
    await change(agenda, booked["booking_id"], staff_name="Carlos")
    await agenda.book(BEARD, DAY, "15:00")
    assert (await change(agenda, booked["booking_id"], preferred_time="15:00"))["reason"] == "TAKEN"


@pytest.mark.parametrize(
    ("what", "reason", "more"),
    [
        ({"preferred_time": "12:30"}, "OUTSIDE_HOURS", "times"),
        ({"preferred_date": "2026-03-15"}, "CLOSED", "next"),
        ({"preferred_date": "2026-03-10"}, "PAST", "next"),
        ({"preferred_time": "11:00", "client_name": "Eva"}, "TAKEN", "times"),
        ({"service_type": "Coloración"}, "STAFF_DOES_NOT_DO", "staff"),
        ({"staff_name": "Lucía"}, "STAFF_DOES_NOT_DO", "staff"),
        ({"service_type": "Tatuaje"}, "UNKNOWN_SERVICE", "reason"),
        ({"staff_name": "Pedro", "client_email": "otra@gmail.com"}, "UNKNOWN_STAFF", "staff"),
        ({"preferred_time": "16:00"}, "OWN_APPOINTMENT", "appointment"),
    ],
)
async def test_what_does_not_fit_leaves_all_as_it_was(
    each_agenda: Running, database_url: str, what: dict[str, str], reason: str, more: str
) -> None:
    booked = await each_agenda.book(CUT, DAY, "10:00", "Carlos", **ME)
    await each_agenda.book(BEARD, DAY, "11:00", **THEM)
    await each_agenda.book(NAILS, DAY, "15:30", **ME)
    query = f"SELECT * FROM appointments WHERE booking_id = '{booked['booking_id']}'"
    before = await rows(database_url, query)
    answer = await change(each_agenda, booked["booking_id"], **what)
    assert (answer["ok"], answer["reason"]) == (False, reason)
    assert answer[more]
    assert await rows(database_url, query) == before
    assert len(await check_rows(database_url)) == 3


async def test_one_of_several_who_come_at_once_can_come_a_little_later(agenda: Running) -> None:
    asked = [item(CUT, DAY, "10:00"), item(CUT, DAY, "10:00")]
    booked = await agenda.book_all(*asked, **ME)
    answer = await change(agenda, booked["appointments"][1]["booking_id"], preferred_time="10:15")
    assert answer["after"]["time"] == "10:15", "two of one name at one time are two persons"


async def test_nobody_changes_what_is_not_theirs(each_agenda: Running, database_url: str) -> None:
    other = await each_agenda.book(CUT, DAY, "10:00", **THEM)
    assert await change(each_agenda, other["booking_id"], client_name="Yo") == {"ok": False, "reason": "NOT_FOUND"}
    assert (await restore(each_agenda, other["booking_id"]))["reason"] == "NOT_FOUND"
    mine = await each_agenda.book(CUT, DAY, "11:00", **ME)
    late = {**ME, "now": "2026-03-12T11:00:00-03:00"}
    args = {"booking_id": mine["booking_id"], "client_name": "Eva"}
    assert (await each_agenda.call("change_appointment", args, **late))["reason"] == "NOT_FOUND", "it has begun"


async def test_a_change_is_made_once_for_its_key(each_agenda: Running, database_url: str) -> None:
    booked = await each_agenda.book(CUT, DAY, "10:00", **ME)
    calls = [change(each_agenda, booked["booking_id"], "k", preferred_time="11:00") for _ in range(20)]
    answers = await asyncio.gather(*calls)
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["changed"] == ["time"]
    await check_rows(database_url)


async def test_changes_into_each_others_way_leave_no_overlap(each_agenda: Running, database_url: str) -> None:
    hours = ("09:00", "09:30", "10:00", "10:30", "11:00")
    ids = [(await each_agenda.book(BEARD, DAY, at, customer=f"c{at}"))["booking_id"] for at in hours]
    for shift in range(1, 4):
        calls = [
            each_agenda.call(
                "change_appointment",
                {"booking_id": each, "preferred_time": hours[(n + shift) % 5], "service_type": (BEARD, CUT)[shift % 2]},
                customer=f"c{hours[n]}",
            )
            for n, each in enumerate(ids)
        ]
        await asyncio.gather(*calls)
        assert len(await check_rows(database_url)) == 5


async def test_a_cancellation_is_undone_with_the_same_id(each_agenda: Running, database_url: str) -> None:
    booking_id = await cancelled(each_agenda, CUT, DAY, "10:00", "María")
    answer = await restore(each_agenda, booking_id)
    assert (answer["ok"], answer["already"], answer["booking_id"]) == (True, False, booking_id)
    assert (answer["date"], answer["time"], answer["staff_name"], answer["price_min"]) == (DAY, "10:00", "María", 3500)
    (row,) = await check_rows(database_url)
    assert row.booking_id == booking_id
    assert (await restore(each_agenda, booking_id))["already"] is True


async def test_a_time_that_somebody_took_is_not_given_back(each_agenda: Running, database_url: str) -> None:
    booking_id = await cancelled(each_agenda, BEARD, DAY, "10:00")
    await each_agenda.book(BEARD, DAY, "10:15", **THEM)
    answer = await restore(each_agenda, booking_id)
    assert (answer["reason"], answer["times"][:2]) == ("TAKEN", ["09:45", "09:30"])
    assert len(await check_rows(database_url)) == 1


@pytest.mark.parametrize(
    ("now", "reason"), [("2026-03-12T09:59:00-03:00", None), ("2026-03-12T10:01:00-03:00", "TOO_LATE")]
)
async def test_a_cancellation_can_be_undone_for_a_day(agenda: Running, now: str, reason: str | None) -> None:
    booking_id = await cancelled(agenda, BEARD, "2026-03-16", "10:00")
    assert (await restore(agenda, booking_id, **ME, now=now)).get("reason") == reason


async def test_what_would_have_begun_is_not_restored(agenda: Running) -> None:
    booking_id = await cancelled(agenda, BEARD, "2026-03-11", "11:00")
    late = await restore(agenda, booking_id, **ME, now="2026-03-11T11:00:00-03:00")
    assert late["reason"] == "NOT_FOUND"


async def test_nothing_is_restored_over_what_was_booked_instead(agenda: Running) -> None:
    booking_id = await cancelled(agenda, BEARD, DAY, "10:00")
    instead = await agenda.book(CUT, DAY, "10:15", "María", **ME)
    answer = await restore(agenda, booking_id)
    assert (answer["reason"], answer["appointment"]["booking_id"]) == ("OWN_APPOINTMENT", instead["booking_id"])


async def test_cancelling_booking_and_restoring_pass_no_limit(agenda: Running) -> None:
    hours = [(day, at) for day in (DAY, NEXT, "2026-03-16") for at in ("09:00", "15:00")]
    first = await agenda.book_all(*(item(BEARD, day, at) for day, at in hours), **ME)
    ids = [each["booking_id"] for each in first["appointments"]]
    assert (await agenda.call("cancel_appointments", {"booking_ids": ids}, **ME))["ok"]
    others = [item(CUT, day, at.replace(":00", ":30"), "María", "Eva") for day, at in hours]
    assert (await agenda.book_all(*others, **ME))["ok"]
    reasons = [(await restore(agenda, each)).get("reason") for each in ids]
    assert reasons == [None] * 4 + ["TOO_MANY_OPEN"] * 2, "five, and the five more of a request that was begun"


@pytest.mark.pooler
async def test_of_sixty_who_race_for_a_time_given_back_one_has_it(each_agenda: Running, database_url: str) -> None:
    booking_id = await cancelled(each_agenda, BEARD, DAY, "10:00")
    calls = [each_agenda.book(BEARD, DAY, "10:00", customer=f"c{n}") for n in range(50)]
    answers = await asyncio.gather(*calls, *(restore(each_agenda, booking_id) for _ in range(10)))
    assert len(await check_rows(database_url)) == 1
    assert len({answer["booking_id"] for answer in answers if answer["ok"]}) == 1


async def visit(agenda: Running, *items: Any) -> list[str]:
    """The ids of appointments that I booked together."""
    booked = await agenda.call(
        "book_appointments",
        {"items": [item(*each) for each in items], "client_name": "Ana Ruiz", "client_email": "ana@example.com"},
        **ME,
    )
    return [row["booking_id"] for row in booked["appointments"]]


async def hours(database_url: str) -> list[tuple[str, str]]:
    """Day and hour of every appointment that is booked, in order."""
    found = await rows(database_url, "SELECT date, time FROM appointments WHERE status = 'booked' ORDER BY date, time")
    return [(row[0], row[1]) for row in found]


@pytest.mark.parametrize(("first", "second"), [("10:45", "11:30"), ("09:15", "10:00")])
async def test_a_visit_moves_along_itself_whole(
    each_agenda: Running, database_url: str, first: str, second: str
) -> None:
    cut, beard = await visit(each_agenda, (CUT, DAY, "10:00", "Carlos"), (BEARD, DAY, "10:45", "Carlos"))
    answer = await change_all(each_agenda, to(cut, first), to(beard, second), key="k1")
    assert [(row["booking_id"], row["after"]["time"]) for row in answer["appointments"]] == [
        (cut, first),
        (beard, second),
    ]
    assert answer["appointments"][0]["before"]["time"] == "10:00"
    assert await hours(database_url) == [(DAY, first), (DAY, second)]
    again = await change_all(each_agenda, to(cut, first), to(beard, second), key="k1")
    assert again == answer, "a repeat has the first answer"
    await check_rows(database_url)


async def test_where_one_does_not_fit_none_moves(each_agenda: Running, database_url: str) -> None:
    cut, beard = await visit(each_agenda, (CUT, DAY, "10:00", "Carlos"), (BEARD, DAY, "10:45", "Carlos"))
    await each_agenda.book(BEARD, NEXT, "10:45", **THEM)
    onward = {"preferred_date": NEXT}
    no = await change_all(each_agenda, to(cut, "10:00", **onward), to(beard, "10:45", **onward), key="k1")
    assert (no["ok"], no["reason"], no["item"], no["booking_id"]) == (False, "TAKEN", 1, beard)
    assert await hours(database_url) == [(DAY, "10:00"), (DAY, "10:45"), (NEXT, "10:45")]
    await check_rows(database_url)


async def test_two_at_one_time_are_two_persons_and_may_be_at_one_time_again(
    each_agenda: Running, database_url: str
) -> None:
    one, other = await visit(each_agenda, (CUT, DAY, "10:00"), (CUT, DAY, "10:00"))
    assert (await change_all(each_agenda, to(one, "12:00"), to(other, "12:00")))["ok"]
    assert await hours(database_url) == [(DAY, "12:00"), (DAY, "12:00")]
    theirs = (await each_agenda.book(BEARD, NEXT, "16:00", **THEM))["booking_id"]
    no = await change_all(each_agenda, to(one, "13:00"), to(theirs, "13:00"))
    assert (no["reason"], no["booking_ids"]) == ("NOT_FOUND", [theirs])
    assert await hours(database_url) == [(DAY, "12:00"), (DAY, "12:00"), (NEXT, "16:00")]
