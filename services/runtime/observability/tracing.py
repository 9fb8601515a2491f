"""OpenTelemetry traces, sent by OTLP when an exporter is set."""

import os
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import trace

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own variable; traces are made only when it is set."""

_ON_ALL_DAY = ("pulpo.workspace.v1.WorkspaceService",)
"""Services whose calls would be a trace each, besides looks at health: waits for changes of a business."""


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


def client_interceptors() -> list[Any]:
    """What makes spans of gRPC calls; nothing when nobody gets them."""
    if not is_traced():
        return []
    from opentelemetry.instrumentation.grpc import aio_client_interceptors  # slow to import

    return list(cast(Any, aio_client_interceptors)(filter_=_worth_a_span()))


def server_interceptors() -> list[Any]:
    """The same for calls that are served."""
    if not is_traced():
        return []
    from opentelemetry.instrumentation.grpc import aio_server_interceptor

    return [cast(Any, aio_server_interceptor)(filter_=_worth_a_span())]


def _worth_a_span() -> Any:
    from opentelemetry.instrumentation.grpc import filters

    goes_on_all_day = [filters.health_check(), *(filters.service_name(name) for name in _ON_ALL_DAY)]
    return filters.negate(cast(Any, filters.any_of)(*goes_on_all_day))
