"""Production starts on a database only after somebody has migrated it; the commands as operators run them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.local.credentials import CALLS
from tests.databases import query
from tests.identity import settings_of
from tests.mesh.tools.harness import ROOT, make_environment

SERVICES = ("agenda", "broker", "gateway")


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Production, with all services on one database."""
    urls = {f"PULPO_{service.upper()}_DATABASE_URL": database_url for service in SERVICES}
    return make_environment(tmp_path, PULPO_PROFILE="production", PULPO_CLOCK="", **urls)


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_refuses_a_database_that_nobody_migrated(environment: dict[str, str], database_url: str) -> None:
    secrets = {"TWILIO_AUTH_TOKEN": "a-token-of-no-account", "PULPO_PUBLIC_URL": "https://wa.example.com"}
    for service in SERVICES:
        identity = settings_of(service, *CALLS.get(service, ())).items()
        refused = run(
            {**environment, **secrets, **{f"PULPO_{name.upper()}": value for name, value in identity}}, service
        )
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"{service}: SCHEMA_BEHIND: ")
        assert f"`python -m {service} migrate`" in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert tables(database_url) == set()


def test_of_processes_that_migrate_together_one_does_and_the_others_find_it_done(environment: dict[str, str]) -> None:
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(lambda _: run(environment, "agenda", "migrate"), range(3)))
    assert [each.returncode for each in done] == [0, 0, 0], "".join(each.stderr for each in done)
    said = sorted(each.stdout.split(" to ")[0].split(" at ")[0].strip() for each in done)
    assert said == ["agenda: migrated from nothing", "agenda: was already", "agenda: was already"]


def test_one_command_migrates_all_and_says_so(environment: dict[str, str], database_url: str) -> None:
    first, again = (run(environment, "cli.main", "migrate") for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert [line.split(" to ")[0] for line in first.stdout.splitlines()] == [
        f"{service}: migrated from nothing" for service in SERVICES
    ]
    assert [line.split(" at ")[0] for line in again.stdout.splitlines()] == [
        f"{service}: was already" for service in SERVICES
    ]
    assert tables(database_url) >= {"appointments", "broker_counts", "inbox"}


def test_a_service_migrates_only_its_own(postgres_url: str, tmp_path: Path) -> None:
    environment = make_environment(tmp_path, PULPO_BROKER_DATABASE_URL=postgres_url)
    done = run(environment, "cli.main", "migrate", "--service", "broker")
    assert done.returncode == 0, done.stderr
    assert tables(postgres_url) == {"alembic_version_broker", "broker_counts", "broker_probe", "broker_writes"}


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    gone = "postgresql+asyncpg://somebody:secret@127.0.0.1:1/pulpo"
    environment = make_environment(tmp_path, PULPO_BROKER_DATABASE_URL=gone)
    failed = run(environment, "cli.main", "migrate", "--service", "broker")
    assert failed.returncode == 1
    assert failed.stderr.startswith("broker: DATABASE_UNAVAILABLE: ")
    assert failed.stderr.count("\n") == 1
    assert "secret" not in failed.stderr


def test_an_unknown_service_is_one_line(tmp_path: Path) -> None:
    failed = run(make_environment(tmp_path), "cli.main", "migrate", "--service", "nlg")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == "pulpo: --service: expected one of agenda, broker, gateway, got 'nlg'\n"


def tables(url: str) -> set[str]:
    """The names of all tables."""
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if url.startswith("sqlite")
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    return {row["name"] for row in query(url, catalogue)}
