"""The front desk: each thing a caller can ask for, done in its transaction."""

from agenda import booking
from agenda.availability import check
from agenda.booking import Request, read_client
from agenda.caller import Caller
from agenda.once import once
from agenda.reasons import Answer
from agenda.store import Store


class Desk:
    """Answers what needs the database. Raises PulpoError when that fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def check(self, caller: Caller, service_type: str, date_str: str, staff_name: str | None) -> Answer:
        """The free times of a service on a date."""
        return await self._store.read(lambda ledger: check(ledger, caller, service_type, date_str, staff_name))

    async def find(self, caller: Caller, phone: str) -> Answer:
        """The caller's appointments to come, and those with a phone."""
        return await self._store.read(lambda ledger: booking.find(ledger, caller, phone))

    async def book(self, caller: Caller, request: Request, name: str, email: str, phone: str | None) -> Answer:
        """Books."""
        client = read_client(caller, name, email, phone)
        arguments = {**vars(request), "name": name, "email": email, "phone": phone}
        return await self._store.write(
            lambda ledger: once(
                ledger, caller, "book", arguments, lambda: booking.make(ledger, caller, request, client)
            )
        )

    async def cancel(self, caller: Caller, booking_id: str) -> Answer:
        """Cancels."""
        arguments = {"booking_id": booking_id}
        return await self._store.write(
            lambda ledger: once(ledger, caller, "cancel", arguments, lambda: booking.cancel(ledger, caller, booking_id))
        )

    async def move(self, caller: Caller, booking_id: str, day: str, time: str) -> Answer:
        """Moves to another date and time."""
        arguments = {"booking_id": booking_id, "day": day, "time": time}
        return await self._store.write(
            lambda ledger: once(
                ledger, caller, "move", arguments, lambda: booking.move(ledger, caller, booking_id, day, time)
            )
        )
