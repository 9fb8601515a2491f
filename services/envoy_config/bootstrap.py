"""The whole configuration of one machine's Envoy. Pure."""

from envoy_config.clusters import clusters
from envoy_config.edge import edge_listener
from envoy_config.inner import inner_listener
from envoy_config.layout import Layout
from envoy_config.parts import Json, socket, typed
from envoy_config.table import Table


def bootstrap(table: Table, layout: Layout) -> Json:
    """What `envoy -c` reads, as JSON."""
    return {
        "node": {"id": "pulpo", "cluster": "pulpo"},
        "admin": {"address": socket(layout.admin)},
        "application_log_config": {
            "log_format": {"json_format": {"time": "%Y-%m-%dT%T.%e", "level": "%l", "event": "%j"}}
        },
        "overload_manager": {"resource_monitors": [_connections(table.edge.connections + table.inner.connections)]},
        "static_resources": {
            "listeners": [edge_listener(table, layout), inner_listener(table, layout)],
            "clusters": clusters(table, layout),
        },
    }


def _connections(most: int) -> Json:
    return typed(
        "envoy.resource_monitors.global_downstream_max_connections",
        "resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        max_active_downstream_connections=most,
    )
