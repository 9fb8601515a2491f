"""The listener that services call one another through: by gRPC method and track to a cluster. Pure."""

from envoy_config.access_log import access_log
from envoy_config.clusters import first
from envoy_config.layout import Layout
from envoy_config.parts import Json, seconds, socket, typed
from envoy_config.secrets import downstream
from envoy_config.table import RoutedService, Table

_ANYTHING = ("/grpc.health.v1.Health/", "/grpc.reflection.v1alpha.ServerReflection/")
"""What every gRPC server answers besides its own service."""


def inner_listener(table: Table, layout: Layout) -> Json:
    """One listener with an address for each service, the one that callers know it by."""
    manager = typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="inner",
        codec_type="AUTO",
        server_header_transformation="PASS_THROUGH",
        http2_protocol_options={"max_concurrent_streams": 1000},
        stream_idle_timeout=seconds(table.inner.longest_call_s),
        request_headers_timeout=seconds(table.edge.headers_s),
        normalize_path=True,
        access_log=[access_log("inner", table.track_header)],
        route_config={"name": "inner", "virtual_hosts": _virtual_hosts(table, layout)},
        http_filters=[typed("envoy.filters.http.router", "filters.http.router.v3.Router")],
    )
    main, *others = layout.inner.values()
    return {
        "name": "inner",
        "address": socket(main),
        "additional_addresses": [{"address": socket(other)} for other in others],
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [manager], **downstream(layout.secrets)}],
    }


def _virtual_hosts(table: Table, layout: Layout) -> list[Json]:
    return [
        {
            "name": name,
            # Told apart by port, because every server answers the same health and reflection calls.
            "domains": [f"*:{layout.inner[name].port}"],
            "routes": _grpc(table, name, service) if service.grpc else _http(table, name, service),
        }
        for name, service in table.services.items()
    ]


def _grpc(table: Table, name: str, service: RoutedService) -> list[Json]:
    stable = table.cluster(name, table.stable)
    routes = []
    every = [
        (contract, method, method in methods.reads)
        for contract, methods in service.contracts.items()
        for method in (*methods.reads, *methods.writes)
    ]
    for contract, method, read in every:
        match: Json = {"path": f"/{contract}/{method}", "grpc": {}}
        if service.tracks:
            canary = first(table, name) if read else table.cluster(name, table.canary)
            header = {"name": table.track_header, "string_match": {"exact": table.canary}}
            asked = {**match, "headers": [header]}
            routes.append(_route(table, f"{name}.{method}.{table.canary}", asked, canary, read=read))
        routes.append(_route(table, f"{name}.{method}", match, stable, read=read))
    routes += [_route(table, f"{name}.server", {"prefix": path}, stable, read=True) for path in _ANYTHING]
    return routes


def _route(table: Table, name: str, match: Json, cluster: str, *, read: bool) -> Json:
    # The caller's own deadline holds; Envoy passes it on and ends the call with it.
    longest = {"max_stream_duration": seconds(table.inner.longest_call_s), "grpc_timeout_header_max": "0s"}
    action: Json = {"cluster": cluster, "timeout": "0s", "max_stream_duration": longest}
    if read:
        action["retry_policy"] = _retries(table, is_canary=cluster.endswith("-first"))
    return {"name": name, "match": match, "route": action}


def _retries(table: Table, *, is_canary: bool) -> Json:
    """Another host first; of a canary that is down, the stable track at the last try."""
    policy = retries(table, table.retries.reads)
    if is_canary:
        policy["retry_priority"] = typed(
            "envoy.retry_priorities.previous_priorities",
            "retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
            update_frequency=table.retries.attempts - 1,
        )
    return policy


def retries(table: Table, on: tuple[str, ...]) -> Json:
    """A retry policy: on what, how often, and never at the host that failed when there is another."""
    return {
        "retry_on": ",".join(on),
        "num_retries": table.retries.attempts - 1,
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
        "retry_host_predicate": [
            typed(
                "envoy.retry_host_predicates.previous_hosts",
                "retry.host.previous_hosts.v3.PreviousHostsPredicate",
            )
        ],
        "host_selection_retry_max_attempts": 3,
    }


def _http(table: Table, name: str, service: RoutedService) -> list[Json]:
    action: Json = {
        "cluster": name,
        "timeout": seconds(table.inner.longest_call_s),
        "retry_policy": retries(table, table.retries.unsent),
    }
    return [{"name": f"{name}{path}", "match": {"path": path}, "route": action} for path in service.paths]
