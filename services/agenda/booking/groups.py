"""Books and cancels several appointments at once: all or none. Each function is the work of one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from agenda.booking.answers import lacking
from agenda.booking.appointment import CHANGED, FOUND, Appointment, new_booking_id
from agenda.booking.availability import Want, calendar_of, instead_of_time, read_want, slots_at
from agenda.booking.call_context import CallContext
from agenda.booking.customer_limits import group_of, hold_customer, over_limit, own_others, spared_of
from agenda.booking.customer_profile import known_email
from agenda.booking.ledger import Ledger, SaveResult, TakenByDay, Times
from agenda.booking.openings import Absence, Calendar, Slot
from agenda.booking.own_appointments import coming, in_the_way, own_booked, too_late
from agenda.booking.reasons import NoReason, ToolAnswer, no, yes
from agenda.booking.text import clean_name, fold
from agenda.booking.transactions import (
    IDS_TRIED,
    TRIES,
    BookingRequest,
    Client,
    Placement,
    draft_of,
    read_placement,
    told_booking,
)
from agenda.booking.visits import Allowance
from runtime.errors import Kind, PulpoError


@dataclass(frozen=True)
class GroupItem:
    """One appointment of several."""

    request: BookingRequest
    """What is to be booked."""
    client_name: str | None = None
    """Who comes, when it is not who writes."""
    for_another: bool = False
    """Whether somebody without a name comes, whom the writer's own appointments do not keep from coming."""


@dataclass(frozen=True)
class _Draft:
    """An appointment without booking id and member of staff, and who can do it."""

    appointment: Appointment
    want: Want

    @property
    def asked(self) -> str | None:
        """Who was asked for."""
        return self.want.staff[0] if self.appointment.staff_requested else None


@dataclass(frozen=True)
class _Lacking:
    """The item that nobody can do, and what the ones before it have taken."""

    index: int
    before: tuple[Appointment, ...]
    reason: NoReason


async def make_all(
    ledger: Ledger,
    call: CallContext,
    items: Sequence[GroupItem],
    client: Client,
    draw: Callable[[], str] = new_booking_id,
) -> ToolAnswer:
    """Books all appointments of a request, or none. See `book_appointments`.

    A customer who asks again for what they already have gets those. Without an e-mail address the customer's known one
    is taken.
    """
    if len(items) > call.workspace.booking.max_group_size:
        return no(NoReason.TOO_MANY_ITEMS, most=call.workspace.booking.max_group_size)
    await hold_customer(ledger, call)
    client = replace(client, email=client.email or await known_email(ledger, call))
    calendar = await calendar_of(ledger, call)
    drafts: list[_Draft] = []
    for index, item in enumerate(items):
        draft = await _read(ledger, call, calendar, item, client)
        if not isinstance(draft, _Draft):
            return {**draft, "item": index}
        drafts.append(draft)
    owned = await coming(ledger, call) if call.customer is not None else []
    same = _same(drafts, owned)
    if same:
        return _told_all(call, same, already=True)
    for index, (item, draft) in enumerate(zip(items, drafts, strict=True)):
        other = None if item.for_another else in_the_way(owned, draft.appointment)
        if other:
            return no(NoReason.OWN_APPOINTMENT, item=index, appointment=other.told(*FOUND))
    if not client.email and call.workspace.needs_email:
        return no(NoReason.EMAIL_REQUIRED)
    unanswered = [key for item in items for key in lacking(call.workspace, item.request.service_type, client.answers)]
    if unanswered and call.customer is not None:
        return no(NoReason.ANSWERS_REQUIRED, answers=list(dict.fromkeys(unanswered)))
    group = await group_of(ledger, call, len(drafts))
    over = await over_limit(ledger, call, group)
    return no(over) if over else await _book(ledger, call, calendar, drafts, group, draw)


async def _book(
    ledger: Ledger,
    call: CallContext,
    calendar: Calendar,
    drafts: Sequence[_Draft],
    group: str | None,
    draw: Callable[[], str],
) -> ToolAnswer:
    """Chooses staff and keeps the appointments; again when somebody else was faster."""
    others = await own_others(ledger, call)
    days = sorted({each.appointment.date for each in drafts})
    lacking = _Lacking(0, (), NoReason.TAKEN)
    for _ in range(TRIES):
        taken = await ledger.taken(call.workspace.id, days[0], days[-1])
        found = choose_all(call, calendar, drafts, taken, others)
        if isinstance(found, _Lacking):
            lacking = found
            break
        booked = await _add_all(ledger, found, group, draw)
        if booked:
            return _told_all(call, booked, already=False)
    if lacking.reason is not NoReason.TAKEN:
        return no(lacking.reason, item=lacking.index)
    draft = drafts[lacking.index]
    known = _With(ledger, lacking.before)
    instead = await instead_of_time(known, calendar, draft.want, draft.appointment.day, draft.appointment.start)
    return no(NoReason.TAKEN, item=lacking.index, **instead)


def choose_all(
    call: CallContext,
    calendar: Calendar,
    drafts: Sequence[_Draft],
    taken: TakenByDay,
    others: Sequence[Appointment],
) -> list[Appointment] | _Lacking:
    """The appointments with staff, so that nobody has two at once and the customer takes nobody's whole day; or the
    item at which the best try ends. Pure."""
    allowance = Allowance()
    best = _Lacking(-1, (), NoReason.TAKEN)

    def place(before: tuple[Appointment, ...]) -> list[Appointment] | None:
        nonlocal best
        if len(before) == len(drafts):
            return list(before)
        draft = drafts[len(before)]
        free = _free(calendar, draft, taken, before)
        allowed = spared_of(call, [*others, *before], draft.appointment, [slot.staff for slot in free])
        if len(before) > best.index:
            only_limited = bool(free) and not allowed
            best = _Lacking(len(before), before, NoReason.TOO_MUCH_OF_DAY if only_limited else NoReason.TAKEN)
        for slot in (slot for slot in free if slot.staff in allowed):
            found = place((*before, draft.appointment.placed(slot))) if allowance.take() else None
            if found:
                return found
        return None

    return place(()) or best


def _free(calendar: Calendar, draft: _Draft, taken: TakenByDay, before: Sequence[Appointment]) -> list[Slot]:
    """Where an appointment can go, with the least busy first."""
    day = _with(taken, before).get(draft.appointment.date, {})
    return slots_at(calendar.day(draft.appointment.day, day), draft.want, draft.appointment.start)


def _with(taken: Mapping[str, Mapping[str, set[int]]], more: Sequence[Appointment]) -> TakenByDay:
    """What is taken, and by further appointments."""
    found = {day: {name: set(cells) for name, cells in staff.items()} for day, staff in taken.items()}
    for each in more:
        for taker in each.takers:
            found.setdefault(each.date, {}).setdefault(taker, set()).update(each.cells)
    return found


@dataclass(frozen=True)
class _With:
    """The times taken, and those of further appointments."""

    ledger: Times
    more: Sequence[Appointment]

    async def taken(self, workspace_id: str, first: str, last: str, without: str = "") -> TakenByDay:
        """See Times."""
        return _with(await self.ledger.taken(workspace_id, first, last, without), self.more)

    async def absences(self, workspace_id: str, first: str) -> list[Absence]:
        """See Times."""
        return await self.ledger.absences(workspace_id, first)


async def _read(
    ledger: Ledger, call: CallContext, calendar: Calendar, item: GroupItem, client: Client
) -> _Draft | ToolAnswer:
    """What an item comes to, or the no that says why it cannot be."""
    request = item.request
    want = read_want(call, request.service_type, request.staff_name, request.places)
    if isinstance(want, NoReason):
        return no(want)
    place = await read_placement(ledger, calendar, want, request.date, request.time)
    if not isinstance(place, Placement):
        return place
    name = clean_name(item.client_name) if item.client_name else client.name
    draft = draft_of(call, request, replace(client, name=name), want, place)
    return _Draft(replace(draft, for_other=fold(name) != fold(client.name)), want)


def _same(drafts: Sequence[_Draft], owned: Sequence[Appointment]) -> list[Appointment] | None:
    """The appointments that a customer already has for all items, each once; None when one is lacking."""
    left, found = list(owned), []
    for draft in drafts:
        wanted = _identity(draft.appointment, draft.asked)
        same = next((each for each in left if _identity(each, draft.asked and each.staff_name) == wanted), None)
        if same is None:
            return None
        left.remove(same)
        found.append(same)
    return found


def _identity(appointment: Appointment, staff_name: str | None) -> tuple[str | None, ...]:
    """What makes two appointments the same to a customer."""
    same = appointment
    return (same.service_type, same.date, same.time, fold(same.client_name), staff_name)


async def _add_all(
    ledger: Ledger, drafts: Sequence[Appointment], group: str | None, draw: Callable[[], str]
) -> list[Appointment] | None:
    """The appointments as kept, with ids that nobody had; None when a time is taken."""
    for _ in range(IDS_TRIED):
        ids = [draw() for _ in drafts]
        new = [
            replace(draft, booking_id=ids[index], group_id=group or (ids[0] if index else None))
            for index, draft in enumerate(drafts)
        ]
        kept = await ledger.add_all(new) if len(set(ids)) == len(ids) else SaveResult.ID_USED
        if kept is not SaveResult.ID_USED:
            return new if kept is SaveResult.DONE else None
    raise PulpoError(Kind.INTERNAL, "NO_BOOKING_ID", "No unused booking ids were drawn.")


def _told_all(call: CallContext, booked: Sequence[Appointment], *, already: bool) -> ToolAnswer:
    group = booked[0].group_id or booked[0].booking_id
    return yes(group_id=group, already=already, appointments=[told_booking(call, each) for each in booked])


async def cancel_all(ledger: Ledger, call: CallContext, booking_ids: Sequence[str]) -> ToolAnswer:
    """Cancels all of some appointments, or none. See `cancel_appointments`."""
    found = {booking_id: await own_booked(ledger, call, booking_id) for booking_id in sorted(set(booking_ids))}
    lacking = [booking_id for booking_id, each in found.items() if each is None]
    if lacking:
        return no(NoReason.NOT_FOUND, booking_ids=lacking)
    wanted = [each for each in (found[booking_id] for booking_id in dict.fromkeys(booking_ids)) if each]
    late = next((each for each in wanted if too_late(call, each, each.kept.cancel_until)), None)
    if late:
        return no(NoReason.CANCEL_TOO_LATE, until=late.kept.cancel_until, appointment=late.told(*FOUND))
    for each in wanted:
        await ledger.cancel(each, call.now.isoformat())
    return yes(appointments=[each.told(*CHANGED) for each in wanted])
