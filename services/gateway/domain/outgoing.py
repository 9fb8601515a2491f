"""Replies on their way to a customer: how far each has come, and what follows from what Twilio said. Pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runtime.backoff import backoff_s, parse_retry_after

STATUS_PATH = "/webhook/pulpo/twilio/wa/status"
"""Where Twilio's status callbacks go."""
MAX_BODY_CHARS = 1_600
"""Longest message that Twilio takes."""
GIVE_UP_S = 3_600.0
"""Seconds after which a reply that could not be sent is left to a person."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Seconds before the first repeat of a send that surely failed, and the most before any."""
LEAST_WAIT = 0.1
"""Smallest share of a wait that chance may leave of it."""
LOOKS = (0.0, 1 / 9, 1 / 3, 1.0)
"""When Twilio is asked for a message that may have left, in settle times since that was found: early, because most
messages are listed at once, and after the whole settle time, because only that look says that one is not there."""


BEHIND_S = 30.0
"""Seconds for which later replies of a conversation wait behind one that goes by REST or may have left. After that
order matters less than an answer."""


class OutboxStatus(StrEnum):
    """How far a reply has come."""

    INLINE = "inline"
    """It is leaving in the webhook's own response, under a lease."""
    HANDED = "handed"
    """That response has left."""
    WAITING = "waiting"
    """It is to be sent by REST."""
    SENDING = "sending"
    """A process is sending it, under a lease."""
    AMBIGUOUS = "ambiguous"
    """It may have left: Twilio is asked before anything else is done."""
    SENT = "sent"
    """Twilio has taken it."""
    DEAD = "dead"
    """It was refused, or nobody could send it: a dead letter."""
    DROPPED = "dropped"
    """A person decided that it is not to be sent."""


ENDS = ("failed", "undelivered", "canceled")
"""What Twilio says of a message that will not arrive."""
OPEN = (OutboxStatus.INLINE, OutboxStatus.WAITING, OutboxStatus.SENDING, OutboxStatus.AMBIGUOUS)
"""Replies that later ones of the conversation wait for."""


class Step(StrEnum):
    """What is to be done with a reply."""

    SEND = "send"
    LOOK = "look"


@dataclass(frozen=True)
class Outgoing:
    """A reply that this process may now go on with."""

    outbox_id: str
    step: Step
    workspace_id: str
    address: str
    business: str
    body: str
    attempts: int
    """How often it was sent by REST, this time included; 0: it can only have left in its webhook."""
    looks: int
    """How often Twilio was asked for it in vain, while it did answer."""
    since: float
    """When it was stored, seconds since 1970."""
    tried_at: float
    """When it last began to leave, seconds since 1970."""
    now: float
    """The database's time."""
    holder: str = ""
    """Who holds it: a process, and which of its takes this is."""
    content_sid: str = ""
    """Twilio's id of the template that it is; empty for free text."""
    variables: str = ""
    """The template's variables, JSON."""


@dataclass(frozen=True)
class Accepted:
    """Twilio has the message."""

    message_sid: str


@dataclass(frozen=True)
class Refused:
    """Twilio will not take the message, however often it is sent."""

    reason: str


@dataclass(frozen=True)
class Later:
    """The message surely was not taken, and may be sent again."""

    reason: str
    retry_after_s: float = 0.0


@dataclass(frozen=True)
class Unknown:
    """The message may have been taken."""

    reason: str


Outcome = Accepted | Refused | Later | Unknown


@dataclass(frozen=True)
class Seen:
    """A message that Twilio lists."""

    message_sid: str
    body: str
    status: str
    created_at: float
    """Seconds since 1970."""
    error_code: str = ""


@dataclass(frozen=True)
class Move:
    """How a reply goes on."""

    progress: OutboxStatus
    reason: str = ""
    due_at: float | None = None
    message_sid: str | None = None
    looks: int = 0


def read_answer(status: int, sid: object, code: object, retry_after: str, now: datetime) -> Outcome:
    """What an answer to a create-message call means. `code` is Twilio's own number of an error."""
    if 200 <= status < 300:
        return Accepted(sid) if isinstance(sid, str) and sid else Unknown("NO_SID")
    reason = f"TWILIO_{code}" if isinstance(code, int) else f"HTTP_{status}"
    if status == 429:
        return Later(reason, min(parse_retry_after(retry_after, now), GIVE_UP_S))
    if 300 <= status < 500 and status != 408:
        return Refused(reason)
    return Unknown(reason)


def wait_s(attempts: int, retry_after_s: float = 0.0, draw: Callable[[], float] = random.random) -> float:
    """Seconds until the next attempt: exponential with full jitter, never earlier than Twilio asks."""
    return retry_after_s + backoff_s(attempts, FIRST_WAIT_S, LONGEST_WAIT_S, draw, LEAST_WAIT)


def after_send(sent: Outgoing, outcome: Outcome, now: float, settle_s: float) -> Move:
    """How a reply goes on after it was sent. `settle_s` is how long Twilio may take to list a message."""
    match outcome:
        case Accepted(message_sid):
            return Move(OutboxStatus.SENT, message_sid=message_sid)
        case Refused(reason):
            return Move(OutboxStatus.DEAD, reason)
        case Unknown(reason):
            return Move(OutboxStatus.AMBIGUOUS, reason, now + LOOKS[0] * settle_s)
        case Later(reason, retry_after_s):
            due_at = now + wait_s(sent.attempts, retry_after_s)
            late = due_at - sent.since > GIVE_UP_S
            return Move(OutboxStatus.DEAD, reason) if late else Move(OutboxStatus.WAITING, reason, due_at)


def is_last_look(sent: Outgoing) -> bool:
    """Whether a reply that Twilio does not list now, in the look under way, is to be sent again."""
    return sent.looks + 1 >= len(LOOKS)


def after_look(sent: Outgoing, found: Seen | None, now: float, settle_s: float, reason: str) -> Move:
    """How a reply goes on after Twilio was asked for it: it is sent again only when it surely is not there."""
    if found is not None:
        failed = found.status in ENDS
        return Move(
            OutboxStatus.DEAD if failed else OutboxStatus.SENT,
            f"TWILIO_{found.error_code or found.status.upper()}" if failed else "",
            message_sid=found.message_sid,
        )
    if not is_last_look(sent):
        pause = (LOOKS[sent.looks + 1] - LOOKS[sent.looks]) * settle_s
        return Move(OutboxStatus.AMBIGUOUS, reason, now + pause, looks=sent.looks + 1)
    late = now - sent.since > GIVE_UP_S
    return Move(OutboxStatus.DEAD, reason) if late else Move(OutboxStatus.WAITING, reason, now)


def after_blind_look(sent: Outgoing, now: float, reason: str) -> Move:
    """How a reply goes on when Twilio could not be asked: ambiguous, in the end for a person to decide."""
    due_at = now + wait_s(sent.looks + 3)
    late = due_at - sent.since > GIVE_UP_S
    return Move(OutboxStatus.AMBIGUOUS, reason, None if late else due_at, looks=sent.looks)
