"""Sends what waits in the outbox, and finds out what became of what may have left."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Protocol

from gateway.outbox import Outbox
from gateway.outgoing import Move, Outcome, Outgoing, Seen, Step, after_blind_look, after_look, after_send
from gateway.reconcile import find
from gateway.twilio_api import LookError
from runtime.errors import PulpoError

AT_ONCE = 8
"""Most replies that one process is sending at the same time."""
EVERY_S = 0.5
"""Seconds between two looks at the outbox when nobody says that there is something."""
_MOVES = 5


class Api(Protocol):
    """Sends messages and lists them."""

    async def send(self, reply: Outgoing) -> Outcome:
        """Sends a message, once."""

    async def recent(self, reply: Outgoing) -> Sequence[Seen]:
        """The messages that went to a reply's address lately. Raises LookError."""


class Reporter(Protocol):
    """Tells operators what happened."""

    def moved(self, reply: Outgoing, move: Move) -> None:
        """A reply has come further."""

    def unforeseen(self, error: Exception) -> None:
        """Something failed in a way that nobody foresaw."""


class Sender:
    """Works the outbox until it is stopped. One per process."""

    def __init__(self, outbox: Outbox, api: Api, reporter: Reporter, settle_s: float) -> None:
        """`settle_s` is how long Twilio may take to list a message that it has taken, in seconds."""
        self._outbox = outbox
        self._api = api
        self._reporter = reporter
        self._settle_s = settle_s
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to work."""
        self._loop = asyncio.create_task(self._work())

    def wake(self) -> None:
        """Says that there is something to send."""
        self._wake.set()

    async def stop(self) -> None:
        """Takes nothing new, and waits for what is under way."""
        self._stopping = True
        self.wake()
        if self._loop:
            await self._loop
        while self._sending:
            await asyncio.wait(set(self._sending))

    async def _work(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                while not self._stopping and len(self._sending) < AT_ONCE and (reply := await self._outbox.take()):
                    task = asyncio.create_task(self._go_on(reply))
                    self._sending.add(task)
                    task.add_done_callback(self._ended)
            except PulpoError:
                pass  # the database is away: the next look may find it again
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S * random.uniform(0.8, 1.2)):  # noqa: S311 - not for secrets
                    await self._wake.wait()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        self.wake()
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._reporter.unforeseen(error)

    async def _go_on(self, reply: Outgoing) -> None:
        began = asyncio.get_running_loop().time()
        move = await (self._send(reply) if reply.step is Step.SEND else self._look(reply))
        if move.due_at is not None:
            move = _later(move, asyncio.get_running_loop().time() - began)
        for attempt in range(1, _MOVES + 1):
            try:
                if await self._outbox.move(reply, move):
                    self._reporter.moved(reply, move)
                return
            except PulpoError:
                if attempt == _MOVES:  # its lease ends, and then Twilio is asked
                    raise
                await asyncio.sleep(0.1 * attempt)

    async def _send(self, reply: Outgoing) -> Move:
        return after_send(reply, await self._api.send(reply), reply.now, self._settle_s)

    async def _look(self, reply: Outgoing) -> Move:
        try:
            listed = await self._api.recent(reply)
        except LookError as error:
            return after_blind_look(reply, reply.now, error.reason)
        others = await self._outbox.accounted(reply)
        found = find(reply, listed, others.known, others.handed)
        return after_look(reply, found, reply.now, self._settle_s, "NOT_LISTED")


def _later(move: Move, seconds: float) -> Move:
    """A move that was reckoned from the time before a call, reckoned from the time after it."""
    assert move.due_at is not None
    return Move(move.progress, move.reason, move.due_at + seconds, move.message_sid, move.looks)
