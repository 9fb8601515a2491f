"""The table of routes says what the contracts, the services and the cluster say."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf.descriptor import ServiceDescriptor
from pydantic import ValidationError

from cli.local.processes import PROGRAMS
from envoy_config.bootstrap import bootstrap
from envoy_config.clusters import GATEWAY_HTTP, first
from envoy_config.grpcroutes import grpcroutes
from envoy_config.layout import Address, Layout
from envoy_config.table import FILE, Table, load_table
from gateway.edge.app import INBOUND, MAX_BODY_BYTES, STATUS, WATCHED
from gateway.tracks.track import LEGACY, SLM, TRACK_HEADER
from runtime.rpc.deadline import TRACK_KEY
from runtime.rpc.identity import CALLER_KEY, TOKEN_KEY

TABLE = load_table()
ROUTES = Path(__file__).resolve().parents[3] / "k8s" / "components" / "canary-routes" / "grpcroutes.yaml"
HERE = Address("127.0.0.1", 1)


def contract(name: str) -> ServiceDescriptor:
    """The one service in a contract."""
    (service,) = import_module(f"pulpo.{name}.v1.{name}_pb2").DESCRIPTOR.services_by_name.values()
    found: ServiceDescriptor = service
    return found


def test_every_method_of_every_contract_is_a_read_or_a_write() -> None:
    for name in ("extractor", "planner", "broker", "nlg", "gateway"):
        service = TABLE.services[name]
        assert service.grpc == contract(name).full_name
        assert sorted((*service.reads, *service.writes)) == sorted(contract(name).methods_by_name)


def test_what_changes_something_is_a_write() -> None:
    assert {method for service in TABLE.services.values() for method in service.writes} == {
        "Execute",
        "RunTurn",
        "SendMessage",
    }


def test_the_ports_are_those_that_callers_know() -> None:
    ports = {each.name: [port.default for port in each.ports] for each in PROGRAMS}
    assert {name: service.port in ports[name] for name, service in TABLE.services.items()} == dict.fromkeys(ports, True)


def test_the_tracks_and_their_header_are_the_gateways() -> None:
    assert (TABLE.canary, TABLE.stable) == (SLM, LEGACY)
    assert TABLE.track_header == TRACK_HEADER == TRACK_KEY


def test_the_edge_lets_in_webhooks_and_looks_at_health_and_no_metrics() -> None:
    assert set(TABLE.edge.posts) == {INBOUND, STATUS}
    assert set(TABLE.edge.gets) < set(WATCHED)
    assert "/metrics" not in WATCHED
    assert TABLE.services["gateway"].ready in WATCHED
    assert TABLE.edge.body_bytes == MAX_BODY_BYTES
    assert all(header.startswith(TABLE.edge.strip_prefix) for header in (TRACK_HEADER, CALLER_KEY, TOKEN_KEY))


def test_the_clusters_routes_are_not_stale() -> None:
    assert ROUTES.read_text(encoding="utf-8") == grpcroutes(TABLE), "run: make routes"


def test_envoy_and_the_cluster_send_the_same_calls_to_the_same_hosts() -> None:
    for route in yaml.load_all(grpcroutes(TABLE), yaml.CSafeLoader):
        name = route["metadata"]["name"]
        asked, others = route["spec"]["rules"]
        service = TABLE.services[name]
        for match in asked["matches"]:
            path = f"/{match['method']['service']}/{match['method']['method']}"
            envoys = [each for each in envoy_routes(name) if each["match"].get("path") == path]
            with_header, without = envoys
            (header,) = with_header["match"]["headers"]
            assert (header["name"], header["string_match"]["exact"]) == (TABLE.track_header, TABLE.canary)
            assert [(one["name"], one["value"]) for one in match["headers"]] == [(TABLE.track_header, TABLE.canary)]
            assert with_header["route"]["cluster"] == first(TABLE, name)
            assert without["route"]["cluster"] == others["backendRefs"][0]["name"]
        assert asked["backendRefs"] == [{"name": f"{name}-{TABLE.canary}", "port": service.port}]


def test_no_write_is_ever_tried_again_by_envoy() -> None:
    for name, service in TABLE.services.items():
        for method in service.writes:
            found = [one for one in envoy_routes(name) if one["match"].get("path") == f"/{service.grpc}/{method}"]
            assert found
            assert not [route for route in found if "retry_policy" in route["route"]]


def test_a_table_with_a_word_that_means_nothing_is_refused() -> None:
    text = yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    with pytest.raises(ValidationError, match="extra"):
        Table.model_validate({**text, "retrys": {}})


def envoy_routes(service: str) -> list[dict[str, Any]]:
    """The routes of a service in Envoy's configuration."""
    hosts = {cluster: (HERE,) for name in TABLE.services for cluster in TABLE.clusters(name)}
    inner = {name: Address("127.0.0.1", one.port) for name, one in TABLE.services.items()}
    config = bootstrap(TABLE, Layout(HERE, HERE, inner, {**hosts, GATEWAY_HTTP: (HERE,)}))
    manager = config["static_resources"]["listeners"][1]["filter_chains"][0]["filters"][0]["typed_config"]
    (found,) = [host for host in manager["route_config"]["virtual_hosts"] if host["name"] == service]
    routes: list[dict[str, Any]] = found["routes"]
    return routes
