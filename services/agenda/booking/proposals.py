"""Free times for a whole request, across days. Pure: from rules, exceptions, bookings and the request to proposals."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice

from agenda.booking.appointment import Appointment
from agenda.booking.free_times import DAY, FINE, spell
from agenda.booking.ledger import TakenByDay
from agenda.booking.openings import Calendar, DayAgenda, Exceptions, Slot
from agenda.booking.reasons import NoReason
from agenda.booking.text import fold
from agenda.booking.visits import Allowance, DayPlan, Item, Placed
from turn.constraints import is_exact, moment_holds, time_holds, times_hold
from workspace.calendar import HORIZON_DAYS
from workspace.model import Workspace

APART = 60
"""Minutes between two proposals of one day: nearer ones are no choice."""
ON_ONE_DAY = 2
"""Proposals of one day while other days have some."""
DAYS_AHEAD = 60
"""How many open days that fit the request are looked at."""
AROUND = 14
"""How many open days around the wanted ones are looked at when none of these fits."""
_HOUR, _HOUR_OF_DAY = re.compile(r"(?<=T)[0-9]{2}:[0-9]{2}"), re.compile(r"T[0-9]{2}:[0-9]{2}")
LATEST = "latest"
"""The constraint by which a day's proposals begin with its last."""


@dataclass(frozen=True)
class FreeTimesRequest:
    """What is looked for."""

    items: tuple[Item, ...]
    """Never empty."""
    days: tuple[str, ...]
    """Constraints on days, as `turn.constraints` writes them; all hold."""
    times: tuple[str, ...]
    """Constraints on hours; all hold."""
    limit: int
    """Most proposals."""
    now: datetime
    """Aware; nothing begins before."""

    def begins(self, day: date, minute: int) -> bool:
        """Whether a visit may begin then."""
        at = spell(minute)
        return times_hold(self.times, at) and all(moment_holds(text, day, at) for text in self.days)

    def goes_on(self, minute: int) -> bool:
        """Whether a later item of a visit may begin at a minute: an hour that was named is the visit's, bounds are
        everybody's."""
        return all(is_exact(text) or time_holds(text, spell(minute)) for text in self.times)

    @property
    def backwards(self) -> bool:
        """Whether a day's last times are wanted first."""
        return LATEST in self.times


@dataclass(frozen=True)
class Bookings:
    """What is booked."""

    taken: TakenByDay
    """Who is busy when, of all days that are looked at."""
    own: tuple[Appointment, ...] = ()
    """The customer's appointments to come."""


@dataclass(frozen=True)
class Proposal:
    """A visit that can be booked as it is."""

    day: date
    placed: tuple[Placed, ...]
    """The request's items, in its order."""

    @property
    def start(self) -> int:
        """The minute of the day at which it begins."""
        return min(each.start for each in self.placed)


def propose(
    rules: Workspace,
    exceptions: Exceptions,
    bookings: Bookings,
    request: FreeTimesRequest,
    days: Iterable[date] | None = None,
) -> list[Proposal]:
    """The earliest visits that fit, at least an hour apart, and of more than one day where there are any; of each day
    the last first when `latest` is wanted. Of `days`, or of all that the request is about; bookings of those are known.
    """
    looked = wanted_days(rules, exceptions, request) if days is None else days
    search = _Search(rules, exceptions, bookings, request)
    first: list[Proposal] = []
    spare: list[Proposal] = []
    for day in looked:
        found = search.spread(day, search.starts_on(day))
        first, spare = first + found[:ON_ONE_DAY], spare + found[ON_ONE_DAY:]
        if len(first) >= request.limit:
            return first[: request.limit]
    chosen = first + spare[: request.limit - len(first)]
    return sorted(chosen, key=lambda each: (each.day, -each.start if request.backwards else each.start))


def propose_near(
    rules: Workspace, exceptions: Exceptions, bookings: Bookings, request: FreeTimesRequest
) -> list[Proposal]:
    """What is nearest to a request that nothing fits: other hours of its days, then the same hours of other days, else
    any hour of these. What was excluded stays so, and so does who is to do it."""
    far = _distance(request)
    hours, days = _of_any_hour(request), _of_any_day(request)
    search = _Search(rules, exceptions, bookings, hours)
    same_days = wanted_days(rules, exceptions, request)[:AROUND]
    found = [each for day in same_days for each in search.spread(day, sorted(search.starts_on(day), key=far))]
    chosen = sorted(found, key=lambda each: (far(each.start), each.day, each.start))[:ON_ONE_DAY]
    around = days_around(rules, exceptions, request)
    for relaxed in (days, _of_any_hour(days)):
        search = _Search(rules, exceptions, bookings, relaxed)
        for day in around:
            if len(chosen) >= request.limit:
                break
            chosen += search.spread(day, sorted(search.starts_on(day), key=far))[:1]
        if chosen:
            break
    return chosen[: request.limit]


def wanted_days(rules: Workspace, exceptions: Exceptions, request: FreeTimesRequest) -> list[date]:
    """The open days that a request is about, in order."""
    is_open = _open_days(rules, exceptions, request)
    found = (day for day in _within(rules, request) if _is_wanted(request, day) and is_open(day))
    return list(islice(found, DAYS_AHEAD))


def _open_days(rules: Workspace, exceptions: Exceptions, request: FreeTimesRequest) -> Callable[[date], bool]:
    """Whether, by the rules alone, anybody wanted works on a day for which each item is given."""
    calendar = Calendar(rules, exceptions, request.now)

    def is_open(day: date) -> bool:
        agenda = DayAgenda(calendar, day, {})
        return all(any(agenda.is_given(item.need, name) for name in item.staff) for item in request.items)

    return is_open


def days_around(rules: Workspace, exceptions: Exceptions, request: FreeTimesRequest) -> list[date]:
    """Open days that are not those of a request and not excluded by it, the nearest first."""
    is_open = _open_days(rules, exceptions, request)
    horizon = _within(rules, request)
    wanted = {day for day in horizon if _is_wanted(request, day)}
    asked = sorted(wanted) or [horizon[0]]
    relaxed = _of_any_day(request)
    other = [day for day in horizon if day not in wanted and is_open(day) and _is_wanted(relaxed, day)]
    near = {day: min(abs((day - each).days) for each in (asked[0], asked[-1])) for day in other}
    return sorted(other, key=lambda day: (near[day], day))[:AROUND]


def obstacle(rules: Workspace, exceptions: Exceptions, bookings: Bookings, request: FreeTimesRequest) -> NoReason:
    """The first thing that keeps a request from being fitted: its days, opening hours, the clock, the customer's own
    appointments, or others' appointments."""
    if any(not item.staff for item in request.items):
        return NoReason.NO_OTHER_STAFF
    days = wanted_days(rules, exceptions, request)
    if not days:
        return _why_no_day(rules, exceptions, request)

    def fits(bookings: Bookings, asked: FreeTimesRequest = request, rules: Workspace = rules) -> bool:
        search = _Search(rules, exceptions, bookings, asked)
        return any(search.spread(day, search.starts_on(day)) for day in days)

    if not fits(Bookings({})):
        at_once = without_notice(rules)
        if fits(Bookings({}), rules=at_once):
            return NoReason.TOO_SOON
        if fits(Bookings({}), replace(request, now=request.now - timedelta(days=1)), at_once):
            return NoReason.PAST
        if any(_is_class(rules, item) for item in request.items):
            return NoReason.NOT_A_START
        if fits(Bookings({}), rules=_always_there(at_once)):
            return NoReason.STAFF_AWAY
        if fits(Bookings({}), rules=_always_there(at_once, every=FINE)):
            return NoReason.NOT_A_START
        return NoReason.OUTSIDE_HOURS
    return NoReason.OWN_APPOINTMENT if fits(Bookings(bookings.taken)) else NoReason.TAKEN


def _is_class(rules: Workspace, item: Item) -> bool:
    service = rules.service(item.service_type)
    return service is not None and service.starts is not None


def without_notice(rules: Workspace) -> Workspace:
    """Rules by which anything may be booked at once."""
    none: dict[str, object] = {"min_advance_booking": None}
    services = tuple(
        service.model_copy(update={"booking": service.booking.model_copy(update=none)}) if service.booking else service
        for service in rules.services
    )
    return rules.model_copy(update={"booking": rules.booking.model_copy(update=none), "services": services})


def _always_there(rules: Workspace, every: int | None = None) -> Workspace:
    """Rules by which everybody works whenever it is open, and, where said, appointments begin at other minutes."""
    staff = tuple(each.model_copy(update={"shifts": None, "exceptions": ()}) for each in rules.staff)
    if every is None:
        return rules.model_copy(update={"staff": staff})
    grid: dict[str, object] = {"start_every": every}
    services = tuple(
        each.model_copy(update={"booking": each.booking.model_copy(update=grid)}) if each.booking else each
        for each in rules.services
    )
    booking = rules.booking.model_copy(update=grid)
    return rules.model_copy(update={"staff": staff, "booking": booking, "services": services})


def _why_no_day(rules: Workspace, exceptions: Exceptions, request: FreeTimesRequest) -> NoReason:
    """Why none of the days of a request can be looked at."""
    horizon = _within(rules, request)
    wanted = [day for day in horizon if _is_wanted(request, day)]
    if wanted:
        services = [rules.rules(item.service_type).horizon for item in request.items]
        last = horizon[0] + timedelta(days=min((each // DAY for each in services if each is not None), default=366))
        if all(day > last for day in wanted):
            return NoReason.TOO_FAR
        open_then = [day for day in wanted if Calendar(rules, exceptions, request.now).rules.hours_on(day)]
        if open_then and any(_is_class(rules, item) for item in request.items):
            return NoReason.NOT_A_START
        return NoReason.STAFF_AWAY if open_then else NoReason.CLOSED
    later = (horizon[-1] + timedelta(days=ahead) for ahead in range(1, HORIZON_DAYS + 1))
    return NoReason.TOO_FAR if any(_is_wanted(request, day) for day in later) else NoReason.PAST


@dataclass
class _Search:
    """Visits of single days, within one allowance of steps."""

    rules: Workspace
    exceptions: Exceptions
    bookings: Bookings
    request: FreeTimesRequest
    allowance: Allowance = field(default_factory=Allowance)

    def __post_init__(self) -> None:
        self._calendar = Calendar(self.rules, self.exceptions, self.request.now)
        self._days: dict[date, DayAgenda] = {}

    def _day(self, day: date) -> DayAgenda:
        if day not in self._days:
            self._days[day] = self._calendar.day(day, self.bookings.taken.get(day.isoformat(), {}))
        return self._days[day]

    def starts_on(self, day: date) -> list[int]:
        """The minutes of a day at which a visit may begin, the wanted end of the day first."""
        agenda = self._day(day)
        possible = {
            minute
            for item in self.request.items
            for name in item.staff
            for minute in agenda.rule_starts(item.need, name)
        }
        found = [minute for minute in sorted(possible) if self.request.begins(day, minute)]
        return found[::-1] if self.request.backwards else found

    def spread(self, day: date, begins: Sequence[int]) -> list[Proposal]:
        """The visits of a day, in the order of `begins`, at least an hour apart: of those at which all persons begin
        together, or else of the others."""
        plan = DayPlan(self._day(day), self._may_begin(day), self.allowance)
        several = len({item.person for item in self.request.items}) > 1
        for together in (True, False) if several else (True,):
            found: list[Proposal] = []
            for begin in begins:
                if all(abs(begin - each.start) >= APART for each in found):
                    placed = plan.visit(self.request.items, begin, together=together)
                    found += [Proposal(day, placed)] if placed else []
            if found:
                return found
        return []

    def _may_begin(self, day: date) -> Callable[[Item, Slot], bool]:
        """Whether an item can be at a place of a day, whoever does it."""
        own = [each for each in self.bookings.own if each.date == day.isoformat()]

        def may_begin(item: Item, slot: Slot) -> bool:
            if not self.request.goes_on(slot.start):
                return False
            return not any(clashes(each, item.person, slot.start, slot.minutes) for each in own)

        return may_begin


def clashes(own: Appointment, person: str, start: int, minutes: int) -> bool:
    """Whether somebody cannot have something at a minute of a day because of an appointment of that day that the
    customer has already. Somebody of another name can."""
    if person and fold(person) != fold(own.client_name):
        return False
    return start < own.start + own.minutes and own.start < start + minutes


def told(proposals: Iterable[Proposal]) -> list[Mapping[str, object]]:
    """Proposals as answers have them."""
    return [{"items": [_told(each, proposal.day) for each in proposal.placed]} for proposal in proposals]


def _told(placed: Placed, day: date) -> dict[str, str]:
    person = {"person": placed.item.person} if placed.item.person else {}
    return {
        "service_type": placed.item.service_type,
        "date": day.isoformat(),
        "time": spell(placed.start),
        "end_time": spell(placed.end),
        "staff_name": placed.staff_name,
        **person,
    }


def _within(rules: Workspace, request: FreeTimesRequest) -> list[date]:
    """The days from today to the last that can be booked."""
    today = request.now.astimezone(rules.zone).date()
    return [today + timedelta(days=ahead) for ahead in range(HORIZON_DAYS + 1)]


def _is_wanted(request: FreeTimesRequest, day: date) -> bool:
    """Whether a day satisfies a request at any hour."""
    return all(any(moment_holds(text, day, at) for at in _hours_of(text)) for text in request.days)


def _hours_of(text: str) -> Iterator[str]:
    """The hours that a constraint on days carries, and one that it does not."""
    yield from _HOUR.findall(text)
    yield "00:00"


def _named_hours(request: FreeTimesRequest) -> set[str]:
    """The hours that wanted days carry."""
    return {hour for text in request.days if not text.startswith("!") for hour in _HOUR.findall(text)}


def _distance(request: FreeTimesRequest) -> Callable[[int], int]:
    """Minutes from a minute of the day to the nearest one that a request is about."""
    named = _named_hours(request)
    hours = (minute for minute in range(24 * 60) if times_hold(request.times, spell(minute)))
    fits = [minute for minute in hours if not named or spell(minute) in named]

    def far(start: int) -> int:
        after = bisect_left(fits, start)
        return min((abs(start - minute) for minute in fits[max(0, after - 1) : after + 1]), default=0)

    return far


def _of_any_hour(request: FreeTimesRequest) -> FreeTimesRequest:
    """A request for its days at any hours but those that it excludes."""
    days = tuple(text if text.startswith("!") else _HOUR_OF_DAY.sub("", text) for text in request.days)
    return replace(request, days=days, times=_exclusions(request.times))


def _of_any_day(request: FreeTimesRequest) -> FreeTimesRequest:
    """A request for its hours on any days but those that it excludes."""
    return replace(request, days=_exclusions(request.days))


def _exclusions(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text.startswith("!") or text == LATEST)
