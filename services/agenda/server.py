"""Listens, serves the application with uvicorn, and ends in an orderly way."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from runtime.errors import Kind, PulpoError
from runtime.tls import TlsFiles, http_server_context

BACKLOG = 512
"""Connections that may wait to be accepted."""


class HttpServer:
    """Serves one application on one port. `start` then `stop`, once each."""

    def __init__(self, app: ASGIApp, drain_s: float, max_connections: int, tls: TlsFiles | None = None) -> None:
        """With `tls` it speaks HTTPS to callers that have a certificate."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            ws="none",
            limit_concurrency=max_connections,
            timeout_graceful_shutdown=max(1, round(drain_s)),
            ssl_context_factory=(lambda _config, _default: http_server_context(tls)) if tls else None,
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> int:
        """Listens, and returns the port (asked for or, with 0, given). Requests wait until the
        application has started. Raises PulpoError PORT_IN_USE when the port cannot be had, TLS_FILES when the
        certificate cannot be used."""
        if not self._server.config.loaded:
            self._server.config.load()
        listening = _listen(host, port)
        self._serving = asyncio.create_task(self._server.serve([listening]))
        bound: int = listening.getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Accepts no more, lets calls finish, and returns when all is closed."""
        self._server.should_exit = True
        if self._serving:
            await self._serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves signals to the process, which knows what else to close."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that say they are TCP;
    # without it every answer waits 40 ms for the client's delayed acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise PulpoError(Kind.UNAVAILABLE, "PORT_IN_USE", f"Port {port} on {host} cannot be listened on.") from error
    listening.setblocking(False)
    return listening
