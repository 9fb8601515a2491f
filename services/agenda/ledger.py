"""What the agenda needs of whatever keeps its appointments, as one transaction sees it."""

from enum import Enum, auto
from typing import Protocol

from agenda.appointment import Appointment

TakenByDay = dict[str, dict[str, set[int]]]
"""Date (YYYY-MM-DD) -> member of staff -> cells taken. What is missing is free."""


class Kept(Enum):
    """What became of an appointment that was to be kept."""

    DONE = auto()
    TAKEN = auto()
    """Somebody else has a part of that time. Nothing was changed."""
    ID_USED = auto()
    """Another appointment has that booking id. Nothing was changed."""


class Times(Protocol):
    """Tells what is taken."""

    async def taken(self, workspace_id: str, first: str, last: str) -> TakenByDay:
        """What is taken from one date to another, both included. One query."""


class Ledger(Times, Protocol):
    """Reads and changes appointments."""

    async def upcoming(self, workspace_id: str, customer: str, phone: str, first: str) -> list[Appointment]:
        """Booked appointments of a customer or with a phone, from a date on, soonest first. An empty
        customer or phone matches none."""

    async def find(self, workspace_id: str, booking_id: str) -> Appointment | None:
        """One appointment, whatever its status, locked until the transaction ends."""

    async def add(self, appointment: Appointment) -> Kept:
        """Keeps a new appointment, or changes nothing."""

    async def move(self, appointment: Appointment) -> Kept:
        """Gives an appointment its new time and member of staff, or changes nothing."""

    async def cancel(self, appointment: Appointment, at: str) -> None:
        """Cancels an appointment at a time (ISO 8601) and frees its cells."""

    async def claim(self, workspace_id: str, key: str, fingerprint: str, at: str) -> str | None:
        """Claims an idempotency key. Returns None the first time, the kept result afterwards; a call
        with the key of a transaction under way waits for it. Raises PulpoError
        IDEMPOTENCY_KEY_REUSED when the key belongs to another fingerprint."""

    async def keep(self, workspace_id: str, key: str, result: str) -> None:
        """Keeps the result of a claimed key."""
