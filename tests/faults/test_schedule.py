"""A seed is a schedule."""

from collections import Counter

import pytest

from tests.faults.lab.schedule import DATABASE, SERVICES, Kind, make_schedule


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_same_seed_gives_the_same_schedule(database: str) -> None:
    assert make_schedule(7, 200, database) == make_schedule(7, 200, database)


def test_another_seed_gives_another_schedule() -> None:
    first, second = make_schedule(1, 200, "sqlite"), make_schedule(2, 200, "sqlite")
    assert first.visits != second.visits
    assert first.faults != second.faults


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_every_kind_of_fault_is_in_a_small_schedule(database: str) -> None:
    kinds = {fault.kind for fault in make_schedule(3, 100, database).faults}
    own = {Kind.DATABASE_LOCKED, Kind.DATABASE_FULL} if database == "sqlite" else {Kind.DATABASE_RESTARTED}
    of_twilio = {kind for kind in Kind if kind.name.startswith(("TWILIO_", "CALLBACKS_"))}
    always = {kind for kind in Kind if not kind.name.startswith("DATABASE_")} - of_twilio
    assert kinds == always | own
    by_rest = {fault.kind for fault in make_schedule(3, 100, database, rest=True).faults}
    assert by_rest == kinds | of_twilio


@pytest.mark.parametrize(("database", "replicas"), [("sqlite", 1), ("postgres", 2)])
def test_every_clock_is_wrong_in_the_long_run_ahead_and_behind_by_at_most_ten_minutes(
    database: str, replicas: int
) -> None:
    schedule = make_schedule(1, 10_000, database, replicas)
    faults = [fault for fault in schedule.faults if fault.kind is Kind.CLOCK_JUMPS]
    everybody = {*SERVICES, *(["gateway-2", "broker-2", DATABASE] if replicas > 1 else [])}
    for sign in (-1, 1):
        assert {fault.target for fault in faults if fault.wrong_s * sign > 0} == everybody
    assert all(60 <= abs(fault.wrong_s) <= 600 for fault in faults)


def test_the_long_run_kills_each_service_at_fifty_points_and_loses_two_hundred_replies() -> None:
    faults = make_schedule(1, 10_000, "sqlite").faults
    kills = Counter(fault.target for fault in faults if fault.kind is Kind.KILL)
    assert kills == dict.fromkeys(SERVICES, 50)
    assert sum(fault.kind is Kind.TOOL_LOST for fault in faults) >= 200
    assert [fault.after for fault in faults] == sorted(fault.after for fault in faults)


def test_customers_want_the_same_times() -> None:
    visits = make_schedule(1, 1000, "sqlite").visits
    wanted = Counter((visit.business, visit.service, visit.when) for visit in visits)
    assert max(wanted.values()) >= 3
    assert {visit.style for visit in visits} == {"whole", "twice", "pieces", "burst"}
    assert {visit.then for visit in visits} == {"stay", "cancel", "move", "correct", "undo", "restore"}
    assert 80 < sum(bool(visit.beside) for visit in visits) < 160
    assert all(visit.beside != visit.service for visit in visits)
