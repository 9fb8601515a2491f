"""Changes what is booked, and undoes a cancellation. Each function is the work of one transaction."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agenda.booking.appointment import BOOKED, FOUND, Appointment
from agenda.booking.availability import Want, calendar_of, choose_staff, instead_of_time, read_want
from agenda.booking.call_context import CallContext
from agenda.booking.customer_limits import hold_customer, over_open, own_others, spared_of
from agenda.booking.customer_profile import is_restorable
from agenda.booking.ledger import Ledger, SaveResult
from agenda.booking.own_appointments import coming, in_the_way, own_booked, own_of_any_status, too_late
from agenda.booking.reasons import NoReason, ToolAnswer, no, yes
from agenda.booking.text import clean_email, clean_name, mask_email
from agenda.booking.transactions import (
    Others,
    Placement,
    read_placement,
    told_booking,
    want_of,
)

_SHOWN = ("service_type", "date", "time", "end_time", "staff_name", "client_name")
_COMPARED = ("service_type", "date", "time", "staff_name", "client_name", "client_email")


@dataclass(frozen=True)
class Change:
    """What is to be otherwise; None stays as it is."""

    date: str | None = None
    """YYYY-MM-DD, or something else."""
    time: str | None = None
    """HH:MM, or something else."""
    service_type: str | None = None
    """Canonical name of a service, or something else."""
    staff_name: str | None = None
    """Who is asked for from now on."""
    client_name: str | None = None
    """Who comes."""
    client_email: str | None = None
    """Where to write to them."""

    def cleaned(self) -> "Change":
        """With name and e-mail cleaned. Raises PulpoError when one is unusable."""
        name, email = self.client_name, self.client_email
        return replace(
            self,
            client_name=None if name is None else clean_name(name),
            client_email=None if email is None else clean_email(email),
        )


async def change_all(ledger: Ledger, call: CallContext, wanted: Sequence[tuple[str, Change]]) -> ToolAnswer:
    """Changes several appointments, or none. See `change_appointments`.

    They are changed in the order given or, where one would come to where a later one still is, the last first. Two
    that were at one time are two persons', who may be at one time again.
    """
    await hold_customer(ledger, call)
    found = {
        booking_id: await own_booked(ledger, call, booking_id) for booking_id in sorted({id_ for id_, _ in wanted})
    }
    lacking = [booking_id for booking_id, each in found.items() if each is None]
    if lacking:
        return no(NoReason.NOT_FOUND, booking_ids=lacking)
    old = {booking_id: each for booking_id, each in found.items() if each}
    answer = no(NoReason.NOT_FOUND)
    for order in (range(len(wanted)), range(len(wanted) - 1, -1, -1)):
        answer = await ledger.whole(partial(_change_each, ledger, call, wanted, old, order))
        if answer["ok"]:
            break
    return answer


async def _change_each(
    ledger: Ledger,
    call: CallContext,
    wanted: Sequence[tuple[str, Change]],
    old: Mapping[str, Appointment],
    order: Iterable[int],
) -> ToolAnswer:
    """The changes one after the other; the first no, with the index of what it is about."""
    told: dict[int, ToolAnswer] = {}
    for index in order:
        booking_id, one = wanted[index]
        beside = {id_ for id_, each in old.items() if id_ != booking_id and _at_once(each, old[booking_id])}
        answer = await change(ledger, call, booking_id, one, beside)
        if not answer["ok"]:
            return {**answer, "item": index, "booking_id": booking_id}
        told[index] = {name: value for name, value in answer.items() if name != "ok"}
    return yes(appointments=[told[index] for index in sorted(told)])


async def change(
    ledger: Ledger, call: CallContext, booking_id: str, wanted: Change, beside: Container[str] = ()
) -> ToolAnswer:
    """Changes an appointment, or leaves all of it as it is. See `change_appointment`. `beside` are appointments of
    other persons, whom it need not avoid."""
    await hold_customer(ledger, call)
    old = await own_booked(ledger, call, booking_id)
    if old is None:
        return no(NoReason.NOT_FOUND)
    name, email = wanted.client_name or old.client_name, wanted.client_email or old.client_email
    new = replace(old, client_name=name, client_email=email, updated_at=call.now.isoformat())
    if not _is_elsewhere(old, wanted):
        await ledger.move(new)
        return _told(call, old, new)
    if too_late(call, old, old.kept.move_until):
        return no(NoReason.MOVE_TOO_LATE, until=old.kept.move_until)
    return await _move(ledger, call, old, new, wanted, beside)


def _is_elsewhere(old: Appointment, wanted: Change) -> bool:
    """Whether a change concerns more than the client."""
    pairs = (
        (wanted.date, old.date),
        (wanted.time, old.time),
        (wanted.service_type, old.service_type),
        (wanted.staff_name, old.staff_name if old.staff_requested else None),
    )
    return any(asked is not None and asked != is_ for asked, is_ in pairs)


async def _move(
    ledger: Ledger, call: CallContext, old: Appointment, new: Appointment, wanted: Change, beside: Container[str]
) -> ToolAnswer:
    """Gives an appointment its new place. Staff that was asked for stays; other staff stays where it can."""
    service = wanted.service_type or old.service_type
    want = _want(call, old, service, wanted.staff_name)
    if isinstance(want, NoReason):
        doers = call.workspace.staff_for(service)
        return no(want, staff=list(doers)) if doers else no(want)
    others = Others(ledger, old)
    calendar = await calendar_of(others, call)
    place = await read_placement(others, calendar, want, wanted.date or old.date, wanted.time or old.time)
    if not isinstance(place, Placement):
        return place
    asked = old.staff_requested or wanted.staff_name is not None
    minutes = calendar.minutes(want.need, want.staff[0])
    new = replace(new, service_type=service, minutes=minutes, staff_requested=asked)
    new = new.moved(place.day, place.start, call.now)
    offers = partial(instead_of_time, others, calendar, want, place.day, place.start)
    coming_ones = [each for each in await coming(ledger, call) if each.booking_id not in beside]
    owned = [each for each in coming_ones if not _at_once(each, old)]
    other = in_the_way(owned, new) if call.customer is not None else None
    if other:
        return no(NoReason.OWN_APPOINTMENT, appointment=other.told(*FOUND), **await offers())
    slots = await choose_staff(others, calendar, want, place.day, place.start)
    free = [slot.staff for slot in slots]
    allowed = spared_of(call, await own_others(ledger, call, old.booking_id), new, free)
    if new.date == old.date and new.minutes <= old.minutes and old.staff_name in free:  # as full a day as it was
        allowed = [name for name in free if name in (*allowed, old.staff_name)]
    for slot in sorted(slots, key=lambda slot: slot.staff != old.staff_name):
        there = new.placed(slot)
        if slot.staff in allowed and await ledger.move(there) is SaveResult.DONE:
            return _told(call, old, there)
    if slots and not allowed:
        return no(NoReason.TOO_MUCH_OF_DAY)
    return no(NoReason.TAKEN, **await offers())


def _want(call: CallContext, old: Appointment, service: str, staff_name: str | None) -> Want | NoReason:
    """How long it will take, and who may do it."""
    asked = staff_name or (old.staff_name if old.staff_requested else None)
    if service != old.service_type:
        return read_want(call, service, asked, old.places or 1)
    if staff_name is None:
        return want_of(call, old)
    want = read_want(call, service, staff_name, old.places or 1)
    own = call.workspace.member(staff_name)
    if isinstance(want, NoReason) or (own and (done := own.own(service)) and done.minutes):
        return want
    return replace(want, need=replace(want.need, minutes=old.minutes))


def _at_once(each: Appointment, old: Appointment) -> bool:
    """Whether an appointment is at the same time as the one to be changed: then it is somebody else's."""
    return each.date == old.date and each.start < old.start + old.minutes and old.start < each.start + each.minutes


def _told(call: CallContext, old: Appointment, new: Appointment) -> ToolAnswer:
    price = call.workspace.price_of(new.service_type, new.staff_name)
    return yes(
        booking_id=new.booking_id,
        before=_shown(old),
        after=_shown(new),
        changed=[name for name in _COMPARED if getattr(old, name) != getattr(new, name)],
        **(price.told(new.places or 1) if price else {"price_min": None, "price_max": None}),
    )


def _shown(appointment: Appointment) -> ToolAnswer:
    return {**appointment.told(*_SHOWN), "masked_email": mask_email(appointment.client_email) or None}


async def restore(ledger: Ledger, call: CallContext, booking_id: str) -> ToolAnswer:
    """Books a cancelled appointment again, with its id. See `restore_appointment`."""
    await hold_customer(ledger, call)
    found = await own_of_any_status(ledger, call, booking_id)
    if found is None:
        return no(NoReason.NOT_FOUND)
    if found.status == BOOKED:
        return yes(**told_booking(call, found), already=True)
    if not is_restorable(found, call):
        return no(NoReason.TOO_LATE)
    owned = await coming(ledger, call) if call.customer is not None else []
    other = in_the_way(owned, found)
    if other:
        return no(NoReason.OWN_APPOINTMENT, appointment=other.told(*FOUND))
    if await over_open(ledger, call):
        return no(NoReason.TOO_MANY_OPEN)
    want = want_of(call, found)
    calendar = await calendar_of(ledger, call)
    place = await read_placement(ledger, calendar, want, found.date, found.time)
    if not isinstance(place, Placement):
        return place
    if not spared_of(call, await own_others(ledger, call), found, [found.staff_name]):
        return no(NoReason.TOO_MUCH_OF_DAY)
    if await ledger.restore(found, call.now.isoformat()) is SaveResult.DONE:
        return yes(**told_booking(call, found), already=False)
    return no(NoReason.TAKEN, **await instead_of_time(ledger, calendar, want, place.day, place.start))
