"""Books, finds, moves and cancels appointments. Each function is the work of one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from agenda.booking.answers import read_answers
from agenda.booking.appointment import BOOKED_FIELDS, CHANGED, FOUND, Appointment, KeptRules, new_booking_id
from agenda.booking.availability import (
    Want,
    calendar_of,
    choose_staff,
    instead_of_day,
    instead_of_time,
    read_day,
    read_start,
    read_want,
    written_minute,
)
from agenda.booking.call_context import CallContext
from agenda.booking.customer_limits import group_of, hold_customer, over_limit, spared
from agenda.booking.customer_profile import known_email
from agenda.booking.free_times import spell
from agenda.booking.ledger import Ledger, SaveResult, TakenByDay, Times
from agenda.booking.openings import Absence, Calendar, Need
from agenda.booking.own_appointments import coming, own_booked, phone_of, too_late
from agenda.booking.reasons import NoReason, ToolAnswer, no, yes
from agenda.booking.text import clean_email, clean_name, fold
from runtime.errors import Kind, PulpoError

IDS_TRIED = 8
TRIES = 10
"""How often a place is chosen anew when somebody else was faster; each time somebody has been."""


@dataclass(frozen=True)
class Client:
    """The client of an appointment, cleaned."""

    name: str
    """Their name."""
    email: str
    """Their e-mail address; empty when none was given."""
    phone: str
    """Their phone or channel address; may be empty."""
    answers: str | None = None
    """JSON: answers to the business's own questions."""


@dataclass(frozen=True)
class BookingRequest:
    """What is to be booked, as it was asked for."""

    service_type: str
    """Canonical name of a service, or something else."""
    date: str
    """YYYY-MM-DD, or something else."""
    time: str
    """HH:MM, or something else."""
    staff_name: str | None
    """Who is asked for; None for anybody."""
    places: int = 1
    """Places of a class."""


@dataclass(frozen=True)
class Placement:
    """A day and a minute at which an appointment can begin."""

    day: date
    """Local date."""
    start: int
    """Minute of it."""


def read_client(
    call: CallContext, name: str, email: str | None, phone: str | None, answers: Mapping[str, str] | None = None
) -> Client:
    """Cleans what a caller says about a client. Raises PulpoError when name or e-mail is unusable."""
    address = "" if email is None else clean_email(email)
    return Client(clean_name(name), address, phone_of(call, phone), read_answers(answers or {}))


async def make(
    ledger: Ledger,
    call: CallContext,
    request: BookingRequest,
    client: Client,
    draw: Callable[[], str] = new_booking_id,
) -> ToolAnswer:
    """Books an appointment, with a booking id from `draw`. See `book_appointment`.

    A customer who asks again for what they already have (a message sent twice) gets that one. Without an e-mail address
    the customer's known one is taken. Raises PulpoError when there is none and the business needs one.
    """
    want = read_want(call, request.service_type, request.staff_name, request.places)
    if isinstance(want, NoReason):
        return no(want)
    await hold_customer(ledger, call)
    calendar = await calendar_of(ledger, call)
    place = await read_placement(ledger, calendar, want, request.date, request.time)
    if not isinstance(place, Placement):
        return place
    client = replace(client, email=client.email or await known_email(ledger, call))
    if not client.email and call.workspace.needs_email:
        raise PulpoError(Kind.INVALID_ARGUMENT, "INVALID_ARGUMENTS", "Not usable: client_email.")
    draft = draft_of(call, request, client, want, place)
    same = await _same(ledger, call, draft, request.staff_name)
    if same:
        return yes(**told_booking(call, same))
    group = await group_of(ledger, call)
    over = await over_limit(ledger, call, group)
    if over:
        return no(over)
    return await _keep(ledger, call, calendar, want, place, replace(draft, group_id=group), draw)


async def _keep(
    ledger: Ledger,
    call: CallContext,
    calendar: Calendar,
    want: Want,
    place: Placement,
    draft: Appointment,
    draw: Callable[[], str],
) -> ToolAnswer:
    """Keeps a new appointment with whoever has time, chosen again when somebody else was faster."""
    for _ in range(TRIES):
        slots = await choose_staff(ledger, calendar, want, place.day, place.start)
        allowed = await spared(ledger, call, draft, [slot.staff for slot in slots])
        if slots and not allowed:
            return no(NoReason.TOO_MUCH_OF_DAY)
        for slot in (slot for slot in slots if slot.staff in allowed):
            booked = await _add(ledger, draft.placed(slot), draw)
            if booked:
                return yes(**told_booking(call, booked))
        if not slots:
            break
    return no(NoReason.TAKEN, **await instead_of_time(ledger, calendar, want, place.day, place.start))


async def find(ledger: Ledger, call: CallContext, phone: str) -> ToolAnswer:
    """Lists appointments to come. See `find_appointment_by_phone`."""
    return yes(appointments=[each.told(*FOUND) for each in await coming(ledger, call, phone)])


async def cancel(ledger: Ledger, call: CallContext, booking_id: str) -> ToolAnswer:
    """Cancels an appointment. See `cancel_appointment`."""
    appointment = await own_booked(ledger, call, booking_id)
    if appointment is None:
        return no(NoReason.NOT_FOUND)
    if too_late(call, appointment, appointment.kept.cancel_until):
        return no(NoReason.CANCEL_TOO_LATE, until=appointment.kept.cancel_until)
    await ledger.cancel(appointment, call.now.isoformat())
    return yes(**appointment.told(*CHANGED))


async def move(ledger: Ledger, call: CallContext, booking_id: str, day_text: str, time_text: str) -> ToolAnswer:
    """Moves an appointment. See `reschedule_appointment`."""
    await hold_customer(ledger, call)
    appointment = await own_booked(ledger, call, booking_id)
    if appointment is None:
        return no(NoReason.NOT_FOUND)
    if too_late(call, appointment, appointment.kept.move_until):
        return no(NoReason.MOVE_TOO_LATE, until=appointment.kept.move_until)
    want = want_of(call, appointment)
    others = Others(ledger, appointment)
    calendar = await calendar_of(others, call)
    place = await read_placement(others, calendar, want, day_text, time_text)
    if not isinstance(place, Placement):
        return place
    slots = await choose_staff(others, calendar, want, place.day, place.start)
    free = [slot.staff for slot in slots]
    moved = appointment.moved(place.day, place.start, call.now)
    allowed = await spared(ledger, call, moved, free)
    if place.day.isoformat() == appointment.date and appointment.staff_name in free:  # as full a day as it was
        allowed = [name for name in free if name in (*allowed, appointment.staff_name)]
    for slot in sorted(slots, key=lambda slot: slot.staff != appointment.staff_name):
        there = moved.placed(slot)
        if slot.staff in allowed and await ledger.move(there) is SaveResult.DONE:
            return yes(**there.told(*CHANGED), previous=appointment.told("date", "time"))
    if slots and not allowed:
        return no(NoReason.TOO_MUCH_OF_DAY)
    return no(NoReason.TAKEN, **await instead_of_time(others, calendar, want, place.day, place.start))


@dataclass(frozen=True)
class Others:
    """The times taken, without those of one appointment."""

    ledger: Times
    appointment: Appointment

    async def taken(self, workspace_id: str, first: str, last: str, without: str = "") -> TakenByDay:
        """See Times."""
        return await self.ledger.taken(workspace_id, first, last, without or self.appointment.booking_id)

    async def absences(self, workspace_id: str, first: str) -> list[Absence]:
        """See Times."""
        return await self.ledger.absences(workspace_id, first)


async def read_placement(
    known: Times, calendar: Calendar, want: Want, day_text: str, time_text: str
) -> Placement | ToolAnswer:
    """Where an appointment is to go, or the no that says why it cannot."""
    wanted = written_minute(time_text)
    day = read_day(calendar, want, day_text)
    if isinstance(day, NoReason):
        return no(day, **await instead_of_day(known, calendar, want, day_text, day, wanted))
    start = read_start(calendar, day, time_text, want)
    if isinstance(start, NoReason):
        return no(start, **await instead_of_time(known, calendar, want, day, wanted or 0))
    return Placement(day, start)


async def _same(ledger: Ledger, call: CallContext, draft: Appointment, staff_name: str | None) -> Appointment | None:
    """The appointment that a customer already has for the same service, time and person, if any."""
    for each in await ledger.upcoming(call.workspace.id, call.customer or "", "", draft.date):
        asked = (draft.service_type, draft.date, draft.time, fold(draft.client_name), staff_name or each.staff_name)
        if asked == (each.service_type, each.date, each.time, fold(each.client_name), each.staff_name):
            return each
    return None


def told_booking(call: CallContext, booked: Appointment) -> ToolAnswer:
    """A booked appointment with its price, as an answer has it."""
    price = call.workspace.price_of(booked.service_type, booked.staff_name)
    more: ToolAnswer = price.told(booked.places or 1) if price else {}
    if booked.places and booked.places > 1:
        more["places"] = booked.places
    if booked.kept.deposit:
        more["deposit"] = booked.kept.deposit
    member = call.workspace.member(booked.staff_name)
    if member and member.branch:
        more["branch"] = member.branch
    return {**booked.told(*BOOKED_FIELDS), **more}


def draft_of(call: CallContext, request: BookingRequest, client: Client, want: Want, place: Placement) -> Appointment:
    """The appointment, still without booking id and member of staff."""
    at = call.now.isoformat()
    rules = call.workspace.rules(request.service_type)
    minutes = want.need.minutes or call.workspace.minutes_of(request.service_type, want.staff[0])
    return Appointment(
        booking_id="",
        workspace_id=call.workspace.id,
        customer=call.customer,
        service_type=request.service_type,
        date=place.day.isoformat(),
        time=spell(place.start),
        end_time=spell(place.start + minutes),
        minutes=minutes,
        staff_name="",
        staff_requested=request.staff_name is not None,
        client_name=client.name,
        client_email=client.email,
        client_phone=client.phone,
        created_at=at,
        updated_at=at,
        rules=KeptRules(rules.cancel_until, rules.move_until, rules.deposit).text(),
        answers=client.answers,
    )


async def _add(ledger: Ledger, draft: Appointment, draw: Callable[[], str]) -> Appointment | None:
    """The appointment as kept, with an id that nobody had; None when its time is taken."""
    for _ in range(IDS_TRIED):
        appointment = replace(draft, booking_id=draw())
        kept = await ledger.add(appointment)
        if kept is not SaveResult.ID_USED:
            return appointment if kept is SaveResult.DONE else None
    raise PulpoError(Kind.INTERNAL, "NO_BOOKING_ID", "No unused booking id was drawn.")


def want_of(call: CallContext, appointment: Appointment) -> Want:
    """What an appointment needs wherever it goes. Somebody who was asked for stays."""
    doers = call.workspace.staff_for(appointment.service_type)
    own, need = (appointment.staff_name,), Need(appointment.service_type, appointment.places or 1, appointment.minutes)
    if appointment.staff_requested and appointment.staff_name in doers:
        return Want(need, own)
    return Want(need, doers or own)
