"""What `pulpo mesh` starts, and what it tells Envoy about it."""

from pathlib import Path

import pytest

from cli.local.envoy import envoy_program
from cli.local.mesh import instances, layout_of, mesh
from cli.settings import CliSettings
from envoy_config.table import load_table

TABLE = load_table()
FRONT = envoy_program(Path("envoy"), Path("envoy.json"))
TRACKED = ("extractor", "planner", "nlg")


def test_each_track_has_processes_of_its_own_and_no_two_share_a_port() -> None:
    programs = list(instances(TABLE, 2, "3"))
    names = {f"{name}-{track}-{number}" for name in TRACKED for track in ("slm", "legacy") for number in (1, 2)}
    names |= {f"{name}-{number}" for name in ("agenda", "broker", "gateway") for number in (1, 2)}
    assert {program.name for program in programs} == names
    ports = [port.number(program.settings) for program in programs for port in program.ports]
    assert len(ports) == len(set(ports))


def test_only_the_canary_asks_models() -> None:
    for program in instances(TABLE, 1, "3"):
        blanked = {name for name, value in program.settings.items() if name.startswith("SLM_") and value == ""}
        assert bool(blanked) == program.name.endswith("-legacy"), program.name


def test_envoy_listens_where_services_are_known_and_sends_to_where_they_are() -> None:
    programs = tuple(instances(TABLE, 2, "3"))
    layout = layout_of(TABLE, FRONT, programs, {"PULPO_HTTP_PORT": "18080"})
    assert layout.edge.port == 18080
    assert {name: address.port for name, address in layout.inner.items()} == {
        name: service.port for name, service in TABLE.services.items()
    }
    gateways = [program for program in programs if program.package == "gateway"]
    assert [address.port for address in layout.hosts["gateway-http"]] == [
        gateway.ports[0].number(gateway.settings) for gateway in gateways
    ]
    assert {len(hosts) for hosts in layout.hosts.values()} == {2}


def test_several_processes_on_one_sqlite_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.local.mesh.find_envoy", lambda: Path("envoy"))
    monkeypatch.setenv("PULPO_BROKER_DATABASE_URL", "postgresql+asyncpg://somewhere/pulpo")
    assert mesh(CliSettings(data_dir=tmp_path), restart=True, replicas=2) == 1
    said = capsys.readouterr().err
    assert "--replicas 2: needs PULPO_AGENDA_DATABASE_URL on PostgreSQL" in said
    assert "BROKER" not in said


def test_a_machine_without_envoy_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.local.mesh.find_envoy", lambda: None)
    assert mesh(CliSettings(data_dir=tmp_path), restart=True, replicas=1) == 1
    assert "make mesh" in capsys.readouterr().err
