"""Uvicorn on a socket of our own: a port that is taken is said so, and signals stay with the process."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from runtime.errors import Kind, PulpoError

MAX_CONNECTIONS = 2_000
"""Connections and requests beyond this are answered 503."""
BACKLOG = 2_048


class HttpServer:
    """Serves an ASGI application on one port. `listen`, `start`, `stop`, once each."""

    def __init__(self, drain_s: float) -> None:
        """`drain_s` are the seconds that requests under way may take when it stops."""
        self._drain_s = drain_s
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
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            limit_concurrency=MAX_CONNECTIONS,
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
