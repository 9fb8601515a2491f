"""Messages that a person is told of: what is asked of the person, and how a customer is named on a list. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from turn.vocabulary import HandoverReason


class HandoverKind(StrEnum):
    """What is asked of the person."""

    REQUEST = "request"
    """The customer waits for an answer."""
    NOTICE = "notice"
    """The staff are to know; nobody waits."""


class HandoverState(StrEnum):
    """How far one has come."""

    OPEN = "open"
    """Nobody has it."""
    TAKEN = "taken"
    """A person has it, and has not written to the customer since."""
    ANSWERED = "answered"
    """A person has it and has written."""
    CLOSED = "closed"
    """It is done with."""


def state_of(taken_at: float | None, answered_at: float | None, closed_at: float | None) -> HandoverState:
    """The state that three moments mean, each in seconds since 1970, None when it never came."""
    if closed_at is not None:
        return HandoverState.CLOSED
    if taken_at is None:
        return HandoverState.OPEN
    return HandoverState.ANSWERED if answered_at is not None and answered_at >= taken_at else HandoverState.TAKEN


_KINDS: Mapping[HandoverReason, HandoverKind] = {
    HandoverReason.LATE: HandoverKind.NOTICE,
    HandoverReason.ARRIVED: HandoverKind.NOTICE,
}
NOTICE_S = 86_400.0
"""Seconds after its last message for which a notice matters to anybody."""
_SHOWN = 4
"""Characters of an address that a list shows."""


def handover_reason(requires_human: bool, text: str) -> HandoverReason | None:
    """The reason that a reply names; None when nobody is told."""
    if not requires_human and not text:
        return None
    known = {reason.value: reason for reason in HandoverReason}
    return known.get(text, HandoverReason.OTHER)


def kind_of(reason: HandoverReason) -> HandoverKind:
    """What a reason asks of the person."""
    return _KINDS.get(reason, HandoverKind.REQUEST)


def mask(address: str) -> str:
    """A channel address by its channel and its end, e.g. whatsapp:…1234; a short one by its channel alone."""
    channel, colon, name = address.rpartition(":")
    end = name[-_SHOWN:] if len(name) >= 2 * _SHOWN else ""
    return f"{channel}{colon}…{end}"
