"""The table of routes as Gateway API objects, for a cluster whose mesh or gateway knows GRPCRoute. Pure.

A GRPCRoute says where calls go and no more: retries, time-outs and the stable track as the canary's fallback have
no field in it and stay with the callers.
"""

from typing import Any

import yaml

from envoy_config.table import RoutedService, Table

HEADER = "# Written by `make routes` from services/envoy_config/routes.yaml; a test sees that it is not stale.\n"


def grpcroutes(table: Table) -> str:
    """The objects as YAML, one for each service that has hosts on both tracks."""
    routes = [_route(table, name, service) for name, service in table.services.items() if service.tracks]
    return HEADER + "---\n".join(yaml.safe_dump(route, sort_keys=False) for route in routes)


def _route(table: Table, name: str, service: RoutedService) -> dict[str, Any]:
    """Calls of one service: those of the canary's track to its Service, all others to the stable one."""
    asked = [{"type": "Exact", "name": table.track_header, "value": table.canary}]
    methods = [*service.reads, *service.writes]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GRPCRoute",
        "metadata": {"name": name},
        "spec": {
            "parentRefs": [{"group": "", "kind": "Service", "name": name, "port": service.port}],
            "rules": [
                {
                    "matches": [
                        {"method": {"type": "Exact", "service": service.grpc, "method": method}, "headers": asked}
                        for method in methods
                    ],
                    "backendRefs": [{"name": table.cluster(name, table.canary), "port": service.port}],
                },
                {"backendRefs": [{"name": table.cluster(name, table.stable), "port": service.port}]},
            ],
        },
    }
