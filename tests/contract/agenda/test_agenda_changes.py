"""Appointments are made, cancelled and moved, or refused with a reason."""

import pytest

from tests.contract.agenda.running import Running, running
from tests.contract.agenda.test_agenda_tools import VET


async def test_a_booking_is_told_and_takes_its_time(agenda: Running) -> None:
    answer = await agenda.book("Brushing", "2026-03-12", "09:15", more={"client_phone": "+54 9 11 5555-1234"})
    booking_id = answer.pop("booking_id")
    assert booking_id.startswith("PB-")
    assert len(booking_id) == 9
    assert answer == {
        "ok": True,
        "service_type": "Brushing",
        "date": "2026-03-12",
        "time": "09:15",
        "end_time": "09:55",
        "staff_name": "María",
        "client_name": "Ana Ruiz",
        "price_min": 4000,
        "price_max": None,
    }
    assert "09:00" not in await agenda.times("Brushing", "2026-03-12", "María")
    assert "10:00" in await agenda.times("Brushing", "2026-03-12", "María")
    found = await agenda.call("find_appointment_by_phone", {"client_phone": "+5491155551234"})
    assert found["appointments"] == [
        {
            "booking_id": booking_id,
            "service_type": "Brushing",
            "date": "2026-03-12",
            "time": "09:15",
            "staff_name": "María",
            "staff_requested": False,
            "client_name": "Ana Ruiz",
        }
    ]


async def test_anybody_means_the_least_busy_then_the_manifests_order(agenda: Running) -> None:
    staff = [
        (await agenda.book("Corte de Cabello", "2026-03-12", at))["staff_name"] for at in ("09:00", "09:00", "11:00")
    ]
    assert staff == ["Carlos", "María", "Sofía"]


@pytest.mark.parametrize(
    ("day", "at", "reason", "more"),
    [
        ("2026-03-12", "09:10", "INVALID_TIME", {"times": ["09:15", "09:00", "09:30", "09:45", "10:00", "10:15"]}),
        ("2026-03-12", "12:30", "OUTSIDE_HOURS", {"times": ["12:15", "12:00", "11:45", "11:30", "11:15", "11:00"]}),
        ("2026-03-12", "25:00", "INVALID_TIME", None),
        ("2026-03-12", "1230Z", "INVALID_TIME", None),
        ("2026-03-12", "noon", "INVALID_TIME", None),
        ("2026-03-11", "09:45", "PAST", {"times": ["10:15", "10:30", "10:45", "11:00", "11:15", "11:30"]}),
        (
            "2026-03-10",
            "18:15",
            "PAST",
            {
                "next": [
                    {"date": "2026-03-11", "times": ["17:45", "18:00", "18:15"]},
                    {"date": "2026-03-12", "times": ["17:45", "18:00", "18:15"]},
                    {"date": "2026-03-13", "times": ["17:45", "18:00", "18:15"]},
                ]
            },
        ),
        ("2026-99-01", "10:00", "INVALID_DATE", {}),
    ],
)
async def test_a_booking_that_cannot_be_made_says_why_and_what_else(
    agenda: Running, day: str, at: str, reason: str, more: dict[str, object] | None
) -> None:
    answer = await agenda.book("Corte de Cabello", day, at)
    assert (answer.pop("ok"), answer.pop("reason")) == (False, reason)
    assert more is None or answer == more


async def test_a_taken_time_offers_the_nearest_and_then_the_next_days(agenda: Running) -> None:
    assert (await agenda.book("Barba", "2026-03-14", "12:00"))["ok"]
    answer = await agenda.book("Barba", "2026-03-14", "12:00")
    assert answer == {"ok": False, "reason": "TAKEN", "times": ["11:30", "12:30", "11:15", "12:45", "11:00", "13:00"]}
    for minutes in range(10 * 60, 16 * 60, 30):
        await agenda.book("Barba", "2026-03-14", f"{minutes // 60}:{minutes % 60:02d}")
    answer = await agenda.book("Barba", "2026-03-14", "15:30")
    assert (answer["reason"], "times" in answer) == ("TAKEN", False)
    assert answer["next"][0] == {"date": "2026-03-16", "times": ["15:15", "15:30", "15:45"]}


async def test_cancelling_frees_the_time_and_happens_once(each_agenda: Running) -> None:
    agenda = each_agenda
    booked = await agenda.book("Barba", "2026-03-12", "10:00")
    assert "10:00" not in await agenda.times("Barba", "2026-03-12")
    cancelled = await agenda.call("cancel_appointment", {"booking_id": booked["booking_id"]})
    kept = ("booking_id", "service_type", "date", "time", "staff_name")
    assert cancelled == {"ok": True, **{name: booked[name] for name in kept}}
    assert "10:00" in await agenda.times("Barba", "2026-03-12")
    for tool, args in (
        ("cancel_appointment", {}),
        ("reschedule_appointment", {"preferred_date": "2026-03-13", "preferred_time": "10:00"}),
    ):
        answer = await agenda.call(tool, {"booking_id": booked["booking_id"], **args})
        assert answer == {"ok": False, "reason": "NOT_FOUND"}


async def test_moving_frees_the_old_time_and_takes_the_new(each_agenda: Running) -> None:
    agenda = each_agenda
    booked = await agenda.book("Barba", "2026-03-12", "10:00")
    args = {"booking_id": booked["booking_id"], "preferred_date": "2026-03-13", "preferred_time": "11:00"}
    moved = await agenda.call("reschedule_appointment", args)
    assert moved == {
        "ok": True,
        "booking_id": booked["booking_id"],
        "service_type": "Barba",
        "date": "2026-03-13",
        "time": "11:00",
        "staff_name": "Carlos",
        "previous": {"date": "2026-03-12", "time": "10:00"},
    }
    assert "10:00" in await agenda.times("Barba", "2026-03-12")
    assert "11:00" not in await agenda.times("Barba", "2026-03-13")


async def test_moving_by_a_quarter_hour_may_use_the_own_time(agenda: Running) -> None:
    booked = await agenda.book("Alisado", "2026-03-12", "14:00", "María")
    args = {"booking_id": booked["booking_id"], "preferred_date": "2026-03-12", "preferred_time": "14:15"}
    assert (await agenda.call("reschedule_appointment", args))["time"] == "14:15"


async def test_a_move_to_a_taken_time_changes_nothing(each_agenda: Running) -> None:
    agenda = each_agenda
    booked = await agenda.book("Barba", "2026-03-12", "10:00", customer="whatsapp:+1")
    await agenda.book("Barba", "2026-03-12", "11:00")
    args = {"booking_id": booked["booking_id"], "preferred_date": "2026-03-12", "preferred_time": "11:00"}
    answer = await agenda.call("reschedule_appointment", args)
    assert (answer["reason"], answer["times"][:2]) == ("TAKEN", ["10:30", "11:30"])
    assert "10:00" not in await agenda.times("Barba", "2026-03-12")
    found = await agenda.call("find_appointment_by_phone", {"client_phone": "-"}, customer="whatsapp:+1")
    assert [each["time"] for each in found["appointments"]] == ["10:00"]


@pytest.mark.parametrize(("asked_for", "result"), [(None, "María"), ("Carlos", "TAKEN")])
async def test_only_somebody_who_was_asked_for_is_kept_in_a_move(
    agenda: Running, asked_for: str | None, result: str
) -> None:
    booked = await agenda.book("Corte de Cabello", "2026-03-12", "10:00", asked_for)
    assert booked["staff_name"] == "Carlos"
    await agenda.book("Barba", "2026-03-13", "10:00")
    args = {"booking_id": booked["booking_id"], "preferred_date": "2026-03-13", "preferred_time": "10:00"}
    answer = await agenda.call("reschedule_appointment", args)
    assert answer.get("staff_name", answer.get("reason")) == result


async def test_only_appointments_to_come_are_found_and_can_be_changed(agenda: Running) -> None:
    later = "2026-03-12T10:00:00-03:00"
    first = await agenda.book("Barba", "2026-03-12", "10:00", customer="whatsapp:+1")
    second = await agenda.book("Barba", "2026-03-12", "10:30", customer="whatsapp:+1")
    args = {"client_phone": "whatsapp:+1"}
    found = await agenda.call("find_appointment_by_phone", args, customer="whatsapp:+1")
    assert [each["booking_id"] for each in found["appointments"]] == [first["booking_id"], second["booking_id"]]
    found = await agenda.call("find_appointment_by_phone", args, customer="whatsapp:+1", now=later)
    assert [each["booking_id"] for each in found["appointments"]] == [second["booking_id"]]
    answer = await agenda.call("cancel_appointment", {"booking_id": first["booking_id"]}, now=later)
    assert answer == {"ok": False, "reason": "NOT_FOUND"}


async def test_workspaces_do_not_see_each_other(agenda: Running) -> None:
    booked = await agenda.book("Barba", "2026-03-12", "10:00", customer="whatsapp:+1")
    args = {"client_phone": "whatsapp:+1"}
    elsewhere = {"workspace_id": VET, "customer": "whatsapp:+1"}
    assert (await agenda.call("find_appointment_by_phone", args, **elsewhere))["appointments"] == []
    answer = await agenda.call("cancel_appointment", {"booking_id": booked["booking_id"]}, **elsewhere)
    assert answer["reason"] == "NOT_FOUND"
    assert (await agenda.book("Barba", "2026-03-12", "10:00", workspace_id=VET))["reason"] == "UNKNOWN_SERVICE"
    vet = await agenda.book("Vacunación", "2026-03-12", "10:00", workspace_id=VET)
    assert (vet["staff_name"], vet["end_time"], vet["price_max"]) == ("Dra. Paredes", "10:15", 25000)


async def test_appointments_outlive_the_process(database_url: str) -> None:
    async with running(database_url) as first:
        booked = await first.book("Barba", "2026-03-12", "10:00", customer="whatsapp:+1")
    async with running(database_url) as second:
        found = await second.call("find_appointment_by_phone", {"client_phone": "-"}, customer="whatsapp:+1")
        assert [each["booking_id"] for each in found["appointments"]] == [booked["booking_id"]]
        assert (await second.book("Barba", "2026-03-12", "10:00"))["reason"] == "TAKEN"


async def test_a_customer_may_have_two_appointments(agenda: Running) -> None:
    answers = [
        await agenda.book("Corte de Cabello", "2026-03-12", "10:00", more={"client_name": name}, customer="whatsapp:+1")
        for name in ("Ana", "Bea")
    ]
    assert [answer["ok"] for answer in answers] == [True, True]
    assert answers[0]["booking_id"] != answers[1]["booking_id"]
