"""When something can begin, compared with a slow and simple reading of the clock."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from agenda.booking.free_times import by_load, cells_of, nearest, spell
from agenda.booking.openings import Calendar, Need
from tests.unit.agenda.businesses import NOW, business, with_hours
from workspace.calendar import time_problem
from workspace.model import Workspace

ALWAYS = (time(0), time(23, 59, 59))
SANTIAGO = with_hours(business("veterinaria-cordillera"), ALWAYS)
FALL_BACK, SATURDAY, SPRING_FORWARD = date(2026, 4, 4), date(2026, 9, 5), date(2026, 9, 6)
"""Santiago: 4 April has 25 hours, 6 September begins at 01:00."""

days = st.dates(date(2026, 3, 1), date(2026, 10, 31)) | st.sampled_from([FALL_BACK, SPRING_FORWARD])
lengths = st.integers(5, 600)
moments = st.integers(0, 270 * 24 * 60).map(lambda n: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=n))
cells = st.frozensets(st.integers(0, 95), max_size=40)
OFFICES = {
    "salon": business(),
    "vet": business("veterinaria-cordillera"),
    "always open, Santiago": SANTIAGO,
    "odd hours": with_hours(business(), (time(9, 5), time(12, 50)), (time(13, 10), time(20))),
    "always open, clocks change by half an hour": with_hours(business(), ALWAYS, timezone="Australia/Lord_Howe"),
    "always open, clocks change at midnight": with_hours(business(), ALWAYS, timezone="America/Havana"),
}
offices = st.sampled_from(sorted(OFFICES))


def starts(workspace: Workspace, day: date, minutes: int, now: datetime) -> list[int]:
    """The minutes at which something of that length can begin with the first member of staff, nothing being taken."""
    service, staff = workspace.services[0].name, workspace.staff[0].name
    agenda = Calendar(workspace, workspace.special_days, now).day(day, {})
    return agenda.rule_starts(Need(service, minutes=minutes), staff)


def _lives_through(workspace: Workspace, day: date, start: int, minutes: int, now: datetime) -> bool:
    """Whether every minute of an appointment, taken one after another in UTC, is the minute that the
    clock on the wall should show, in one opening span and to come."""
    wall = datetime.combine(day, time()) + timedelta(minutes=start)
    begin = wall.replace(tzinfo=workspace.zone).astimezone(UTC)
    if begin <= now:
        return False
    shown = [(begin + timedelta(minutes=n)).astimezone(workspace.zone).replace(tzinfo=None) for n in range(minutes + 1)]
    on_time = all(each == wall + timedelta(minutes=n) for n, each in enumerate(shown))
    spans = workspace.hours_on(day)
    open_all_along = any(
        datetime.combine(day, span.start) <= shown[0] and shown[-1] <= datetime.combine(day, span.end) for span in spans
    )
    return on_time and open_all_along


@given(offices, days, lengths, moments)
@settings(max_examples=50)
def test_starts_are_exactly_the_quarter_hours_that_can_be_lived_through(
    office: str, day: date, minutes: int, now: datetime
) -> None:
    workspace = OFFICES[office]
    expected = [at for at in range(0, 1440, 15) if _lives_through(workspace, day, at, minutes, now)]
    assert starts(workspace, day, minutes, now) == expected


@given(offices, days, lengths, moments)
def test_no_start_is_one_that_the_planner_would_ask_for_again(
    office: str, day: date, minutes: int, now: datetime
) -> None:
    workspace = OFFICES[office]
    for at in starts(workspace, day, minutes, now):
        assert time_problem(workspace, day.isoformat(), spell(at), now, minutes) is None


@given(days, lengths, st.dictionaries(st.sampled_from(SANTIAGO.staff_names), cells))
def test_nobody_is_offered_while_busy_and_everybody_free_is(
    day: date, minutes: int, taken: dict[str, frozenset[int]]
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    need = Need(SANTIAGO.services[0].name, minutes=minutes)
    free = Calendar(SANTIAGO, (), now).day(day, taken).free(need, SANTIAGO.staff_names)
    for at in starts(SANTIAGO, day, minutes, now):
        needed = {minute // 15 for minute in range(at, at + minutes)}
        expected = [name for name in SANTIAGO.staff_names if not needed & taken.get(name, frozenset())]
        assert free.get(at, []) == expected
    assert list(free) == sorted(free)


def test_times_that_the_clocks_skip_are_not_offered() -> None:
    day_before, offered = ([spell(at) for at in starts(SANTIAGO, day, 30, NOW)] for day in (SATURDAY, SPRING_FORWARD))
    assert day_before[:2] == ["00:00", "00:15"]
    assert offered[:2] == ["01:00", "01:15"]
    assert day_before[4:] == offered


def test_an_hour_that_happens_twice_is_offered_once_and_not_across_the_change() -> None:
    offered = [spell(at) for at in starts(SANTIAGO, FALL_BACK, 30, NOW)]
    assert len(offered) == len(set(offered))
    assert "23:00" in offered
    assert "23:30" not in offered, "it would end at 23:00 again"


@given(st.integers(0, 95), st.integers(1, 600))
def test_cells_cover_every_minute_and_no_more(quarter: int, minutes: int) -> None:
    start = quarter * 15
    assert set(cells_of(start, minutes)) == {minute // 15 for minute in range(start, start + minutes)}


def test_the_nearest_come_first_and_the_earlier_of_two() -> None:
    assert nearest([540, 555, 585, 600, 900], 570, 4) == [555, 585, 540, 600]


def test_the_least_busy_come_first_and_then_the_order_given() -> None:
    assert by_load(["A", "B", "C", "D"], {"A": {1, 2}, "B": {1}, "D": {3}}) == ["C", "B", "D", "A"]
