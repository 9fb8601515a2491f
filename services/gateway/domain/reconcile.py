"""Whether a message that may have left is among those that Twilio lists. Pure."""

import json
from collections.abc import Collection, Sequence

from gateway.domain.outgoing import Outgoing, Seen

MARGIN_S = 900.0
"""How far Twilio's clock may be from ours, in seconds: more than the ten minutes by which a clock of ours may be
wrong, or may have been set since the reply began to leave."""


def find(sent: Outgoing, listed: Sequence[Seen], known: Collection[str], handed: Collection[float]) -> Seen | None:
    """The listed message that is the one asked for.

    A customer may get the same text twice: `known` are the messages that are already accounted for, and `handed`
    is when other replies of this text left in webhooks, seconds since 1970: nobody told us their ids, so each
    accounts for the message nearest to it.
    """
    fitting = [seen for seen in listed if seen.message_sid not in known and _fits(seen, sent)]
    for left_at in sorted(handed):
        near = [seen for seen in fitting if abs(seen.created_at - left_at) <= MARGIN_S]
        if near:
            fitting.remove(min(near, key=lambda seen: abs(seen.created_at - left_at)))
    ours = [seen for seen in fitting if seen.created_at >= window(sent)]
    return min(ours, key=lambda seen: seen.created_at, default=None)


def shows(handed: Outgoing, listed: Sequence[Seen], known: Collection[str]) -> bool:
    """Whether a reply that did leave in its webhook is among the messages of its address: then Twilio lists such
    replies, and one that is not listed did not leave. `known` are other replies, also those that left by REST."""
    return any(
        same(seen.body, handed.body) and abs(seen.created_at - handed.tried_at) <= MARGIN_S
        for seen in listed
        if seen.message_sid not in known
    )


def window(sent: Outgoing) -> float:
    """From when on a message can be the one asked for, seconds since 1970."""
    return sent.tried_at - MARGIN_S


def _fits(seen: Seen, sent: Outgoing) -> bool:
    """Whether a listed message says what was sent. What a template says around its variables is Twilio's to know."""
    if not sent.content_sid:
        return same(seen.body, sent.body)
    said = " ".join(seen.body.split())
    return all(" ".join(str(value).split()) in said for value in json.loads(sent.variables or "{}").values())


def same(one: str, other: str) -> bool:
    """Whether two bodies say the same; Twilio may trim them."""
    return " ".join(one.split()) == " ".join(other.split())
