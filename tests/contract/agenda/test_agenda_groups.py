"""Several appointments at once: all or none, once, and never over what the customer has."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.contract.agenda.rows import check_rows, rows
from tests.contract.agenda.running import ANA, Running, item, running

DAY, CUT, BEARD, NAILS = "2026-03-12", "Corte de Cabello", "Barba", "Manicura"
ME: dict[str, Any] = {"customer": "whatsapp:+5491155551234", "customer_phone": "+5491155551234"}


async def open_ids(agenda: Running, **who: Any) -> list[str]:
    """The ids of what a customer has."""
    found = await agenda.call("find_appointment_by_phone", {"client_phone": "-"}, **who)
    return [each["booking_id"] for each in found["appointments"]]


async def test_several_are_booked_as_one_request(each_agenda: Running, database_url: str) -> None:
    answer = await each_agenda.book_all(item(CUT, DAY, "10:00"), item(BEARD, DAY, "10:45", name="Luis"), **ME)
    first, second = answer["appointments"]
    assert (answer["ok"], answer["already"], answer["group_id"]) == (True, False, first["booking_id"])
    assert first == {
        "booking_id": first["booking_id"],
        "service_type": CUT,
        "date": DAY,
        "time": "10:00",
        "end_time": "10:45",
        "staff_name": "Carlos",
        "client_name": "Ana Ruiz",
        "price_min": 3500,
        "price_max": 6000,
    }
    assert (second["client_name"], second["staff_name"], second["time"]) == ("Luis", "Carlos", "10:45")
    kept = await rows(database_url, "SELECT booking_id, group_id, for_other FROM appointments ORDER BY time")
    assert [(row[0], row[1], bool(row[2])) for row in kept] == [
        (first["booking_id"], None, False),
        (second["booking_id"], first["booking_id"], True),
    ]
    await check_rows(database_url)


async def test_staff_is_shared_out_so_that_all_find_room(agenda: Running) -> None:
    await agenda.book(BEARD, DAY, "09:00")
    same = [item(CUT, DAY, "09:15", name=name) for name in ("Luis", "Eva")]
    answer = await agenda.book_all(*same, item(BEARD, DAY, "10:00"), **ME)
    assert [each["staff_name"] for each in answer["appointments"]] == ["María", "Sofía", "Carlos"]
    narrow = await agenda.book_all(item(CUT, DAY, "14:00"), item(BEARD, DAY, "14:00", name="Luis"))
    assert [each["staff_name"] for each in narrow["appointments"]] == ["María", "Carlos"], "the beard is Carlos's alone"


@pytest.mark.parametrize(
    ("lacking", "reason", "more"),
    [
        (item(BEARD, DAY, "10:00"), "TAKEN", {"times": ["09:30", "10:30", "09:15", "10:45", "09:00", "11:00"]}),
        (item(BEARD, "2026-03-15", "10:00"), "CLOSED", {"next"}),
        (item(BEARD, DAY, "13:00"), "OUTSIDE_HOURS", {"times"}),
        (item("Tatuaje", DAY, "10:00"), "UNKNOWN_SERVICE", set()),
        (item(BEARD, DAY, "11:00", "Sofía"), "STAFF_DOES_NOT_DO", set()),
    ],
)
async def test_one_that_cannot_be_keeps_all_from_being_booked(
    each_agenda: Running, database_url: str, lacking: dict[str, str], reason: str, more: Any
) -> None:
    await each_agenda.book(BEARD, DAY, "10:00")
    answer = await each_agenda.book_all(item(NAILS, DAY, "10:00"), lacking, **ME)
    assert (answer["ok"], answer["reason"], answer["item"]) == (False, reason, 1)
    assert set(more) <= set(answer)
    if isinstance(more, dict):
        assert answer["times"] == more["times"]
    assert len(await check_rows(database_url)) == 1
    assert NAILS not in str(await rows(database_url, "SELECT service_type FROM appointments"))


async def test_times_that_others_of_the_request_take_are_not_offered(agenda: Running) -> None:
    answer = await agenda.book_all(item(NAILS, DAY, "10:00"), item(NAILS, DAY, "10:00", name="Eva"), **ME)
    assert (answer["reason"], answer["item"]) == ("TAKEN", 1)
    assert answer["times"][:2] == ["09:15", "10:45"]


async def test_an_identical_request_gets_the_same_rows(each_agenda: Running, database_url: str) -> None:
    asked = [item(CUT, DAY, "11:00", name=name) for name in ("Ana Ruiz", "Ana Ruiz", "Eva")]
    first = await each_agenda.book_all(*asked, **ME, idempotency_key="k1")
    again = await each_agenda.book_all(*asked[::-1], **ME, idempotency_key="k2")
    assert (first["already"], again["already"]) == (False, True)
    assert {each["booking_id"] for each in first["appointments"]} == {
        each["booking_id"] for each in again["appointments"]
    }
    assert again["group_id"] == first["group_id"]
    assert len(await check_rows(database_url)) == 3
    assert await each_agenda.book_all(*asked, **ME, idempotency_key="k1") == first


async def test_nothing_is_booked_over_the_customers_own_appointment(agenda: Running) -> None:
    own = await agenda.book(NAILS, DAY, "10:00", **ME)
    answer = await agenda.book_all(item(BEARD, DAY, "09:00"), item(CUT, DAY, "10:15"), **ME)
    assert (answer["reason"], answer["item"]) == ("OWN_APPOINTMENT", 1)
    assert answer["appointment"]["booking_id"] == own["booking_id"]
    assert await open_ids(agenda, **ME) == [own["booking_id"]]


async def test_who_comes_beside_the_customer_may_come_at_the_same_time(agenda: Running) -> None:
    await agenda.book(NAILS, DAY, "10:00", **ME)
    answer = await agenda.book_all({**item(CUT, DAY, "10:15"), "person": "hermana"}, **ME)
    assert (answer["ok"], answer["appointments"][0]["client_name"]) == (True, "Ana Ruiz")
    assert len(await open_ids(agenda, **ME)) == 2
    other = await agenda.book_all(item(CUT, DAY, "10:15", name="Luis"), **ME)
    assert other["ok"], "somebody else can come at that time"
    stranger = await agenda.book_all(item(CUT, DAY, "10:15"), customer="whatsapp:+5491100000000")
    assert stranger["ok"]


async def test_a_request_for_more_than_a_request_may_be_about_books_nothing(agenda: Running) -> None:
    hours = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00")
    answer = await agenda.book_all(*(item(BEARD, DAY, at) for at in hours), **ME)
    assert (answer["reason"], answer["most"]) == ("TOO_MANY_ITEMS", 6)
    assert await open_ids(agenda, **ME) == []


async def test_a_customer_gets_no_more_requests_a_day_than_with_single_bookings(agenda: Running) -> None:
    days = ("2026-03-12", "2026-03-13", "2026-03-16", "2026-03-17")
    two = [[item(CUT, day, "10:00"), item(CUT, day, "14:00", name="Eva")] for day in days]
    reasons = [(await agenda.book_all(*each, **ME)).get("reason") for each in two]
    assert reasons == [None, None, None, "TOO_MANY_OPEN"]
    cancel = {"booking_ids": (await open_ids(agenda, **ME))[:4]}
    assert (await agenda.call("cancel_appointments", cancel, **ME))["ok"]
    assert (await agenda.book_all(*two[3], **ME))["reason"] == "TOO_MANY_TODAY"


async def test_a_request_may_not_take_somebodys_whole_day(agenda: Running) -> None:
    asked = [item("Alisado", DAY, at, "Sofía", name) for at, name in (("09:00", "A"), ("14:00", "B"), ("16:30", "C"))]
    answer = await agenda.book_all(*asked, **ME)
    assert (answer["reason"], answer["item"]) == ("TOO_MUCH_OF_DAY", 2), "two leave room for another"
    assert await open_ids(agenda, **ME) == []


async def test_a_request_goes_on_with_the_one_before(agenda: Running) -> None:
    first = await agenda.book(CUT, DAY, "10:00", **ME)
    more = await agenda.book_all(item(BEARD, DAY, "11:00"), **ME, group=first["booking_id"])
    assert more["group_id"] == first["booking_id"]


async def test_a_request_without_room_for_all_is_one_of_its_own(agenda: Running) -> None:
    days = ("2026-03-12", "2026-03-13", "2026-03-16")
    first = await agenda.book_all(*[item(BEARD, day, at) for day in days for at in ("09:00", "15:00")][:5], **ME)
    ids = [each["booking_id"] for each in first["appointments"]]
    await agenda.call("cancel_appointments", {"booking_ids": ids[1:]}, **ME)
    two = [item(NAILS, "2026-03-17", at) for at in ("10:00", "15:00")]
    assert (await agenda.book_all(*two, **ME, group=ids[0]))["group_id"] != ids[0]
    one = await agenda.book_all(item(NAILS, "2026-03-18", "10:00"), **ME, group=ids[0])
    assert one["group_id"] == ids[0]


async def test_an_email_is_needed_once(agenda: Running) -> None:
    args = {"items": [item(CUT, DAY, "10:00")], "client_name": "Ana"}
    assert (await agenda.call("book_appointments", args, **ME))["reason"] == "EMAIL_REQUIRED"
    await agenda.book(NAILS, DAY, "15:00", **ME)
    assert (await agenda.call("book_appointments", args, **ME))["ok"], "the one of the address is taken"
    stranger = await agenda.call("book_appointments", args, customer="whatsapp:+5491100000000")
    assert stranger["reason"] == "EMAIL_REQUIRED"


@pytest.mark.pooler
async def test_of_sixty_groups_as_many_are_booked_whole_as_there_is_room_for(
    each_agenda: Running, database_url: str
) -> None:
    """Each wants a cut and a beard at once: Carlos has the beard, so two others are for the cut, and only one beard."""
    asked = [item(CUT, DAY, "10:00"), item(BEARD, DAY, "10:00", name="Luis")]
    turned = asked[::-1]
    calls = (each_agenda.book_all(*(asked if n % 2 else turned), customer=f"c{n}") for n in range(60))
    answers = await asyncio.gather(*calls)
    assert Counter(answer.get("reason", "booked") for answer in answers) == {"booked": 1, "TAKEN": 59}
    assert len(await check_rows(database_url)) == 2


@pytest.mark.pooler
async def test_sixty_groups_that_overlap_in_part_leave_no_half(each_agenda: Running, database_url: str) -> None:
    hours = [f"{9 + n // 4:02}:{n % 4 * 15:02}" for n in range(12)]
    calls = [
        each_agenda.book_all(
            item(BEARD, DAY, hours[n % 12]),
            item(NAILS, DAY, hours[n * 5 % 12]),
            customer=f"c{n}",
            idempotency_key=f"{n}",
        )
        for n in range(60)
    ]
    answers = await asyncio.gather(*calls)
    booked = [answer for answer in answers if answer["ok"]]
    assert booked
    assert len(await check_rows(database_url)) == 2 * len(booked)
    assert await rows(database_url, "SELECT key FROM idempotency WHERE result = ''") == []


@pytest.mark.pooler
async def test_a_groups_key_used_thirty_times_at_once_books_once(each_agenda: Running, database_url: str) -> None:
    asked = [item(CUT, DAY, "10:00"), item(BEARD, DAY, "10:45")]
    answers = await asyncio.gather(*(each_agenda.book_all(*asked, **ME, idempotency_key="k") for _ in range(30)))
    assert all(answer == answers[0] for answer in answers)
    assert len(await check_rows(database_url)) == 2


@pytest.mark.pooler
async def test_groups_singles_moves_and_changes_over_two_servers_do_not_double_book(database_url: str) -> None:
    async with running(database_url) as one, running(database_url) as other:
        mine = await one.book(BEARD, DAY, "12:00", customer="mover")
        change = {"booking_id": mine["booking_id"], "preferred_time": "10:00"}
        calls = [
            server.book_all(item(CUT, DAY, "10:00", "Carlos"), item(BEARD, DAY, "10:45")) for server in (one, other)
        ]
        calls += [server.book(BEARD, DAY, "10:15") for server in (one, other) for _ in range(5)]
        calls += [server.call("change_appointment", change, customer="mover") for server in (one, other)]
        await asyncio.gather(*calls)
    await check_rows(database_url)


async def test_several_are_cancelled_all_or_none(each_agenda: Running, database_url: str) -> None:
    booked = await each_agenda.book_all(item(CUT, DAY, "10:00"), item(BEARD, DAY, "10:45"), **ME)
    other = await each_agenda.book(NAILS, DAY, "10:00", customer="whatsapp:+5491100000000")
    ids = [each["booking_id"] for each in booked["appointments"]]
    refused = await each_agenda.call("cancel_appointments", {"booking_ids": [*ids, other["booking_id"]]}, **ME)
    assert refused == {"ok": False, "reason": "NOT_FOUND", "booking_ids": [other["booking_id"]]}
    assert len(await check_rows(database_url)) == 3
    args = {"booking_ids": [*ids[::-1], ids[0]]}
    answer = await each_agenda.call("cancel_appointments", args, **ME, idempotency_key="k")
    assert [each["booking_id"] for each in answer["appointments"]] == ids[::-1]
    assert set(answer["appointments"][0]) == {"booking_id", "service_type", "date", "time", "staff_name"}
    assert await each_agenda.call("cancel_appointments", args, **ME, idempotency_key="k") == answer
    assert [row.booking_id for row in await check_rows(database_url)] == [other["booking_id"]]


async def test_the_same_cancellations_at_once_happen_once(each_agenda: Running, database_url: str) -> None:
    booked = await each_agenda.book_all(item(CUT, DAY, "10:00"), item(BEARD, DAY, "10:45"), **ME)
    ids = [each["booking_id"] for each in booked["appointments"]]
    calls = [
        each_agenda.call("cancel_appointments", {"booking_ids": ids[:: 1 if n % 2 else -1]}, **ME) for n in range(20)
    ]
    answers = await asyncio.gather(*calls)
    assert sum(answer["ok"] for answer in answers) == 1
    assert await check_rows(database_url) == []


async def test_a_proposal_can_be_booked_as_it_is(agenda: Running) -> None:
    wanted = {"items": [{"service_type": CUT, "person": "Ana Ruiz"}, {"service_type": BEARD, "person": "Luis"}]}
    found = await agenda.call("find_free_times", {**wanted, "days": [f">={DAY}"], "times": [">=16:00"]}, **ME)
    assert len(found["proposals"]) == 3
    for proposal in found["proposals"]:
        asked = [
            item(each["service_type"], each["date"], each["time"], each["staff_name"], each["person"])
            for each in proposal["items"]
        ]
        booked = await agenda.book_all(*asked, more={"client_name": ANA["client_name"]})
        assert [each["staff_name"] for each in booked["appointments"]] == [
            each["staff_name"] for each in proposal["items"]
        ]
    again = await agenda.call("find_free_times", {**wanted, "days": [f">={DAY}"], "times": [">=16:00"]}, **ME)
    assert not [each for each in again["proposals"] if each in found["proposals"]]
