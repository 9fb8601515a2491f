"""The whole configuration of one machine's Envoy. Pure."""

from mesh.clusters import clusters
from mesh.edge import edge_listener
from mesh.inner import inner_listener
from mesh.layout import Layout
from mesh.parts import Json, socket
from mesh.table import Table


def bootstrap(table: Table, layout: Layout) -> Json:
    """What `envoy -c` reads, as JSON."""
    return {
        "node": {"id": "pulpo", "cluster": "pulpo"},
        "admin": {"address": socket(layout.admin)},
        "application_log_config": {
            "log_format": {"json_format": {"time": "%Y-%m-%dT%T.%e", "level": "%l", "event": "%j"}}
        },
        "static_resources": {
            "listeners": [edge_listener(table, layout), inner_listener(table, layout)],
            "clusters": clusters(table, layout),
        },
    }
