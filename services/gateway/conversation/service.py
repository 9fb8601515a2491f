"""From a message to its answer: runs the effects of a message's life (`lifecycle`) on storage, stages and clock."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from gateway.conversation.lifecycle import Effect, Event, Life, Phase, Transition, transition
from gateway.conversation.scheduling import AGAIN_S, Admission, TurnQueue
from gateway.conversation.waiting import TurnWait
from gateway.domain.burst import needs_no_answer, together
from gateway.domain.message import (
    Answer,
    AsyncDelivery,
    Budget,
    Claim,
    ClaimStatus,
    Finished,
    Joined,
    Lease,
    Limits,
    Message,
    MessageKey,
    ReplyPath,
    phone_of,
    same_sender,
)
from gateway.domain.ports import TurnReporter, TurnStorage
from gateway.domain.turn_types import CustomerProfile, Fallback, Reply, Timings, TurnInput, TurnRecord, TurnResult
from gateway.people.opting import OptOuts, opt, opts_out
from gateway.people.staff import StaffTurns
from gateway.tracks.track import HasSplit, choose_track, is_shadowed
from gateway.turn.consequences import is_news, reminds_of
from gateway.turn.fallbacks import LADDER, Failure, fixed
from gateway.turn.runner import TurnRunner, writes_of
from gateway.turn.silence import say_nothing
from runtime.errors import Kind, PulpoError
from turn.model import ConversationState
from turn.vocabulary import HandoverReason
from workspace.registry import Registry

ATTEMPTS = 3
"""How often a turn is tried to be stored at least, however late it is."""
LATER_S = 0.25
"""Seconds between two tries once the reply has left without being stored."""
_RENEWALS = 3
"""Renewals of a lease within its time."""
_EVENTS = {
    ClaimStatus.MINE: Event.MINE,
    ClaimStatus.RUNNING: Event.OTHERS,
    ClaimStatus.DONE: Event.ANSWERED,
}


@dataclass
class _MessageRun:
    """A message on its way, and what has been learnt of it."""

    message: Message
    """As it was handed in, or as stored when this process rescues it."""
    budget: Budget
    patience: Budget
    """How much longer it waits for more when it says too little by itself."""
    life: Life = field(default_factory=Life)
    failure: Failure | None = None
    """The rung of the ladder that the last transition names."""
    claim: Claim | None = None
    lease: Lease | None = None
    track: str = ""
    turn: tuple[TurnInput, TurnResult] | None = None
    """The turn itself; None when there was none."""
    reply: Reply | None = None
    record: TurnRecord | None = None
    path: ReplyPath | None = None
    """How the stored reply leaves; None while it is not stored."""
    answer: Answer | None = None
    to_staff: bool = False
    """Whether it is somebody of the business who wrote."""
    held: AsyncExitStack = field(default_factory=AsyncExitStack)
    """The place in the queue and among the running turns."""

    @property
    def claimed(self) -> Claim:
        """The claim. Only once there is one."""
        assert self.claim is not None
        return self.claim

    @property
    def said(self) -> Reply:
        """The reply of the turn, or of the ladder. Only once there is one."""
        assert self.reply is not None
        return self.reply

    def move(self, event: Event) -> Transition:
        """Goes on to where an event leads."""
        moved = transition(self.life, event)
        self.life, self.failure = moved.life, moved.failure
        return moved


class Conversations:
    """Answers messages. One per process."""

    def __init__(
        self,
        storage: TurnStorage,
        turns: TurnRunner,
        registry: Registry,
        reporter: TurnReporter,
        limits: Limits,
        tracks: HasSplit,
        idle_s: float,
        admission: Admission,
        deliver_async: AsyncDelivery | None = None,
        compare: Callable[[TurnInput, TurnResult], None] = lambda _given, _result: None,
        join_wait_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        staff: StaffTurns | None = None,
        opt_outs: OptOuts | None = None,
    ) -> None:
        """`idle_s` are the seconds of silence after which an open task is forgotten. Without `deliver_async` every
        reply leaves in its webhook. `staff` runs the turns of people of a business, who without it are customers like
        any; `opt_outs` keeps who wants no reminders. `compare` is shown, once they are
        stored, the turns of the share that both tracks read and plan. A message that says too little by itself waits
        `join_wait_s` seconds of `clock` for more."""
        self._storage = storage
        self._turns = turns
        self._registry = registry
        self._reporter = reporter
        self._limits = limits
        self._tracks = tracks
        self._idle_s = idle_s
        self._admission = admission
        self._deliver_async = deliver_async
        self._compare = compare
        self._join_wait_s, self._clock = join_wait_s, clock
        self._staff, self._opt_outs = staff, opt_outs
        self._queue = TurnQueue()
        self._turn_wait = TurnWait(storage, limits.least_s, self._awake)
        self._runs: dict[MessageKey, tuple[_MessageRun, asyncio.Task[Answer]]] = {}
        self._unstored: dict[MessageKey, asyncio.Task[None]] = {}
        """Turns whose reply has left and that are stored as soon as the database is back."""
        self._keeper: asyncio.Task[None] | None = None
        self._do: dict[Effect, Callable[[_MessageRun], Awaitable[Event | None]]] = {
            Effect.CLAIM: self._claim,
            Effect.LOOK_AGAIN: self._look_again,
            Effect.WAIT: self._wait,
            Effect.RUN: self._run,
            Effect.FALL_BACK: self._fall_back,
            Effect.STORE: self._store,
            Effect.STORE_LATER: self._store_later,
            Effect.LIST_UNANSWERED: self._list_unanswered,
            Effect.REPORT: self._report,
            Effect.GIVE: self._give,
            Effect.GIVE_NOTHING: self._give_nothing,
            Effect.REPLAY: self._replay,
            Effect.REPLAY_OTHERS: self._replay_others,
            Effect.APOLOGISE: self._apologise,
            Effect.COMPARE: self._show,
        }

    async def answer(self, message: Message) -> Answer:
        """The answer to a message, always within the turn's deadline.

        The same message again, at the same time or later, gets the same reply. A caller that goes
        away does not stop the turn. Raises PulpoError when the message could not even be stored, when
        there are too many to answer it in time, and when its id belongs to somebody else's message.
        """
        running = self._runs.get(message.key)
        if running:
            same_sender(running[0].message.address, message)
        elif self._admission.refuses(message.sender):
            raise PulpoError(Kind.RESOURCE_EXHAUSTED, "OVERLOADED", "There are too many messages at once.")
        run, task = running or self._start(message)
        later = self._deliver_async if message.business else None
        try:
            async with asyncio.timeout(later.ack_after_s if later else self._limits.turn_s):
                answer = await asyncio.shield(task)
        except TimeoutError:
            if later and (acknowledged := await self._acknowledge(run, task, later)):
                return acknowledged
            return await self._caller_late(run, task)
        if running or answer.reply.replayed:
            self._reporter.replayed()
        return replace(answer, reply=replace(answer.reply, replayed=True)) if running else answer

    async def rescue(self) -> None:
        """Begins the turns of messages whose process died; their replies go by REST."""
        for orphan in await self._storage.orphans():
            if orphan.message.key in self._runs:
                continue
            claim = await self._storage.adopt(orphan)
            if claim.status is ClaimStatus.MINE:
                self._reporter.rescued()
                self._start(claim.message, claim)

    async def drain(self, seconds: float) -> None:
        """Waits for the turns under way, at most so long. What is not stored by then is given up: its leases end, and
        the messages are listed as unanswered."""
        if self._runs:
            await asyncio.wait({task for _run, task in self._runs.values()}, timeout=seconds)
        for unstored in self._unstored.values():
            unstored.cancel()
        if self._keeper:
            self._keeper.cancel()

    def _start(self, message: Message, claim: Claim | None = None) -> tuple[_MessageRun, "asyncio.Task[Answer]"]:
        """Runs a message's life in a task of its own; `claim` when the message is this process's already."""
        key = message.key
        patience = Budget(0.0 if claim else self._join_wait_s, self._clock)  # one that is rescued has waited long
        run = _MessageRun(message, Budget(self._limits.turn_s - self._limits.store_s), patience, claim=claim)
        task = asyncio.create_task(self._live(run))
        self._runs[key] = run, task
        self._admission.enter(message.sender)

        def ended(done: "asyncio.Task[Answer]") -> None:
            if key not in self._unstored:  # until it is stored, a repeat gets the same reply here
                self._forget(message)
            if not done.cancelled():
                done.exception()

        task.add_done_callback(ended)
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep_leases())
        return run, task

    def _forget(self, message: Message) -> None:
        """A message is done with here."""
        if self._runs.pop(message.key, None):
            self._admission.leave(message.sender)

    async def _live(self, run: _MessageRun) -> Answer:
        """Runs effects until the message is delivered. Raises PulpoError when the database is away before the turn."""
        event: Event | None = Event.HANDED_IN if run.claim is None else Event.MINE
        async with run.held:
            while event is not None:
                for effect in run.move(event).effects:
                    event = await self._do[effect](run)
                if run.life.phase is Phase.DELIVERED:
                    break
        assert run.answer is not None
        return run.answer

    async def _keep_leases(self) -> None:
        """Renews this process's leases while turns run, so that nobody takes it for dead. Whatever goes wrong with one
        renewal, the next is tried."""
        while self._runs:
            await asyncio.sleep(self._storage.lease_s / _RENEWALS)
            try:
                if self._runs:
                    await self._storage.renew(list(self._runs))
            except Exception as error:  # noqa: BLE001 - a keeper that ends lets every running turn be taken over
                self._reporter.not_renewed(error)

    async def _acknowledge(self, run: _MessageRun, task: "asyncio.Task[Answer]", later: AsyncDelivery) -> Answer | None:
        """What a webhook gets whose turn takes long: an acknowledgement, or its reply when that comes first; None when
        neither could be had in time."""
        budget = Budget(self._limits.turn_s - later.ack_after_s)
        while True:
            with contextlib.suppress(PulpoError):
                if await self._storage.acknowledge(*run.message.key):
                    self._reporter.acknowledged()
                    return Answer(Reply(""), ReplyPath.ASYNC)
            with contextlib.suppress(TimeoutError):  # it is not stored yet, or has just got its reply
                async with asyncio.timeout(AGAIN_S):
                    return await asyncio.shield(task)
            if budget.left() <= 0:
                return None

    async def _caller_late(self, run: _MessageRun, task: "asyncio.Task[Answer]") -> Answer:
        """What a caller gets who can wait no longer: an apology, unless the reply was stored in that very moment."""
        if task.done() and not task.cancelled():
            return task.result()
        if Effect.WAIT_FOR_ANSWER in run.move(Event.CALLER_LATE).effects:
            return await asyncio.shield(task)
        self._reporter.late()
        return Answer(replace(self._fixed(run, Failure.LATE), track=""))

    # The effects, each with the event that it leads to, if any.

    async def _claim(self, run: _MessageRun) -> Event:
        run.claim = await self._storage.claim(run.message)
        same_sender(run.claimed.message.address, run.message)
        return _EVENTS[run.claimed.status]

    async def _look_again(self, run: _MessageRun) -> Event:
        if run.budget.left() <= 0:
            return Event.OUT_OF_TIME
        await asyncio.sleep(AGAIN_S)
        run.claim = await self._storage.look(*run.message.key)
        return _EVENTS[run.claimed.status]

    async def _wait(self, run: _MessageRun) -> Event:
        """Waits until all earlier messages of the conversation are done, and then for a place to run in. When the
        reply can go by REST there is more time for that, and the turn's own begins afterwards."""
        claim = run.claimed
        late = self._deliver_async is not None and bool(claim.message.business)
        waiting = Budget(self._limits.queue_s) if late else run.budget
        place = run.held.enter_context(self._queue.place(claim.conversation_id, claim.seq))
        right = await self._turn_wait.right(claim, place, waiting, run.patience)
        begins = False
        if isinstance(right, Lease):
            running = self._admission.running(run.message.sender, waiting.left() - self._limits.least_s)
            begins = await run.held.enter_async_context(running)
            if begins and place.is_followed:
                right = await self._turn_wait.again(claim, right)
        if isinstance(right, Joined):
            return Event.JOINED
        run.lease = right
        if late:
            run.budget = Budget(self._limits.turn_s - self._limits.store_s)
        return Event.TURN_CAME if begins else Event.OUT_OF_TIME

    async def _run(self, run: _MessageRun) -> Event:
        """Runs the turn. Whatever goes wrong, there is an event for it."""
        claim, message = run.claimed, run.claimed.message
        run.track = choose_track(self._tracks.split, message.workspace_id, claim.conversation_id, message.track)
        workspace = self._registry.get(message.workspace_id)
        if workspace is None or run.lease is None:
            return Event.NO_WORKSPACE
        given = TurnInput(
            workspace=workspace,
            conversation_id=claim.conversation_id,
            turn_id=message.turn_id,
            received_at=message.received_at,
            customer=CustomerProfile(message.address, message.profile_name),
            text=together((*run.lease.joined, message.text)),
            media=message.media,
            track=run.track,
            state=self._awake(run.lease, message),
            decided=claim.decided,
        )
        try:
            async with asyncio.timeout(run.budget.left()):
                result = await self._turn(run, run.lease, given)
        except TimeoutError:
            return Event.OUT_OF_TIME
        except Exception as error:  # noqa: BLE001 - the customer must be answered; its text stays here
            self._reporter.unforeseen(error)
            return Event.FAILED
        run.turn, run.reply, run.record = (given, result), result.reply, result.record
        return Event.ENDED

    async def _turn(self, run: _MessageRun, lease: Lease, given: TurnInput) -> TurnResult:
        """The turn of whoever wrote. What was decided before, and perhaps done, is gone on with in any case."""
        message = run.claimed.message
        note = partial(self._storage.note, message)
        # only Twilio's signature says that a message is from a person's own number
        person = given.workspace.person_with(phone_of(message.address)) if message.business else None
        if person and self._staff:
            run.to_staff = True
            return await self._staff.run(given, person, (*lease.joined, message.text), note)
        if given.decided is None:
            out = opts_out(given.text) if given.workspace.reminders and message.business else None
            if self._opt_outs and out is not None:
                return await opt(given, out, self._opt_outs)
            if lease.held:
                return say_nothing(given, HandoverReason.SAID)
            if not given.media and needs_no_answer(given.text, given.state):
                return say_nothing(given)
        return await self._turns.run(given, run.budget.left(), note)

    def _awake(self, lease: Lease, message: Message) -> ConversationState:
        """The state that a turn starts from: after a long silence, a fresh one."""
        silence = message.received_at.timestamp() - lease.changed_at
        return replace(lease.state.fresh(), misses=0) if silence > self._idle_s else lease.state

    async def _fall_back(self, run: _MessageRun) -> None:
        """Takes the ladder's reply, and a record that says why there was no turn, or why its reply is not given."""
        assert run.failure is not None
        if run.turn:
            self._withdraw(run, *run.turn, run.failure)
            return
        claim, message = run.claimed, run.claimed.message
        run.track = choose_track(self._tracks.split, message.workspace_id, claim.conversation_id, message.track)
        spent = (self._limits.turn_s - self._limits.store_s - run.budget.left()) * 1000
        run.record = TurnRecord(
            turn_id=message.turn_id,
            workspace=message.workspace_id,
            track=run.track,
            outcome=LADDER[run.failure].outcome,
            timings=Timings(total=spent),
        )
        run.reply = self._fixed(run, run.failure)

    def _withdraw(self, run: _MessageRun, given: TurnInput, result: TurnResult, failure: Failure) -> None:
        """Takes the ladder's reply in place of the turn's; what that asked for is not asked any more. What the turn did
        stays, and so does its hand-over, to be stored when the database is back."""
        wrote = not writes_of(given.workspace).isdisjoint(result.record.actions)
        said = fixed(failure, result.state.locale or given.workspace.locale, wrote)
        reply = replace(result.reply, message=said.message, quick_replies=(), requires_human=False)
        state = replace(result.state, pending=(), choices=(), stage=said.stage)
        fallbacks = (*result.record.fallbacks, Fallback(failure, "DATABASE_UNAVAILABLE"))
        record = replace(result.record, outcome=LADDER[failure].outcome, fallbacks=fallbacks)
        run.turn = given, replace(result, reply=reply, state=state, record=record)
        run.reply, run.record = reply, record

    async def _store(self, run: _MessageRun) -> Event:
        """Stores the turn, again and again while there is time."""
        tries = 0
        while True:
            try:
                run.path = await self._storage.finish(self._finished(run))
                return Event.STORED if run.path else Event.TAKEN_OVER
            except PulpoError as error:
                tries += 1
                if tries >= ATTEMPTS and run.budget.left() <= 0:
                    self._reporter.unforeseen(error)
                    return Event.PROMISE_NOT_STORED if run.said.requires_human else Event.NOT_STORED
            await asyncio.sleep(AGAIN_S)

    def _finished(self, run: _MessageRun) -> Finished:
        """What there is to store. Nobody is answered who has gone with an apology."""
        assert run.record is not None
        answered = run.turn is not None and not run.life.late
        state = run.turn[1].state if run.turn else None
        finished = Finished(run.claimed, run.said, run.record, answered, run.lease, state, run.to_staff)
        if run.turn is None or run.to_staff:
            return finished
        reminds = reminds_of(*run.turn) and bool(run.claimed.message.business)
        return replace(finished, reminds=reminds, told_people=is_news(*run.turn))

    async def _store_later(self, run: _MessageRun) -> None:
        """Stores a turn whose reply must leave now as soon as the database is back."""
        self._unstored[run.message.key] = asyncio.create_task(self._until_stored(run, self._finished(run)))

    async def _until_stored(self, run: _MessageRun, finished: Finished) -> None:
        stored = False
        while not stored:
            await asyncio.sleep(LATER_S)
            with contextlib.suppress(PulpoError):
                await self._storage.finish(finished)
                stored = True
        del self._unstored[run.message.key]
        self._forget(run.message)

    async def _list_unanswered(self, run: _MessageRun) -> None:
        with contextlib.suppress(PulpoError):
            await self._storage.unanswer(*run.message.key)

    async def _report(self, run: _MessageRun) -> None:
        assert run.record is not None
        self._reporter.turn(run.record)
        if not run.said.message:
            self._reporter.silent()

    async def _give(self, run: _MessageRun) -> Event:
        if run.path is None:
            run.answer = Answer(run.said)
            return Event.GIVEN
        if self._deliver_async and run.path is ReplyPath.ASYNC:
            self._deliver_async.wake()
        message = run.claimed.message
        if run.path is ReplyPath.NONE:
            if run.said.message:
                self._reporter.silent()
            run.answer = Answer(replace(run.said, message="", quick_replies=(), requires_human=False))
            return Event.GIVEN
        run.answer = Answer(run.said, run.path, message.turn_id if message.business else "")
        return Event.GIVEN

    async def _give_nothing(self, run: _MessageRun) -> Event:
        self._reporter.joined()
        run.answer = Answer(Reply(""))
        return Event.GIVEN

    async def _replay(self, run: _MessageRun) -> Event:
        """Answers with the reply that a message has: with nothing when that goes by REST."""
        claim, message = run.claimed, run.claimed.message
        reply = claim.reply or run.said
        if not message.business:
            run.answer = Answer(reply)
        elif await self._storage.may_answer(message.turn_id):
            run.answer = Answer(reply, outbox_id=message.turn_id)
        else:
            run.answer = Answer(replace(reply, message=""), ReplyPath.ASYNC)
        return Event.GIVEN

    async def _replay_others(self, run: _MessageRun) -> Event:
        run.claim = await self._storage.look(*run.message.key)
        return await self._replay(run)

    async def _apologise(self, run: _MessageRun) -> Event:
        assert run.failure is not None
        run.answer = Answer(self._fixed(run, run.failure))
        return Event.GIVEN

    async def _show(self, run: _MessageRun) -> None:
        if run.turn and run.said.message and not run.to_staff and is_shadowed(self._tracks.split, run.turn[0].turn_id):
            self._compare(*run.turn)

    def _fixed(self, run: _MessageRun, failure: Failure) -> Reply:
        """The ladder's reply, in the business's language."""
        workspace = self._registry.get(run.message.workspace_id)
        decided = bool(run.claim and run.claim.decided)
        return Reply(fixed(failure, workspace.locale if workspace else "", decided).message, track=run.track)
