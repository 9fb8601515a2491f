"""What a run leaves behind for the checker: what customers saw, and what the databases hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Attempt:
    """One delivery of a message."""

    began: float
    """Seconds since the run began."""
    ended: float
    status: int
    """HTTP status; 0 when there was no answer."""
    reply: str = ""


@dataclass(frozen=True)
class Sent:
    """One message of a customer with all its deliveries."""

    workspace: str
    address: str
    message_id: str
    text: str
    attempts: tuple[Attempt, ...]

    @property
    def replies(self) -> tuple[str, ...]:
        """The replies that came with a 2xx, in order; an empty one came without a reply."""
        return tuple(attempt.reply for attempt in self.attempts if 200 <= attempt.status < 300)


@dataclass(frozen=True)
class Booking:
    """A row of the agenda's appointments."""

    booking_id: str
    workspace: str
    customer: str
    date: str
    time: str
    minutes: int
    staff: str
    status: str
    created_us: int
    """The time of the turn that made it, microseconds since 1970."""


@dataclass(frozen=True)
class Cell:
    """A quarter hour that the agenda holds as taken."""

    workspace: str
    date: str
    staff: str
    cell: int
    booking_id: str


@dataclass(frozen=True)
class Deed:
    """What a write made of one appointment."""

    booking_id: str
    date: str
    time: str


@dataclass(frozen=True)
class Write:
    """An answer that the agenda keeps by idempotency key: its own record of what it did."""

    workspace: str
    key: str
    at_us: int
    """The time of the turn that asked for it."""
    result: Mapping[str, Any]

    @property
    def done(self) -> bool:
        """Whether it changed anything."""
        rows = self._changed or [self.result]
        same = self.result.get("already") is True or all(row.get("changed") == [] for row in rows)
        return self.result.get("ok") is True and not same

    @property
    def _changed(self) -> list[Mapping[str, Any]]:
        """The appointments that were changed together; none for any other write."""
        return [row for row in self.result.get("appointments") or () if "after" in row]

    @property
    def what(self) -> str:
        """booked (or booked again), moved (or corrected) or cancelled."""
        if self._changed or "previous" in self.result or "after" in self.result:
            return "moved"
        return "booked" if "client_name" in self.result or "group_id" in self.result else "cancelled"

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """Each appointment as the write left it."""
        result = self.result
        rows = [{**row, **row.get("after", {})} for row in result.get("appointments") or [result]]
        return tuple(
            Deed(str(row.get("booking_id", "")), str(row.get("date", "")), str(row.get("time", ""))) for row in rows
        )


@dataclass(frozen=True)
class Stored:
    """A row of the gateway's inbox."""

    workspace: str
    message_id: str
    address: str
    received_us: int
    status: str
    """answered; unanswered or expired: on the list of what somebody should look at; running."""
    reply: str
    out: str = ""
    """How far the reply has come on its way out, by the gateway's own record."""
    out_sid: str = ""
    """Twilio's id of the message that took it there."""
    delivery: str = ""
    """How far that message has come, as callbacks told."""
    turn_id: str = ""
    joined: str = ""
    """The turn of a later message whose reply answers this one too; empty for one with a reply of its own."""

    @property
    def dead(self) -> bool:
        """Whether the reply is among the dead letters that somebody is told of."""
        return self.out == "dead"

    @property
    def listed(self) -> bool:
        """Whether somebody is told that the customer did not get what they asked for."""
        return self.status in ("unanswered", "expired")


@dataclass(frozen=True)
class Twins:
    """Two answers to one duplicated request."""

    what: str
    first: str
    second: str


@dataclass(frozen=True)
class Out:
    """A message that Twilio has sent to a customer."""

    sid: str
    workspace: str
    address: str
    body: str
    by_rest: bool
    """Whether it was taken by REST; else it came in a webhook's answer."""
    failed: bool = False
    """Whether it did not arrive, as Twilio says."""


@dataclass(frozen=True)
class Callback:
    """One delivery of a status callback."""

    workspace: str
    message_sid: str
    status: str
    error_code: str
    began: float
    """Seconds of the lab's own clock."""
    ended: float
    answer: int
    """HTTP status; 0 when there was no answer."""

    @property
    def acknowledged(self) -> bool:
        """Whether the gateway has taken it."""
        return self.answer == 204


@dataclass(frozen=True)
class Change:
    """A change of a status in the gateway's database, in the order in which they were made."""

    table: str
    """statuses or outbox."""
    key: str
    """Twilio's id of a message, or the id of a reply in the outbox."""
    before: str
    """Empty for a new row."""
    after: str


@dataclass(frozen=True)
class Refusal:
    """A message that Twilio refused for good."""

    workspace: str
    address: str
    body: str


@dataclass(frozen=True)
class Evidence:
    """All of it."""

    sent: tuple[Sent, ...] = ()
    bookings: tuple[Booking, ...] = ()
    cells: tuple[Cell, ...] = ()
    writes: tuple[Write, ...] = ()
    inbox: tuple[Stored, ...] = ()
    twins: tuple[Twins, ...] = ()
    out: tuple[Out, ...] = ()
    """What Twilio sent; empty where replies leave in webhooks only."""
    refused: tuple[Refusal, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    changes: tuple[Change, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    """By Twilio's id, how far the gateway says that each message has come."""
