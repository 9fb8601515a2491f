"""When reminders leave: a day before, never in the quiet hours, never so late that they are of no use."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.reminders import LEAST, Booked, booked_of, may_leave_at, remind_at
from gateway.people.opting import opts_out
from workspace.reminders import Reminders

BA, MADRID = ZoneInfo("America/Argentina/Buenos_Aires"), ZoneInfo("Europe/Madrid")
RULES = Reminders()


def booked(day: str, at: str) -> Booked:
    return Booked("PB-AAAAAA", date.fromisoformat(day), time.fromisoformat(at), "Barba", "Carlos")


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        ("2026-03-13", "15:00", BA, "2026-03-12T15:00-03:00"),
        ("2026-03-13", "08:00", BA, "2026-03-11T20:00-03:00"),
        ("2026-03-13", "20:30", BA, "2026-03-12T20:00-03:00"),
        ("2026-03-29", "15:00", MADRID, "2026-03-28T14:00+01:00"),  # a clock change between: 24 hours, not a day
        ("2026-10-25", "02:30", MADRID, "2026-10-23T20:00+02:00"),
    ],
)
def test_it_leaves_a_day_before_and_rather_earlier_than_at_night(
    day: str, at: str, zone: ZoneInfo, expected: str
) -> None:
    assert remind_at(booked(day, at), zone, RULES) == datetime.fromisoformat(expected)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001 - the zone comes after
zones = st.sampled_from([BA, MADRID, ZoneInfo("Pacific/Chatham"), ZoneInfo("UTC")])


@given(moments, zones, st.integers(2, 168))
def test_no_reminder_is_planned_for_the_quiet_hours_or_too_late(at: datetime, zone: ZoneInfo, hours: int) -> None:
    rules = Reminders(hours_before=hours)
    each = Booked("x", at.date(), at.time().replace(second=0, microsecond=0), "", "")
    leaves = remind_at(each, zone, rules)
    assert rules.send_from <= leaves.astimezone(zone).time() <= rules.send_until
    assert leaves <= each.starts(zone) - timedelta(hours=hours)
    assert may_leave_at(leaves, each, zone, rules) == leaves


@given(moments, moments, zones)
def test_one_that_is_late_waits_for_the_morning_or_is_dropped(at: datetime, now: datetime, zone: ZoneInfo) -> None:
    each = Booked("x", at.date(), at.time(), "", "")
    leaves = may_leave_at(now.replace(tzinfo=UTC), each, zone, RULES)
    if leaves is not None:
        assert leaves >= now.replace(tzinfo=UTC)
        assert RULES.send_from <= leaves.astimezone(zone).time() <= RULES.send_until
        assert leaves + LEAST <= each.starts(zone)


@pytest.mark.parametrize(
    "told", [{}, {"booking_id": "x", "date": "pronto", "time": "9", "service_type": ""}, {"date": 3}]
)
def test_what_is_no_appointment_is_none(told: dict[str, object]) -> None:
    assert booked_of(told) is None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("BAJA", True),
        (" Baja. ", True),
        ("stop", True),
        ("ALTA", False),
        ("dar de baja el turno", None),
        ("", None),
    ],
)
def test_one_word_opts_out_and_in(text: str, meaning: bool | None) -> None:
    assert opts_out(text) is meaning


@pytest.mark.parametrize("rules", [{"send_from": 540}, {"send_from": "21:00"}, {"hours_before": 1}])
def test_rules_that_mean_nothing_are_refused(rules: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Reminders.model_validate(rules)
