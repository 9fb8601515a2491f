"""The port that /metrics is served on: a thread of its own, away from the event loop that serves customers.

The text is made at most once a second, whoever asks; a connection has some seconds for its one request; and there
are only so many connections, of which the oldest gives way.
"""

import asyncio
import socket
import threading
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from runtime.places import Places

KEEP_S = 1.0
"""Seconds that a text is given out before it is made again."""
ARRIVE_S = 5.0
"""Seconds that a connection has for its request and for taking the answer."""
MAX_CONNECTIONS = 64
"""Connections at a time; the oldest gives way to one more."""
MAX_HEAD_BYTES = 8_192
"""Largest head of a request."""
BACKLOG = 64


class Exposition:
    """The registry as text, made when it is asked for and kept for a while."""

    def __init__(
        self, generate: Callable[[], bytes] = generate_latest, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """`generate` makes the text; `now_s` is a monotonic clock."""
        self._generate, self._now_s = generate, now_s
        self._text, self._until_s = b"", float("-inf")

    def text(self) -> bytes:
        """The text, at most `KEEP_S` old. Called by one thread."""
        if self._now_s() >= self._until_s:
            self._text = self._generate()
            self._until_s = self._now_s() + KEEP_S
        return self._text


class ExpositionServer:
    """Answers `GET /metrics`, one request a connection, in the loop that it is started in."""

    def __init__(self, exposition: Exposition, arrive_s: float = ARRIVE_S, most: int = MAX_CONNECTIONS) -> None:
        """`arrive_s` is what a connection has for its request, `most` how many there may be."""
        self._exposition, self._arrive_s, self._places = exposition, arrive_s, Places(most)

    async def start(self, listening: socket.socket) -> asyncio.Server:
        """Serves on a socket that listens."""
        return await asyncio.start_server(self._serve, sock=listening, limit=MAX_HEAD_BYTES)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            async with self._places.hold(self._arrive_s):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            writer.transport.abort()  # too slow, too long or gone

    def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if path != b"/metrics":
            return _response("404 Not Found", b"Only /metrics is here.\n")
        if method != b"GET":
            return _response("405 Method Not Allowed", b"Only GET is served here.\n", "Allow: GET\r\n")
        return _response("200 OK", self._exposition.text(), f"Content-Type: {CONTENT_TYPE_LATEST}\r\n")


def _response(status: str, body: bytes, headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def serve_metrics(port: int, host: str) -> None:
    """Serves /metrics over HTTP from a thread of its own, as long as the process lives. Port 0 serves none.

    Raises OSError when the port cannot be had.
    """
    if not port:
        return
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    threading.Thread(target=_run, args=(listening,), name="metrics", daemon=True).start()


def _run(listening: socket.socket) -> None:
    async def serve() -> None:
        server = await ExpositionServer(Exposition()).start(listening)
        await server.serve_forever()

    with suppress(asyncio.CancelledError):
        asyncio.run(serve())
