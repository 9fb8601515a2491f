"""Prometheus metrics that every service has, and the port they are served on."""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

RPC_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

RPC_SECONDS = Histogram(
    "pulpo_rpc_seconds", "Duration of a served RPC.", ["method", "code", "track"], buckets=RPC_BUCKETS
)
RPC_IN_FLIGHT = Gauge("pulpo_rpc_in_flight", "RPCs being served.", ["method"])
ERRORS = Counter("pulpo_internal_errors_total", "Failures that nobody foresaw.", ["method", "error"])


def serve_metrics(port: int, host: str) -> None:
    """Serves /metrics over HTTP from a thread of its own. Port 0 serves none."""
    if port:
        start_http_server(port, addr=host)
