"""Ports and environments of a mesh on one machine."""

import socket
from pathlib import Path

import pytest

from cli.local.processes import PROGRAMS, environment_for, ports_in_use, program
from cli.local.up import banner
from cli.settings import CliSettings
from cli.support.webhook import WebhookSender, reply_of
from workspace.loader import load_first

WORKSPACES = Path(__file__).parents[3] / "k8s/base/workspaces"


def test_a_port_in_use_is_named_with_its_variable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        lines = ports_in_use({"PULPO_HTTP_PORT": str(port)})
    assert f"port {port} for gateway HTTP is in use; set PULPO_HTTP_PORT to another one" in lines


def test_two_services_on_one_port_are_named() -> None:
    lines = ports_in_use({"PULPO_NLG_PORT": "50987", "PULPO_BROKER_PORT": "50987"})
    assert any("port 50987 is set for both nlg gRPC and broker gRPC" in line for line in lines)


@pytest.mark.parametrize("text", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PULPO_NLG_PORT: expected a port"):
        program("nlg").ports[0].number({"PULPO_NLG_PORT": text})


def test_metrics_may_be_served_on_no_port() -> None:
    none = {"PULPO_NLG_METRICS_PORT": "0", "PULPO_PLANNER_METRICS_PORT": "0"}
    assert ports_in_use(none) == ports_in_use({})
    with pytest.raises(ValueError, match="or 0 for none"):
        program("nlg").ports[1].number({"PULPO_NLG_METRICS_PORT": "none"})


def test_every_process_is_told_the_addresses_of_the_others() -> None:
    environment = environment_for({"PULPO_PLANNER_PORT": "51234", "PULPO_NLG_TARGET": "dns:///nlg:50054"})
    assert environment["PULPO_PLANNER_TARGET"] == "127.0.0.1:51234"
    assert environment["PULPO_NLG_TARGET"] == "dns:///nlg:50054"
    assert environment["PULPO_AGENDA_URL"] == "http://127.0.0.1:8090/mcp"


def test_default_ports_are_the_published_ones() -> None:
    assert {each.name: each.ports[0].default for each in PROGRAMS} == {
        "agenda": 8090, "extractor": 50051, "planner": 50052, "broker": 50053, "nlg": 50054, "gateway": 8080,
    }  # fmt: skip


def test_a_signature_depends_on_every_field() -> None:
    sender = WebhookSender("http://127.0.0.1:8080", "dev-token", "+14155238886", "+5491155550100")
    form = sender.form("hola", "SM" + "0" * 32)
    assert sender.signature(form) != sender.signature({**form, "Body": "chau"})


def test_a_reply_is_read_out_of_twiml() -> None:
    assert reply_of("<Response><Message>uno &amp; dos</Message><Message>tres</Message></Response>") == "uno & dos\ntres"
    assert reply_of("<Response/>") == ""


def test_each_service_has_a_port_of_metrics_and_the_banner_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = {port.variable: port.default for each in PROGRAMS for port in each.ports if port.what == "metrics"}
    assert ports == {
        "PULPO_GATEWAY_METRICS_PORT": 9050, "PULPO_EXTRACTOR_METRICS_PORT": 9051, "PULPO_PLANNER_METRICS_PORT": 9052,
        "PULPO_BROKER_METRICS_PORT": 9053, "PULPO_NLG_METRICS_PORT": 9054, "PULPO_AGENDA_METRICS_PORT": 9055,
    }  # fmt: skip
    for variable in ports:
        monkeypatch.setenv(variable, "0")
    monkeypatch.setenv("PULPO_GATEWAY_METRICS_PORT", "19050")
    monkeypatch.setenv("PULPO_AGENDA_METRICS_PORT", "9055")
    said = banner(CliSettings(_env_file=None), load_first(WORKSPACES, 1), Path("logs"))
    assert "\n/metrics: agenda 9055, gateway 19050\n" in said
