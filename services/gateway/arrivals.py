"""Connections whose request does not arrive: each has so many seconds for it, and there are only so many.

Uvicorn waits for a request's head for ever. Here a connection is closed when head and body have not arrived
in time, and the oldest of those that keep us waiting makes room when there are too many: slow clients end
one another, and nobody else.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Arrivals:
    """The connections that a request is expected from, longest first."""

    def __init__(self, seconds: float, most: int) -> None:
        """`seconds` that a request may take to arrive; `most` connections that may be waited for."""
        self.seconds = seconds
        self._most = most
        self._expected: dict[WatchedProtocol, asyncio.TimerHandle] = {}

    def expect(self, connection: "WatchedProtocol") -> None:
        """Begins to wait for a request, unless that has begun."""
        if connection in self._expected:
            return
        if len(self._expected) >= self._most:
            next(iter(self._expected)).give_up()
        self._expected[connection] = connection.loop.call_later(self.seconds, connection.give_up)

    def settle(self, connection: "WatchedProtocol") -> None:
        """Ends the wait: the request is here, or never comes."""
        timer = self._expected.pop(connection, None)
        if timer:
            timer.cancel()


class WatchedProtocol(H11Protocol):
    """HTTP/1.1 on one connection, under the eyes of `Arrivals`."""

    def __init__(self, *given: Any, arrivals: Arrivals, **named: Any) -> None:
        super().__init__(*given, **named)
        self._arrivals = arrivals

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is expected from now on."""
        super().connection_made(transport)
        self._arrivals.expect(self)

    def data_received(self, data: bytes) -> None:
        """Some more of a request, maybe the rest of it."""
        self._arrivals.expect(self)
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._arrivals.settle(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing comes any more."""
        self._arrivals.settle(self)
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Closes the connection at once."""
        self._arrivals.settle(self)
        self.transport.abort()
