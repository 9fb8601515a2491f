"""From a message to its reply: claimed once, run in order, answered within the deadline, stored."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gateway import builtin, ids
from gateway.budget import Budget, Limits
from gateway.line import AGAIN_S, Line, Place
from gateway.message import Claim, Lease, Message, Progress, phone_of
from gateway.state import State
from gateway.store import Finished, Store
from gateway.track import Split, choose_track
from gateway.turn import Turn, TurnInput
from gateway.turn_types import Customer, Reply, Timings, TurnRecord
from runtime.errors import PulpoError
from workspace.registry import Registry

_STORE_ATTEMPTS = 3
_RENEWALS = 3


class Reporter(Protocol):
    """Tells operators what happened."""

    def turn(self, record: TurnRecord) -> None:
        """A turn has ended."""

    def replayed(self) -> None:
        """A message came again and got its stored reply."""

    def late(self) -> None:
        """A customer got an apology because the deadline came first."""

    def unforeseen(self, error: Exception) -> None:
        """A turn failed in a way that nobody foresaw."""


@dataclass(frozen=True)
class _Ran:
    """What a turn came to, before it is stored."""

    reply: Reply
    record: TurnRecord
    state: State | None
    answered: bool


class Conversations:
    """Answers messages. One per process."""

    def __init__(
        self,
        store: Store,
        turn: Turn,
        registry: Registry,
        reporter: Reporter,
        limits: Limits,
        split: Callable[[], Split],
        idle_s: float,
    ) -> None:
        """`idle_s` are the seconds of silence after which an open task is forgotten."""
        self._store = store
        self._turn = turn
        self._registry = registry
        self._reporter = reporter
        self._limits = limits
        self._split = split
        self._idle_s = idle_s
        self._line = Line()
        self._running: dict[tuple[str, str], asyncio.Task[Reply]] = {}
        self._late: set[tuple[str, str]] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def answer(self, message: Message) -> Reply:
        """The reply to a message, always within the turn's deadline.

        The same message again, at the same time or later, gets the same reply. A caller that goes
        away does not stop the turn. Raises PulpoError when the message could not even be stored.
        """
        key = (message.workspace_id, message.message_id)
        running = self._running.get(key)
        task = running or self._start(key, message)
        try:
            async with asyncio.timeout(self._limits.turn_s):
                reply = await asyncio.shield(task)
        except TimeoutError:
            self._late.add(key)
            self._reporter.late()
            return self._apology(message, "")
        if running or reply.replayed:
            self._reporter.replayed()
        return replace(reply, replayed=True) if running else reply

    async def drain(self, seconds: float) -> None:
        """Waits for the turns under way, at most so long."""
        if self._running:
            await asyncio.wait(set(self._running.values()), timeout=seconds)
        if self._keeper:
            self._keeper.cancel()

    def _start(self, key: tuple[str, str], message: Message) -> "asyncio.Task[Reply]":
        task = asyncio.create_task(self._claimed(message))
        self._running[key] = task

        def ended(done: "asyncio.Task[Reply]") -> None:
            self._running.pop(key, None)
            self._late.discard(key)
            if not done.cancelled():
                done.exception()

        task.add_done_callback(ended)
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep_leases())
        return task

    async def _keep_leases(self) -> None:
        """Renews this process's leases while turns run, so that nobody takes it for dead."""
        while self._running:
            await asyncio.sleep(self._store.lease_s / _RENEWALS)
            if self._running:
                with contextlib.suppress(PulpoError):
                    await self._store.renew()

    async def _claimed(self, message: Message) -> Reply:
        """Runs a message's turn, or waits for whoever does."""
        budget = Budget(self._limits.turn_s - self._limits.store_s)
        claim = await self._store.claim(message)
        while claim.progress is Progress.RUNNING and budget.left() > 0:
            await asyncio.sleep(AGAIN_S)
            claim = await self._store.look(message.workspace_id, message.message_id)
        if claim.reply is not None:
            return claim.reply
        if claim.progress is Progress.RUNNING:
            return self._apology(claim.message, "")
        with self._line.place(claim.conversation_id, claim.seq) as place:
            lease = claim.lease or await self._in_turn(claim, place, budget)
            ran = await self._run(claim, lease, budget)
            return await self._stored(claim, lease, ran)

    async def _in_turn(self, claim: Claim, place: Place, budget: Budget) -> Lease | None:
        """Waits until all earlier messages of the conversation are done; None when time runs out first."""
        try:
            async with asyncio.timeout(max(0.0, budget.left() - self._limits.least_s)):
                await place.first()
                while (lease := await self._store.acquire(claim)) is None:
                    await place.again()
                return lease
        except TimeoutError:
            return None

    async def _run(self, claim: Claim, lease: Lease | None, budget: Budget) -> _Ran:
        """Runs the turn of a claimed message. Whatever goes wrong, there is a reply."""
        message = claim.message
        track = choose_track(self._split(), message.workspace_id, claim.conversation_id, message.track)
        workspace = self._registry.get(message.workspace_id)
        if lease is None or workspace is None:
            return self._without_turn(message, track, "timeout" if workspace else "failed", budget)
        given = TurnInput(
            workspace=workspace,
            conversation_id=claim.conversation_id,
            turn_id=ids.turn_id(message.workspace_id, message.message_id),
            received_at=message.received_at,
            customer=Customer(message.address, phone_of(message.address), message.profile_name),
            text=message.text,
            media=message.media,
            track=track,
            state=self._awake(lease, message),
        )
        try:
            async with asyncio.timeout(budget.left()):
                result = await self._turn.run(given, budget.left())
        except TimeoutError:
            return self._without_turn(message, track, "timeout", budget)
        except Exception as error:  # noqa: BLE001 - the customer must be answered; its text stays here
            self._reporter.unforeseen(error)
            return self._without_turn(message, track, "failed", budget)
        return _Ran(result.reply, result.record, result.state, answered=True)

    def _awake(self, lease: Lease, message: Message) -> State:
        """The state that a turn starts from: after a long silence, a fresh one."""
        silence = message.received_at.timestamp() - lease.changed_at
        return replace(lease.state.fresh(), misses=0) if silence > self._idle_s else lease.state

    async def _stored(self, claim: Claim, lease: Lease | None, ran: _Ran) -> Reply:
        """Stores a turn and returns the reply that counts: another's when this process was taken for dead."""
        key = (claim.message.workspace_id, claim.message.message_id)
        finished = Finished(claim, ran.reply, ran.record, ran.answered and key not in self._late, lease, ran.state)
        try:
            stored = await self._finish(finished)
        except PulpoError as error:
            self._reporter.unforeseen(error)
            stored = True
        if stored:
            self._reporter.turn(ran.record)
            return ran.reply
        other = await self._store.look(*key)
        return other.reply or ran.reply

    async def _finish(self, finished: Finished) -> bool:
        """Stores a turn, again when the database did not answer at once."""
        for _ in range(_STORE_ATTEMPTS - 1):
            try:
                return await self._store.finish(finished)
            except PulpoError:
                await asyncio.sleep(AGAIN_S)
        return await self._store.finish(finished)

    def _without_turn(self, message: Message, track: str, outcome: str, budget: Budget) -> _Ran:
        """An apology, and a record that says why there was no turn."""
        spent = (self._limits.turn_s - self._limits.store_s - budget.left()) * 1000
        record = TurnRecord(
            turn_id=ids.turn_id(message.workspace_id, message.message_id),
            workspace=message.workspace_id,
            track=track,
            outcome=outcome,
            timings=Timings(total=spent),
        )
        return _Ran(self._apology(message, track), record, None, answered=False)

    def _apology(self, message: Message, track: str) -> Reply:
        workspace = self._registry.get(message.workspace_id)
        said = builtin.fixed("apology", workspace.locale if workspace else "")
        return Reply(said.message, track=track)
