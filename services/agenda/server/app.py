"""The agenda as an ASGI application: /mcp, /healthz, /readyz and calendars by secret addresses."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agenda.booking.call_context import CallContexts
from agenda.server.calendar_feed import PATH as CALENDAR_PATH
from agenda.server.calendar_feed import CalendarFeed
from agenda.server.mcp_server import PATH, Gate
from agenda.server.operations import Operations
from agenda.server.plain_calls import PlainCalls
from agenda.server.tool_server import CALLERS, FREE, build_mcp
from agenda.settings import AgendaSettings
from agenda.storage.store import AgendaStore
from runtime.clock import MOST_APART, Clock
from runtime.observability.tracing import is_traced
from runtime.service import say_free
from workspace.registry import Registry

WATCHED = ("/healthz", "/readyz")
"""Paths that are answered however much is going on."""


@dataclass
class Probes:
    """The health endpoints."""

    store: AgendaStore
    """Readiness follows it."""
    knows: Callable[[], Awaitable[bool]]
    """Whether the workspaces are known; readiness follows it too."""
    draining: bool = field(default=False)
    """Whether the process is about to stop, and no longer ready."""

    async def healthz(self, _request: Request) -> Response:
        """200 while the process answers."""
        return PlainTextResponse("ok")

    async def readyz(self, _request: Request) -> Response:
        """200 when the database can write, otherwise 503."""
        ready = not self.draining and await self.knows() and await self.store.is_ready()
        return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503)


async def _known() -> bool:
    return True


def build_app(
    settings: AgendaSettings,
    registry: Registry,
    store: AgendaStore,
    clock: Clock,
    knows: Callable[[], Awaitable[bool]] = _known,
) -> tuple[ASGIApp, Probes]:
    """The application and its probes. It serves one lifespan and does not close the store. Raises PulpoError
    IDENTITY_MISSING when callers could not say who they are in production."""
    door = settings.door({PATH: ("broker",), **CALLERS}, (PATH, *FREE))
    say_free(door)
    strict = settings.profile == "production"
    callers = CallContexts(registry, settings.default_workspace, clock, MOST_APART if strict else None)
    server = build_mcp(Operations(store), callers, door)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=settings.agenda_max_body_bytes,
        transport_security=TransportSecuritySettings(allowed_hosts=list(settings.agenda_allowed_hosts)),
    )
    app.router.redirect_slashes = False  # it would redirect to whatever Host says
    probes = Probes(store, knows)
    app.router.routes[:0] = [
        Route(PATH, _no_stream, methods=["GET", "DELETE"]),
        Route("/healthz", probes.healthz),
        Route("/readyz", probes.readyz),
        Route(CALENDAR_PATH, CalendarFeed(store, registry, clock).serve),
    ]
    if is_traced():  # the library makes the spans
        return Gate(app, door), probes
    short = PlainCalls(app, server, settings.agenda_allowed_hosts, settings.agenda_max_body_bytes)
    return Gate(short, door), probes


async def _no_stream(_request: Request) -> Response:
    """405: the server sends nothing unasked and keeps no session, so GET and DELETE have no meaning."""
    return PlainTextResponse("Only POST is served here.\n", 405, headers={"Allow": "POST"})
