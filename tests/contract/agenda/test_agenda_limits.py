"""How much of the agenda one customer may take, over MCP and on both databases."""

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runtime.data.database import sqlite_url
from tests.contract.agenda.rows import check_rows
from tests.contract.agenda.running import NOW, WORKSPACES, Running, running
from workspace.loader import load_registry
from workspace.model import Service
from workspace.parts.people import StaffMember
from workspace.parts.rules import Booking
from workspace.registry import Registry

DAY = "2026-03-12"
HOURS = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00", "12:30")
ANA = "whatsapp:+5491150000001"
EVA = "whatsapp:+5491150000002"


def salon(**changes: Any) -> Registry:
    """The salon with changed parts of its manifest."""
    known = load_registry(WORKSPACES).get("estudio-pulpo")
    assert known
    return Registry([known.model_copy(update=changes)])


async def results(agenda: Running, *hours: str, day: str = DAY, **meta: Any) -> list[str]:
    """What becomes of bookings one after another: "booked" or the reason."""
    answers = [await agenda.book("Barba", day, at, **{"customer": ANA, **meta}) for at in hours]
    return [answer.get("reason", "booked") for answer in answers]


async def cancel(agenda: Running, booked: dict[str, Any], **meta: Any) -> bool:
    answer = await agenda.call("cancel_appointment", {"booking_id": booked["booking_id"]}, **meta)
    return bool(answer["ok"])


def at(days: int, hour: str = "10:00") -> str:
    """A moment so many days later than the others, where the salon is."""
    day = date.fromisoformat(NOW[:10]) + timedelta(days=days)
    return (
        datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZoneInfo("America/Argentina/Buenos_Aires")).isoformat()
    )


async def test_bookings_at_once_pass_the_limit_nowhere(each_agenda: Running, database_url: str) -> None:
    calls = [each_agenda.book("Barba", DAY, hour, customer=ANA) for hour in HOURS]
    answers = await asyncio.gather(*calls)
    assert Counter(answer.get("reason", "booked") for answer in answers) == {"booked": 3, "TOO_MANY_TODAY": 5}
    assert len(await check_rows(database_url)) == 3


async def test_bookings_at_once_on_two_servers_pass_the_limit_nowhere(database_url: str) -> None:
    async with running(database_url) as one, running(database_url) as other:
        await asyncio.gather(one.store.is_ready(), other.store.is_ready())
        calls = [(one, other)[n % 2].book("Barba", DAY, hour, customer=ANA) for n, hour in enumerate(HOURS)]
        answers = await asyncio.gather(*calls)
    assert sum(answer["ok"] for answer in answers) == 3


async def test_at_most_five_are_open_and_room_comes_with_time_or_by_cancelling(each_agenda: Running) -> None:
    assert await results(each_agenda, *HOURS[:3]) == ["booked"] * 3
    following = await results(each_agenda, *HOURS[:3], day="2026-03-13", now=at(0, "23:59"))
    assert following == ["TOO_MANY_TODAY"] * 3
    tomorrow = {"day": "2026-03-13", "now": at(1, "08:00")}
    assert await results(each_agenda, *HOURS[:3], **tomorrow) == ["booked", "booked", "TOO_MANY_OPEN"]
    found = await each_agenda.call("find_appointment_by_phone", {"client_phone": "-"}, customer=ANA)
    assert await cancel(each_agenda, found["appointments"][0], customer=ANA, now=at(1, "08:01"))
    assert await results(each_agenda, "12:00", "12:30", **tomorrow) == ["booked", "TOO_MANY_OPEN"]
    begun = {"day": "2026-03-14", "now": at(1, "09:30")}  # two of that day have begun, but three were booked today
    assert await results(each_agenda, "10:00", **begun) == ["TOO_MANY_TODAY"]
    assert await results(each_agenda, "10:00", day="2026-03-14", now=at(2, "09:00")) == ["booked"]


async def test_a_day_of_writing_ends_at_the_midnight_of_the_business(agenda: Running) -> None:
    assert await results(agenda, *HOURS[:4], now=at(0, "23:58")) == ["booked"] * 3 + ["TOO_MANY_TODAY"]
    assert await results(agenda, *HOURS[4:6], now=at(1, "00:00")) == ["booked"] * 2


async def test_booking_and_cancelling_again_and_again_ends_with_the_day(agenda: Running) -> None:
    for hour in HOURS[:3]:
        booked = await agenda.book("Barba", DAY, hour, customer=ANA)
        assert await cancel(agenda, booked, customer=ANA)
    assert await results(agenda, HOURS[3]) == ["TOO_MANY_TODAY"]


async def test_others_and_direct_callers_are_not_concerned(agenda: Running) -> None:
    assert (await results(agenda, *HOURS[:4]))[3] == "TOO_MANY_TODAY"
    assert await results(agenda, HOURS[3], customer=EVA) == ["booked"]
    vet = await agenda.book("Vacunación", DAY, "10:00", workspace_id="veterinaria-cordillera", customer=ANA)
    assert vet["ok"], "each business counts for itself"
    assert await results(agenda, *HOURS[4:], customer=None) == ["booked"] * 4


async def test_a_repeat_gets_its_first_answer_however_much_there_is_by_then(agenda: Running) -> None:
    keys = [await agenda.book("Barba", DAY, hour, customer=ANA, idempotency_key=hour) for hour in HOURS[:4]]
    assert [answer["ok"] for answer in keys] == [True, True, True, False]
    again = [await agenda.book("Barba", DAY, hour, customer=ANA, idempotency_key=hour) for hour in HOURS[:4]]
    assert again == keys
    assert (await agenda.book("Barba", DAY, HOURS[0], customer=ANA))["booking_id"] == keys[0]["booking_id"]


async def test_whoever_has_all_that_they_may_still_moves_and_cancels(agenda: Running) -> None:
    booked = [await agenda.book("Barba", DAY, hour, customer=ANA) for hour in HOURS[:3]]
    move = {"booking_id": booked[0]["booking_id"], "preferred_date": "2026-03-13", "preferred_time": "17:00"}
    assert (await agenda.call("reschedule_appointment", move, customer=ANA))["ok"]
    assert all([await cancel(agenda, each, customer=ANA) for each in booked])


async def test_a_business_sets_limits_of_its_own(database_url: str) -> None:
    own = salon(booking=Booking(max_open_per_customer=1, max_new_per_day=2))
    async with running(database_url, own) as agenda:
        first = await agenda.book("Barba", DAY, "10:00", customer=ANA)
        assert await results(agenda, "11:00") == ["TOO_MANY_OPEN"]
        assert await cancel(agenda, first, customer=ANA)
        assert await results(agenda, "11:00", "12:00", day="2026-03-13") == ["booked", "TOO_MANY_OPEN"]


async def book_all(agenda: Running, group: str, *hours: str, **meta: Any) -> list[str]:
    """What becomes of bookings that go on with a request."""
    return await results(agenda, *hours, **meta, group=group)


async def test_a_request_for_several_services_is_one_of_the_day_and_has_a_size_of_its_own(
    each_agenda: Running,
) -> None:
    first = await each_agenda.book("Barba", DAY, "15:00", customer=ANA)
    group = first["booking_id"]
    calls = [each_agenda.book("Barba", "2026-03-13", at, customer=ANA, group=group) for at in HOURS[:5]]
    assert all(answer["ok"] for answer in await asyncio.gather(*calls)), "six in all"
    assert await book_all(each_agenda, group, "16:00", day="2026-03-16") == ["TOO_MANY_OPEN"], "the seventh is another"
    assert await results(each_agenda, "16:00", day="2026-03-16") == ["TOO_MANY_OPEN"]


async def test_a_group_that_is_not_ones_own_or_none_is_not_heard(agenda: Running) -> None:
    evas = (await agenda.book("Barba", DAY, "15:00", customer=EVA))["booking_id"]
    stated = {"2026-03-13": evas, "2026-03-16": "PB-NOBODY", "2026-03-17": "anything that is written there"}
    for day, group in stated.items():
        ends = await book_all(agenda, group, *HOURS[:4], day=day, customer=f"{ANA}{day[-2:]}")
        assert ends == ["booked"] * 3 + ["TOO_MANY_TODAY"]


async def test_a_request_that_goes_on_the_next_day_is_one_of_that_day_too(agenda: Running) -> None:
    first = await agenda.book("Barba", DAY, "15:00", customer=ANA, now=at(0, "23:50"))
    tomorrow = {"day": "2026-03-13", "now": at(1, "08:00")}
    assert await book_all(agenda, first["booking_id"], HOURS[0], **tomorrow) == ["booked"]
    assert await results(agenda, *HOURS[1:4], **tomorrow) == ["booked", "booked", "TOO_MANY_TODAY"]


@pytest.mark.parametrize(
    ("business", "service", "staff", "day", "hours"),
    [
        ("veterinaria-cordillera", "Baño y Peluquería", None, "2026-03-14", ("09:00", "10:30", "12:00")),
        ("estudio-pulpo", "Alisado", "María", DAY, ("09:00", "14:00", "16:30")),
        ("estudio-pulpo", "Coloración", "María", "2026-03-14", ("10:00", "12:00", "14:00")),
    ],
)
async def test_a_family_gets_what_leaves_room_for_another(
    agenda: Running, business: str, service: str, staff: str | None, day: str, hours: tuple[str, ...]
) -> None:
    answers = [
        await agenda.book(service, day, at, staff, workspace_id=business, customer=ANA, idempotency_key=at)
        for at in hours
    ]
    assert [answer.get("reason", "booked") for answer in answers] == ["booked", "booked", "TOO_MUCH_OF_DAY"]
    last = await agenda.book(service, day, hours[-1], staff, workspace_id=business, customer=EVA)
    assert last["ok"]


async def test_three_children_get_a_short_morning_and_a_fourth_does_not(tmp_path: Any) -> None:
    known = load_registry(WORKSPACES).get("estudio-pulpo")
    assert known
    morning = {weekday: spans[:1] for weekday, spans in known.hours.items()}
    short = {
        "services": (Service(name="Corte", minutes=45, price_min=1),),
        "staff": (StaffMember(name="Zoe", services=("Corte",)),),
        "hours": morning,
    }
    for most, ends in ((3, ["booked"] * 3 + ["TOO_MUCH_OF_DAY"]), (1, ["booked"] * 2 + ["TOO_MUCH_OF_DAY"] * 2)):
        limits = Booking(max_new_per_day=9, max_on_one_date=most)
        async with running(sqlite_url(tmp_path, f"most-{most}"), salon(**short, booking=limits)) as agenda:
            answers = [await agenda.book("Corte", DAY, at, customer=ANA) for at in ("09:00", "09:45", "10:30", "11:15")]
        assert [answer.get("reason", "booked") for answer in answers] == ends


async def test_one_persons_day_is_not_filled_by_asking_for_anybody(tmp_path: Any) -> None:
    two = {
        "services": (Service(name="Corte", minutes=60, price_min=1),),
        "staff": (StaffMember(name="Leo", services=("Corte",)), StaffMember(name="Zoe", services=("Corte",))),
        "booking": Booking(max_open_per_customer=100, max_new_per_day=100),
    }
    hours = [f"{hour:02}:00" for hour in (9, 10, 11, 12, 14, 15, 16, 17, 18)]
    async with running(sqlite_url(tmp_path, "two"), salon(**two)) as agenda:
        assert all([(await agenda.book("Corte", DAY, at, "Leo"))["ok"] for at in hours])
        answers = [await agenda.book("Corte", DAY, at, customer=ANA) for at in hours]
        assert [answer["ok"] for answer in answers] == [True] * 4 + [False] * 5
        assert answers[-1]["reason"] == "TOO_MUCH_OF_DAY"


LONG = {
    "services": (Service(name="Tatuaje", minutes=180, price_min=1),),
    "staff": (StaffMember(name="Zoe", services=("Tatuaje",)),),
}
"""A business of one person whose day has room for two or three appointments."""


@pytest.fixture
def unlimited() -> Registry:
    return salon(**LONG, booking=Booking(max_open_per_customer=100, max_new_per_day=100))


async def test_nobody_takes_a_whole_day_however_few_appointments_it_holds(tmp_path: Any, unlimited: Registry) -> None:
    async with running(sqlite_url(tmp_path, "agenda"), unlimited) as agenda:
        places = [(day, hour) for day in (DAY, "2026-03-13") for hour in ("09:00", "14:00")]
        answers = [await agenda.book("Tatuaje", day, hour, customer=ANA) for day, hour in places]
        assert [answer.get("reason", "booked") for answer in answers] == ["booked", "TOO_MUCH_OF_DAY"] * 2
        found = await agenda.call("find_appointment_by_phone", {"client_phone": "-"}, customer=ANA)
        move = {"booking_id": found["appointments"][1]["booking_id"], "preferred_date": DAY, "preferred_time": "14:00"}
        refused = await agenda.call("reschedule_appointment", move, customer=ANA)
        assert refused == {"ok": False, "reason": "TOO_MUCH_OF_DAY"}
        within = {**move, "preferred_date": "2026-03-13", "preferred_time": "14:00"}
        assert (await agenda.call("reschedule_appointment", within, customer=ANA))["ok"], (
            "that day stays as full as it was"
        )
        assert (await agenda.book("Tatuaje", DAY, "14:00", customer=EVA))["ok"]
