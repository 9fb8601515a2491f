"""Messages, conversations and turns in the database, the storage port of a turn (`domain.ports`).

What a turn does is in units of work: one to claim, lease and load, one to finish. Their statements are in `statements`.
"""

import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from sqlalchemy import String, and_, cast, exists, literal, select, tuple_, update
from sqlalchemy.exc import NoResultFound

from gateway.domain.burst import FARTHEST, joins, together
from gateway.domain.due import DueKind
from gateway.domain.message import (
    Claim,
    ClaimStatus,
    Finished,
    Joined,
    Lease,
    Message,
    MessageKey,
    ReplyPath,
    conversation_id,
)
from gateway.domain.outgoing import BEHIND_S
from gateway.domain.ports import StageError
from gateway.domain.turn_types import Decided, Reply
from gateway.storage import statements as sql
from gateway.storage.rows import (
    claim_of,
    decode_state,
    due_row,
    encode,
    handover_message_row,
    handover_row,
    message_row,
    reply_row,
    turn_row,
)
from gateway.storage.tables import SCHEMA, conversations, inbox
from gateway.storage.transactions import AHEAD, Transactions
from runtime.data.database import Database, translated
from runtime.data.migrations import prepare
from runtime.data.units import Rows, Work
from runtime.errors import PulpoError
from turn.vocabulary import HandoverReason

RUNNING, ANSWERED, UNANSWERED, DROPPED = "running", "answered", "unanswered", "dropped"
RESCUE_S = 3_600.0
"""Seconds after its process died for which a message is still answered by somebody else."""
MOST_TAKEOVERS = 3
"""How many processes may die over a message before it is left to a person."""
_NOTHING = encode(Reply(""))


@dataclass(frozen=True)
class Unanswered:
    """A message that somebody should look at."""

    workspace_id: str
    message_id: str
    turn_id: str
    seq: int


class _LostError(Exception):
    """Somebody else has taken over what a transaction was about."""


class ConversationStore:
    """Claims messages, orders turns and keeps what they leave. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(
        self,
        database: Database,
        owner: str,
        lease_s: float,
        clock: Callable[[], float] = time.time,
        deliver_async: bool = False,
        inline_s: float = 0.0,
    ) -> None:
        """`owner` names this process uniquely; a lease ends `lease_s` seconds after it was taken
        or renewed. `deliver_async` says that replies can be sent by REST, so that abandoned messages are
        rescued and later ones wait for them. `inline_s` are the seconds that the response of a repeated webhook
        may take to leave, `lease_s` when 0.
        On PostgreSQL the database's clock counts, so that replicas agree; `clock` is for SQLite.
        """
        self._transactions = Transactions(database, clock)
        self._owner = owner
        self.lease_s = lease_s
        self._deliver_async = deliver_async
        self._inline_s = inline_s or lease_s

    async def prepare(self, *, migrates: bool = True) -> None:
        """Makes or updates the tables, or only checks them. Raises PulpoError SCHEMA_BEHIND as well."""
        async with translated():
            await prepare(self._transactions.database, SCHEMA, migrates=migrates)

    async def is_up(self) -> bool:
        """Whether the database can write."""
        return await self._transactions.database.is_up()

    async def claim(self, message: Message) -> Claim:
        """Stores a new message as this process's to answer; a known one stays as it was stored.

        One whose process has died meanwhile becomes this one's. Takes the lease too when it is free.
        """

        def unit(now: float) -> Work[Claim]:
            known = yield sql.MESSAGE(**_id(message))
            if not known:
                conversation = conversation_id(message.workspace_id, message.address)
                place = yield sql.PLACE(conversation_id=conversation, workspace_id=message.workspace_id)
                seq: int = place[0].last_seq
                held = {"seq": seq, "status": RUNNING, "owner": self._owner, "lease_until": now + self.lease_s}
                if (yield sql.NEW_MESSAGE(**message_row(message), **held)):
                    stored = replace(message, received_at=message.received_at.astimezone(UTC))
                    claim = Claim(ClaimStatus.MINE, stored, conversation, seq)
                    return replace(claim, lease=(yield from self._lease(claim, now)))
                known = yield sql.MESSAGE(**_id(message))
            return (yield from self._known(_only(known), now))

        return await self._transactions.run(unit)

    async def look(self, workspace_id: str, message_id: str) -> Claim:
        """How far a stored message has come. One whose process has died becomes this one's."""
        which = {"workspace_id": workspace_id, "message_id": message_id}

        def seen(now: float) -> Work[Claim | None]:
            row = _only((yield sql.MESSAGE(**which)))
            if row.status == RUNNING and not self._holds(row, now):
                return None
            return claim_of(row, ClaimStatus.DONE if row.reply else ClaimStatus.RUNNING)

        def taken(now: float) -> Work[Claim]:
            return (yield from self._known(_only((yield sql.MESSAGE(**which))), now))

        known = await self._transactions.look(seen)
        return await self._transactions.run(taken) if known is None else known

    async def acknowledge(self, workspace_id: str, message_id: str) -> bool:
        """Decides that a message's reply goes by REST; False when it has a reply already."""

        def unit(_now: float) -> Work[bool]:
            return bool((yield sql.ACKNOWLEDGE(workspace_id=workspace_id, message_id=message_id)))

        return await self._transactions.run(unit)

    async def orphans(self, most: int = 20) -> list[Claim]:
        """Messages by Twilio whose process died, those of a conversation in order."""

        def unit(now: float) -> Work[list[Claim]]:
            rows = yield sql.ORPHANS(most=most, **_rescuable(now), **self._leases(now))
            return [claim_of(row, ClaimStatus.RUNNING) for row in rows]

        return await self._transactions.look(unit)

    async def adopt(self, orphan: Claim) -> Claim:
        """Makes an abandoned message this process's, unless another was faster. Its reply goes by REST."""

        def unit(now: float) -> Work[Claim]:
            row = _only((yield sql.MESSAGE(**_id(orphan.message))))
            claim = yield from self._known(row, now)
            if claim.status is ClaimStatus.MINE:
                yield sql.ACKNOWLEDGE(**_id(orphan.message))
            return claim

        return await self._transactions.run(unit)

    async def acquire(self, claim: Claim) -> Lease | Joined | None:
        """The right to run the turn of a claimed message; None while an earlier one is not done. A message that is
        answered together with the next one joins it, unless its turn may have changed something already."""

        def unit(now: float) -> Work[Lease | Joined | None]:
            yield sql.LOCK(**self._mine(claim.message))
            lease = yield from self._lease(claim, now)
            if lease is None:
                return None
            before = yield sql.JOINED_TO(**_before(claim))
            joined = None if claim.decided else (yield from self._join(claim, before, now))
            return joined or replace(lease, joined=tuple(row.text for row in before))

        return await self._transactions.run(unit)

    async def is_followed(self, claim: Claim) -> bool:
        """Whether a later message of the conversation waits, in whichever process."""

        def unit(_now: float) -> Work[bool]:
            return bool((yield sql.NEXT_OPEN(conversation_id=claim.conversation_id, seq=claim.seq)))

        return await self._transactions.look(unit)

    async def renew(self, running: Collection[MessageKey]) -> None:
        """Says that this process lives: the leases of what it is `running`, (workspace, message id) each,
        begin anew. Others of its own end: a turn that could not be stored must hold up nobody for longer."""
        async with self._transactions.write() as (connection, now):
            alive = tuple_(inbox.c.workspace_id, inbox.c.message_id).in_(running)
            mine = and_(inbox.c.owner == self._owner, inbox.c.status == RUNNING, alive)
            await connection.execute(update(inbox).where(mine).values(lease_until=now + self.lease_s))
            holder = literal(f"{self._owner}:") + cast(inbox.c.seq, String)
            same = inbox.c.conversation_id == conversations.c.conversation_id
            # without the first of these SQLite asks the second of every conversation there is
            among = conversations.c.conversation_id.in_(select(inbox.c.conversation_id).where(mine))
            held = and_(among, exists().where(mine, same, conversations.c.lease_owner == holder))
            await connection.execute(update(conversations).where(held).values(lease_until=now + self.lease_s))

    async def note(self, message: Message, decided: Decided) -> None:
        """Notes what the turn of a message has decided so far. Raises StageError when that could not be noted,
        or another process has taken the message over: then nothing may be done about it.

        A turn that runs again, because its process died, then does the same and not something similar: a model may
        read the same message differently the second time, and a write with other arguments would be another write."""

        def unit(_now: float) -> Work[bool]:
            return bool((yield sql.NOTE(decided=encode(decided), **self._mine(message))))

        try:
            noted = await self._transactions.run(unit)
        except PulpoError as error:
            raise StageError(error.reason, did_nothing=True) from error
        if not noted:
            raise StageError("TAKEN_OVER", did_nothing=True)

    async def may_answer(self, outbox_id: str) -> bool:
        """Whether a repeated webhook is to be answered with the reply: not when it goes by REST."""

        def unit(now: float) -> Work[bool]:
            if not (yield sql.REPLY_STATUS(outbox_id=outbox_id)):
                return True
            end = now + self._inline_s
            return bool((yield sql.LEAVE_AGAIN(outbox_id=outbox_id, owner=self._owner, until=end, now=now)))

        return await self._transactions.run(unit)

    async def finish(self, finished: Finished) -> ReplyPath | None:
        """Stores state, turn record, reply and hand-over together and ends the lease. Says how the reply leaves.

        None, and nothing is stored, when another process has taken the message or the conversation over.
        """
        claim = finished.claim
        status, reply = ANSWERED if finished.answered else UNANSWERED, encode(finished.reply)

        def unit(now: float) -> Work[ReplyPath]:
            closed = yield sql.CLOSE(status=status, reply=reply, answered_at=now, **self._mine(claim.message))
            if not closed:
                raise _LostError
            held = yield from self._end_lease(finished)
            yield sql.NEW_TURN(**turn_row(finished.record, claim.conversation_id, now))
            yield from self._hand_over(finished, held)
            at, key = claim.message.received_at.timestamp(), (claim.message.workspace_id, claim.message.turn_id)
            for kind, wanted in ((DueKind.PLAN, finished.reminds), (DueKind.BOOKED, finished.told_people)):
                if wanted:
                    yield sql.DUE(**due_row(kind, *key, claim.conversation_id, at))
            if held and not finished.to_staff:
                yield sql.SAY_NOTHING(reply=_NOTHING, **_id(claim.message))
                return ReplyPath.NONE
            return (yield from self._post(finished, bool(closed[0].by_rest), now))

        try:
            return await self._transactions.run(unit)
        except _LostError:
            return None

    async def unanswered(self, most: int = 1000) -> list[Unanswered]:
        """Messages whose turn failed, timed out or died with its process, oldest first."""

        def unit(now: float) -> Work[list[Unanswered]]:
            return [Unanswered(*row) for row in (yield sql.LEFT_UNANSWERED(most=most, **self._leases(now)))]

        return await self._transactions.look(unit)

    async def unanswer(self, workspace_id: str, message_id: str) -> None:
        """Lists a message whose customer got an apology at the moment when its reply was stored."""

        def unit(_now: float) -> Work[None]:
            yield sql.UNANSWER(workspace_id=workspace_id, message_id=message_id)

        await self._transactions.run(unit)

    # Parts of units.

    def _lease(self, claim: Claim, now: float) -> Work[Lease | None]:
        rows = yield sql.LEASE(
            conversation_id=claim.conversation_id,
            seq=claim.seq,
            holder=self._holder(claim),
            until=now + self.lease_s,
            rescues=self._deliver_async,
            **_rescuable(now),
            **self._leases(now),
        )
        if not rows:
            return None
        row = rows[0]
        return Lease(row.version, decode_state(row.state), row.changed_at, held=row.held)

    def _join(self, claim: Claim, before: Rows, now: float) -> Work[Joined | None]:
        """Has a message whose turn has come join the next one, and those `before` that have joined it with it.

        Only one whose process lives and whose turn has not changed anything: the turn of that has not begun, because
        this message was before it, and will be about what has joined it by then. And none that a process of a release
        before has, which knows of no joining."""
        found = yield sql.NEXT_OPEN(conversation_id=claim.conversation_id, seq=claim.seq)
        if not found or not self._holds(found[0], now) or found[0].decided or found[0].joined is None:
            return None
        row = found[0]
        places = row.seq - (before[0].seq if before else claim.seq)
        text = together((*(each.text for each in before), claim.message.text))
        if not joins(claim.message, claim_of(row, ClaimStatus.RUNNING).message, places, text):
            return None
        next_one = {"next_turn_id": row.turn_id}
        if not (yield sql.JOIN(reply=_NOTHING, answered_at=now, **next_one, **self._mine(claim.message))):
            return None  # taken over: whoever has it now decides
        yield sql.JOIN_EARLIER(**next_one, **_before(claim))
        yield sql.GIVE_UP_LEASE(conversation_id=claim.conversation_id, holder=self._holder(claim))
        return Joined(row.turn_id)

    def _known(self, row: Any, now: float) -> Work[Claim]:
        if row.reply:
            return claim_of(row, ClaimStatus.DONE)
        which = {"workspace_id": row.workspace_id, "message_id": row.message_id, "seen": row.lease_until}
        mine = {"owner": self._owner, "until": now + self.lease_s}
        taken = yield sql.TAKE_OVER(**which, **mine, **self._leases(now))
        return claim_of(taken[0], ClaimStatus.MINE) if taken else claim_of(row, ClaimStatus.RUNNING)

    def _end_lease(self, finished: Finished) -> Work[str]:
        """Ends the right to run the turn. Returns the hand-over by which a person has the conversation, or nothing."""
        claim, lease, state = finished.claim, finished.lease, finished.state
        if lease is None:
            rows = yield sql.HELD(conversation_id=claim.conversation_id)
            return str(rows[0].held) if rows else ""
        held = {
            "conversation_id": claim.conversation_id,
            "version": lease.version,
            "holder": self._holder(claim),
        }
        if state is None:
            ended = yield sql.END_LEASE(**held)
        else:
            changed_at = claim.message.received_at.timestamp()
            ended = yield sql.END_TURN(**held, state=encode(state), changed_at=changed_at)
        if not ended:
            raise _LostError
        return str(ended[0].held)

    def _hand_over(self, finished: Finished, held: str) -> Work[None]:
        """Opens a hand-over of the message's conversation or adds to the open one; a message is in one only once. What
        is written while a person has the conversation is for them, with the reply that is not given because of that."""
        claim, reason, message = finished.claim, finished.record.handover, finished.claim.message
        held = "" if finished.to_staff else held
        if held:
            reason = reason or HandoverReason.SAID
        if reason is None:
            return
        if (yield sql.IS_HANDED_OVER(workspace_id=message.workspace_id, turn_id=message.turn_id)):
            return
        joined = finished.lease.joined if finished.lease else ()
        text, at = together((*joined, message.text)), message.received_at.timestamp()
        handover = held or (yield from self._opened(claim, reason, at))
        yield sql.HANDOVER_MESSAGE(**handover_message_row(claim, reason, handover, text, finished.unsaid(held)))
        if held:
            yield sql.SAID_MEANWHILE(at=at, handover_id=held)
            relay = due_row(DueKind.RELAY, message.workspace_id, message.turn_id, claim.conversation_id, at)
            yield sql.DUE(**relay)

    def _opened(self, claim: Claim, reason: HandoverReason, at: float) -> Work[str]:
        """The hand-over that a message belongs to. A new one gets a number, and people are to be told of it."""
        workspace, new = claim.message.workspace_id, uuid.uuid4().hex
        found = yield sql.HAND_OVER(**handover_row(claim, reason, new))
        if found[0].handover_id == new:
            numbers = yield sql.NEXT_NUMBER(workspace_id=workspace)
            yield sql.NUMBER(number=numbers[0].last, handover_id=new)
            yield sql.DUE(**due_row(DueKind.HANDOVER, workspace, new, claim.conversation_id, at))
        return str(found[0].handover_id)

    def _post(self, finished: Finished, acknowledged: bool, now: float) -> Work[ReplyPath]:
        """Puts a reply to a Twilio message into the outbox, in place of one that the same message had before. One that
        says nothing goes nowhere."""
        claim = finished.claim
        if not claim.message.business or not finished.reply.message:
            return ReplyPath.INLINE
        behind: Rows = ()
        if self._deliver_async and not acknowledged:
            behind = yield sql.IS_BEHIND(conversation_id=claim.conversation_id, recent=now - BEHIND_S)
        path = ReplyPath.ASYNC if acknowledged or behind else ReplyPath.INLINE
        row = reply_row(claim, finished.reply.message, path, now)
        yield sql.POST(**row, owner=self._owner, lease_until=now + self.lease_s)
        return path

    # Values of statements.

    def _mine(self, message: Message) -> dict[str, Any]:
        """A message whose turn this process runs."""
        return {**_id(message), "owner": self._owner}

    def _holder(self, claim: Claim) -> str:
        """Who holds a conversation: this process, for one message."""
        return f"{self._owner}:{claim.seq}"

    def _leases(self, now: float) -> dict[str, float]:
        """When a lease holds."""
        return {"now": now, "latest": now + AHEAD * self.lease_s}

    def _holds(self, row: Any, now: float) -> bool:
        """Whether a message's lease holds."""
        return bool(now < row.lease_until <= now + AHEAD * self.lease_s)


def _id(message: Message) -> dict[str, Any]:
    return {"workspace_id": message.workspace_id, "message_id": message.message_id}


def _before(claim: Claim) -> dict[str, Any]:
    """The messages that have joined a message."""
    places = {"first": claim.seq - FARTHEST, "last": claim.seq - 1}
    return {"conversation_id": claim.conversation_id, "turn_id": claim.message.turn_id, **places}


def _rescuable(now: float) -> dict[str, Any]:
    return {"since": now - RESCUE_S, "most_takeovers": MOST_TAKEOVERS}


def _only(rows: Rows) -> Any:
    """The row of a message that is stored. Raises NoResultFound for a database that has lost it."""
    if not rows:
        raise NoResultFound
    return rows[0]
