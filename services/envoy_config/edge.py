"""The listener that the world calls: the gateway's public paths, within limits. Pure."""

from envoy_config.access_log import access_log
from envoy_config.clusters import GATEWAY_HTTP
from envoy_config.inner import retries
from envoy_config.layout import Layout
from envoy_config.parts import Json, seconds, socket, typed
from envoy_config.table import Table


def edge_listener(table: Table, layout: Layout) -> Json:
    """The whole listener."""
    limit = typed(
        "envoy.filters.network.connection_limit",
        "filters.network.connection_limit.v3.ConnectionLimit",
        stat_prefix="edge",
        max_connections=table.edge.connections,
    )
    return {
        "name": "edge",
        "address": socket(layout.edge),
        "enable_reuse_port": False,
        "per_connection_buffer_limit_bytes": 32_768,
        "filter_chains": [{"filters": [limit, _manager(table)]}],
    }


def _manager(table: Table) -> Json:
    edge = table.edge
    return typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="edge",
        codec_type="AUTO",
        use_remote_address=True,
        server_header_transformation="PASS_THROUGH",
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        request_headers_timeout=seconds(edge.headers_s),
        request_timeout=seconds(edge.request_s),
        stream_idle_timeout=seconds(edge.idle_s),
        max_request_headers_kb=edge.header_kb,
        common_http_protocol_options={
            "idle_timeout": seconds(2 * edge.idle_s),
            "max_headers_count": edge.header_count,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        http2_protocol_options={
            "max_concurrent_streams": edge.streams,
            "initial_stream_window_size": 65_536,
            "initial_connection_window_size": 1_048_576,
        },
        access_log=[access_log("edge", table.track_header)],
        route_config={"name": "edge", "virtual_hosts": [_virtual_host(table)]},
        http_filters=_filters(table),
    )


def _filters(table: Table) -> list[Json]:
    """Inner headers off, then the whole body at most so long, then on to the gateway."""
    strip = {"remove_on_match": {"key_matcher": {"prefix": table.edge.strip_prefix}}}
    return [
        typed(
            "envoy.filters.http.header_mutation",
            "filters.http.header_mutation.v3.HeaderMutation",
            mutations={"request_mutations": [strip]},
        ),
        typed("envoy.filters.http.buffer", "filters.http.buffer.v3.Buffer", max_request_bytes=table.edge.body_bytes),
        typed("envoy.filters.http.router", "filters.http.router.v3.Router", suppress_envoy_headers=True),
    ]


def _virtual_host(table: Table) -> Json:
    edge = table.edge
    action: Json = {
        "cluster": GATEWAY_HTTP,
        "timeout": seconds(edge.answer_s),
        # A message that may have arrived is not sent again by Envoy.
        "retry_policy": retries(table, table.retries.unsent),
    }
    paths = [(path, "POST") for path in edge.posts] + [(path, "GET") for path in edge.gets]
    routes = [
        {
            "name": f"edge.{path.rsplit('/', 1)[1]}",
            "match": {"path": path, "headers": [{"name": ":method", "string_match": {"exact": method}}]},
            "route": action,
        }
        for path, method in paths
    ]
    return {"name": "edge", "domains": ["*"], "routes": routes}
