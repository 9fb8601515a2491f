"""The interface of the appointments' storage, as one transaction sees it."""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Protocol

from agenda.booking.appointment import Appointment
from agenda.booking.openings import Absence
from agenda.booking.reasons import ToolAnswer

TakenByDay = dict[str, dict[str, set[int]]]
"""Date (YYYY-MM-DD) -> member of staff or unit (see `openings`) -> cells taken. What is missing is free."""


class SaveResult(Enum):
    """The result of saving an appointment."""

    DONE = auto()
    TAKEN = auto()
    """Somebody else has a part of that time. Nothing was changed."""
    ID_USED = auto()
    """Another appointment has that booking id. Nothing was changed."""


class Times(Protocol):
    """Reads which times are taken."""

    async def taken(self, workspace_id: str, first: str, last: str, without: str = "") -> TakenByDay:
        """What is taken from one date to another, both included, but for one appointment's. One query."""

    async def absences(self, workspace_id: str, first: str) -> list[Absence]:
        """The exceptions that the owner has set, from a date on. One query."""


class Ledger(Times, Protocol):
    """Reads and changes appointments."""

    async def feed(self, secret_hash: str) -> tuple[str, str] | None:
        """Business and member of staff of a calendar feed, by the SHA-256 of its secret."""

    async def booked_between(self, workspace_id: str, first: str, last: str) -> list[Appointment]:
        """Booked appointments from one date to another, both included, soonest first."""

    async def upcoming(self, workspace_id: str, customer: str, phone: str, first: str) -> list[Appointment]:
        """Booked appointments of a customer or with a phone, from a date on, soonest first. An empty
        customer or phone matches none."""

    async def requests_between(self, workspace_id: str, customer: str, since: str, before: str) -> set[str]:
        """The requests, by the booking id of their first appointment, for which a customer has booked from a moment
        to another (ISO 8601, UTC, to the second), the later one excluded, whatever became of the appointments."""

    async def group_size(self, workspace_id: str, customer: str, group_id: str) -> int:
        """How many appointments a customer has booked for a request, whatever became of them."""

    async def hold(self, workspace_id: str, customer: str) -> None:
        """Waits for other transactions that hold the same customer, and holds them off until this one ends."""

    async def find(self, workspace_id: str, booking_id: str) -> Appointment | None:
        """One appointment, whatever its status, locked until the transaction ends."""

    async def add(self, appointment: Appointment) -> SaveResult:
        """Keeps a new appointment, or changes nothing."""

    async def add_all(self, appointments: Sequence[Appointment]) -> SaveResult:
        """Keeps several new appointments, or changes nothing."""

    async def move(self, appointment: Appointment) -> SaveResult:
        """Gives an appointment all that can be changed of it (time, staff, service, client), or changes nothing."""

    async def cancel(self, appointment: Appointment, at: str) -> None:
        """Cancels an appointment at a time (ISO 8601) and frees its cells."""

    async def whole(self, attempt: Callable[[], Awaitable[ToolAnswer]]) -> ToolAnswer:
        """Does something in several steps, and takes all of it back where it ends with a no."""

    async def restore(self, appointment: Appointment, at: str) -> SaveResult:
        """Books a cancelled appointment again at a time (ISO 8601), or changes nothing."""

    async def history(self, workspace_id: str, customer: str, most: int) -> list[Appointment]:
        """A customer's appointments, whatever their status, those changed last first. An empty customer has none."""

    async def claim(self, workspace_id: str, key: str, fingerprint: str, at: str) -> str | None:
        """Claims an idempotency key. Returns None the first time, the kept result afterwards; a call
        with the key of a transaction under way waits for it. Raises PulpoError
        IDEMPOTENCY_KEY_REUSED when the key belongs to another fingerprint."""

    async def keep(self, workspace_id: str, key: str, result: str, booking_id: str) -> None:
        """Keeps the result of a claimed key, and which appointment it is about, if any."""
