"""Each tool over a real MCP client, with the shapes that docs/architecture.md promises."""

import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.contract.agenda.running import Running

VET = "veterinaria-cordillera"
TOOLS = {
    "get_available_services": {"q"},
    "get_business_hours": set(),
    "get_service_packages": set(),
    "get_active_promotions": set(),
    "check_service_availability": {"service_type", "date_str", "staff_name"},
    "book_appointment": {
        "service_type",
        "preferred_date",
        "preferred_time",
        "client_name",
        "client_email",
        "client_phone",
        "staff_name",
    },
    "find_appointment_by_phone": {"client_phone"},
    "cancel_appointment": {"booking_id"},
    "reschedule_appointment": {"booking_id", "preferred_date", "preferred_time"},
    "find_free_times": {"items", "days", "times", "limit"},
    "book_appointments": {"items", "client_name", "client_email", "client_phone", "answers"},
    "change_appointment": {
        "booking_id",
        "preferred_date",
        "preferred_time",
        "service_type",
        "staff_name",
        "client_name",
        "client_email",
    },
    "change_appointments": {"changes"},
    "cancel_appointments": {"booking_ids"},
    "restore_appointment": {"booking_id"},
    "get_customer": set(),
}
WRITING = {
    "book_appointment",
    "cancel_appointment",
    "reschedule_appointment",
    "book_appointments",
    "change_appointment",
    "change_appointments",
    "cancel_appointments",
    "restore_appointment",
}


@pytest.mark.parametrize("mode", ["2026-07-28", "auto", "legacy"])
async def test_the_tools_are_listed_and_answer_in_every_mode_of_the_protocol(agenda: Running, mode: str) -> None:
    async with Client(streamable_http_client(agenda.url + "/mcp", http_client=agenda.http), mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert {name: set(tool.input_schema["properties"]) for name, tool in tools.items()} == TOOLS
    assert all(tool.description and tool.input_schema["additionalProperties"] is False for tool in tools.values())
    reading = {name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint}
    assert set(TOOLS) - reading == WRITING
    agenda.mode = mode
    assert (await agenda.call("get_service_packages"))["ok"]


async def test_services_are_told_with_prices_and_staff(agenda: Running) -> None:
    answer = await agenda.call("get_available_services")
    assert answer["ok"]
    assert len(answer["services"]) == 7
    assert answer["services"][2] == {
        "name": "Barba",
        "minutes": 30,
        "price_min": 2500,
        "price_max": None,
        "staff": ["Carlos"],
    }


@pytest.mark.parametrize(
    ("q", "name"),
    [("Coloración", "Coloración"), ("keratina", "Alisado"), ("UÑAS por favor", "Manicura"), ("brush", "Brushing")],
)
async def test_a_search_finds_names_and_aliases(agenda: Running, q: str, name: str) -> None:
    answer = await agenda.call("get_available_services", {"q": q})
    assert [service["name"] for service in answer["services"]] == [name]


async def test_a_search_that_finds_nothing_says_so_and_tells_everything(agenda: Running) -> None:
    answer = await agenda.call("get_available_services", {"q": "depilación"})
    assert (answer["ok"], answer["reason"], len(answer["services"])) == (False, "NOT_OFFERED", 7)


async def test_hours_start_on_monday_and_tell_special_days_of_the_next_sixty(agenda: Running) -> None:
    answer = await agenda.call("get_business_hours", now="2026-07-25T12:00:00-04:00", workspace_id=VET)
    assert [day["day"] for day in answer["days"]] == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert answer["days"][4] == {"day": "fri", "hours": ["08:30-18:00"]}
    assert answer["days"][6] == {"day": "sun", "hours": []}
    assert answer["special"] == [{"date": "2026-09-18", "hours": []}]
    earlier = await agenda.call("get_business_hours", now="2026-07-19T12:00:00-04:00", workspace_id=VET)
    assert earlier["special"] == []


async def test_packages_and_promotions(agenda: Running) -> None:
    packages = await agenda.call("get_service_packages")
    assert packages["packages"][1]["price"] == 5500
    promotions = await agenda.call("get_active_promotions")
    assert promotions["promotions"] == [
        {"name": "Martes de color", "description": "10 % en Coloración todos los martes", "price": None}
    ]
    assert await agenda.call("get_service_packages", workspace_id=VET) == {"ok": True, "packages": []}


async def test_a_check_lists_times_and_everybody_free(agenda: Running) -> None:
    args = {"service_type": "Corte de Cabello", "date_str": "2026-03-12", "staff_name": "Sofía"}
    answer = await agenda.call("check_service_availability", args)
    assert set(answer) == {"ok", "service_type", "date", "staff_name", "times", "staff_by_time"}
    assert answer["times"][:2] == ["09:00", "09:15"]
    assert "12:15" in answer["times"]
    assert "12:30" not in answer["times"]
    assert answer["staff_by_time"]["09:00"] == ["Carlos", "María", "Sofía"]
    assert answer["staff_name"] == "Sofía"


async def test_a_check_of_a_full_day_tells_the_next_days(agenda: Running) -> None:
    for at in ("09:00", "14:00", "16:30"):
        assert (await agenda.book("Alisado", "2026-03-12", at, "Sofía"))["ok"]
    args = {"service_type": "Alisado", "date_str": "2026-03-12", "staff_name": "Sofía"}
    answer = await agenda.call("check_service_availability", args)
    assert answer["ok"]
    assert answer["times"] == []
    assert answer["next"][0] == {"date": "2026-03-13", "times": ["09:00", "09:15", "09:30"]}
    assert len(answer["next"]) == 3
    assert "09:00" in answer["staff_by_time"], "María is free, and everybody is told"


@pytest.mark.parametrize(
    ("args", "reason", "first_next"),
    [
        ({"date_str": "2026-03-15"}, "CLOSED", "2026-03-16"),
        ({"date_str": "2026-03-10"}, "PAST", "2026-03-11"),
        ({"date_str": "2027-03-12"}, "TOO_FAR", None),
        ({"date_str": "2026-02-30"}, "INVALID_DATE", None),
        ({"date_str": "2026-W11-4"}, "INVALID_DATE", None),
        ({"date_str": "mañana"}, "INVALID_DATE", None),
        ({"service_type": "Tatuajes"}, "UNKNOWN_SERVICE", None),
        ({"staff_name": "Pedro"}, "UNKNOWN_STAFF", None),
        ({"staff_name": "Lucía"}, "STAFF_DOES_NOT_DO", None),
    ],
)
async def test_a_check_that_cannot_be_made_says_why(
    agenda: Running, args: dict[str, str], reason: str, first_next: str | None
) -> None:
    whole = {"service_type": "Corte de Cabello", "date_str": "2026-03-12", **args}
    answer = await agenda.call("check_service_availability", whole)
    assert (answer["ok"], answer["reason"]) == (False, reason)
    assert answer.get("next", [{"date": None}])[0]["date"] == first_next
