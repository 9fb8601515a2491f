"""How much of the agenda one customer may take. A caller that speaks for no customer has no limit."""

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

from agenda.booking.appointment import Appointment
from agenda.booking.call_context import CallContext
from agenda.booking.free_times import minute_of
from agenda.booking.ledger import Ledger
from agenda.booking.openings import Calendar, Need
from agenda.booking.reasons import NoReason

MOST_OF_A_DAY = Fraction(1, 2)
"""Largest part of one person's day that a customer may take with any number of appointments."""


async def hold_customer(ledger: Ledger, call: CallContext) -> None:
    """Makes the writes of one customer come one after the other, so that what is counted stays true."""
    if call.customer is not None:
        await ledger.hold(call.workspace.id, call.customer)


async def group_of(ledger: Ledger, call: CallContext, count: int = 1) -> str | None:
    """The request that new appointments belong to: the one stated, when its first appointment is the customer's own
    and it has room for them; None when they are a request of their own."""
    if not call.customer or not call.group:
        return None
    size = await ledger.group_size(call.workspace.id, call.customer, call.group)
    return call.group if 0 < size <= call.workspace.booking.max_group_size - count else None


async def over_limit(ledger: Ledger, call: CallContext, group: str | None) -> NoReason | None:
    """Why the customer gets no further appointment for a request (None: a new one); None when nothing is against it.

    A request that was begun may be finished, though more are open by then.
    """
    if call.customer is None:
        return None
    rules = call.workspace.booking
    most = rules.max_open_per_customer + (rules.max_group_size - 1 if group else 0)
    if len(await _coming(ledger, call)) >= most:
        return NoReason.TOO_MANY_OPEN
    requests = await ledger.requests_between(call.workspace.id, call.customer, *_today(call))
    return NoReason.TOO_MANY_TODAY if group not in requests and len(requests) >= rules.max_new_per_day else None


async def over_open(ledger: Ledger, call: CallContext) -> bool:
    """Whether a customer has as many appointments open as a request that was begun may leave them with."""
    rules = call.workspace.booking
    most = rules.max_open_per_customer + rules.max_group_size - 1
    return call.customer is not None and len(await _coming(ledger, call)) >= most


async def spared(ledger: Ledger, call: CallContext, draft: Appointment, names: Sequence[str]) -> list[str]:
    """Those of `names` whose day the customer would not take over with an appointment, new or moved. The first on a
    date is always possible."""
    return spared_of(call, await own_others(ledger, call, draft.booking_id), draft, names)


async def own_others(ledger: Ledger, call: CallContext, booking_id: str = "") -> list[Appointment]:
    """The customer's appointments that have not begun, but for one; none of a caller that speaks for no customer."""
    if call.customer is None:
        return []
    return [each for each in await _coming(ledger, call) if each.booking_id != booking_id]


def spared_of(call: CallContext, others: Sequence[Appointment], draft: Appointment, names: Sequence[str]) -> list[str]:
    """As `spared`, with the customer's other appointments known."""
    service = call.workspace.service(draft.service_type)
    own = [each for each in others if each.date == draft.date and not each.places]
    if call.customer is None or not own or (service is not None and service.capacity > 1):
        return list(names)
    return [name for name in names if _leaves_enough(call, draft, own, name)]


def _leaves_enough(call: CallContext, draft: Appointment, own: Sequence[Appointment], name: str) -> bool:
    """Whether at most half of somebody's day is taken, or else, by few appointments, so little that another as long as
    the longest of them has room."""
    workspace, day = call.workspace, dt.date.fromisoformat(draft.date)
    theirs = [*(each for each in own if each.staff_name == name), draft]
    if sum(each.minutes for each in theirs) <= MOST_OF_A_DAY * _open_minutes(call, day):
        return True
    if len(own) >= workspace.booking.max_on_one_date:
        return False
    longest = max(each.minutes for each in theirs)
    cells = {cell for each in theirs for cell in each.cells}
    day_before = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(), tzinfo=workspace.zone)
    calendar = Calendar(workspace, workspace.special_days, day_before)
    return bool(calendar.day(day, {name: cells}).starts(Need(draft.service_type, minutes=longest), name))


async def _coming(ledger: Ledger, call: CallContext) -> list[Appointment]:
    """The customer's appointments that have not begun."""
    today = call.now.astimezone(call.workspace.zone).date().isoformat()
    found = await ledger.upcoming(call.workspace.id, call.customer or "", "", today)
    return [each for each in found if not each.has_begun(call.workspace, call.now)]


def _today(call: CallContext) -> tuple[str, str]:
    """When the calendar day of the business began and will end, as `created_at` compares."""
    zone = call.workspace.zone
    today = call.now.astimezone(zone).date()
    midnights = (dt.datetime.combine(day, dt.time(), tzinfo=zone) for day in (today, today + dt.timedelta(days=1)))
    since, before = (midnight.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S") for midnight in midnights)
    return since, before


def _open_minutes(call: CallContext, day: dt.date) -> int:
    return sum(minute_of(span.end) - minute_of(span.start) for span in call.workspace.hours_on(day))
