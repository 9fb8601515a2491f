"""The appointments of the customer who writes: found, and told from others'."""

from datetime import date, datetime, timedelta

from agenda.booking.appointment import BOOKED, Appointment, is_booking_id
from agenda.booking.call_context import CallContext
from agenda.booking.ledger import Ledger
from agenda.booking.proposals import clashes
from agenda.booking.text import clean_phone

GRACE = timedelta(minutes=15)
"""How long after booking it an appointment can be corrected and cancelled whatever the deadline."""


def phone_of(call: CallContext, said: str | None = None) -> str:
    """The phone that appointments are kept and found by: a customer's own, whatever an argument says, because it
    also owns. Only who speaks for the business names another."""
    if call.customer is None:
        return clean_phone(said) or call.customer_phone
    return call.customer_phone or clean_phone(call.customer)


def today(call: CallContext) -> date:
    """The local date of the call."""
    return call.now.astimezone(call.workspace.zone).date()


async def coming(ledger: Ledger, call: CallContext, phone: str | None = None) -> list[Appointment]:
    """Those that are booked and have not begun, by channel address or phone, soonest first. Who speaks for the
    business has those with a phone."""
    first = today(call).isoformat()
    found = await ledger.upcoming(call.workspace.id, call.customer or "", phone_of(call, phone), first)
    return [each for each in found if not each.has_begun(call.workspace, call.now)]


async def own_booked(ledger: Ledger, call: CallContext, booking_id: str) -> Appointment | None:
    """One that is booked and has not begun, locked; None for any other."""
    found = await own_of_any_status(ledger, call, booking_id)
    return found if found is not None and found.status == BOOKED else None


async def own_of_any_status(ledger: Ledger, call: CallContext, booking_id: str) -> Appointment | None:
    """One that has not begun, booked or cancelled, locked; None for any other, and for another customer's."""
    if not is_booking_id(booking_id):
        return None
    found = await ledger.find(call.workspace.id, booking_id)
    if found is None or found.has_begun(call.workspace, call.now):
        return None
    if call.customer is None:
        return found
    same_customer = bool(call.customer) and found.customer == call.customer
    same_phone = bool(call.customer_phone) and found.client_phone == call.customer_phone
    return found if same_customer or same_phone else None


def too_late(call: CallContext, appointment: Appointment, minutes: int) -> bool:
    """Whether a customer may no longer cancel or move an appointment, so many minutes before it. What was booked just
    now may be corrected. Who speaks for the business may always."""
    if call.customer is None or not minutes:
        return False
    fresh = call.now - datetime.fromisoformat(appointment.created_at) <= GRACE
    return not fresh and call.now > appointment.until(minutes, call.workspace)


def in_the_way(others: list[Appointment], wanted: Appointment) -> Appointment | None:
    """The first of a customer's other appointments that the same person has at the time of a wanted one."""
    same_day = (each for each in others if each.date == wanted.date and each.booking_id != wanted.booking_id)
    name, start, minutes = wanted.client_name, wanted.start, wanted.minutes
    return next((each for each in same_day if clashes(each, name, start, minutes)), None)
