"""Appointments as one transaction sees them, a `ledger.Ledger` in SQL. Statements: `statements`."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agenda.booking.appointment import Appointment
from agenda.booking.ledger import Ledger, SaveResult, TakenByDay
from agenda.booking.openings import Absence
from agenda.booking.reasons import ToolAnswer
from agenda.storage import statements as sql
from runtime.data.units import Query, Rows, T, Unit, Work
from runtime.errors import Kind, PulpoError
from workspace.parts.people import StaffException

CHANGEABLE = (
    *("service_type", "date", "time", "end_time", "minutes", "staff_name", "staff_requested"),
    *("client_name", "client_email", "updated_at"),
    *("before_minutes", "after_minutes", "places", "units", "cell_minutes"),
)
"""What a change may give an appointment."""


def unit_of(work: Callable[[Ledger], Awaitable[T]], is_sqlite: bool) -> Unit[T]:
    """Work on the ledger as a unit: whoever runs it answers what it awaits, and nothing else may be awaited in it."""

    def unit(_now: float) -> Work[T]:
        return (yield from work(SqlLedger(is_sqlite)).__await__())

    return unit


class _Asked:
    """A query on its way to whoever runs the unit."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def __await__(self) -> Generator[Query, Rows, Rows]:
        return (yield self._query)


class SqlLedger:
    """A `ledger.Ledger` over one transaction; its methods are described there."""

    def __init__(self, is_sqlite: bool) -> None:
        self._is_sqlite = is_sqlite

    async def taken(self, workspace_id: str, first: str, last: str, without: str = "") -> TakenByDay:
        """Date (YYYY-MM-DD) -> member of staff or unit -> cells taken, from one date to another, both
        included, but for one appointment's. One query."""
        found: TakenByDay = defaultdict(lambda: defaultdict(set))
        query = sql.TAKEN(workspace_id=workspace_id, first=first, last=last, without=without)
        for day, taker, cell in await _Asked(query):
            found[day][taker].add(cell)
        return found

    async def absences(self, workspace_id: str, first: str) -> list[Absence]:
        """The exceptions that the owner has set, from a date on. One query."""
        rows = await _Asked(sql.ABSENCES(workspace_id=workspace_id, first=first))
        return [absence_of(row) for row in rows]

    async def feed(self, secret_hash: str) -> tuple[str, str] | None:
        """Business and member of staff of a calendar feed, by the SHA-256 of its secret."""
        for workspace_id, staff_name in await _Asked(sql.FEED(secret_hash=secret_hash)):
            return workspace_id, staff_name
        return None

    async def booked_between(self, workspace_id: str, first: str, last: str) -> list[Appointment]:
        """Booked appointments from one date to another, both included, soonest first."""
        query = sql.BOOKED_BETWEEN(workspace_id=workspace_id, first=first, last=last)
        return [appointment_of(row) for row in await _Asked(query)]

    async def upcoming(self, workspace_id: str, customer: str, phone: str, first: str) -> list[Appointment]:
        """Booked appointments of a customer or with a phone, from a date on, soonest first. An empty
        customer or phone matches none."""
        owners = {column: value for column, value in (("customer", customer), ("client_phone", phone)) if value}
        if not owners:
            return []
        query = sql.upcoming(*owners)(workspace_id=workspace_id, first=first, **owners)
        return [appointment_of(row) for row in await _Asked(query)]

    async def requests_between(self, workspace_id: str, customer: str, since: str, before: str) -> set[str]:
        """The requests, by the booking id of their first appointment, for which a customer has booked from a moment
        to another (ISO 8601, UTC, to the second), the later one excluded, whatever became of the appointments."""
        theirs = {"workspace_id": workspace_id, "customer": customer}
        return {row[0] for row in await _Asked(sql.REQUESTS_BETWEEN(**theirs, since=since, before=before))}

    async def group_size(self, workspace_id: str, customer: str, group_id: str) -> int:
        """How many appointments a customer has booked for a request, whatever became of them."""
        query = sql.GROUP_SIZE(workspace_id=workspace_id, customer=customer, group_id=group_id)
        return int((await _Asked(query))[0][0])

    async def hold(self, workspace_id: str, customer: str) -> None:
        """Waits for other transactions that hold the same customer, and holds them off until this one ends.
        On SQLite every writer waits for the others anyhow."""
        if not self._is_sqlite:
            await _Asked(sql.HOLD(number=_lock(workspace_id, customer), rules=rules_lock(workspace_id)))

    async def find(self, workspace_id: str, booking_id: str) -> Appointment | None:
        """One appointment, locked until the transaction ends."""
        for row in await _Asked(sql.FIND(workspace_id=workspace_id, booking_id=booking_id)):
            return appointment_of(row)
        return None

    async def add(self, appointment: Appointment) -> SaveResult:
        """Keeps a new appointment, or changes nothing."""
        return await self.add_all([appointment])

    async def add_all(self, new: Sequence[Appointment]) -> SaveResult:
        """Keeps several new appointments, or changes nothing."""

        async def added() -> SaveResult:
            rows = await _Asked(sql.add(len(new))(**_numbered([asdict(each) for each in new])))
            if len(rows) < len(new):
                return SaveResult.ID_USED
            return await self._take(*new)

        return await self._trying(added)

    async def move(self, appointment: Appointment) -> SaveResult:
        """Gives an appointment all that can be changed of it, or changes nothing."""

        async def moved() -> SaveResult:
            await self._free(appointment)
            await _Asked(sql.CHANGE(**appointment.told("booking_id", *CHANGEABLE)))
            return await self._take(appointment)

        return await self._trying(moved)

    async def cancel(self, appointment: Appointment, at: str) -> None:
        """Cancels an appointment and frees its time."""
        await self._free(appointment)
        await _Asked(sql.CANCEL(booking_id=appointment.booking_id, at=at))

    async def whole(self, attempt: Callable[[], Awaitable[ToolAnswer]]) -> ToolAnswer:
        """Does something in several steps, and takes all of it back where it ends with a no."""
        return await self._trying(attempt, lambda answer: answer.get("ok") is True)

    async def restore(self, appointment: Appointment, at: str) -> SaveResult:
        """Books a cancelled appointment again, or changes nothing."""

        async def restored() -> SaveResult:
            await _Asked(sql.RESTORE(booking_id=appointment.booking_id, at=at))
            return await self._take(appointment)

        return await self._trying(restored)

    async def history(self, workspace_id: str, customer: str, most: int) -> list[Appointment]:
        """A customer's appointments, whatever their status, those changed last first. An empty customer has none."""
        if not customer:
            return []
        query = sql.HISTORY(workspace_id=workspace_id, customer=customer, most=most)
        return [appointment_of(row) for row in await _Asked(query)]

    async def claim(self, workspace_id: str, key: str, fingerprint: str, at: str) -> str | None:
        """Claims an idempotency key. Returns None the first time and the kept result afterwards.

        A second call with the key waits for the first one's transaction. Raises PulpoError when the
        key was used for something else.
        """
        which = {"workspace_id": workspace_id, "key": key}
        if await _Asked(sql.CLAIM(**which, fingerprint=fingerprint, at=at)):
            return None
        ((kept_fingerprint, result),) = await _Asked(sql.KEPT(**which))
        if kept_fingerprint != fingerprint:
            raise PulpoError(
                Kind.FAILED_PRECONDITION, "IDEMPOTENCY_KEY_REUSED", "The idempotency key belongs to another call."
            )
        return str(result)

    async def keep(self, workspace_id: str, key: str, result: str, booking_id: str) -> None:
        """Keeps the result of a claimed key, and which appointment it is about, if any."""
        await _Asked(sql.KEEP(workspace_id=workspace_id, key=key, result=result, booking_id=booking_id))

    async def _trying(
        self, attempt: Callable[[], Awaitable[T]], done: Callable[[T], bool] = lambda result: result is SaveResult.DONE
    ) -> T:
        """Does something, and takes it back unless it is done wholly. Attempts may be within one another."""
        await _Asked(sql.TRY())
        result = await attempt()
        if not done(result):
            await _Asked(sql.TAKE_BACK())
        await _Asked(sql.TRIED())
        return result

    async def _take(self, *wanted: Appointment) -> SaveResult:
        """Takes the cells of appointments; TAKEN when somebody else had one of them. Always in the same order, so that
        no two writers wait for each other."""
        rows: list[dict[str, Any]] = []
        units: list[dict[str, Any]] = []
        for each in wanted:
            own = each.told("workspace_id", "date", "booking_id")
            for taker in each.takers:
                to, column = (units, "unit") if "|" in taker else (rows, "staff_name")
                to += [{**own, column: taker, "cell": cell} for cell in each.cells]
        for new, statement, column in ((rows, sql.take, "staff_name"), (units, sql.take_units, "unit")):
            new.sort(key=lambda row: (row["date"], row[column], row["cell"]))
            if new and len(await _Asked(statement(len(new))(**_numbered(new)))) < len(new):
                return SaveResult.TAKEN
        return SaveResult.DONE

    async def _free(self, appointment: Appointment) -> None:
        await _Asked(sql.FREE(booking_id=appointment.booking_id))
        if appointment.units or appointment.places:
            await _Asked(sql.FREE_UNITS(booking_id=appointment.booking_id))


def absence_of(row: Any) -> Absence:
    """An exception as it is kept."""
    days = f"{row.first_date}..{row.last_date}"
    hours = None if row.hours is None else json.loads(row.hours)
    return Absence(row.staff_name, StaffException(days=days, hours=hours, off=json.loads(row.off)))


def rules_lock(workspace_id: str) -> int:
    """The number of the lock that bookings of a business share, and that who changes its exceptions has alone."""
    return _lock(workspace_id)


def _lock(*names: str) -> int:
    mark = hashlib.sha256(json.dumps(names).encode()).digest()
    return int.from_bytes(mark[:8], "big", signed=True)


def _numbered(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of several rows, each named as its column, with the row's number behind."""
    return {f"{column}{number}": value for number, row in enumerate(rows) for column, value in row.items()}


def appointment_of(row: Any) -> Appointment:
    """An appointment as it is kept. SQLite has no true and false."""
    found = row._asdict()
    found["staff_requested"] = bool(row.staff_requested)
    found["for_other"] = None if row.for_other is None else bool(row.for_other)
    return Appointment(**found)
