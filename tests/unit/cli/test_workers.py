"""Several processes of a service on one machine: which, on which ports, and what is refused."""

from pathlib import Path

import pytest

from cli.local.processes import PROGRAMS, environment_for, ports_in_use
from cli.local.up import up
from cli.local.workers import lack_databases, programs_of, targets, workers_in
from cli.settings import CliSettings

NAMES = [one.name for one in PROGRAMS]


def test_a_number_is_for_all_and_a_list_for_those_it_names() -> None:
    assert workers_in("") == dict.fromkeys(NAMES, 1)
    assert workers_in("3") == dict.fromkeys(NAMES, 3)
    assert workers_in("extractor=2, nlg=4") == dict.fromkeys(NAMES, 1) | {"extractor": 2, "nlg": 4}


@pytest.mark.parametrize("text", ["0", "10", "many", "extractor=0", "extractor=", "envoy=2", "extractor"])
def test_what_is_no_number_of_workers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PULPO_WORKERS: expected"):
        workers_in(text)


def test_one_worker_of_each_is_the_mesh_as_it_is_without() -> None:
    assert programs_of(workers_in("1"), {}) == PROGRAMS
    assert targets(workers_in("1"), {}) == {}


def test_workers_have_ports_of_their_own_but_for_http_and_callers_know_all() -> None:
    given = {"PULPO_EXTRACTOR_PORT": "21000", "PULPO_NLG_TARGET": "dns:///nlg:50054"}
    workers = workers_in("3")
    programs = programs_of(workers, given)
    assert {program.name for program in programs} == {name + number for name in NAMES for number in ("", "-2", "-3")}
    ports: dict[str, list[int]] = {}
    for program in programs:
        for port in program.ports:
            number = port.number({**given, **program.settings})
            ports.setdefault(f"{program.package or program.name} {port.what}", []).append(number)
    assert ports["extractor gRPC"] == [21000, 21010, 21020]
    assert ports["gateway gRPC"] == [50050, 50060, 50070]
    assert ports["gateway HTTP"] == [8080] * 3
    assert ports["agenda MCP and HTTP"] == [8090] * 3
    environment = environment_for({**given, **targets(workers, given)})
    assert environment["PULPO_EXTRACTOR_TARGET"] == "ipv4:127.0.0.1:21000,127.0.0.1:21010,127.0.0.1:21020"
    assert environment["PULPO_NLG_TARGET"] == "dns:///nlg:50054", "what is set stays"
    assert environment["PULPO_WORKSPACES_TARGET"].startswith("ipv4:127.0.0.1:50050,")
    shared = {program.package or program.name for program in programs if "PULPO_SHARED_PORT" in program.settings}
    assert shared == {"gateway", "agenda"}


def test_ports_that_would_meet_are_named() -> None:
    programs = programs_of(workers_in("2"), {"PULPO_PLANNER_PORT": "50061"})
    lines = ports_in_use({"PULPO_PLANNER_PORT": "50061"}, programs)
    assert any("port 50061 is set for both" in line for line in lines), lines
    assert not [line for line in lines if "HTTP" in line]


def test_several_processes_on_one_sqlite_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULPO_BROKER_DATABASE_URL", "postgresql+asyncpg://somewhere/pulpo")
    assert up(CliSettings(data_dir=tmp_path, workers="2"), restart=True) == 1
    said = capsys.readouterr().err
    assert "PULPO_WORKERS: 2 processes of the gateway need PostgreSQL" in said
    assert "set PULPO_AGENDA_DATABASE_URL" in said
    assert "of the broker" not in said
    assert lack_databases({}, workers_in("extractor=2,planner=2,nlg=2")) == []
