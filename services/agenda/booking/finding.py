"""Free times for several services and persons, and what is told when there are none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from agenda.booking.call_context import CallContext
from agenda.booking.ledger import Ledger, TakenByDay
from agenda.booking.openings import Exceptions
from agenda.booking.own_appointments import coming
from agenda.booking.proposals import (
    Bookings,
    FreeTimesRequest,
    days_around,
    obstacle,
    propose,
    propose_near,
    told,
    wanted_days,
)
from agenda.booking.reasons import NoReason, ToolAnswer, no, yes
from agenda.booking.text import clean
from agenda.booking.visits import Item
from turn.constraints import is_day, is_time

_AT_ONCE = 10
"""Open days that are looked at first: mostly they have enough."""


@dataclass(frozen=True)
class WantedItem:
    """A service that free times are asked for, as a caller names it."""

    service_type: str
    """Canonical name, or something else."""
    staff_name: tuple[str, ...] = ()
    """Who may do it; empty for anybody."""
    not_staff: tuple[str, ...] = ()
    """Who may not."""
    person: str = ""
    """Whose it is; empty for who writes."""
    places: int = 1
    """Places of a class."""


async def find_free_times(
    ledger: Ledger,
    call: CallContext,
    wanted: Sequence[WantedItem],
    days: Sequence[str],
    times: Sequence[str],
    limit: int,
) -> ToolAnswer:
    """Visits that can be booked. See `find_free_times` of the tools."""
    if not all(map(is_day, days)):
        return no(NoReason.INVALID_DATE)
    if not all(map(is_time, times)):
        return no(NoReason.INVALID_TIME)
    items = [_item(call, each) for each in wanted]
    unknown = next((each for each in items if isinstance(each, NoReason)), None)
    if unknown:
        return no(unknown)
    known = tuple(each for each in items if isinstance(each, Item))
    request = FreeTimesRequest(known, tuple(days), tuple(times), limit, call.now)
    if not all(each.staff for each in known):
        return no(NoReason.NO_FREE_TIMES, because=NoReason.NO_OTHER_STAFF.value, next=[])
    return await _look(ledger, call, request)


async def _look(ledger: Ledger, call: CallContext, request: FreeTimesRequest) -> ToolAnswer:
    """Looks at some days after the other, then around them."""
    rules = call.workspace
    absences = await ledger.absences(rules.id, request.now.astimezone(rules.zone).date().isoformat())
    exceptions: Exceptions = (*rules.special_days, *absences)
    looked = wanted_days(rules, exceptions, request)
    bookings = Bookings({}, tuple(await coming(ledger, call)))
    for days, more in ((looked[:_AT_ONCE], looked[:_AT_ONCE]), (looked, looked[_AT_ONCE:])):
        bookings = await _with_days(ledger, call, bookings, more)
        found = propose(rules, exceptions, bookings, request, days)
        if len(found) == request.limit or (found and days is looked):
            return yes(proposals=told(found))
    bookings = await _with_days(ledger, call, bookings, sorted(days_around(rules, exceptions, request)))
    reason = obstacle(rules, exceptions, bookings, request)
    near = propose_near(rules, exceptions, bookings, request)
    return no(NoReason.NO_FREE_TIMES, because=reason.value, next=told(near))


async def _with_days(ledger: Ledger, call: CallContext, bookings: Bookings, days: Sequence[date]) -> Bookings:
    """What is booked, with further days. One query."""
    if not days:
        return bookings
    taken: TakenByDay = await ledger.taken(call.workspace.id, days[0].isoformat(), days[-1].isoformat())
    return replace(bookings, taken={**bookings.taken, **taken})


def _item(call: CallContext, wanted: WantedItem) -> Item | NoReason:
    """An item with everybody who may do it; nobody when all who do it were excluded."""
    workspace = call.workspace
    service = workspace.service(wanted.service_type)
    if service is None:
        return NoReason.UNKNOWN_SERVICE
    if not {*wanted.staff_name, *wanted.not_staff} <= set(workspace.staff_names):
        return NoReason.UNKNOWN_STAFF
    doers = workspace.staff_for(service.name)
    asked = [name for name in doers if not wanted.staff_name or name in wanted.staff_name]
    if not asked:
        return NoReason.STAFF_DOES_NOT_DO
    staff = tuple(name for name in asked if name not in wanted.not_staff)
    if wanted.places > service.capacity:
        return NoReason.NO_PLACES
    return Item(service.name, staff, clean(wanted.person), wanted.places)
