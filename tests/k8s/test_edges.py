"""One table of edges: in the policies of both ends, in the settings, in the Services, in a real run's traces."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.policies import addresses, allowed, governed, pods
from tests.k8s.render import K8S, named, render
from tests.mesh.collector import Collector, running_collector
from tests.mesh.harness import running_mesh, until

TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load((K8S / "edges.yaml").read_text(encoding="utf-8"))
OVERLAYS = {"local": ["mesh"], "staging": ["mesh", "vllm-cpu"], "production": ["mesh", "vllm-gpu"]}
TRACKED = {"extractor", "planner", "nlg"}


def expected(overlay: str) -> list[tuple[str, str, int, str]]:
    """The table's edges between an overlay's workloads, with the setting."""
    has_tracks = overlay != "local"
    edges = []
    for part in OVERLAYS[overlay]:
        for edge in TABLE[part]:
            caller, callee = edge["from"], edge["to"]
            callees = [callee, f"{callee}-slm"] if has_tracks and callee in TRACKED else [callee]
            callers = [caller] if part == "mesh" else [f"{caller}-slm"]
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


def test_callers_in_the_traces_are_the_tables(traced: Collector) -> None:
    services = {span.span_id: span.service.removeprefix("pulpo-") for span in traced.spans}
    hops = {(services[span.parent_id], services[span.span_id]) for span in traced.spans if span.parent_id in services}
    assert {(caller, callee) for caller, callee in hops if caller != callee} == {
        (edge["from"], edge["to"]) for edge in TABLE["mesh"]
    }


def test_the_table_is_about_services_that_are_there() -> None:
    known = {file.stem for file in Path(K8S / "base").glob("*.yaml")} | {"vllm"}
    assert {edge[end] for part in TABLE.values() for edge in part for end in ("from", "to")} <= known
