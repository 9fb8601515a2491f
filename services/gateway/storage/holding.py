"""Who has which conversation: taking a hand-over, answering it, giving it back and closing it. Each is one transaction
that locks the conversation first, as a turn's end does: so a reply of the bot is stored before a person has the
conversation, or not at all. Every act is on record, and done once however often its message's turn runs."""

import json
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.due import DueKind
from gateway.domain.handover import HandoverKind
from gateway.domain.holding import Act, ActKind, Result, Ways
from gateway.storage.due import add_due, post
from gateway.storage.handovers import Handover, Handovers
from gateway.storage.rows import due_row
from gateway.storage.tables import UNCLOSED, conversations, handover_messages, handovers, people_acts
from gateway.storage.transactions import Transactions
from runtime.data.database import Database
from turn.vocabulary import HandoverReason

LISTED = 10
"""Most hand-overs that one message lists."""
BY_TIME = "time"
"""Who gives back or closes what its person has left alone."""
_FREE = {"taken_at": None, "taken_by": ""}


@dataclass(frozen=True)
class _Locked:
    """A hand-over and its conversation, locked."""

    connection: AsyncConnection
    row: Row[Any]
    last_message_at: float
    now: float
    """The database's time."""


class Holding:
    """What people do with hand-overs. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database)
        self._handovers = Handovers(database)

    async def waiting(self, workspace_id: str) -> tuple[list[Handover], int]:
        """The oldest that are not closed, requests first, at most LISTED; and how many there are."""
        own = and_(handovers.c.workspace_id == workspace_id, UNCLOSED)
        query = select(handovers).where(own).order_by(handovers.c.kind.desc(), handovers.c.opened_at).limit(LISTED)
        async with self._transactions.read() as connection:
            count = await connection.scalar(select(func.count()).select_from(handovers).where(own))
        return await self._handovers.found(query), count or 0

    async def numbered(self, workspace_id: str, number: int) -> Handover | None:
        """The hand-over that people call by a number."""
        own = and_(handovers.c.workspace_id == workspace_id, handovers.c.number == number)
        found = await self._handovers.found(
            select(handovers).where(own).order_by(handovers.c.opened_at.desc()).limit(1)
        )
        return found[0] if found else None

    async def held_by(self, workspace_id: str, person: str) -> list[Handover]:
        """Those that somebody has, the oldest first."""
        own = and_(handovers.c.workspace_id == workspace_id, handovers.c.taken_by == person, UNCLOSED)
        return await self._handovers.found(select(handovers).where(own).order_by(handovers.c.taken_at))

    async def saw(self, workspace_id: str, shown: Iterable[str], act: Act) -> None:
        """Puts on record that somebody was shown hand-overs, by their ids."""
        async with self._transactions.write() as (connection, _now):
            for handover_id in shown:
                await self._note(connection, act, ActKind.SAW, workspace_id, handover_id)

    async def take(self, handover_id: str, act: Act, ways: Ways) -> Result:
        """Gives somebody a conversation: the bot says nothing in it from now on."""
        async with self._locked(handover_id) as at:
            result = await self._before(at, act, ActKind.TOOK)
            if at is None or result is not None:
                return result or Result.GONE
            await self._hold(at, act, ways)
            await self._note(at.connection, act, ActKind.TOOK, at.row.workspace_id, handover_id)
            return Result.DONE

    async def answer(self, handover_id: str, words: str, act: Act, ways: Ways) -> Result:
        """Sends somebody's words to the customer, once, and gives them the conversation."""
        async with self._locked(handover_id) as at:
            result = await self._before(at, act, ActKind.ANSWERED)
            if at is None or result is not None:
                return result or Result.GONE
            row, template = at.row, ""
            if not (ways.can_send and row.business):
                return Result.UNREACHABLE
            if act.at - at.last_message_at > ways.session_s:
                template = ways.template
                if not template:
                    return Result.OUTSIDE
            await self._hold(at, act, ways)
            act_id = await self._note(at.connection, act, ActKind.ANSWERED, row.workspace_id, handover_id)
            given = json.dumps({"1": words}, ensure_ascii=False) if template else ""
            own = {"author": act.person, "content_sid": template, "variables": given, "about": row.conversation_id}
            where = (row.workspace_id, row.address, row.business)
            await post(self._transactions, at.connection, at.now, act_id, *where, words, **own)
            said = {"reason": HandoverReason.SAID.value, "text": words, "at": act.at, "author": act.person}
            key = {"workspace_id": row.workspace_id, "turn_id": act_id, "handover_id": handover_id}
            await at.connection.execute(handover_messages.insert().values(**key, **said))
            await self._set(at, {"answered_at": act.at})
            return Result.DONE

    async def give_back(self, handover_id: str, act: Act, if_taken_at: float | None = None) -> Result:
        """Gives a conversation back to the bot; the request waits on, and the others are told again."""
        async with self._locked(handover_id) as at:
            result = await self._before(at, act, ActKind.GAVE_BACK)
            if at is None or result is not None:
                return result or Result.GONE
            row = at.row
            if row.taken_at is None or if_taken_at not in (None, row.taken_at):
                return Result.NOT_TAKEN
            await self._set(at, _FREE)
            await self._let_go(at)
            act_id = await self._note(at.connection, act, ActKind.GAVE_BACK, row.workspace_id, handover_id)
            told = due_row(
                DueKind.HANDOVER,
                row.workspace_id,
                handover_id,
                row.conversation_id,
                act.at,
                person=row.taken_by if act.person != BY_TIME else "",
                detail=act_id,
            )
            await add_due(self._transactions, at.connection, [told])
            return Result.DONE

    async def close(self, handover_id: str, act: Act, note: str = "", if_taken_at: float | None = None) -> Result:
        """Closes one; what its customer asks next opens another."""
        async with self._locked(handover_id) as at:
            result = await self._before(at, act, ActKind.CLOSED)
            if at is None or result is not None:
                return result or Result.GONE
            if if_taken_at not in (None, at.row.taken_at):
                return Result.NOT_TAKEN
            await self._set(at, {"closed_at": act.at, "closed_by": act.person, "note": note})
            await self._let_go(at)
            await self._note(at.connection, act, ActKind.CLOSED, at.row.workspace_id, handover_id)
            return Result.DONE

    async def untaken(self) -> list[float]:
        """When the requests were opened that nobody has taken, seconds since 1970."""
        free = and_(handovers.c.kind == HandoverKind.REQUEST.value, handovers.c.taken_at.is_(None), UNCLOSED)
        async with self._transactions.read() as connection:
            return list((await connection.scalars(select(handovers.c.opened_at).where(free))).all())

    @asynccontextmanager
    async def _locked(self, handover_id: str) -> AsyncIterator[_Locked | None]:
        """A transaction in which a hand-over and, before it, its conversation are locked; None when they are gone."""
        which = handovers.c.handover_id == handover_id
        async with self._transactions.write() as (connection, now):
            conversation = await connection.scalar(select(handovers.c.conversation_id).where(which))
            own = conversations.c.conversation_id == conversation
            last = await connection.scalar(select(conversations.c.changed_at).where(own).with_for_update())
            row = (await connection.execute(select(handovers).where(which).with_for_update())).first()
            yield None if row is None or last is None else _Locked(connection, row, last, now)

    async def _before(self, at: _Locked | None, act: Act, kind: ActKind) -> Result | None:
        """What is clear about an act before it is done: that it was done already, or cannot be."""
        if at is None:
            return Result.GONE
        row = at.row
        if act.turn_id:
            own = people_acts.c.act_id == act.id(kind, row.handover_id, "")
            if await at.connection.scalar(select(people_acts.c.act_id).where(own)):
                return Result.DONE
        if row.closed_at is not None:
            return Result.CLOSED
        if row.taken_at is not None and row.taken_by != act.person and not act.takes_over:
            return Result.OTHERS
        return None

    async def _hold(self, at: _Locked, act: Act, ways: Ways) -> None:
        """Gives a conversation to somebody, who may have it already."""
        row = at.row
        if row.taken_at is not None and row.taken_by == act.person:
            return
        await self._set(at, {"taken_at": act.at, "taken_by": act.person})
        own = conversations.c.conversation_id == row.conversation_id
        await at.connection.execute(update(conversations).where(own).values(held=row.handover_id))
        back = due_row(
            DueKind.BACK,
            row.workspace_id,
            row.handover_id,
            row.conversation_id,
            act.at + ways.back_after_s,
            made_at=act.at,
            detail=repr(act.at),
        )
        await add_due(self._transactions, at.connection, [back])

    async def _let_go(self, at: _Locked) -> None:
        own = conversations.c.conversation_id == at.row.conversation_id
        held = conversations.c.held == at.row.handover_id
        await at.connection.execute(update(conversations).where(own, held).values(held=""))

    async def _set(self, at: _Locked, values: dict[str, Any]) -> None:
        own = handovers.c.handover_id == at.row.handover_id
        await at.connection.execute(update(handovers).where(own).values(**values))

    async def _note(
        self, connection: AsyncConnection, act: Act, kind: ActKind, workspace_id: str, handover_id: str
    ) -> str:
        """Puts an act on record, once. Returns its id."""
        act_id = act.id(kind, handover_id, uuid.uuid4().hex)
        asked = {"turn_id": act.turn_id, "conversation_id": act.conversation}
        who = {"person": act.person, "act": kind.value, "at": act.at, **asked}
        row = {"act_id": act_id, "workspace_id": workspace_id, "handover_id": handover_id, **who}
        await connection.execute(self._transactions.insert(people_acts).values(**row).on_conflict_do_nothing())
        return act_id
