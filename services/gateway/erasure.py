"""Erases personal data from the gateway's tables: what is older than a workspace keeps it, and all of a
customer who asks for it.

What stays of a message is its id, so that a captured webhook still cannot be replayed, and a turn's
figures; neither can be told to be of the same customer any more."""

from collections.abc import Iterable, Mapping
from time import time
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import ids
from gateway.encoding import encode
from gateway.session import Session
from gateway.store import ANSWERED, DROPPED, RUNNING
from gateway.tables import KEPT, conversations, inbox, outbox, shadows, statuses, turns
from gateway.turn_types import Reply
from runtime.database import Database

PART = 500
"""Most messages that are erased in one transaction."""
_NOTHING = encode(Reply(""))


class Erasure:
    """Erases, each time in one transaction. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._session = Session(database, time)

    async def old(self, workspace_id: str, before: float) -> dict[str, int]:
        """Erases what a workspace received before a time, in seconds since 1970. Returns rows per table.

        Works through the messages by parts, so that nobody waits for long."""
        counts = {"inbox": 0, "outbox": 0, "turns": 0, "shadows": 0}
        while part := await self._old_part(workspace_id, before):
            counts = {table: count + part[table] for table, count in counts.items()}
        async with self._session.write() as (connection, now):
            rest = and_(
                conversations.c.workspace_id == workspace_id,
                conversations.c.changed_at < before,
                conversations.c.lease_until <= now,
                ~exists().where(inbox.c.conversation_id == conversations.c.conversation_id),
            )
            counts["conversations"] = (await connection.execute(delete(conversations).where(rest))).rowcount
            told = and_(statuses.c.workspace_id == workspace_id, statuses.c.changed_at < before)
            counts["statuses"] = (await connection.execute(delete(statuses).where(told))).rowcount
        return counts

    async def _old_part(self, workspace_id: str, before: float) -> dict[str, int]:
        """Erases some of the old messages; nothing when there are none left."""
        own = inbox.c.workspace_id == workspace_id
        async with self._session.write() as (connection, now):
            done = or_(inbox.c.status != RUNNING, inbox.c.lease_until <= now)
            old = and_(own, inbox.c.received_us < int(before * 1_000_000), KEPT, done)
            ids = (await connection.scalars(select(inbox.c.message_id).where(old).limit(PART))).all()
            if not ids:
                return {}
            return await _unlink(connection, workspace_id, inbox.c.message_id.in_(ids))

    async def addresses(self, workspace_ids: Iterable[str], phone: str) -> set[str]:
        """The channel addresses under which a phone has written."""
        own = and_(
            inbox.c.workspace_id.in_(list(workspace_ids)), inbox.c.address.endswith(f":{phone}", autoescape=True)
        )
        async with self._session.read() as connection:
            return set((await connection.scalars(select(inbox.c.address).where(own).distinct())).all())

    async def customer(self, workspace_ids: Iterable[str], addresses: Iterable[str]) -> dict[str, int]:
        """Erases all of a customer, whatever is under way. Returns rows per table."""
        counts: dict[str, int] = {}
        addresses = list(addresses)
        async with self._session.write() as (connection, _now):
            for workspace_id in workspace_ids:
                for address in addresses:
                    for table, count in (await _forget(connection, workspace_id, address)).items():
                        counts[table] = counts.get(table, 0) + count
        return counts


async def _forget(connection: AsyncConnection, workspace_id: str, address: str) -> dict[str, int]:
    conversation = ids.conversation_id(workspace_id, address)
    sids = select(outbox.c.message_sid).where(
        outbox.c.conversation_id == conversation, outbox.c.message_sid.is_not(None)
    )
    told = and_(statuses.c.workspace_id == workspace_id, statuses.c.message_sid.in_(sids))
    forgotten = (await connection.execute(delete(statuses).where(told))).rowcount
    counts = await _unlink(connection, workspace_id, inbox.c.conversation_id == conversation)
    own = conversations.c.conversation_id == conversation
    counts["conversations"] = (await connection.execute(delete(conversations).where(own))).rowcount
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
    empty: Mapping[str, Any] = {
        "text": "",
        "address": "",
        "profile_name": "",
        "decided": None,
        "reply": _NOTHING,
        "conversation_id": inbox.c.turn_id,
        "status": case((inbox.c.status == ANSWERED, ANSWERED), else_=DROPPED),
    }
    heard = await connection.execute(update(inbox).where(which).values(**empty))
    return {"inbox": heard.rowcount, "outbox": sent.rowcount, "turns": ran.rowcount, "shadows": shadow.rowcount}
