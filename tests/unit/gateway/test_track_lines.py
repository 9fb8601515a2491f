from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tracks.share_file import changed_at, lines_in, read_values, with_shadow, with_share
from gateway.tracks.track import Split

NOW = datetime(2026, 3, 11, 13, tzinfo=UTC)
SETTINGS = {"ENABLE_SLM_PIPELINE": "false", "SLM_CANARY_PERCENT": "", "SLM_SHADOW_PERCENT": ""}
TEXT = "# the night shift's\nOTHER=1\nSLM_CANARY_PERCENT = 25\n\nENABLE_SLM_PIPELINE=true\n"


def split(text: str) -> Split:
    return read_values({**SETTINGS, **lines_in(text)}).split


@given(st.integers(0, 100), st.integers(0, 100))
def test_what_is_written_is_what_is_read(share: int, shadow: int) -> None:
    text = with_shadow(with_share(TEXT, share, NOW), shadow)
    assert split(text) == Split(share, shadow)
    assert changed_at(text) == NOW
    assert text.startswith("# the night shift's\nOTHER=1\n")
    assert len(text.splitlines()) == len(TEXT.splitlines()) + 2


def test_after_a_rollback_the_share_can_still_be_read() -> None:
    text = with_share(TEXT, 0, NOW)
    assert split(text) == Split(0)
    assert lines_in(text)["SLM_CANARY_PERCENT"] == "25"


@pytest.mark.parametrize("text", ["", "SLM_SHARE_CHANGED_AT=yesterday", "SLM_SHARE_CHANGED_AT=2026-03-11T10:00:00"])
def test_a_change_without_a_time_is_none(text: str) -> None:
    assert changed_at(text) is None


@pytest.mark.parametrize("name", list(SETTINGS))
def test_a_wrong_value_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_values({**SETTINGS, name: "all of them"})
