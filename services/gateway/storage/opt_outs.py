"""Who wants no reminders, in the database, and how a customer is reached."""

from dataclasses import dataclass

from sqlalchemy import and_, select

from gateway.domain.turn_types import Reply
from gateway.storage.rows import decode_reply, decode_state
from gateway.storage.tables import conversations, inbox, opt_outs
from gateway.storage.transactions import Transactions
from runtime.data.database import Database


@dataclass(frozen=True)
class Customer:
    """Somebody who has written by Twilio."""

    address: str
    business: str
    """The number that they wrote to last."""
    locale: str
    """The language that they are answered in; empty for the business's."""
    last_message_at: float
    """Seconds since 1970."""
    opted_out: bool


class Customers:
    """Looks customers up, and keeps who wants no reminders. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._transactions = Transactions(database)

    async def set(self, workspace_id: str, conversation_id: str, out: bool, at: float) -> None:
        """Puts on record what a customer wants since a time, seconds since 1970."""
        values = {"out": out, "at": at}
        row = self._transactions.insert(opt_outs).values(
            workspace_id=workspace_id, conversation_id=conversation_id, **values
        )
        async with self._transactions.write() as (connection, _now):
            same = [opt_outs.c.conversation_id]
            await connection.execute(row.on_conflict_do_update(index_elements=same, set_=values))

    async def told(self, conversation_id: str, turn_id: str) -> Reply | None:
        """What a customer was told in a turn; None when that was erased."""
        own = and_(inbox.c.conversation_id == conversation_id, inbox.c.turn_id == turn_id)
        async with self._transactions.read() as connection:
            text = await connection.scalar(select(inbox.c.reply).where(own))
        return decode_reply(text) if text else None

    async def of(self, conversation_id: str) -> Customer | None:
        """The customer of a conversation; None when they were erased, or have written by another channel only."""
        theirs = and_(inbox.c.conversation_id == conversation_id, inbox.c.address != "", inbox.c.business != "")
        newest = select(inbox.c.address, inbox.c.business).where(theirs).order_by(inbox.c.seq.desc()).limit(1)
        own = conversations.c.conversation_id == conversation_id
        wish = select(opt_outs.c.out).where(opt_outs.c.conversation_id == conversation_id)
        async with self._transactions.read() as connection:
            written = (await connection.execute(newest)).first()
            state = select(conversations.c.state, conversations.c.changed_at).where(own)
            known = (await connection.execute(state)).first()
            out = await connection.scalar(wish)
        if written is None or known is None:
            return None
        locale = decode_state(known.state).locale
        return Customer(written.address, written.business, locale, known.changed_at, bool(out))
