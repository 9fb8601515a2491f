"""Uvicorn on a socket of our own, so that a port in use is a PulpoError and signals stay with the process; and limits
of the connections whose request does not arrive: each has so many seconds for it, and there are only so many.

Uvicorn waits for a request's head for ever. Here a connection is closed when head and body have not arrived in time,
and the oldest of those that keep us waiting makes room when there are too many: slow clients end one another, and
nobody else. A TLS handshake and the pause between two requests are such waits, too.
"""

import asyncio
import resource
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, cast

import h11
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from runtime.errors import Kind, PulpoError
from runtime.rpc.tls import TlsFiles, http_server_context, peer_names

MAX_REQUESTS = 2_000
"""Requests at once beyond this are answered 503."""
MAX_ARRIVING = 1_000
"""Connections whose request has not arrived; beyond this, or a quarter of the files that the process may open, the
oldest is closed."""
ARRIVE_S = 10.0
"""Seconds that a request's head and body may take to arrive together, and so many a TLS handshake before."""
BACKLOG = 2_048
HAS_GONE = "has_gone"
"""What in the state of a request's scope tells whether its client has hung up."""


class HttpServer:
    """Serves an ASGI application on one port. `listen`, `start`, `stop`, once each."""

    def __init__(
        self,
        drain_s: float,
        always: Collection[str] = (),
        arrive_s: float = ARRIVE_S,
        most: int = MAX_REQUESTS,
        tls: TlsFiles | None = None,
    ) -> None:
        """`drain_s` are the seconds that requests under way may take when it stops, `arrive_s` those that a
        request may take to arrive. Beyond `most` requests at once, others than to the paths `always` get 503.
        With `tls` it speaks HTTPS to callers that have a certificate."""
        self._drain_s = drain_s
        self._always = frozenset(always)
        self._most = most
        self._tls = tls
        self._context: ssl.SSLContext | None = None
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._arrivals = Arrivals(arrive_s, min(MAX_ARRIVING, files // 4))
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    def listen(self, host: str, port: int, *, shared: bool = False) -> int:
        """Binds the port and returns its number, which the system chooses for 0. A `shared` one is listened on by
        other processes that say the same, too: each new connection is one of theirs.

        Raises PulpoError PORT_IN_USE when it cannot be had, TLS_FILES when the certificate cannot be used.
        """
        self._context = http_server_context(self._tls) if self._tls else None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # asyncio sends small answers at once only on sockets whose protocol is spelt out
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listening.bind((host, port))
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            raise PulpoError(
                Kind.UNAVAILABLE, "PORT_IN_USE", f"Port {port} on {host} cannot be listened on."
            ) from error
        self._socket = listening
        bound: int = listening.getsockname()[1]
        return bound

    async def start(self, app: ASGIApp) -> None:
        """Returns once requests are taken, on the port that was listened on before."""
        assert self._socket is not None
        made: Any = self._connection  # uvicorn calls the class with names only; a function does as well
        config = uvicorn.Config(
            _Framing(_Bounded(app, self._most, self._always)),
            http=made,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="on",
            ws="none",
            backlog=BACKLOG,
            timeout_keep_alive=max(1, round(self._arrivals.seconds)),
            timeout_graceful_shutdown=max(1, round(self._drain_s)),
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        started = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({started, self._task}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()

    def _connection(self, **given: Any) -> asyncio.Protocol:
        inside = WatchedProtocol(arrivals=self._arrivals, **given)
        return Handshake(inside, self._context, self._arrivals) if self._context else inside

    async def stop(self) -> None:
        """Takes no more connections, lets requests under way finish, and closes."""
        if self._server is None or self._task is None:
            if self._socket:
                self._socket.close()
            return
        self._server.should_exit = True
        await self._task


class _Framing:
    """An application that takes no request with two lengths: a proxy before it may have believed the other one."""

    _refusal = PlainTextResponse(
        "AMBIGUOUS_LENGTH: Content-Length and Transfer-Encoding.\n", 400, headers={"Connection": "close"}
    )

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope.get("headers", ())}  # none in the lifespan
        refused = {b"content-length", b"transfer-encoding"} <= names
        await (self._refusal if refused else self._app)(scope, receive, send)


class _Bounded:
    """An application that takes only so many requests at once."""

    def __init__(self, app: ASGIApp, most: int, always: Collection[str]) -> None:
        self._app, self._most, self._always = app, most, always
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._always:
            await self._app(scope, receive, send)
            return
        if self._running >= self._most:
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


class Connection(Protocol):
    """What can be waited for."""

    def give_up(self) -> None:
        """Closes the connection at once."""


class Arrivals:
    """The connections that a request is expected from, longest first."""

    def __init__(self, seconds: float, most: int) -> None:
        """`seconds` that a request may take to arrive; `most` connections that may be waited for."""
        self.seconds = seconds
        self._most = most
        self._expected: dict[Connection, asyncio.TimerHandle] = {}

    def expect(self, connection: Connection) -> None:
        """Begins to wait for a request, unless that has begun."""
        if connection in self._expected:
            return
        if len(self._expected) >= self._most:
            next(iter(self._expected)).give_up()
        loop = asyncio.get_running_loop()
        self._expected[connection] = loop.call_later(self.seconds, connection.give_up)

    def settle(self, connection: Connection) -> None:
        """Ends the wait: the request is here, or never comes."""
        timer = self._expected.pop(connection, None)
        if timer:
            timer.cancel()


class WatchedProtocol(H11Protocol):
    """HTTP/1.1 on one connection, which `Arrivals` closes when a request does not arrive in time."""

    def __init__(self, *given: Any, arrivals: Arrivals, **named: Any) -> None:
        super().__init__(*given, **named)
        self._arrivals = arrivals

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is expected from now on. Its scope's state tells the names in the caller's certificate, and
        whether the caller has gone."""
        super().connection_made(transport)
        self.app_state = {
            **self.app_state,
            "certificate": peer_names(transport),
            HAS_GONE: transport.is_closing,
        }
        self._arrivals.expect(self)

    def data_received(self, data: bytes) -> None:
        """Some more of a request, maybe the rest of it."""
        self._arrivals.expect(self)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """The next request is expected from now on, if there is one."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._arrivals.expect(self)
            self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing comes any more."""
        self._arrivals.settle(self)
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Closes the connection at once."""
        self._arrivals.settle(self)
        self.transport.abort()

    def _look(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._arrivals.settle(self)


class Handshake(asyncio.Protocol):
    """A TCP connection that becomes one of TLS, or is closed by `Arrivals`; then the protocol inside begins."""

    def __init__(self, inside: WatchedProtocol, context: ssl.SSLContext, arrivals: Arrivals) -> None:
        self._inside, self._context, self._arrivals = inside, context, arrivals
        self._transport: asyncio.Transport | None = None
        self._handshake: asyncio.Task[None] | None = None
        self._early = b""
        """What came with the handshake's end."""
        self._is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is expected from now on."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.pause_reading()  # what comes is for the TLS layer, which is not there yet
        self._arrivals.expect(self)
        self._handshake = asyncio.get_running_loop().create_task(self._secure(self._transport))

    async def _secure(self, transport: asyncio.Transport) -> None:
        loop, secured = asyncio.get_running_loop(), None
        with suppress(OSError):  # of which an SSLError is one: it is not a client of ours, or has gone
            secured = await loop.start_tls(
                transport, self, self._context, server_side=True, ssl_handshake_timeout=self._arrivals.seconds
            )
        self._arrivals.settle(self)
        if secured is None or self._is_lost:
            return
        self._inside.connection_made(secured)
        secured.set_protocol(self._inside)
        if self._early:
            self._inside.data_received(self._early)

    def data_received(self, data: bytes) -> None:
        """Keeps what comes before the protocol inside has begun."""
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        """It went before the protocol inside began."""
        self._is_lost = True
        self._arrivals.settle(self)

    def give_up(self) -> None:
        """Closes the connection at once."""
        self._arrivals.settle(self)
        if self._transport:
            self._transport.abort()
