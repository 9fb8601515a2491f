"""What needs the database: each operation in a transaction of its own, a write once for its idempotency key."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agenda.booking import transactions
from agenda.booking.availability import check
from agenda.booking.call_context import CallContext
from agenda.booking.changes import Change, change, change_all, restore
from agenda.booking.customer_profile import profile
from agenda.booking.finding import WantedItem, find_free_times
from agenda.booking.groups import GroupItem, cancel_all, make_all
from agenda.booking.ledger import Ledger
from agenda.booking.reasons import ToolAnswer
from agenda.booking.transactions import BookingRequest, read_client
from agenda.storage.store import AgendaStore


class Operations:
    """The operations on appointments. Raises PulpoError when the database fails."""

    def __init__(self, store: AgendaStore) -> None:
        self._store = store

    async def check(self, call: CallContext, service_type: str, date_str: str, staff_name: str | None) -> ToolAnswer:
        """The free times of a service on a date."""
        return await self._store.read(lambda ledger: check(ledger, call, service_type, date_str, staff_name))

    async def find(self, call: CallContext, phone: str) -> ToolAnswer:
        """The customer's appointments to come, and those with a phone."""
        return await self._store.read(lambda ledger: transactions.find(ledger, call, phone))

    async def find_free_times(
        self, call: CallContext, items: Sequence[WantedItem], days: Sequence[str], times: Sequence[str], limit: int
    ) -> ToolAnswer:
        """Visits for several services and persons."""
        return await self._store.read(lambda ledger: find_free_times(ledger, call, items, days, times, limit))

    async def profile(self, call: CallContext) -> ToolAnswer:
        """What is known about the customer."""
        return await self._store.read(lambda ledger: profile(ledger, call))

    async def book(
        self, call: CallContext, request: BookingRequest, name: str, email: str | None, phone: str | None
    ) -> ToolAnswer:
        """Books an appointment, once for the call's key."""
        client = read_client(call, name, email, phone)
        arguments = {**vars(request), "name": name, "email": email, "phone": phone}
        if request.places == 1:
            del arguments["places"]  # as calls of older releases were marked
        return await self._once(
            call, "book", arguments, lambda ledger: transactions.make(ledger, call, request, client)
        )

    async def book_all(
        self,
        call: CallContext,
        items: Sequence[GroupItem],
        name: str,
        email: str | None,
        phone: str | None,
        answers: Mapping[str, str] | None = None,
    ) -> ToolAnswer:
        """Books several appointments or none, once for the call's key."""
        client = read_client(call, name, email, phone, answers)
        arguments: dict[str, Any] = {
            "items": [_marked(item) for item in items],
            "name": name,
            "email": email,
            "phone": phone,
        }
        if answers:
            arguments["answers"] = dict(answers)
        return await self._once(call, "book_all", arguments, lambda ledger: make_all(ledger, call, items, client))

    async def cancel(self, call: CallContext, booking_id: str) -> ToolAnswer:
        """Cancels an appointment, once for the call's key."""
        arguments = {"booking_id": booking_id}
        return await self._once(call, "cancel", arguments, lambda ledger: transactions.cancel(ledger, call, booking_id))

    async def cancel_all(self, call: CallContext, booking_ids: Sequence[str]) -> ToolAnswer:
        """Cancels several appointments or none, once for the call's key."""
        arguments = {"booking_ids": list(booking_ids)}
        return await self._once(call, "cancel_all", arguments, lambda ledger: cancel_all(ledger, call, booking_ids))

    async def move(self, call: CallContext, booking_id: str, day: str, time: str) -> ToolAnswer:
        """Moves an appointment to another date and time, once for the call's key."""
        arguments = {"booking_id": booking_id, "day": day, "time": time}
        return await self._once(
            call, "move", arguments, lambda ledger: transactions.move(ledger, call, booking_id, day, time)
        )

    async def change(self, call: CallContext, booking_id: str, wanted: Change) -> ToolAnswer:
        """Changes an appointment, once for the call's key."""
        cleaned = wanted.cleaned()
        arguments = {"booking_id": booking_id, **asdict(wanted)}
        return await self._once(call, "change", arguments, lambda ledger: change(ledger, call, booking_id, cleaned))

    async def change_all(self, call: CallContext, wanted: Sequence[tuple[str, Change]]) -> ToolAnswer:
        """Changes several appointments or none, once for the call's key."""
        cleaned = [(booking_id, each.cleaned()) for booking_id, each in wanted]
        arguments = {"changes": [{"booking_id": booking_id, **asdict(each)} for booking_id, each in wanted]}
        return await self._once(call, "change_all", arguments, lambda ledger: change_all(ledger, call, cleaned))

    async def restore(self, call: CallContext, booking_id: str) -> ToolAnswer:
        """Undoes a cancellation, once for the call's key."""
        arguments = {"booking_id": booking_id}
        return await self._once(call, "restore", arguments, lambda ledger: restore(ledger, call, booking_id))

    async def _once(
        self,
        call: CallContext,
        tool: str,
        arguments: Mapping[str, Any],
        work: Callable[[Ledger], Awaitable[ToolAnswer]],
    ) -> ToolAnswer:
        """A write in a transaction of its own, once for the call's key."""
        return await self._store.write(lambda ledger: answer_once(ledger, call, tool, arguments, lambda: work(ledger)))


async def answer_once(
    ledger: Ledger,
    call: CallContext,
    tool: str,
    arguments: Mapping[str, Any],
    work: Callable[[], Awaitable[ToolAnswer]],
) -> ToolAnswer:
    """The answer of `work`, or the one given before to the call's key, in the same transaction.

    A no is kept as well. Without a key a call has the work done every time.
    """
    key, workspace_id = call.idempotency_key, call.workspace.id
    if key is None:
        return await work()
    mark = fingerprint(call, tool, arguments)
    kept = await ledger.claim(workspace_id, key, mark, call.now.isoformat())
    if kept is not None:
        answer: ToolAnswer = json.loads(kept)
        return answer
    answer = await work()
    await ledger.keep(workspace_id, key, json.dumps(answer, ensure_ascii=False), about(answer))
    return answer


def _marked(item: GroupItem) -> dict[str, Any]:
    """An item as the mark of a call has it: without places where it is one, as calls of older releases were marked."""
    marked = asdict(item)
    if item.request.places == 1:
        del marked["request"]["places"]
    return marked


def about(answer: ToolAnswer) -> str:
    """The booking id of an appointment that an answer tells of, by which it is erased with its customer; empty for
    none. All that one answer tells of are one customer's."""
    own = answer.get("booking_id") or answer.get("group_id")
    told = [answer.get("appointment"), *answer.get("appointments", ())]
    return str(own or next((each["booking_id"] for each in told if each), ""))


def fingerprint(call: CallContext, tool: str, arguments: Mapping[str, Any]) -> str:
    """What makes two calls the same: tool, arguments and customer, as a SHA-256 in hex."""
    same = json.dumps([tool, dict(sorted(arguments.items())), call.customer])
    return hashlib.sha256(same.encode()).hexdigest()
