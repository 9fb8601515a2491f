"""Books, finds, moves and cancels appointments. Each function is the work of one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from agenda.appointment import BOOKED, Appointment
from agenda.availability import choose_staff, instead_of_day, instead_of_time
from agenda.booking_ids import is_booking_id, new_booking_id
from agenda.caller import Caller
from agenda.ledger import Kept, Ledger, TakenByDay, Times
from agenda.quarters import spell
from agenda.reasons import Answer, Reason, no, yes
from agenda.text import clean_email, clean_name, clean_phone, fold
from agenda.wanted import Want, read_day, read_start, read_want, written_minute
from runtime.errors import Kind, PulpoError

_IDS_TRIED = 8
_FOUND = ("booking_id", "service_type", "date", "time", "staff_name", "staff_requested", "client_name")
_CHANGED = ("booking_id", "service_type", "date", "time", "staff_name")
_BOOKED = ("booking_id", "service_type", "date", "time", "end_time", "staff_name", "client_name")


@dataclass(frozen=True)
class Client:
    """Who comes, cleaned."""

    name: str
    """Their name."""
    email: str
    """Their e-mail address."""
    phone: str
    """Their phone or channel address; may be empty."""


@dataclass(frozen=True)
class Request:
    """What is to be booked, as it was asked for."""

    service_type: str
    """Canonical name of a service, or something else."""
    date: str
    """YYYY-MM-DD, or something else."""
    time: str
    """HH:MM, or something else."""
    staff_name: str | None
    """Who is asked for; None for anybody."""


@dataclass(frozen=True)
class Place:
    """A usable day and minute."""

    day: date
    """Local date."""
    start: int
    """Minute of it."""


def read_client(caller: Caller, name: str, email: str, phone: str | None) -> Client:
    """Cleans what a caller says about a client. Raises PulpoError when name or e-mail is unusable."""
    return Client(clean_name(name), clean_email(email), clean_phone(phone) or caller.customer_phone)


async def make(
    ledger: Ledger, caller: Caller, request: Request, client: Client, draw: Callable[[], str] = new_booking_id
) -> Answer:
    """Books an appointment, with a booking id from `draw`. See `book_appointment`.

    A customer who asks again for what they already have (a message sent twice) is told of it.
    """
    want = read_want(caller, request.service_type, request.staff_name)
    if isinstance(want, Reason):
        return no(want)
    place = await _read_place(ledger, caller, want, request.date, request.time)
    if not isinstance(place, Place):
        return place
    draft = _draft(caller, request, client, want, place)
    same = await _same(ledger, caller, draft, request.staff_name)
    if same:
        return _told(caller, same)
    for name in await choose_staff(ledger, caller, want, place.day, place.start):
        booked = await _add(ledger, replace(draft, staff_name=name), draw)
        if booked:
            return _told(caller, booked)
    return no(Reason.TAKEN, **await instead_of_time(ledger, caller, want, place.day, place.start))


async def find(ledger: Ledger, caller: Caller, phone: str) -> Answer:
    """Lists appointments to come. See `find_appointment_by_phone`."""
    today = caller.now.astimezone(caller.workspace.zone).date().isoformat()
    found = await ledger.upcoming(caller.workspace.id, caller.customer or "", clean_phone(phone), today)
    coming = [each for each in found if not each.has_begun(caller.workspace, caller.now)]
    return yes(appointments=[each.told(*_FOUND) for each in coming])


async def cancel(ledger: Ledger, caller: Caller, booking_id: str) -> Answer:
    """Cancels an appointment. See `cancel_appointment`."""
    appointment = await _own(ledger, caller, booking_id)
    if appointment is None:
        return no(Reason.NOT_FOUND)
    await ledger.cancel(appointment, caller.now.isoformat())
    return yes(**appointment.told(*_CHANGED))


async def move(ledger: Ledger, caller: Caller, booking_id: str, day_text: str, time_text: str) -> Answer:
    """Moves an appointment. See `reschedule_appointment`."""
    appointment = await _own(ledger, caller, booking_id)
    if appointment is None:
        return no(Reason.NOT_FOUND)
    want = _want_of(caller, appointment)
    others = _Others(ledger, appointment)
    place = await _read_place(others, caller, want, day_text, time_text)
    if not isinstance(place, Place):
        return place
    free = await choose_staff(others, caller, want, place.day, place.start)
    for name in sorted(free, key=lambda name: name != appointment.staff_name):
        moved = appointment.moved(place.day, place.start, name, caller.now)
        if await ledger.move(moved) is Kept.DONE:
            return yes(**moved.told(*_CHANGED), previous=appointment.told("date", "time"))
    return no(Reason.TAKEN, **await instead_of_time(others, caller, want, place.day, place.start))


@dataclass(frozen=True)
class _Others:
    """What everybody but one appointment has taken."""

    ledger: Times
    appointment: Appointment

    async def taken(self, workspace_id: str, first: str, last: str) -> TakenByDay:
        found = await self.ledger.taken(workspace_id, first, last)
        own = self.appointment
        found.get(own.date, {}).get(own.staff_name, set()).difference_update(own.cells)
        return found


async def _read_place(known: Times, caller: Caller, want: Want, day_text: str, time_text: str) -> Place | Answer:
    """Where an appointment is to go, or the no that says why it cannot."""
    wanted = written_minute(time_text)
    day = read_day(caller, day_text)
    if isinstance(day, Reason):
        return no(day, **await instead_of_day(known, caller, want, day_text, day, wanted))
    start = read_start(caller, day, time_text, want.minutes)
    if isinstance(start, Reason):
        return no(start, **await instead_of_time(known, caller, want, day, wanted or 0))
    return Place(day, start)


async def _same(ledger: Ledger, caller: Caller, draft: Appointment, staff_name: str | None) -> Appointment | None:
    """The appointment that a customer already has for the same service, time and person, if any."""
    for each in await ledger.upcoming(caller.workspace.id, caller.customer or "", "", draft.date):
        asked = (draft.service_type, draft.date, draft.time, fold(draft.client_name), staff_name or each.staff_name)
        if asked == (each.service_type, each.date, each.time, fold(each.client_name), each.staff_name):
            return each
    return None


def _told(caller: Caller, booked: Appointment) -> Answer:
    service = caller.workspace.service(booked.service_type)
    assert service is not None
    return yes(**booked.told(*_BOOKED), price_min=service.price_min, price_max=service.price_max)


def _draft(caller: Caller, request: Request, client: Client, want: Want, place: Place) -> Appointment:
    """The appointment, still without booking id and member of staff."""
    at = caller.now.isoformat()
    return Appointment(
        booking_id="",
        workspace_id=caller.workspace.id,
        customer=caller.customer,
        service_type=request.service_type,
        date=place.day.isoformat(),
        time=spell(place.start),
        end_time=spell(place.start + want.minutes),
        minutes=want.minutes,
        staff_name="",
        staff_requested=request.staff_name is not None,
        client_name=client.name,
        client_email=client.email,
        client_phone=client.phone,
        created_at=at,
        updated_at=at,
    )


async def _add(ledger: Ledger, draft: Appointment, draw: Callable[[], str]) -> Appointment | None:
    """The appointment as kept, with an id that nobody had; None when its time is taken."""
    for _ in range(_IDS_TRIED):
        appointment = replace(draft, booking_id=draw())
        kept = await ledger.add(appointment)
        if kept is not Kept.ID_USED:
            return appointment if kept is Kept.DONE else None
    raise PulpoError(Kind.INTERNAL, "NO_BOOKING_ID", "No unused booking id was drawn.")


async def _own(ledger: Ledger, caller: Caller, booking_id: str) -> Appointment | None:
    """An appointment that is booked, not yet begun and the caller's; None for any other."""
    if not is_booking_id(booking_id):
        return None
    found = await ledger.find(caller.workspace.id, booking_id)
    if found is None or found.status != BOOKED or found.has_begun(caller.workspace, caller.now):
        return None
    if caller.customer is None:
        return found
    same_customer = bool(caller.customer) and found.customer == caller.customer
    same_phone = bool(caller.customer_phone) and found.client_phone == caller.customer_phone
    return found if same_customer or same_phone else None


def _want_of(caller: Caller, appointment: Appointment) -> Want:
    """What an appointment needs wherever it goes. Somebody who was asked for stays."""
    doers = caller.workspace.staff_for(appointment.service_type)
    own = (appointment.staff_name,)
    if appointment.staff_requested and appointment.staff_name in doers:
        return Want(appointment.minutes, own)
    return Want(appointment.minutes, doers or own)
