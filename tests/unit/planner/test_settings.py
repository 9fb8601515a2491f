"""Settings of the planner."""

import pytest

from planner.settings import PlannerSettings
from runtime.settings import load


def test_the_defaults_are_the_documented_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULPO_PLANNER_PORT", raising=False)
    monkeypatch.delenv("PULPO_PLANNER_METRICS_PORT", raising=False)
    settings = PlannerSettings(_env_file=None)
    assert (settings.planner_port, settings.planner_metrics_port) == (50052, 9052)


def test_ports_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULPO_PLANNER_PORT", "6001")
    monkeypatch.setenv("PULPO_PLANNER_METRICS_PORT", "0")
    settings = load(PlannerSettings)
    assert (settings.planner_port, settings.planner_metrics_port) == (6001, 0)


def test_a_bad_port_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PULPO_PLANNER_PORT", "70000")
    with pytest.raises(SystemExit):
        load(PlannerSettings)
    assert "PULPO_PLANNER_PORT" in capsys.readouterr().err
