"""Free times for whole requests over the real server: what is proposed, and what is said when there is nothing."""

from typing import Any

import pytest

from tests.contract.agenda.running import Running

DAY, CUT, BEARD, NAILS = "2026-03-12", "Corte de Cabello", "Barba", "Manicura"
ME: dict[str, Any] = {"customer": "whatsapp:+5491155551234", "customer_phone": "+5491155551234"}


async def find(
    agenda: Running, *items: dict[str, Any], who: dict[str, Any] | None = None, **args: Any
) -> dict[str, Any]:
    """The answer to a question for free times."""
    return await agenda.call("find_free_times", {"items": list(items), **args}, **(who or {}))


async def test_a_proposal_has_all_that_a_booking_needs(each_agenda: Running) -> None:
    await each_agenda.book(BEARD, DAY, "09:00")
    items = ({"service_type": CUT, "staff_name": ["Carlos", "María"], "not_staff": ["María"]}, {"service_type": BEARD})
    answer = await find(each_agenda, *items, days=[f">={DAY}"], limit=2)
    cut = {"service_type": CUT, "date": DAY, "time": "09:30", "end_time": "10:15", "staff_name": "Carlos"}
    beard = {"service_type": BEARD, "date": DAY, "time": "10:15", "end_time": "10:45", "staff_name": "Carlos"}
    assert answer["ok"]
    assert answer["proposals"][0] == {"items": [cut, beard]}
    assert [each["items"][0]["time"] for each in answer["proposals"]] == ["09:30", "10:30"]


async def test_whose_an_item_is_is_told_back(agenda: Running) -> None:
    answer = await find(agenda, {"service_type": CUT, "person": " mi  hija "}, {"service_type": CUT}, limit=1)
    persons = [each.get("person") for each in answer["proposals"][0]["items"]]
    assert persons == ["mi hija", None]
    assert len({each["time"] for each in answer["proposals"][0]["items"]}) == 1


async def test_the_customers_own_appointments_are_seen_and_nobody_elses(each_agenda: Running) -> None:
    await each_agenda.book(NAILS, DAY, "09:00", **ME)
    args: dict[str, Any] = {"days": [DAY], "limit": 1}
    mine = await find(each_agenda, {"service_type": BEARD}, who=ME, **args)
    assert mine["proposals"][0]["items"][0]["time"] == "09:45"
    others = await find(each_agenda, {"service_type": BEARD}, who={"customer": "whatsapp:+5491100000000"}, **args)
    assert others["proposals"][0]["items"][0]["time"] == "09:00"


async def test_days_far_away_are_looked_at_and_a_full_month_is_passed_over(agenda: Running) -> None:
    far = await find(agenda, {"service_type": BEARD}, days=["2026-12-01..2026-12-03"])
    assert far["proposals"][0]["items"][0]["date"] == "2026-12-01"
    days = [f"2026-03-{day}" for day in (11, 12, 13, 16, 17, 18, 19, 20, 24, 25, 26, 27)]
    for day in days:
        for at in ("10:15", "14:00", "16:30", "09:00", "11:30"):
            await agenda.book("Alisado", day, at, "Sofía")
    busy = await find(agenda, {"service_type": "Alisado", "staff_name": ["Sofía"]}, times=["14:00..15:00"])
    assert busy["proposals"][0]["items"][0]["date"] not in days


@pytest.mark.parametrize(
    ("items", "args", "expected"),
    [
        ([{"service_type": BEARD}], {"days": ["mañana"]}, {"ok": False, "reason": "INVALID_DATE"}),
        ([{"service_type": BEARD}], {"times": ["5 pm"]}, {"ok": False, "reason": "INVALID_TIME"}),
        ([{"service_type": "Tatuaje"}], {}, {"ok": False, "reason": "UNKNOWN_SERVICE"}),
        ([{"service_type": BEARD, "not_staff": ["Pedro"]}], {}, {"ok": False, "reason": "UNKNOWN_STAFF"}),
        ([{"service_type": BEARD, "staff_name": ["Sofía"]}], {}, {"ok": False, "reason": "STAFF_DOES_NOT_DO"}),
        (
            [{"service_type": BEARD, "not_staff": ["Carlos"]}],
            {},
            {"ok": False, "reason": "NO_FREE_TIMES", "because": "NO_OTHER_STAFF", "next": []},
        ),
    ],
)
async def test_what_cannot_be_looked_for_is_said(
    agenda: Running, items: list[dict[str, Any]], args: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert await find(agenda, *items, **args) == expected


async def test_nothing_free_tells_what_is_nearest(each_agenda: Running) -> None:
    for at in ("17:00", "17:30", "18:00", "18:30"):
        await each_agenda.book(BEARD, DAY, at)
    answer = await find(each_agenda, {"service_type": BEARD}, days=[DAY], times=[">=17:00"])
    assert (answer["ok"], answer["reason"], answer["because"]) == (False, "NO_FREE_TIMES", "TAKEN")
    found = [(item["date"], item["time"]) for each in answer["next"] for item in each["items"]]
    assert found == [(DAY, "16:30"), (DAY, "15:30"), ("2026-03-11", "17:00")]


@pytest.mark.parametrize(
    "args",
    [
        {"items": []},
        {"items": [{"service_type": BEARD}] * 11},
        {"items": [{"service_type": BEARD, "date": DAY}]},
        {"items": [{"service_type": BEARD}], "limit": 0},
        {"items": [{"service_type": BEARD}], "days": ["any"] * 9},
    ],
)
async def test_arguments_out_of_shape_are_an_error(agenda: Running, args: dict[str, Any]) -> None:
    result = await agenda.result("find_free_times", args)
    assert (result.structured_content or {})["error"]["reason"] == "INVALID_ARGUMENTS"
