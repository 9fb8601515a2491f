"""Constraints on days and hours as text."""

from datetime import date

import pytest

from turn.constraints import DAY_PATTERN, TIME_PATTERN, day_holds, is_exact, moment_holds
from workspace.catalogue import standard_tools

TUESDAY = date(2026, 3, 17)


@pytest.mark.parametrize(
    ("text", "at", "held"),
    [
        ("2026-03-17", "10:00", True),
        ("2026-03-17T10:00", "10:00", True),
        ("2026-03-17T10:00", "11:00", False),
        ("2026-03-18T10:00|2026-03-17T11:00", "11:00", True),
        ("2026-03-18T10:00|2026-03-17T11:00", "10:00", False),
        ("!2026-03-17T10:00", "10:00", False),
        ("!2026-03-17T10:00", "11:00", True),
        ("!2026-03-17", "11:00", False),
        ("2026-03-16..2026-03-18", "11:00", True),
        ("weekly:tue", "11:00", True),
        ("every2w:fri", "11:00", False),
        (">2026-03-17", "11:00", False),
        ("any", "11:00", True),
    ],
)
def test_a_day_that_carries_its_hour_is_that_hour_alone(text: str, at: str, held: bool) -> None:
    assert moment_holds(text, TUESDAY, at) is held
    assert day_holds(text, TUESDAY) or not held or text.startswith("!")


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("10:00", True),
        ("!10:00", True),
        ("10:00|11:00", True),
        ("10:00|>=17:00", True),
        ("2026-03-17T10:00", True),
        (">=10:00", False),
        ("10:00..11:00", False),
        ("morning", False),
        ("any", False),
        ("latest", False),
        ("2026-03-17", False),
    ],
)
def test_an_hour_that_is_named_is_told_from_bounds(text: str, exact: bool) -> None:
    assert is_exact(text) is exact


def test_the_catalogue_of_tools_takes_what_constraints_are_written_in() -> None:
    properties = standard_tools()["find_free_times"]["args"]["properties"]
    assert properties["days"]["items"]["pattern"] == DAY_PATTERN
    assert properties["times"]["items"]["pattern"] == TIME_PATTERN
