"""Erases personal data from the gateway's tables: what is older than a workspace keeps it, and all of a
customer who asks for it.

What stays of a message is its id, so that a captured webhook still cannot be replayed, and a turn's
figures; neither can be told to be of the same customer any more."""

import json
import uuid
from collections.abc import Iterable, Mapping
from time import time
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.message import conversation_id
from gateway.domain.turn_types import Reply
from gateway.storage.rows import encode
from gateway.storage.store import ANSWERED, DROPPED, RUNNING
from gateway.storage.tables import (
    ABOUT,
    KEPT,
    PHONE,
    conversations,
    due,
    erasures,
    handover_messages,
    handovers,
    inbox,
    opt_outs,
    outbox,
    people_acts,
    shadows,
    statuses,
    turns,
)
from gateway.storage.transactions import Transactions
from runtime.data.database import Database

PART = 500
"""Most messages that are erased in one transaction."""
_NOTHING = encode(Reply(""))


class Erasure:
    """Erases, each time in one transaction. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, time)

    async def old(self, workspace_id: str, before: float) -> dict[str, int]:
        """Erases what a workspace received before a time, in seconds since 1970. Returns rows per table.

        Works through the messages by parts, so that nobody waits for long."""
        counts = {"inbox": 0, "outbox": 0, "turns": 0, "shadows": 0, "handover_messages": 0}
        while part := await self._old_part(workspace_id, before):
            counts = {table: count + part[table] for table, count in counts.items()}
        async with self._transactions.write() as (connection, now):
            rest = and_(
                conversations.c.workspace_id == workspace_id,
                conversations.c.changed_at < before,
                conversations.c.lease_until <= now,
                ~exists().where(inbox.c.conversation_id == conversations.c.conversation_id),
            )
            counts["conversations"] = (await connection.execute(delete(conversations).where(rest))).rowcount
            talks = exists().where(conversations.c.conversation_id == opt_outs.c.conversation_id)
            gone = and_(opt_outs.c.workspace_id == workspace_id, opt_outs.c.at < before, ~talks)
            counts["opt_outs"] = (await connection.execute(delete(opt_outs).where(gone))).rowcount
            told = and_(statuses.c.workspace_id == workspace_id, statuses.c.changed_at < before)
            counts["statuses"] = (await connection.execute(delete(statuses).where(told))).rowcount
            for table, count in (await _drop_old_of_people(connection, workspace_id, before)).items():
                counts[table] = counts.get(table, 0) + count
            messages = exists().where(handover_messages.c.handover_id == handovers.c.handover_id)
            empty = and_(handovers.c.workspace_id == workspace_id, handovers.c.last_at < before, ~messages)
            counts["handovers"] = (await connection.execute(delete(handovers).where(empty))).rowcount
        return counts

    async def _old_part(self, workspace_id: str, before: float) -> dict[str, int]:
        """Erases some of the old messages; nothing when there are none left."""
        own = inbox.c.workspace_id == workspace_id
        async with self._transactions.write() as (connection, now):
            done = or_(inbox.c.status != RUNNING, inbox.c.lease_until <= now)
            old = and_(own, inbox.c.received_us < int(before * 1_000_000), KEPT, done)
            found = (await connection.scalars(select(inbox.c.message_id).where(old).limit(PART))).all()
            if not found:
                return {}
            return await _unlink(connection, workspace_id, inbox.c.message_id.in_(found))

    async def addresses(self, workspace_ids: Iterable[str], phone: str) -> set[str]:
        """The channel addresses under which a phone has written."""
        theirs: ColumnElement[bool] = literal_column(PHONE.text) == phone
        async with self._transactions.read() as connection:
            found: set[str] = set()
            for workspace_id in workspace_ids:
                own = and_(inbox.c.workspace_id == workspace_id, theirs, KEPT)
                found |= set((await connection.scalars(select(inbox.c.address).where(own).distinct())).all())
            return found

    async def customer(
        self, workspace_ids: Iterable[str], addresses: Iterable[str], *, dry_run: bool = False
    ) -> dict[str, int]:
        """Erases all of a customer, whatever is under way; `dry_run` takes it all back at the end. Returns rows per
        table."""
        counts: dict[str, int] = {}
        addresses = list(addresses)
        async with self._transactions.write() as (connection, _now):
            for workspace_id in workspace_ids:
                for address in addresses:
                    for table, count in (await _forget(connection, workspace_id, address)).items():
                        counts[table] = counts.get(table, 0) + count
            if dry_run:
                await connection.rollback()
        return counts


async def _drop_old_of_people(connection: AsyncConnection, workspace_id: str, before: float) -> dict[str, int]:
    """Deletes what people of a business wrote, were told and did before a time."""
    old = {
        handover_messages: and_(handover_messages.c.at < before, handover_messages.c.author != ""),
        outbox: and_(outbox.c.since < before, ABOUT),
        due: due.c.made_at < before,
        people_acts: people_acts.c.at < before,
    }
    counts = {}
    for table, which in old.items():
        own = table.c.workspace_id == workspace_id
        counts[table.name] = (await connection.execute(delete(table).where(own, which))).rowcount
    return counts


async def _forget_at_people(connection: AsyncConnection, workspace_id: str, conversation: str) -> dict[str, int]:
    """Deletes what people of a business wrote to a customer and were told of them: their own messages too, in which
    they said or saw anything of the customer."""
    theirs = select(handovers.c.handover_id).where(handovers.c.conversation_id == conversation)
    asked = select(people_acts.c.conversation_id, people_acts.c.turn_id).where(people_acts.c.handover_id.in_(theirs))
    orders: dict[str, set[str]] = {}
    for person, turn_id in (await connection.execute(asked.where(people_acts.c.turn_id != ""))).all():
        orders.setdefault(person, set()).add(turn_id)
    counts = {"due": 0, "outbox": 0, "inbox": 0}
    for person, turn_ids in orders.items():
        these = or_(inbox.c.turn_id.in_(turn_ids), inbox.c.joined.in_(turn_ids))
        emptied = await _unlink(connection, workspace_id, and_(inbox.c.conversation_id == person, these))
        counts = {table: count + emptied.get(table, 0) for table, count in counts.items()}
    to_them = outbox.c.conversation_id == conversation
    for which in (to_them, and_(outbox.c.about == conversation, ABOUT)):
        counts["outbox"] += (await connection.execute(delete(outbox).where(which))).rowcount
    counts["due"] = (await connection.execute(delete(due).where(due.c.conversation_id == conversation))).rowcount
    said = handover_messages.c.handover_id.in_(theirs)
    words = await connection.execute(delete(handover_messages).where(said, handover_messages.c.author != ""))
    return {**counts, "handover_messages": words.rowcount}


async def _forget(connection: AsyncConnection, workspace_id: str, address: str) -> dict[str, int]:
    conversation = conversation_id(workspace_id, address)
    sids = select(outbox.c.message_sid).where(
        outbox.c.conversation_id == conversation, outbox.c.message_sid.is_not(None)
    )
    told = and_(statuses.c.workspace_id == workspace_id, statuses.c.message_sid.in_(sids))
    forgotten = (await connection.execute(delete(statuses).where(told))).rowcount
    counts = await _unlink(connection, workspace_id, inbox.c.conversation_id == conversation)
    for table, count in (await _forget_at_people(connection, workspace_id, conversation)).items():
        counts[table] = counts.get(table, 0) + count
    own = conversations.c.conversation_id == conversation
    counts["conversations"] = (await connection.execute(delete(conversations).where(own))).rowcount
    wish = opt_outs.c.conversation_id == conversation
    counts["opt_outs"] = (await connection.execute(delete(opt_outs).where(wish))).rowcount
    open_or_closed = handovers.c.conversation_id == conversation
    counts["handovers"] = (await connection.execute(delete(handovers).where(open_or_closed))).rowcount
    left = turns.c.conversation_id == conversation
    more = await connection.execute(update(turns).where(left).values(conversation_id=turns.c.turn_id))
    return {**counts, "turns": counts["turns"] + more.rowcount, "statuses": forgotten}


async def _unlink(connection: AsyncConnection, workspace_id: str, which: ColumnElement[bool]) -> dict[str, int]:
    """Empties messages, deletes their replies, and takes from their turns whose they were."""
    which = and_(inbox.c.workspace_id == workspace_id, which)
    found = select(inbox.c.turn_id).where(which)
    sent = await connection.execute(delete(outbox).where(outbox.c.outbox_id.in_(found)))
    theirs = and_(turns.c.workspace_id == workspace_id, turns.c.turn_id.in_(found))
    own = update(turns).where(theirs, turns.c.conversation_id != turns.c.turn_id)
    ran = await connection.execute(own.values(conversation_id=turns.c.turn_id))
    compared = and_(shadows.c.workspace_id == workspace_id, shadows.c.turn_id.in_(found))
    shadow = await connection.execute(delete(shadows).where(compared))
    handed = and_(handover_messages.c.workspace_id == workspace_id, handover_messages.c.turn_id.in_(found))
    told = await connection.execute(delete(handover_messages).where(handed))
    empty: Mapping[str, Any] = {
        "text": "",
        "address": "",
        "profile_name": "",
        "decided": None,
        "joined": None,
        "reply": _NOTHING,
        "conversation_id": inbox.c.turn_id,
        "status": case((inbox.c.status == ANSWERED, ANSWERED), else_=DROPPED),
    }
    emptied = await connection.execute(update(inbox).where(which).values(**empty))
    return {
        "inbox": emptied.rowcount,
        "outbox": sent.rowcount,
        "turns": ran.rowcount,
        "shadows": shadow.rowcount,
        "handover_messages": told.rowcount,
    }


BEGUN, DONE, INCOMPLETE = "begun", "done", "incomplete"
Counts = Mapping[str, Mapping[str, int]]
"""Service -> table -> rows."""


class ErasureLog:
    """Keeps the record. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database, time)

    async def begin(self, workspace_ids: Iterable[str], asked_by: str, reference: str) -> dict[str, str]:
        """Notes, before anything is erased, that it will be. Returns the id of each workspace's row."""
        found = {workspace_id: uuid.uuid4().hex for workspace_id in workspace_ids}
        async with self._transactions.write() as (connection, now):
            same = {"asked_at": now, "asked_by": asked_by, "reference": reference, "outcome": BEGUN, "counts": "{}"}
            rows = [{"erasure_id": id_, "workspace_id": workspace, **same} for workspace, id_ in found.items()]
            await connection.execute(insert(erasures), rows)
        return found

    async def end(self, erased: Mapping[str, Counts], outcome: str) -> None:
        """Notes how much was erased, by a row's id, and whether that was all."""
        async with self._transactions.write() as (connection, now):
            for erasure_id, counts in erased.items():
                values = {"ended_at": now, "outcome": outcome, "counts": json.dumps(counts)}
                await connection.execute(update(erasures).where(erasures.c.erasure_id == erasure_id).values(**values))

    async def drop_old(self, before: float) -> int:
        """Deletes what is on record since before a time, in seconds since 1970. Returns how many rows."""
        async with self._transactions.write() as (connection, _now):
            return (await connection.execute(delete(erasures).where(erasures.c.asked_at < before))).rowcount
