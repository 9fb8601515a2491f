"""A booking needs an availability check that lists its time."""

from typing import Any

import pytest

from broker.policy.pipeline import DEPENDENCY_FAILED, NOT_AVAILABLE, Earlier, missing_before
from tests.unit.broker.builders import BOOKING, make_workspace
from turn.vocabulary import Status

WORKSPACE = make_workspace()
CHECKED = {"service_type": "Corte de Cabello", "date_str": "2026-03-12"}
CHECK = "check_service_availability"


def lacking(status: Status | None, args: dict[str, Any], output: dict[str, Any]) -> str | None:
    tool = WORKSPACE.tool("book_appointment")
    assert tool is not None
    return missing_before(tool, BOOKING, {CHECK: Earlier(status, args, output)})


def test_a_listed_time_may_be_booked() -> None:
    assert lacking(Status.OK, CHECKED, {"ok": True, "times": ["09:00", "10:00"]}) is None


@pytest.mark.parametrize(
    "output",
    [
        {"ok": True, "times": ["09:00"]},
        {"ok": True, "times": []},
        {"ok": True},
        {"ok": True, "times": "10:00"},
        {"ok": True, "times": {"10:00": 1}},
        {"ok": False, "reason": "CLOSED", "times": ["10:00"]},
    ],
)
def test_a_time_that_is_not_listed_is_not_available(output: dict[str, Any]) -> None:
    assert lacking(Status.OK, CHECKED, output) == NOT_AVAILABLE


@pytest.mark.parametrize("status", [Status.FAILED, Status.REFUSED, Status.SKIPPED, Status.UNKNOWN])
def test_a_check_without_an_answer_stops_the_booking(status: Status) -> None:
    assert lacking(status, CHECKED, {}) == DEPENDENCY_FAILED


@pytest.mark.parametrize("checked", [{**CHECKED, "date_str": "2026-03-13"}, {**CHECKED, "service_type": "Barba"}])
def test_a_check_of_something_else_is_no_check(checked: dict[str, str]) -> None:
    assert lacking(Status.OK, checked, {"ok": True, "times": ["10:00"]}) == ""


def test_without_a_check_the_order_is_wrong() -> None:
    tool = WORKSPACE.tool("book_appointment")
    assert tool is not None
    assert missing_before(tool, BOOKING, {}) == ""


def test_a_check_for_one_member_of_staff_is_no_check_for_another() -> None:
    tool = WORKSPACE.tool("book_appointment")
    assert tool is not None
    checked = Earlier(Status.OK, {**CHECKED, "staff_name": "Carlos"}, {"ok": True, "times": ["10:00"]})
    assert missing_before(tool, {**BOOKING, "staff_name": "Sofía"}, {CHECK: checked}) == ""
    assert missing_before(tool, {**BOOKING, "staff_name": "Carlos"}, {CHECK: checked}) is None


def test_a_check_that_would_run_is_enough_when_only_the_policy_is_asked() -> None:
    assert lacking(None, CHECKED, {}) is None


def test_a_tool_without_a_predecessor_needs_none() -> None:
    tool = WORKSPACE.tool("get_business_hours")
    assert tool is not None
    assert missing_before(tool, {}, {}) is None
