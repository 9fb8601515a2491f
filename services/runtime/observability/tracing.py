"""OpenTelemetry traces, sent by OTLP when an exporter is set."""

import os
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.instrumentation.grpc import filters

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own variable; traces are made only when it is set."""

GOES_ON_ALL_DAY = filters.any_of(filters.health_check(), filters.service_name("pulpo.workspace.v1.WorkspaceService"))
"""Calls that would be a trace each: looks at health, and waits for changes of a business."""


def set_up_tracing(service: str) -> "TracerProvider | None":
    """Sends this process's spans to the endpoint in the environment, if there is one."""
    if not os.environ.get(ENDPOINT_VARIABLE):
        return None
    from runtime.observability.span_export import make_provider

    provider = make_provider(service)
    trace.set_tracer_provider(provider)
    return provider


def is_traced() -> bool:
    """Whether anybody gets this process's spans. Without, nothing is done for them, and a trace that a caller has begun
    ends here: interceptors of spans that nobody sees cost a call a tenth of its CPU."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
