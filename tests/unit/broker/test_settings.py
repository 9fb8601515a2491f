"""Settings, and a broker as a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from broker.settings import BrokerSettings
from tests.unit.broker.builders import ROOT


def test_the_documented_defaults_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PULPO_")]:
        monkeypatch.delenv(name)
    settings = BrokerSettings(_env_file=None)
    assert (settings.broker_port, settings.broker_metrics_port) == (50053, 9053)
    assert settings.database_url.startswith("sqlite+aiosqlite:///")
    assert settings.database_url.endswith("/data/broker.db")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULPO_BROKER_PORT", "6000")
    monkeypatch.setenv("PULPO_BROKER_DATABASE_URL", "postgresql+asyncpg://h/d")
    monkeypatch.setenv("PULPO_AGENDA_URL", "http://agenda:8090/mcp")
    settings = BrokerSettings(_env_file=None)
    assert (settings.broker_port, settings.database_url) == (6000, "postgresql+asyncpg://h/d")
    assert settings.agenda_url == "http://agenda:8090/mcp"


def test_a_time_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        BrokerSettings(_env_file=None, broker_execute_timeout_s=0)


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("PULPO_")}
    return subprocess.run(
        [sys.executable, "-m", "broker"],
        cwd=folder,
        env={**known, "PYTHONPATH": str(ROOT / "services"), "PULPO_BROKER_METRICS_PORT": "0", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_manifests_it_does_not_start_and_says_so_in_one_line(tmp_path: Path) -> None:
    ended = run(tmp_path, PULPO_WORKSPACES_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr.startswith("broker: MANIFEST: ")
    assert ended.stderr.count("\n") == 1


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    ended = run(tmp_path, PULPO_BROKER_PORT="many")
    assert ended.returncode == 2
    assert "PULPO_BROKER_PORT" in ended.stderr
