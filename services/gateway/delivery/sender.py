"""Sends what waits in the outbox, and finds out what became of what may have left."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_incrementing

from gateway.delivery.twilio_api import LookError
from gateway.domain.outgoing import (
    Move,
    Outcome,
    Outgoing,
    Seen,
    Step,
    after_blind_look,
    after_look,
    after_send,
    is_last_look,
)
from gateway.domain.reconcile import find, shows
from gateway.storage.outbox import Outbox
from runtime.errors import PulpoError
from runtime.periodic import Periodic

AT_ONCE = 8
"""Most replies that one process is sending at the same time."""
EVERY_S = 0.5
"""Seconds between two looks at the outbox when nobody says that there is something."""
JITTER = 0.2
"""Share by which that pause varies, so that replicas do not all look at the same moment."""
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
        self._sending: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._repeated = Periodic("outbox", self._take, EVERY_S, jitter=JITTER)

    def start(self) -> None:
        """Begins to work."""
        self._repeated.start()

    def wake(self) -> None:
        """Says that there is something to send."""
        self._repeated.wake()

    async def stop(self) -> None:
        """Takes nothing new, and waits for what is under way."""
        self._stopping = True
        await self._repeated.stop()
        while self._sending:
            await asyncio.wait(set(self._sending))

    async def _take(self) -> None:
        """Takes what is due, as much as may be sent at once."""
        while not self._stopping and len(self._sending) < AT_ONCE and (reply := await self._outbox.take()):
            task = asyncio.create_task(self._go_on(reply))
            self._sending.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        self.wake()
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._reporter.unforeseen(error)

    async def _go_on(self, reply: Outgoing) -> None:
        move = await (self._send(reply) if reply.step is Step.SEND else self._look(reply))
        if await self._move(reply, move):
            self._reporter.moved(reply, move)

    @retry(
        retry=retry_if_exception_type(PulpoError),
        wait=wait_incrementing(0.1, 0.1),
        stop=stop_after_attempt(_MOVES),
        reraise=True,
    )
    async def _move(self, reply: Outgoing, move: Move) -> bool:
        """Notes how a reply goes on. Raises PulpoError when the database stays away: then the reply's lease ends, and
        Twilio is asked."""
        return await self._outbox.move(reply, move)

    async def _send(self, reply: Outgoing) -> Move:
        return after_send(reply, await self._api.send(reply), reply.now, self._settle_s)

    async def _look(self, reply: Outgoing) -> Move:
        try:
            listed = await self._api.recent(reply)
            others = await self._outbox.accounted(reply)
            found = find(reply, listed, others.known, others.handed)
            if found is None and reply.attempts == 0 and is_last_look(reply) and not await self._lists_webhooks():
                return after_blind_look(reply, reply.now, "NOT_LISTABLE")
        except LookError as error:
            return after_blind_look(reply, reply.now, error.reason)
        return after_look(reply, found, reply.now, self._settle_s, "NOT_LISTED")

    async def _lists_webhooks(self) -> bool:
        """Whether Twilio is seen to list replies that left in webhooks: otherwise that one of them is not listed
        tells nothing. Raises LookError."""
        for witness in await self._outbox.witnesses(self._settle_s):
            others = await self._outbox.accounted(witness)
            if shows(witness, await self._api.recent(witness), others.known):
                return True
        return False
