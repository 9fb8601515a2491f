"""Uvicorn on a socket of our own: a port that is taken is said so, and signals stay with the process."""

import asyncio
import resource
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.arrivals import Arrivals, WatchedProtocol
from runtime.errors import Kind, PulpoError

MAX_REQUESTS = 2_000
"""Requests at once beyond this are answered 503."""
MAX_ARRIVING = 1_000
"""Connections whose request has not arrived; beyond this the oldest is closed."""
ARRIVE_S = 10.0
"""Seconds that a request's head and body may take to arrive together."""
BACKLOG = 2_048


class HttpServer:
    """Serves an ASGI application on one port. `listen`, `start`, `stop`, once each."""

    def __init__(
        self, drain_s: float, always: Collection[str] = (), arrive_s: float = ARRIVE_S, most: int = MAX_REQUESTS
    ) -> None:
        """`drain_s` are the seconds that requests under way may take when it stops, `arrive_s` those that a
        request may take to arrive. Beyond `most` requests at once, others than to the paths `always` get 503."""
        self._drain_s = drain_s
        self._always = frozenset(always)
        self._most = most
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._arrivals = Arrivals(arrive_s, min(MAX_ARRIVING, files // 2))
        # asyncio sends small answers at once only on sockets whose protocol is spelt out
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    def listen(self, host: str, port: int) -> int:
        """Takes the port. Returns it (asked for or, with 0, given). Raises PulpoError PORT_IN_USE."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            self._socket.listen(BACKLOG)
        except OSError as error:
            self._socket.close()
            raise PulpoError(
                Kind.UNAVAILABLE, "PORT_IN_USE", f"Port {port} on {host} cannot be listened on."
            ) from error
        bound: int = self._socket.getsockname()[1]
        return bound

    async def start(self, app: ASGIApp) -> None:
        """Returns once requests are taken."""
        # uvicorn calls the class with names only; a partial of it does as well
        protocol: Any = partial(WatchedProtocol, arrivals=self._arrivals)
        config = uvicorn.Config(
            _Bounded(app, self._most, self._always),
            http=protocol,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            backlog=BACKLOG,
            timeout_graceful_shutdown=max(1, round(self._drain_s)),
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        started = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({started, self._task}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()

    async def stop(self) -> None:
        """Takes no more connections, lets requests under way finish, and closes."""
        if self._server is None or self._task is None:
            self._socket.close()
            return
        self._server.should_exit = True
        await self._task


class _Bounded:
    """An application that takes only so many requests at once."""

    def __init__(self, app: ASGIApp, most: int, always: Collection[str]) -> None:
        self._app, self._most, self._always = app, most, always
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._running >= self._most and scope["path"] not in self._always:
            await PlainTextResponse("Too many requests at once.\n", 503)(scope, receive, send)
            return
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the process."""
        yield
