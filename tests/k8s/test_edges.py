"""One table of edges: in the policies of both ends, in the settings, in the Services, in a real run's traces."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import agenda.server.tool_server
import broker.servicer
import extractor.servicer
import gateway.edge.servicer
import gateway.edge.workspace_servicer
import nlg.servicer
import planner.servicer
from cli.commands.callers import METHODS
from cli.local.credentials import CALLS, SERVICES
from pulpo.broker.v1 import broker_pb2
from pulpo.extractor.v1 import extractor_pb2
from pulpo.gateway.v1 import booking_pb2, gateway_pb2
from pulpo.nlg.v1 import nlg_pb2
from pulpo.planner.v1 import planner_pb2
from pulpo.workspace.v1 import workspace_pb2
from tests.k8s.policies import addresses, allowed, governed, pods
from tests.k8s.render import K8S, named, render
from tests.mesh.tools.collector import Collector, running_collector
from tests.mesh.tools.harness import running_mesh, until
from workspace.catalogue import standard_tools

TABLE: dict[str, list[dict[str, Any]]] = yaml.load((K8S / "edges.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
OVERLAYS = {"local": ["mesh"], "staging": ["mesh", "vllm-cpu"], "production": ["mesh", "pooler-url", "vllm-gpu"]}
TRACKED = {"extractor", "planner", "nlg"}


def expected(overlay: str) -> list[tuple[str, str, int, str]]:
    """The table's edges between an overlay's workloads, with the setting."""
    has_tracks = overlay != "local"
    edges = []
    for part in OVERLAYS[overlay]:
        for edge in TABLE[part]:
            caller, callee = edge["from"], edge["to"]
            callees = [callee, f"{callee}-slm"] if has_tracks and callee in TRACKED else [callee]
            both = [caller, f"{caller}-slm"] if has_tracks and caller in TRACKED else [caller]
            callers = [f"{caller}-slm"] if part.startswith("vllm") else both
            edges += [(who, whom, edge["port"], edge["setting"]) for who in callers for whom in callees]
    return edges


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("side", ["Ingress", "Egress"])
def test_policies_allow_the_tables_edges_and_no_other_at_either_end(overlay: str, side: str) -> None:
    manifests = render(f"overlays/{overlay}")
    assert allowed(manifests, side) == {edge[:3] for edge in expected(overlay)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_all_else_is_denied(overlay: str) -> None:
    manifests = render(f"overlays/{overlay}")
    everybody = {pod.workload for pod in pods(manifests)}
    assert governed(manifests, "Ingress") == everybody
    assert governed(manifests, "Egress") == everybody
    assert named(manifests, "NetworkPolicy")["default-deny"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_settings_have_the_tables_addresses(overlay: str) -> None:
    found = set(addresses(render(f"overlays/{overlay}")))
    services = {(who, setting, f"{whom.removesuffix('-slm')}:{port}") for who, whom, port, setting in expected(overlay)}
    assert found == services


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_services_and_containers_listen_on_the_tables_ports(overlay: str) -> None:
    manifests = render(f"overlays/{overlay}")
    services, workloads = named(manifests, "Service"), named(manifests, "Deployment")
    for _, callee, port, _ in expected(overlay):
        (own,) = [each for each in services[callee]["spec"]["ports"] if each["port"] == port]
        (container,) = workloads[callee]["spec"]["template"]["spec"]["containers"]
        assert {"name": own["targetPort"], "containerPort": port} in container["ports"]


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """What a mesh exported while a customer booked and cancelled."""
    with running_collector() as (collector, endpoint):
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_INSECURE": "true"}
        with running_mesh(tmp_path_factory.mktemp("edges"), **settings) as mesh:
            text = "quiero un corte de cabello mañana a las 15, soy Juan Pérez, juan@example.com"
            assert "reservado" in mesh.say("+5491155556601", text)
            assert mesh.say("+5491155556601", "cancelá mi turno")
        until(lambda: {span.service for span in collector.spans} >= {"pulpo-gateway", "pulpo-agenda"}, "spans arrive")
        yield collector


UNTRACED = set(gateway.edge.workspace_servicer.CALLERS)
"""Calls that wait for changes of a business all day, of which no traces are made."""


def test_callers_in_the_traces_are_the_tables(traced: Collector) -> None:
    services = {span.span_id: span.service.removeprefix("pulpo-") for span in traced.spans}
    hops = {(services[span.parent_id], services[span.span_id]) for span in traced.spans if span.parent_id in services}
    assert {(caller, callee) for caller, callee in hops if caller != callee} == {
        (edge["from"], edge["to"]) for edge in TABLE["mesh"] if {*edge["calls"]} - UNTRACED
    }


CALLERS: dict[str, Mapping[str, Collection[str]]] = {
    "extractor": extractor.servicer.CALLERS,
    "planner": planner.servicer.CALLERS,
    "broker": broker.servicer.CALLERS,
    "nlg": nlg.servicer.CALLERS,
    "agenda": agenda.server.tool_server.CALLERS,
    "gateway": {**gateway.edge.servicer.CALLERS, **gateway.edge.workspace_servicer.CALLERS},
}
"""What each service lets its callers call."""


def test_services_let_the_tables_callers_call_what_the_table_says_and_nothing_else() -> None:
    rows = {(edge["from"], edge["to"], call) for edge in TABLE["mesh"] for call in edge["calls"]}
    let = {(who, callee, what) for callee, each in CALLERS.items() for what, names in each.items() for who in names}
    assert let == rows
    assert {(who, whom) for who, each in CALLS.items() for whom in each} == {row[:2] for row in rows}
    assert set(SERVICES) == {end for row in rows for end in row[:2]}


def test_every_rpc_and_every_tool_is_in_the_table() -> None:
    contracts = (booking_pb2, broker_pb2, extractor_pb2, gateway_pb2, nlg_pb2, planner_pb2, workspace_pb2)
    services = [each for contract in contracts for each in contract.DESCRIPTOR.services_by_name.values()]
    methods = {method.name for service in services for method in service.methods}
    called = {call for edge in TABLE["mesh"] for call in edge["calls"]}
    assert methods - called <= set(METHODS) <= methods, "for callers outside the mesh, whom `pulpo callers` lists"
    assert called - methods == {"confirm", *standard_tools()}


def test_the_table_is_about_services_that_are_there() -> None:
    known = {file.stem for file in Path(K8S / "base").glob("*.yaml")} | {"vllm", "pooler"}
    assert {edge[end] for part in TABLE.values() for edge in part for end in ("from", "to")} <= known
