"""Customers who want no reminders, and those who want them again: one word, and nothing else in the message."""

import unicodedata
from functools import cache
from typing import Protocol

from gateway.domain.turn_types import Reply, TurnInput, TurnRecord, TurnResult
from gateway.people.packs import packs, say
from turn.vocabulary import Intent

SOURCE = "opting"
"""Who read the message: no track's extractor."""


class OptOuts(Protocol):
    """Who wants no reminders. Raises PulpoError DATABASE_UNAVAILABLE."""

    async def set(self, workspace_id: str, conversation_id: str, out: bool, at: float) -> None:
        """Puts on record what a customer wants since a time, seconds since 1970."""


def opts_out(text: str) -> bool | None:
    """Whether a message says that its customer wants no reminders (true) or wants them again (false); None when it is
    about something else."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _words().get(plain.casefold().strip(" \t\r\n.,!¡«»\"'"))


async def opt(given: TurnInput, out: bool, records: OptOuts) -> TurnResult:
    """The turn of such a message: it is on record before the reply says so. Raises PulpoError."""
    workspace = given.workspace
    await records.set(workspace.id, given.conversation_id, out, given.received_at.timestamp())
    locale = given.state.locale or workspace.locale
    message = say(locale, "opted_out" if out else "opted_in", business=workspace.name)
    reply = Reply(message, intent=Intent.CHITCHAT, slots=given.state.slots, track=given.track)
    record = TurnRecord(
        turn_id=given.turn_id,
        workspace=workspace.id,
        track=given.track,
        outcome="ok",
        intent=Intent.CHITCHAT,
        confidence=1.0,
        source=SOURCE,
    )
    return TurnResult(reply, given.state, record)


@cache
def _words() -> dict[str, bool]:
    """Every word of every language."""
    found = {word: True for pack in packs().values() for word in pack["opt_out"]}
    return found | {word: False for pack in packs().values() for word in pack["opt_in"]}
