"""What is known about the customer of a channel address, from their own appointments: nothing else is kept of them, so
what erases those erases this."""

import datetime as dt
from collections.abc import Sequence

from agenda.booking.appointment import BOOKED, CANCELLED, CHANGED, FOUND, Appointment
from agenda.booking.call_context import CallContext
from agenda.booking.ledger import Ledger
from agenda.booking.own_appointments import GRACE, coming
from agenda.booking.reasons import ToolAnswer, yes
from agenda.booking.text import mask_email

RESTORABLE = dt.timedelta(hours=24)
"""How long after it a cancellation can be undone."""
_LAST = 3
"""How many past appointments are told."""
_LOOKED_BACK = 50
"""How many appointments a profile is made from."""
_PAST = ("service_type", "date", "time", "staff_name")


async def profile(ledger: Ledger, call: CallContext) -> ToolAnswer:
    """Name, masked e-mail address, last services and staff, appointments to come and those that can be booked again.
    See `get_customer`."""
    rows = await _history(ledger, call)
    been = [each for each in rows if each.status == BOOKED and each.has_begun(call.workspace, call.now)]
    been.sort(key=lambda each: (each.date, each.time), reverse=True)
    return yes(
        client_name=next((each.client_name for each in _own_first(rows) if each.client_name), None),
        masked_email=mask_email(_email(rows)) or None,
        last=[each.told(*_PAST) for each in been[:_LAST]],
        appointments=[told_own(call, each) for each in await coming(ledger, call)] if call.customer else [],
        cancelled=[each.told(*CHANGED) for each in rows if is_restorable(each, call)],
    )


def told_own(call: CallContext, appointment: Appointment) -> ToolAnswer:
    """An appointment to come, with the moments until which it may be cancelled and moved, where there are such."""
    kept, more = appointment.kept, {}
    for name, minutes in (("cancel_until", kept.cancel_until), ("move_until", kept.move_until)):
        if minutes:
            fresh = dt.datetime.fromisoformat(appointment.created_at) + GRACE
            until = max(appointment.until(minutes, call.workspace), fresh)
            more[name] = until.astimezone(dt.UTC).isoformat()
    return {**appointment.told(*FOUND), **more}


async def known_email(ledger: Ledger, call: CallContext) -> str:
    """The e-mail address that the customer gave last; empty for none."""
    return _email(await _history(ledger, call))


def is_restorable(appointment: Appointment, call: CallContext) -> bool:
    """Whether a customer's appointment was cancelled so recently that this can be undone, and is still to come."""
    if appointment.status != CANCELLED or appointment.has_begun(call.workspace, call.now):
        return False
    return call.now - dt.datetime.fromisoformat(appointment.updated_at) <= RESTORABLE


async def _history(ledger: Ledger, call: CallContext) -> list[Appointment]:
    return await ledger.history(call.workspace.id, call.customer or "", _LOOKED_BACK)


def _own_first(rows: Sequence[Appointment]) -> list[Appointment]:
    """Appointments, those for who writes before those for others."""
    return sorted(rows, key=lambda each: bool(each.for_other))


def _email(rows: Sequence[Appointment]) -> str:
    return next((each.client_email for each in rows if each.client_email), "")
