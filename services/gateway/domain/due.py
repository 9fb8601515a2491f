"""What is to be done at a time, once: of which kinds, and how it goes on after a try. Pure."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from runtime.backoff import backoff_s

MOST_TRIES = 120
"""Tries after which something is given up, which takes some five hours."""
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 300.0
"""Seconds before the first repeat of a try that failed, and the most before any."""
SESSION_S = 86_400.0 - 120.0
"""Seconds after a person's last message in which WhatsApp takes free text to them, less a margin."""


class DueKind(StrEnum):
    """What is to be done. What each is about (`subject`) is said here."""

    HANDOVER = "handover"
    """The people of the business are to be told of a hand-over; its detail tells one occasion from the next."""
    TELL = "tell"
    """One person is to be told of a hand-over by one channel; detail as above."""
    RELAY = "relay"
    """Who has a hand-over is to be told what the customer wrote meanwhile; a turn."""
    UNTAKEN = "untaken"
    """A customer is to be told that nobody has taken their request, unless somebody has; a hand-over."""
    PLAN = "plan"
    """A customer has changed what is booked, and reminders of what is booked now are to be due; a turn."""
    BOOKED = "booked"
    """The people of the business are to be told what a customer has booked, changed or cancelled; a turn."""
    NEWS = "news"
    """One person is to be told of that by one channel; a turn."""
    REMIND = "remind"
    """A customer is to be reminded, if that is still booked; an appointment's id, its moment in the detail."""
    BACK = "back"
    """A conversation goes back to the bot, unless its person wrote lately; a hand-over."""


class DueStatus(StrEnum):
    """How far it has come."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    """It cannot be done: somebody should look."""
    DROPPED = "dropped"
    """There was nothing to do any more."""


class Channel(StrEnum):
    """How somebody is told."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"
    CALLBACK = "callback"


@dataclass(frozen=True)
class Due:
    """Something that this process may now do."""

    id: str
    kind: DueKind
    workspace_id: str
    subject: str
    conversation_id: str
    """The customer's."""
    person: str
    channel: str
    detail: str
    attempts: int
    """How often it was tried, this time included."""
    made_at: float
    now: float
    """The gateway's time, seconds since 1970."""
    holder: str = ""


@dataclass(frozen=True)
class Outcome:
    """How something goes on: it has ended, or is to be tried again after so many seconds."""

    status: DueStatus
    reason: str = ""
    again_s: float = 0.0


DONE = Outcome(DueStatus.DONE)


def dropped(reason: str) -> Outcome:
    """There is nothing to do any more."""
    return Outcome(DueStatus.DROPPED, reason)


def dead(reason: str) -> Outcome:
    """It cannot be done."""
    return Outcome(DueStatus.DEAD, reason)


def again(due: Due, reason: str, draw: Callable[[], float] = random.random) -> Outcome:
    """It failed and is tried again, or given up when that has gone on for too long."""
    if due.attempts >= MOST_TRIES:
        return dead(reason)
    return Outcome(DueStatus.WAITING, reason, backoff_s(due.attempts, FIRST_WAIT_S, LONGEST_WAIT_S, draw, 0.2))


def due_id(kind: DueKind, *what: str) -> str:
    """What names it: the same however often it is asked for."""
    return hashlib.sha256("\x1f".join((kind.value, *what)).encode()).hexdigest()[:32]
