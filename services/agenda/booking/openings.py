"""Which times are free: one calculation of rules, exceptions and what is taken. Pure.

A `Calendar` holds what does not depend on the day; a `DayAgenda` answers for one day at which minutes a service can
begin, with whom, and what it then takes: somebody's time with its buffers, units of resources, or places of a class.

What is taken is known by name: a member of staff's cells under their name, unit 2 of the resource "Box" under "Box|2",
place 3 of a class under "Yoga|Ana|3". A class takes place whether or not somebody has booked it: its teacher and what
it needs are kept for it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from math import ceil, floor

from agenda.booking.free_times import (
    DAY,
    FINE,
    QUARTER,
    Taken,
    cells_between,
    eroded,
    grid_of,
    is_real,
    is_steady,
    mask_between,
    mask_of_cells,
    mask_of_spans,
    minute_of,
    minutes_in,
    utc_of,
)
from workspace.calendar import HORIZON_DAYS
from workspace.fields import HourSpan
from workspace.model import NOBODY, WEEKDAYS, Service, SpecialDay, Workspace
from workspace.parts.people import StaffException, StaffMember
from workspace.parts.rules import Rules

EVERYBODY = ""
"""Stands for all staff, and for the business itself, in an exception."""


@dataclass(frozen=True)
class Absence:
    """An exception that the owner has set: of one member of staff, or of everybody."""

    staff_name: str
    exception: StaffException


Exceptions = Sequence[SpecialDay | Absence]
"""What is otherwise than in the rules."""


@dataclass(frozen=True)
class Need:
    """What is looked for, whoever does it."""

    service: str
    """Canonical name; one that the manifest no longer has needs `minutes`."""
    places: int = 1
    """Of a class."""
    minutes: int | None = None
    """How long it takes, where that was settled when it was booked."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where something can go, and what it takes there."""

    staff: str
    start: int
    minutes: int
    before: int = 0
    after: int = 0
    units: tuple[str, ...] = ()
    """Units of resources, or places of a class."""
    cell_minutes: int = QUARTER
    is_class: bool = False
    """Whether it takes places of a class, and nobody's time."""

    @property
    def end(self) -> int:
        """The minute at which it ends."""
        return self.start + self.minutes

    @property
    def mask(self) -> int:
        """The minutes that it keeps somebody busy, in whole cells; none of a class."""
        if self.is_class:
            return 0
        return mask_of_cells(cells_between(self.start - self.before, self.end + self.after, self.cell_minutes))


@dataclass(frozen=True, slots=True)
class _Session:
    """A class that takes place on a day."""

    service: str
    staff: str
    mask: int
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Doing:
    """How somebody does a service."""

    minutes: int
    """0 for what nobody knows."""
    rules: Rules
    service: Service | None
    table: Mapping[str, tuple[time, ...]] | None
    """Weekday -> when a class begins with them; None of what is no class."""

    @property
    def takes_units(self) -> bool:
        """Whether it takes more than somebody's time."""
        return self.table is not None or (self.service is not None and bool(self.service.needs))


@dataclass
class Calendar:
    """Rules and exceptions, and the time now."""

    workspace: Workspace
    exceptions: Exceptions
    now: datetime
    """Aware; nothing begins before."""
    _doings: dict[tuple[Need, str], _Doing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        special = tuple(each for each in self.exceptions if isinstance(each, SpecialDay))
        self.absences = tuple(each for each in self.exceptions if isinstance(each, Absence))
        same = special == self.workspace.special_days
        self.rules = self.workspace if same else self.workspace.model_copy(update={"special_days": special})
        self.zone = self.rules.zone
        self.today = self.now.astimezone(self.zone).date()
        self.services = {service.name: service for service in self.rules.services}
        self.members = {member.name: member for member in self.rules.staff}
        self.branches = {branch.name: branch for branch in self.rules.branches}

    def day(self, day: date, taken: Taken) -> "DayAgenda":
        """The agenda of a day."""
        return DayAgenda(self, day, taken)

    def rules_of(self, service: str) -> Rules:
        """The rules of a service."""
        return self.doing(Need(service), NOBODY).rules

    def minutes(self, need: Need, staff: str) -> int:
        """How long something takes with somebody; 0 for what nobody knows."""
        return self.doing(need, staff).minutes

    def doing(self, need: Need, staff: str) -> _Doing:
        """How somebody does what is needed."""
        if (need, staff) not in self._doings:
            service, member = self.services.get(need.service), self.members.get(staff)
            own = member.own(need.service) if member else None
            table = own.starts if own and own.starts is not None else service.starts if service else None
            minutes = need.minutes or self.rules.minutes_of(need.service, staff)
            self._doings[need, staff] = _Doing(minutes, self.rules.rules(need.service), service, table)
        return self._doings[need, staff]

    def starts_of(self, need: Need, staff: str, day: date) -> tuple[int, ...] | None:
        """The minutes at which a class begins with somebody on a day; None of a service that is no class."""
        table = self.doing(need, staff).table
        return None if table is None else tuple(minute_of(at) for at in table.get(WEEKDAYS[day.weekday()], ()))

    def hours(self, staff: str, day: date) -> tuple[HourSpan, ...]:
        """The opening hours of a day where somebody works, whether or not they do."""
        member = self.members.get(staff)
        branch = self.branches.get(member.branch) if member and member.branch else None
        open_hours = self.rules.hours_on(day)
        if branch is None or branch.hours is None:
            return open_hours
        special = any(each.date == day for each in self.rules.special_days)
        if special or self.rules.closed_by(day) is not None:
            return open_hours
        return branch.hours.get(WEEKDAYS[day.weekday()], ())

    def works(self, staff: str, day: date) -> int:
        """The minutes of a day in which somebody works."""
        member = self.members.get(staff)
        if member is not None and not member.is_employed(day):
            return 0
        own = _shifts(member, day)
        for exception in member.exceptions if member else ():
            if day in exception.days:
                own = _applied(own, exception)
        for absence in self.absences:
            if absence.staff_name in (EVERYBODY, staff) and day in absence.exception.days:
                own = _applied(own, absence.exception)
        return mask_of_spans(self.hours(staff, day)) & own

    @cached_property
    def cell_minutes(self) -> int:
        """Minutes in a cell of this business's appointments."""
        return cell_minutes(self.rules)


_WHOLE_DAY = mask_between(0, DAY)


def _shifts(member: StaffMember | None, day: date) -> int:
    if member is None or member.shifts is None:
        return _WHOLE_DAY
    return mask_of_spans(member.shifts.get(WEEKDAYS[day.weekday()], ()))


def _applied(own: int, exception: StaffException) -> int:
    """Working minutes with an exception: other hours, or none, or without parts of the day."""
    if exception.hours is None and exception.off:
        return own & ~mask_of_spans(exception.off)
    return mask_of_spans(exception.hours or ())


def cell_minutes(workspace: Workspace) -> int:
    """Minutes in a cell: five where something may begin between two quarter hours, fifteen otherwise."""
    grids = [workspace.rules(service.name).start_every for service in workspace.services]
    tables = [service.starts for service in workspace.services]
    tables += [own.starts for member in workspace.staff for own in member.services]
    classes = [at.minute for table in tables if table for times in table.values() for at in times]
    weeks = [workspace.hours, *(branch.hours or {} for branch in workspace.branches)]
    openings = [span.start.minute for week in weeks for spans in week.values() for span in spans]
    openings += [span.start.minute for special in workspace.special_days for span in special.hours]
    own_grid = any(grid is not None for grid in grids)
    odd = [*(grid or 0 for grid in grids), *classes, *(openings if own_grid else ())]
    return FINE if any(minute % QUARTER for minute in odd) else QUARTER


class DayAgenda:
    """The free times of one day."""

    def __init__(self, calendar: Calendar, day: date, taken: Taken) -> None:
        self.calendar, self.day, self.taken = calendar, day, taken
        self._zone = calendar.zone
        self._steady = is_steady(self._zone, day)
        self._passed: float | None = None
        self._at_work: dict[str, int] = {}
        self._starts: dict[tuple[Need, str], set[int]] = {}
        self._units: dict[str, int] = {}
        self._classes: list[tuple[str, str, int]] = []
        self._places: dict[tuple[str, str], dict[int, int]] = {}
        for name, cells in taken.items():
            if "|" in name:
                self._read_unit(name, mask_of_cells(cells))

    def _read_unit(self, name: str, mask: int) -> None:
        parts = name.split("|")
        if len(parts) == 2:
            self._units[name] = mask
            return
        service, staff, number = parts
        self._classes.append((service, staff, mask))
        self._places.setdefault((service, staff), {})[int(number)] = mask

    def _works(self, staff: str) -> int:
        if staff not in self._at_work:
            self._at_work[staff] = self.calendar.works(staff, self.day)
        return self._at_work[staff]

    @cached_property
    def sessions(self) -> tuple[_Session, ...]:
        """The classes that take place."""
        calendar, found = self.calendar, []
        for service in calendar.rules.services:
            if service.starts is None:
                continue
            for staff in calendar.rules.staff_for(service.name):
                need = Need(service.name)
                doing = calendar.doing(need, staff)
                fits = eroded(self._works(staff), doing.minutes)
                for start in calendar.starts_of(need, staff, self.day) or ():
                    if fits >> start & 1:
                        end = start + doing.minutes + doing.rules.after
                        busy = mask_between(start - doing.rules.before, end)
                        found.append(_Session(service.name, staff, busy, service.needs))
        return tuple(found)

    def starts(self, need: Need, staff: str) -> list[int]:
        """The minutes at which something can begin with somebody, by rules, clock and what is taken."""
        possible = self._possible(need, staff)
        if not self.calendar.doing(need, staff).takes_units:
            return possible
        return [start for start in possible if self._units_at(need, staff, start) is not None]

    def is_given(self, need: Need, staff: str) -> bool:
        """Whether a service is given by somebody on a day at all, by the rules alone."""
        if not self._is_within(self.calendar.doing(need, staff).rules):
            return False
        return bool(self._works(staff)) and self.calendar.starts_of(need, staff, self.day) != ()

    def rule_starts(self, need: Need, staff: str) -> list[int]:
        """The same as if nothing were taken."""
        return minutes_in(self._by_rules(need, staff))

    def slot(self, need: Need, staff: str, start: int, used: Collection[str] = ()) -> Slot | None:
        """What something takes that begins with somebody at a minute; None where it cannot. `used`: units that are
        taken besides."""
        if start not in self._starts_set(need, staff):
            return None
        units = self._units_at(need, staff, start, used)
        if units is None:
            return None
        return self._slot(need, staff, start, units)

    def places_left(self, need: Need, staff: str, start: int) -> int | None:
        """Free places of a class at a minute; None of a service that is no class."""
        doing = self.calendar.doing(need, staff)
        if doing.service is None or doing.table is None:
            return None
        return doing.service.capacity - len(self._places_taken(need.service, staff, start))

    def free(self, need: Need, staff: Iterable[str]) -> dict[int, list[str]]:
        """Minute -> who is free then, in the order given; minutes at which nobody is are left out."""
        found: dict[int, list[str]] = {}
        for name in staff:
            for start in self.starts(need, name):
                found.setdefault(start, []).append(name)
        return dict(sorted(found.items()))

    def _slot(self, need: Need, staff: str, start: int, units: tuple[str, ...]) -> Slot:
        doing, size = self.calendar.doing(need, staff), self.calendar.cell_minutes
        if doing.table is not None:
            return Slot(staff, start, doing.minutes, units=units, cell_minutes=size, is_class=True)
        return Slot(staff, start, doing.minutes, doing.rules.before, doing.rules.after, units, size)

    def _starts_set(self, need: Need, staff: str) -> set[int]:
        if (need, staff) not in self._starts:
            self._starts[need, staff] = set(self._possible(need, staff))
        return self._starts[need, staff]

    def _possible(self, need: Need, staff: str) -> list[int]:
        """The minutes at which something can begin, as far as the person's time goes."""
        fits = self._by_rules(need, staff)
        if not fits:
            return []
        doing, busy = self.calendar.doing(need, staff), self._busy(need.service, staff)
        if not busy:
            return minutes_in(fits)
        rules, free = doing.rules, _WHOLE_DAY & ~busy
        if doing.table is not None:
            return minutes_in(fits & eroded(free, doing.minutes))
        # what lies outside the day is free: buffers may run over its ends
        wide = (free << rules.before) | ((1 << rules.before) - 1) | (_WHOLE_DAY << (DAY + rules.before))
        return minutes_in(fits & eroded(wide, rules.before + doing.minutes + rules.after))

    def _by_rules(self, need: Need, staff: str) -> int:
        """The minutes at which something may begin, whatever is taken."""
        doing = self.calendar.doing(need, staff)
        minutes, rules = doing.minutes, doing.rules
        if not minutes or not self._is_within(rules):
            return 0
        fits = eroded(self._works(staff), minutes) & self._grid(need, staff, rules)
        fits &= -1 << self._first_minute(rules) if self._steady else -1
        if self._steady:
            return fits
        real = [
            1 << start
            for start in minutes_in(fits)
            if self._is_later(start, rules) and is_real(self._zone, self.day, start, minutes)
        ]
        return sum(real)

    def _grid(self, need: Need, staff: str, rules: Rules) -> int:
        table = self.calendar.starts_of(need, staff, self.day)
        if table is None:
            return grid_of(self.calendar.hours(staff, self.day), rules.start_every)
        return sum(1 << start for start in set(table))

    def _is_within(self, rules: Rules) -> bool:
        """Whether a day is one for which appointments are given."""
        days = HORIZON_DAYS if rules.horizon is None else min(HORIZON_DAYS, rules.horizon // DAY)
        return self.calendar.today <= self.day <= self.calendar.today + timedelta(days=days)

    def _first_minute(self, rules: Rules) -> int:
        """The first minute of a steady day that is late enough."""
        if self._passed is None:
            self._passed = (self.calendar.now - utc_of(self._zone, self.day, 0)).total_seconds() / 60
        passed = self._passed
        first = ceil(passed + rules.notice) if rules.notice else floor(passed) + 1
        return min(max(first, 0), DAY)

    def _is_later(self, start: int, rules: Rules) -> bool:
        begin = utc_of(self._zone, self.day, start)
        earliest = self.calendar.now + timedelta(minutes=rules.notice)
        return begin >= earliest if rules.notice else begin > earliest

    def _busy(self, service: str, staff: str) -> int:
        """The minutes in which somebody is busy, for who wants a service of them."""
        if staff == NOBODY:
            return 0
        mask = mask_of_cells(self.taken.get(staff, ()))
        for other, who, at in self._classes:
            if who == staff and other != service:
                mask |= at
        for session in self.sessions:
            if session.staff == staff and session.service != service:
                mask |= session.mask
        return mask

    def _units_at(self, need: Need, staff: str, start: int, used: Collection[str] = ()) -> tuple[str, ...] | None:
        """The units that something takes at a minute; None where there are not enough."""
        doing = self.calendar.doing(need, staff)
        if doing.service is None:
            return ()
        if doing.table is not None:
            return self._places_at(doing.service, need, staff, start, used)
        end = start + doing.minutes + doing.rules.after
        return self._resources_at(doing.service, mask_between(start - doing.rules.before, end), used)

    def _places_at(
        self, service: Service, need: Need, staff: str, start: int, used: Collection[str]
    ) -> tuple[str, ...] | None:
        taken = self._places_taken(service.name, staff, start)
        names = (f"{service.name}|{staff}|{number}" for number in range(1, service.capacity + 1) if number not in taken)
        free = [name for name in names if name not in used]
        return tuple(free[: need.places]) if len(free) >= need.places else None

    def _places_taken(self, service: str, staff: str, start: int) -> set[int]:
        places = self._places.get((service, staff), {})
        return {number for number, mask in places.items() if mask >> start & 1}

    def _resources_at(self, service: Service, wanted: int, used: Collection[str]) -> tuple[str, ...] | None:
        found: list[str] = []
        counts = {resource.name: resource.count for resource in self.calendar.rules.resources}
        for name, number in Counter(service.needs).items():
            units = (f"{name}|{unit}" for unit in range(1, counts[name] + 1))
            free = [unit for unit in units if unit not in used and not self._units.get(unit, 0) & wanted]
            kept = sum(session.needs.count(name) for session in self.sessions if session.mask & wanted)
            if len(free) < number + kept:
                return None
            found += free[:number]
        return tuple(found)
