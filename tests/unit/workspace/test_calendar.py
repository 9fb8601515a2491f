"""Which dates and times a business can serve at all."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workspace.test_loader import FOLDER
from workspace.calendar import DateProblem, TimeProblem, date_problem, next_open_days, time_problem
from workspace.limits import Limits, limits_of
from workspace.loader import load_registry
from workspace.model import TIERS, Policy, Tier
from workspace.schemas import fill_names

REGISTRY = load_registry(FOLDER)
SALON, VET = sorted(REGISTRY, key=lambda workspace: workspace.id)
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=ZoneInfo("America/Argentina/Buenos_Aires"))


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        ("2026-03-11", None),
        ("2026-03-10", DateProblem.PAST),
        ("2026-03-15", DateProblem.CLOSED),
        ("2027-03-15", DateProblem.TOO_FAR),
        ("2026-02-30", DateProblem.INVALID),
        ("mañana", DateProblem.INVALID),
        ("20260312", DateProblem.INVALID),
        ("2026-W10-2", DateProblem.INVALID),
    ],
)
def test_date_problem(day: str, problem: DateProblem | None) -> None:
    assert date_problem(SALON, day, NOW) == problem


@pytest.mark.parametrize(
    ("day", "at", "minutes", "problem"),
    [
        ("2026-03-12", "09:00", 45, None),
        ("2026-03-12", "12:15", 45, None),
        ("2026-03-12", "12:30", 45, TimeProblem.OUTSIDE_HOURS),
        ("2026-03-12", "13:00", 0, TimeProblem.OUTSIDE_HOURS),
        ("2026-03-12", "07:00", 0, TimeProblem.OUTSIDE_HOURS),
        ("2026-03-11", "09:30", 45, TimeProblem.PAST),
        ("2026-03-12", "25:00", 45, TimeProblem.INVALID),
        ("2026-03-12", "1230Z", 45, TimeProblem.INVALID),
        ("2026-03-15", "11:00", 45, None),
    ],
)
def test_time_problem(day: str, at: str, minutes: int, problem: TimeProblem | None) -> None:
    assert time_problem(SALON, day, at, NOW, minutes) == problem


def test_today_is_the_business_s_day_not_utc_s() -> None:
    late = datetime(2026, 3, 11, 23, 30, tzinfo=SALON.zone)
    assert date_problem(SALON, "2026-03-11", late) is None


def test_a_special_day_overrides_its_weekday() -> None:
    assert VET.hours_on(date(2026, 9, 18)) == ()
    assert [span.end.hour for span in VET.hours_on(date(2026, 12, 24))] == [13]
    assert date_problem(VET, "2026-09-18", NOW) == DateProblem.CLOSED


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(1, 10))
def test_next_open_days_are_open_later_and_in_order(day: date, count: int) -> None:
    days = next_open_days(SALON, day, count)
    assert len(days) == count
    assert list(days) == sorted(set(days))
    assert all(each > day and SALON.hours_on(each) for each in days)
    skipped = {day + timedelta(days=n) for n in range(1, (days[-1] - day).days + 1)} - set(days)
    assert not any(SALON.hours_on(each) for each in skipped)


def test_tiers_multiply_the_limits() -> None:
    assert (limits_of("basic").writes_per_minute, limits_of("pro").writes_per_minute) == (10, 100)
    assert limits_of("max").workspace_per_second == 1000
    assert SALON.limits == limits_of("max")
    assert {limits_of(tier).customer_writes_per_minute for tier in TIERS} == {6}, (
        "nobody writes faster on a bigger tier"
    )


@pytest.mark.parametrize("tier", TIERS)
def test_what_a_manifest_does_not_set_is_its_tiers(tier: Tier) -> None:
    policy = Policy(limits=Limits(customer_writes_per_minute=9))
    limits = SALON.model_copy(update={"tier": tier, "policy": policy}).limits
    assert limits == limits_of(tier).model_copy(update={"customer_writes_per_minute": 9})


def test_names_of_the_business_fill_a_schema() -> None:
    schema = {"properties": {"a": {"enum": ["$staff", None]}, "b": {"enum": ["x"]}, "enum": {"type": "string"}}}
    assert fill_names(schema, SALON)["properties"] == {
        "a": {"enum": ["Carlos", "María", "Lucía", "Sofía", None]},
        "b": {"enum": ["x"]},
        "enum": {"type": "string"},
    }
