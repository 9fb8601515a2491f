"""From a message to its reply: claimed once, run in order, answered within the deadline, stored."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from gateway import builtin, ids
from gateway.admission import Admission
from gateway.answer import Answer, ByRest, Reporter
from gateway.budget import Budget, Limits
from gateway.line import AGAIN_S, Line, Place
from gateway.message import Claim, Lease, Message, Progress, phone_of
from gateway.outbox import Outbox
from gateway.outgoing import Leaves
from gateway.state import State
from gateway.store import Finished, Store
from gateway.storing import Storing
from gateway.track import Split, choose_track
from gateway.turn import Turn, TurnInput, TurnResult
from gateway.turn_types import Customer, Decided, Reply, Timings, TurnRecord
from runtime.errors import Kind, PulpoError
from workspace.registry import Registry

_RENEWALS = 3


@dataclass(frozen=True)
class _Ran:
    """What a turn came to, before it is stored."""

    reply: Reply
    record: TurnRecord
    state: State | None
    answered: bool
    turn: tuple[TurnInput, TurnResult] | None = None
    """The turn itself; None when there was none."""


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
        outbox: Outbox,
        admission: Admission,
        note: Callable[[Message, Decided], Awaitable[None]],
        by_rest: ByRest | None = None,
        shadow: Callable[[TurnInput, TurnResult], None] = lambda _given, _result: None,
    ) -> None:
        """`idle_s` are the seconds of silence after which an open task is forgotten; `note` keeps what a turn has
        decided before it changes anything; without `by_rest` every reply leaves in its webhook. `shadow` is shown
        every turn once it is stored."""
        self._store = store
        self._turn = turn
        self._registry = registry
        self._reporter = reporter
        self._limits = limits
        self._split = split
        self._idle_s = idle_s
        self._outbox = outbox
        self._note = note
        self._by_rest = by_rest
        self._shadow = shadow
        self._line = Line()
        self._admission = admission
        self._storing = Storing(store, self._settled)
        self._running: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self._senders: dict[tuple[str, str], str] = {}
        self._late: set[tuple[str, str]] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def answer(self, message: Message) -> Answer:
        """The answer to a message, always within the turn's deadline.

        The same message again, at the same time or later, gets the same reply. A caller that goes
        away does not stop the turn. Raises PulpoError when the message could not even be stored, when
        there are too many to answer it in time, and when its id belongs to somebody else's message.
        """
        key = (message.workspace_id, message.message_id)
        running = self._running.get(key)
        if running:
            _same_sender(self._senders[key], message)
        elif self._admission.refuses((message.workspace_id, message.address)):
            raise PulpoError(Kind.RESOURCE_EXHAUSTED, "OVERLOADED", "There are too many messages at once.")
        task = running or self._start(key, message)
        by_rest = self._by_rest if message.business else None
        try:
            async with asyncio.timeout(by_rest.ack_after_s if by_rest else self._limits.turn_s):
                answer = await asyncio.shield(task)
        except TimeoutError:
            return await self._not_in_time(message, key, task)
        reply = answer.reply
        if running or reply.replayed:
            self._reporter.replayed()
        return replace(answer, reply=replace(reply, replayed=True)) if running else answer

    async def rescue(self) -> None:
        """Begins the turns of messages whose process died; their replies go by REST."""
        for orphan in await self._store.orphans():
            key = (orphan.message.workspace_id, orphan.message.message_id)
            if key in self._running:
                continue
            claim = await self._store.adopt(orphan)
            if claim.progress is Progress.MINE:
                self._reporter.rescued()
                self._start(key, claim.message, claim)

    async def drain(self, seconds: float) -> None:
        """Waits for the turns under way, at most so long."""
        if self._running:
            await asyncio.wait(set(self._running.values()), timeout=seconds)
        self._storing.stop()
        if self._keeper:
            self._keeper.cancel()

    async def _not_in_time(self, message: Message, key: tuple[str, str], task: "asyncio.Task[Answer]") -> Answer:
        """What a caller gets whose turn takes long: an acknowledgement, or else an apology."""
        if self._by_rest and message.business:
            budget = Budget(self._limits.turn_s - self._by_rest.ack_after_s)
            while True:
                with contextlib.suppress(PulpoError):
                    if await self._store.acknowledge(*key):
                        self._reporter.acknowledged()
                        return Answer(Reply(""), Leaves.BY_REST)
                with contextlib.suppress(TimeoutError):  # it is not stored yet, or has just got its reply
                    async with asyncio.timeout(AGAIN_S):
                        return await asyncio.shield(task)
                if budget.left() <= 0:
                    break
        self._late.add(key)
        self._reporter.late()
        return Answer(self._apology(message, "", "late"))

    def _start(self, key: tuple[str, str], message: Message, claim: Claim | None = None) -> "asyncio.Task[Answer]":
        """Runs a message's turn in a task of its own; `claim` when the message is this process's already."""
        task = asyncio.create_task(self._claimed(message, claim))
        self._running[key] = task
        self._senders[key] = message.address
        self._admission.enter((message.workspace_id, message.address))

        def ended(done: "asyncio.Task[Answer]") -> None:
            if not self._storing.holds(key):  # until it is stored, a repeat gets the same reply here
                self._settled(key)
            if not done.cancelled():
                done.exception()

        task.add_done_callback(ended)
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep_leases())
        return task

    def _settled(self, key: tuple[str, str]) -> None:
        self._running.pop(key, None)
        address = self._senders.pop(key, None)
        if address is not None:
            self._admission.leave((key[0], address))
        self._late.discard(key)

    async def _keep_leases(self) -> None:
        """Renews this process's leases while turns run, so that nobody takes it for dead."""
        while self._running:
            await asyncio.sleep(self._store.lease_s / _RENEWALS)
            if self._running:
                with contextlib.suppress(PulpoError):
                    await self._store.renew(list(self._running))

    async def _claimed(self, message: Message, claim: Claim | None) -> Answer:
        """Runs a message's turn, or waits for whoever does."""
        budget = Budget(self._limits.turn_s - self._limits.store_s)
        claim = claim or await self._store.claim(message)
        _same_sender(claim.message.address, message)
        while claim.progress is Progress.RUNNING and budget.left() > 0:
            await asyncio.sleep(AGAIN_S)
            claim = await self._store.look(message.workspace_id, message.message_id)
        if claim.reply is not None:
            return await self._replayed(claim, claim.reply)
        if claim.progress is Progress.RUNNING:
            return Answer(self._apology(claim.message, "", "late"))
        late = self._by_rest is not None and bool(claim.message.business)
        with self._line.place(claim.conversation_id, claim.seq) as place:
            waiting = Budget(self._limits.line_s) if late else budget
            lease = claim.lease or await self._in_turn(claim, place, waiting)
            async with self._admission.running(waiting.left() - self._limits.least_s) as begins:
                if late:
                    budget = Budget(self._limits.turn_s - self._limits.store_s)
                ran = await self._run(claim, lease if begins else None, budget)
                answer = await self._stored(claim, lease, ran, budget)
            if ran.turn:
                self._shadow(*ran.turn)
            return answer

    async def _replayed(self, claim: Claim, reply: Reply) -> Answer:
        """The answer to a message that has a reply: nothing when that goes by REST."""
        outbox_id = ids.turn_id(claim.message.workspace_id, claim.message.message_id)
        if not claim.message.business:
            return Answer(reply)
        if await self._outbox.may_answer(outbox_id):
            return Answer(reply, outbox_id=outbox_id)
        return Answer(replace(reply, message=""), Leaves.BY_REST)

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
        unbegun = "unknown" if claim.decided else "apology"
        if lease is None or workspace is None:
            return self._without_turn(claim, track, "timeout" if workspace else "failed", budget, unbegun)
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
            decided=claim.decided,
        )
        try:
            async with asyncio.timeout(budget.left()):
                result = await self._turn.run(given, budget.left(), partial(self._note, message))
        except TimeoutError:
            return self._without_turn(claim, track, "timeout", budget, "late")
        except Exception as error:  # noqa: BLE001 - the customer must be answered; its text stays here
            self._reporter.unforeseen(error)
            return self._without_turn(claim, track, "failed", budget, "unknown")
        return _Ran(result.reply, result.record, result.state, answered=True, turn=(given, result))

    def _awake(self, lease: Lease, message: Message) -> State:
        """The state that a turn starts from: after a long silence, a fresh one."""
        silence = message.received_at.timestamp() - lease.changed_at
        return replace(lease.state.fresh(), misses=0) if silence > self._idle_s else lease.state

    async def _stored(self, claim: Claim, lease: Lease | None, ran: _Ran, budget: Budget) -> Answer:
        """Stores a turn and returns the reply that counts: another's when this process was taken for dead."""
        key = (claim.message.workspace_id, claim.message.message_id)
        finished = Finished(claim, ran.reply, ran.record, ran.answered and key not in self._late, lease, ran.state)
        try:
            leaves = await self._storing.finish(finished, budget)
        except PulpoError as error:
            self._storing.later(replace(finished, answered=finished.answered and key not in self._late))
            self._reporter.unforeseen(error)
            self._reporter.turn(ran.record)
            return Answer(ran.reply)
        if leaves is None:
            other = await self._store.look(*key)
            return await self._replayed(other, other.reply or ran.reply)
        if finished.answered and key in self._late:
            with contextlib.suppress(PulpoError):
                await self._store.unanswer(*key)
        self._reporter.turn(ran.record)
        if self._by_rest and leaves is Leaves.BY_REST:
            self._by_rest.wake()
        return Answer(ran.reply, leaves, ids.turn_id(*key) if claim.message.business else "")

    def _without_turn(self, claim: Claim, track: str, outcome: str, budget: Budget, said: str) -> _Ran:
        """An apology, and a record that says why there was no turn. What was begun may have done what was asked."""
        message = claim.message
        spent = (self._limits.turn_s - self._limits.store_s - budget.left()) * 1000
        record = TurnRecord(
            turn_id=ids.turn_id(message.workspace_id, message.message_id),
            workspace=message.workspace_id,
            track=track,
            outcome=outcome,
            timings=Timings(total=spent),
        )
        return _Ran(self._apology(message, track, said), record, None, answered=False)

    def _apology(self, message: Message, track: str, said: str) -> Reply:
        """What is said without a turn's reply; "apology" is only for when nothing can have been done."""
        workspace = self._registry.get(message.workspace_id)
        return Reply(builtin.fixed(said, workspace.locale if workspace else "").message, track=track)


def _same_sender(address: str, message: Message) -> None:
    """Refuses a message under an id of somebody else's: the reply to that is not theirs to read."""
    if address != message.address:
        raise PulpoError(Kind.INVALID_ARGUMENT, "MESSAGE_ID_REUSED", "The message id belongs to another sender.")
