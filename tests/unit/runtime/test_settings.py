"""Settings are read once, and what is wrong is named by its variable."""

from datetime import UTC, datetime

import pytest
from pydantic import Field

from runtime.settings import Settings, load


class Sample(Settings):
    """Settings of a test."""

    port: int = Field(default=1, ge=1)
    token: str = Field(default="x", validation_alias="SAMPLE_TOKEN", min_length=1, max_length=3)


def test_defaults_hold_without_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULPO_PROFILE", raising=False)
    assert load(Sample).profile == "development"


def test_everything_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PULPO_PORT", "nine")
    monkeypatch.setenv("SAMPLE_TOKEN", "secret-value")
    with pytest.raises(SystemExit) as ended:
        load(Sample)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "PULPO_PORT" in said
    assert "SAMPLE_TOKEN" in said
    assert "secret-value" not in said


@pytest.mark.parametrize(
    ("clock", "profile"), [("2026-03-11T10:00:00", "development"), ("2026-03-11T10:00:00-03:00", "production")]
)
def test_a_clock_without_offset_or_in_production_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: str, profile: str
) -> None:
    monkeypatch.setenv("PULPO_CLOCK", clock)
    monkeypatch.setenv("PULPO_PROFILE", profile)
    with pytest.raises(SystemExit):
        load(Sample)
    assert "PULPO_CLOCK" in capsys.readouterr().err


def test_a_simulated_clock_starts_where_asked_and_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULPO_CLOCK", "2026-03-11T10:00:00-03:00")
    clock = load(Sample).make_clock()
    first, second = clock(), clock()
    assert datetime(2026, 3, 11, 13, 0, tzinfo=UTC) <= first < second
    assert (second - first).total_seconds() < 60
