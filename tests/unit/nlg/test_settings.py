"""Settings of NLG."""

import pytest

from nlg.settings import NlgSettings
from runtime.settings import load


def test_the_defaults_are_the_documented_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULPO_NLG_PORT", raising=False)
    monkeypatch.delenv("PULPO_NLG_METRICS_PORT", raising=False)
    settings = NlgSettings(_env_file=None)
    assert (settings.nlg_port, settings.nlg_metrics_port) == (50054, 9054)


def test_ports_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULPO_NLG_PORT", "6001")
    monkeypatch.setenv("PULPO_NLG_METRICS_PORT", "0")
    settings = load(NlgSettings)
    assert (settings.nlg_port, settings.nlg_metrics_port) == (6001, 0)


def test_a_bad_port_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PULPO_NLG_PORT", "-1")
    with pytest.raises(SystemExit):
        load(NlgSettings)
    assert "PULPO_NLG_PORT" in capsys.readouterr().err
