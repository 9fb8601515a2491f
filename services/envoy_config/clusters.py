"""Envoy's clusters: the hosts of each service and track, how they are watched and how much they may get. Pure."""

from collections.abc import Sequence

from envoy_config.layout import Address, Layout
from envoy_config.parts import Json, seconds, socket, typed
from envoy_config.secrets import upstream
from envoy_config.table import RoutedService, Table

GATEWAY_HTTP = "gateway-http"
"""The cluster of the gateway's HTTP port."""


def clusters(table: Table, layout: Layout) -> list[Json]:
    """Every cluster of a layout."""
    services = table.services.items()
    return [
        *(_service(table, layout, service, cluster) for name, service in services for cluster in table.clusters(name)),
        *(_fallback(table, name) for name, service in services if service.tracks),
        _http(table, layout, GATEWAY_HTTP, table.services["gateway"].ready, secure=False),
    ]


def first(table: Table, name: str) -> str:
    """The cluster that has the canary's hosts first and the stable ones when none of those is left."""
    return f"{table.cluster(name, table.canary)}-first"


def _service(table: Table, layout: Layout, service: RoutedService, cluster: str) -> Json:
    if not service.grpc:
        return _http(table, layout, cluster, service.ready, secure=True)
    check: Json = {"grpc_health_check": {"service_name": service.grpc}}
    protocol: Json = {"explicit_http_config": {"http2_protocol_options": {}}}
    return {**_cluster(table, layout, cluster, check, protocol), **upstream(layout.secrets, "h2")}


def _http(table: Table, layout: Layout, cluster: str, ready: str, *, secure: bool) -> Json:
    check = {"http_health_check": {"path": ready}}
    # uvicorn closes a connection that was idle for 5 s: one that it is about to close gets no request.
    protocol: Json = {
        "common_http_protocol_options": {"idle_timeout": "3s"},
        "explicit_http_config": {"http_protocol_options": {}},
    }
    # The gateway's webhooks stay in the clear: what is before them ends TLS with the world.
    over = upstream(layout.secrets, "http/1.1") if secure else {}
    return {**_cluster(table, layout, cluster, check, protocol), **over}


def _cluster(table: Table, layout: Layout, name: str, check: Json, protocol: Json) -> Json:
    kind = "upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
        "type": "STATIC",
        "lb_policy": "ROUND_ROBIN",
        "connect_timeout": seconds(table.inner.connect_s),
        "load_assignment": _assignment(name, layout.hosts[name]),
        "health_checks": [_health(table, check)],
        "outlier_detection": _outliers(table, is_canary=name.endswith(f"-{table.canary}")),
        "circuit_breakers": _breakers(table),
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(name, kind, **protocol)["typed_config"]
        },
    }


def _assignment(name: str, hosts: Sequence[Address]) -> Json:
    endpoints = [{"endpoint": {"address": socket(host)}} for host in hosts]
    # Half of the hosts are enough to keep a track's calls; the other track steps in below that.
    return {
        "cluster_name": name,
        "endpoints": [{"lb_endpoints": endpoints}],
        "policy": {"overprovisioning_factor": 200},
    }


def _health(table: Table, check: Json) -> Json:
    health = table.health
    return {
        "interval": seconds(health.interval_s),
        "no_traffic_interval": seconds(health.interval_s),
        "timeout": seconds(health.timeout_s),
        "unhealthy_threshold": health.unhealthy_after,
        "healthy_threshold": health.healthy_after,
        **check,
    }


def _outliers(table: Table, *, is_canary: bool) -> Json:
    outliers = table.outliers
    return {
        "split_external_local_origin_errors": True,
        "consecutive_gateway_failure": outliers.failures_in_a_row,
        "enforcing_consecutive_gateway_failure": 100,
        "consecutive_5xx": outliers.failures_in_a_row,
        "consecutive_local_origin_failure": outliers.failures_in_a_row,
        "interval": seconds(outliers.look_every_s),
        "base_ejection_time": seconds(outliers.out_for_s),
        # A host may look well and fail every call; only time brings it back.
        "successful_active_health_check_uneject_host": False,
        "max_ejection_percent": 100 if is_canary else outliers.at_most_percent,
    }


def _breakers(table: Table) -> Json:
    breakers, retries = table.breakers, table.retries
    return {
        "thresholds": [
            {
                "max_connections": breakers.connections,
                "max_pending_requests": breakers.pending,
                "max_requests": breakers.requests,
                "retry_budget": {
                    "budget_percent": {"value": retries.budget_percent},
                    "min_retry_concurrency": retries.budget_min,
                },
                "track_remaining": True,
            }
        ]
    }


def _fallback(table: Table, name: str) -> Json:
    """Both tracks behind one name, as an aggregate cluster: the stable one gets what the canary cannot take."""
    return {
        "name": first(table, name),
        "lb_policy": "CLUSTER_PROVIDED",
        "connect_timeout": seconds(table.inner.connect_s),
        "cluster_type": typed(
            "envoy_config.clusters.aggregate",
            "clusters.aggregate.v3.ClusterConfig",
            clusters=[table.cluster(name, track) for track in table.tracks],
        ),
        "circuit_breakers": _breakers(table),
    }
