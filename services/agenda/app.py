"""The agenda as an ASGI application: /mcp, /healthz, /readyz and /metrics."""

from dataclasses import dataclass, field

from mcp.server.transport_security import TransportSecuritySettings
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agenda.caller import Callers
from agenda.desk import Desk
from agenda.settings import AgendaSettings
from agenda.store import Store
from agenda.tool_server import build_mcp
from runtime.clock import Clock
from workspace.registry import Registry


@dataclass
class Probes:
    """What the health endpoints tell."""

    store: Store
    """Readiness follows it."""
    draining: bool = field(default=False)
    """Whether the process is about to stop, and no longer ready."""

    async def healthz(self, _request: Request) -> Response:
        """200 while the process answers."""
        return PlainTextResponse("ok")

    async def readyz(self, _request: Request) -> Response:
        """200 when the database answers, otherwise 503."""
        ready = not self.draining and await self.store.is_ready()
        return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503)

    async def metrics(self, _request: Request) -> Response:
        """Prometheus metrics of the process."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def build_app(settings: AgendaSettings, registry: Registry, store: Store, clock: Clock) -> tuple[Starlette, Probes]:
    """The application and its probes. It serves one lifespan and does not close the store."""
    callers = Callers(registry, settings.default_workspace, clock)
    app = build_mcp(Desk(store), callers).streamable_http_app(
        streamable_http_path="/mcp",
        json_response=True,
        stateless_http=True,
        max_request_body_size=settings.agenda_max_body_bytes,
        transport_security=TransportSecuritySettings(allowed_hosts=list(settings.agenda_allowed_hosts)),
    )
    probes = Probes(store)
    app.router.routes += [
        Route("/healthz", probes.healthz),
        Route("/readyz", probes.readyz),
        Route("/metrics", probes.metrics),
    ]
    return app, probes
