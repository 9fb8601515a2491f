"""How long is waited before another try."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.backoff import backoff_s, parse_retry_after


@pytest.mark.parametrize(("attempt", "most"), [(1, 0.1), (2, 0.2), (3, 0.4), (4, 0.8), (5, 1.0), (10**6, 1.0)])
def test_waits_grow_to_a_bound(attempt: int, most: float) -> None:
    assert backoff_s(attempt, 0.1, 1.0, lambda: 1.0) == pytest.approx(most)


@given(st.integers(1, 100), st.floats(0, 1), st.floats(0, 1))
def test_any_share_of_the_bound_may_be_waited_but_no_less_than_the_least(
    attempt: int, drawn: float, least: float
) -> None:
    bound = backoff_s(attempt, 0.1, 1.0, lambda: 1.0)
    assert backoff_s(attempt, 0.1, 1.0, lambda: drawn, least) == pytest.approx(max(drawn, least) * bound)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        (" 12 ", 12.0),
        ("0", 0.0),
        ("Wed, 11 Mar 2026 13:00:30 GMT", 30.0),
        ("Wed, 11 Mar 2026 13:01:30", 90.0),
        ("Wed, 11 Mar 2026 12:00:00 GMT", 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("٣", 0.0),
        ("²", 0.0),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, seconds: float) -> None:
    assert parse_retry_after(text, datetime(2026, 3, 11, 13, 0, tzinfo=UTC)) == seconds
