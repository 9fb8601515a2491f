"""Whether a message that may have left is among those that Twilio lists. Pure."""

from collections.abc import Collection, Sequence

from gateway.outgoing import Outgoing, Seen

MARGIN_S = 60.0
"""How far Twilio's clock may be from ours, in seconds."""


def find(sent: Outgoing, listed: Sequence[Seen], known: Collection[str], handed: int) -> Seen | None:
    """The listed message that is the one asked for.

    A customer may get the same text twice: `known` are the messages that are already accounted for, and
    `handed` is how many replies of this text left in webhooks, whose ids nobody told us, since `window`.
    """
    fitting = [
        seen
        for seen in listed
        if seen.message_sid not in known and same(seen.body, sent.body) and seen.created_at >= window(sent)
    ]
    fitting.sort(key=lambda seen: seen.created_at)
    return fitting[handed] if len(fitting) > handed else None


def window(sent: Outgoing) -> float:
    """From when on a message can be the one asked for, seconds since 1970."""
    return sent.tried_at - MARGIN_S


def same(one: str, other: str) -> bool:
    """Whether two bodies say the same; Twilio may trim them."""
    return " ".join(one.split()) == " ".join(other.split())
