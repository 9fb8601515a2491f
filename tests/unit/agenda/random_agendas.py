"""Random businesses with all rules, and a slow and simple reading of them, minute by minute."""

import datetime as dt
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from agenda.booking.openings import Absence, Need
from workspace.fields import HourSpan
from workspace.model import WEEKDAYS, Workspace
from workspace.parts.people import StaffException
from workspace.parts.rules import Rules

ZONES = ("America/Santiago", "Europe/Madrid", "America/Havana", "Australia/Lord_Howe", "America/Monterrey")
DAYS = [dt.date(2026, 3, 28) + dt.timedelta(days=ahead) for ahead in range(9)] + [dt.date(2026, 9, 6)]
"""Among them days on which clocks change, in all zones but one."""
SPANS: tuple[list[str], ...] = (["09:00-13:00", "14:00-19:00"], ["00:00-24:00"], ["08:10-20:05"], ["10:00-14:00"], [])
SHIFTS: tuple[list[str], ...] = (["09:00-13:00"], ["13:00-21:00"], ["09:30-12:00", "12:40-18:00"], [])
BASE: dict[str, Any] = {
    "id": "any", "name": "Any", "vertical": "any", "tier": "max", "currency": "EUR", "locale": "es-ES",
    "numbers": ["+34600000000"], "phone": {"country": "ES"}, "mcp": {"default": "http://127.0.0.1/mcp"},
    "tools": [{"name": "look_up", "effect": "read"}],
}  # fmt: skip


@dataclass(frozen=True)
class Booked:
    """What somebody has, as the reading by hand sees it."""

    service: str
    staff: str
    start: int
    end: int
    """Buffers are in between; whole cells."""
    units: tuple[str, ...] = ()
    is_class: bool = False


@dataclass(frozen=True)
class Case:
    """A business, a day, the time now, and what is booked."""

    workspace: Workspace
    absences: tuple[Absence, ...]
    day: dt.date
    now: dt.datetime
    booked: tuple[Booked, ...]
    cell: int

    @property
    def taken(self) -> dict[str, set[int]]:
        """What is booked, in cells."""
        found: dict[str, set[int]] = {}
        first = 1000 if self.cell == 5 else 0
        for one in self.booked:
            cells = set(range(first + one.start // self.cell, first + one.end // self.cell))
            for name in one.units if one.is_class else (one.staff, *one.units):
                found.setdefault(name, set()).update(cells)
        return {name: cells for name, cells in found.items() if name}


def random_workspace(dice: random.Random) -> Workspace:
    """A business with some of all rules."""
    grid = dice.choice([None, None, 15, 20, 30, 25, 60])
    booking = {
        "start_every": grid,
        "buffer_before": dice.choice([None, None, 5, 15]),
        "buffer_after": dice.choice([None, 10, 30]),
        "min_advance_booking": dice.choice([None, "2 h", "1 d", 45]),
        "max_advance_booking": dice.choice([None, "2 d", "30 d"]),
    }
    services: list[dict[str, Any]] = [
        {"name": "A", "minutes": dice.choice([15, 20, 45]), "price": 10, "needs": dice.choice([[], ["Box"]])},
        {"name": "B", "minutes": dice.choice([30, 50, 90]), "price": "free",
         "booking": {"buffer_after": dice.choice([None, 20]), "min_advance_booking": dice.choice([None, "5 h"])}},
        {"name": "C", "minutes": 60, "price": {"from": 5}, "capacity": 3, "needs": dice.choice([[], ["Box"]]),
         "starts": {day: dice.choice([["10:00", "17:00"], ["09:30"], []]) for day in WEEKDAYS}},
    ]  # fmt: skip
    people: list[dict[str, Any]] = []
    for name in ("Ana", "Luz", "Max")[: dice.randint(0, 3)]:
        own = dice.sample(["A", "B", "C"], dice.randint(1, 3))
        otherwise = [{}, {"hours": ["10:00-12:30"]}, {"off": ["11:00-12:10"]}]
        exceptions = [
            {"days": dice.choice(DAYS).isoformat(), **dice.choice(otherwise)} for _ in range(dice.randint(0, 4))
        ]
        people.append({
            "name": name,
            "services": [dice.choice([one, {"name": one, "minutes": dice.choice([25, 60, 75])}]) for one in own],
            "shifts": dice.choice([None, {day: dice.choice(SHIFTS) for day in WEEKDAYS}]),
            "exceptions": exceptions,
            "employed_from": dice.choice([None, DAYS[2]]),
            "employed_until": dice.choice([None, DAYS[6]]),
        })  # fmt: skip
    if people:
        done = {one if isinstance(one, str) else one["name"] for member in people for one in member["services"]}
        services = [one for one in services if one["name"] in done]
    else:
        services = [{**one, "needs": ["Box"]} for one in services]
    closures = [{"days": dice.choice(DAYS).isoformat()}, {"yearly": dice.choice(["04-01", "03-30..03-31"])}]
    return Workspace.model_validate({
        **BASE, "timezone": dice.choice(ZONES), "services": services, "staff": people, "booking": booking,
        "resources": [{"name": "Box", "count": dice.randint(1, 2)}],
        "hours": {day: dice.choice(SPANS) for day in WEEKDAYS},
        "closures": dice.sample(closures, dice.randint(0, 2)),
    })  # fmt: skip


def random_case(seed: int, cell_of: Any) -> Case:
    """A case made of a number."""
    dice = random.Random(seed)
    workspace = random_workspace(dice)
    day = dice.choice(DAYS)
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    now = midnight + dt.timedelta(minutes=dice.choice([-4000, -2000, -600, 200, 700, 1000]) + dice.randint(0, 59))
    names = [*workspace.staff_names, ""]
    absences = tuple(
        Absence(dice.choice(names), StaffException.model_validate({"days": day.isoformat(), **dice.choice(
            [{}, {"off": ["12:00-15:30"]}, {"hours": ["09:00-11:00"]}])}))
        for _ in range(dice.choice([0, 0, 0, 1]))
    )  # fmt: skip
    cell = cell_of(workspace)
    booked: list[Booked] = []
    for _ in range(dice.randint(0, 8)):
        service = dice.choice(workspace.services)
        staff = dice.choice(workspace.staff_for(service.name))
        begin = dice.randrange(8 * 60, 20 * 60, cell)
        if service.capacity > 1:
            at = [time.hour * 60 + time.minute for time in (service.starts or {}).get(WEEKDAYS[day.weekday()], ())]
            if at:
                start = dice.choice(at)
                end = -(-(start + workspace.minutes_of(service.name, staff)) // cell) * cell
                place = f"{service.name}|{staff}|{dice.randint(1, 3)}"
                booked.append(Booked(service.name, staff, start // cell * cell, end, (place,), is_class=True))
            continue
        end = begin + dice.randrange(cell, 120, cell)
        units = (f"Box|{dice.randint(1, workspace.resources[0].count)}",) if service.needs else ()
        booked.append(Booked(service.name, staff, begin, end, units))
    return Case(workspace, absences, day, now, tuple(booked), cell)


class ByHand:
    """The reading of a case. What it asks of every minute again is remembered."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._at_work: dict[str, set[int]] = {}
        self._classes = self._found_classes()

    def starts(self, need: Need, staff: str) -> list[int]:
        """The minutes at which something can begin, each tried."""
        return [start for start in range(24 * 60) if self._can_begin(need, staff, start)]

    def _can_begin(self, need: Need, staff: str, start: int) -> bool:
        """Whether something can begin at a minute: every minute of it is looked at."""
        workspace = self._case.workspace
        service = workspace.service(need.service)
        assert service
        rules, minutes = workspace.rules(service.name), workspace.minutes_of(service.name, staff)
        if not _starts_there(self._case, need.service, staff, start):
            return False
        works = self._works(staff)
        if not all(minute in works for minute in range(start, start + minutes)):
            return False
        if not _in_time(self._case, rules, start, minutes):
            return False
        before, after = (0, 0) if service.starts else (rules.before, rules.after)
        wanted = range(start - before, start + minutes + after)
        if staff and any(self._busy(service.name, staff, minute) for minute in wanted):
            return False
        if service.starts:
            theirs = [one for one in self._case.booked if (one.service, one.staff) == (service.name, staff)]
            taken = {unit for one in theirs for unit in one.units if one.start <= start < one.end}
            return service.capacity - len(taken) >= need.places
        return all(self._room(name, wanted) for name in service.needs)

    def _works(self, staff: str) -> set[int]:
        """The minutes in which it is open, and somebody is there."""
        if staff not in self._at_work:
            self._at_work[staff] = {minute for minute in range(24 * 60) if _works(self._case, staff, minute)}
        return self._at_work[staff]

    def _busy(self, service: str, staff: str, minute: int) -> bool:
        """Whether somebody has an appointment, or another class of theirs takes place."""
        for one in self._case.booked:
            if one.staff == staff and one.start <= minute < one.end and not (one.is_class and one.service == service):
                return True
        return any(
            who == staff and name != service and begin <= minute < end for name, who, begin, end, _ in self._classes
        )

    def _room(self, name: str, wanted: range) -> bool:
        """Whether one of a resource is free all the while, those kept for classes left out."""
        classes = [one for one in self._classes if one[2] < wanted.stop and wanted.start < one[3]]
        kept = sum(needs.count(name) for *_, needs in classes)
        free = 0
        for number in range(1, self._case.workspace.resources[0].count + 1):
            theirs = [one for one in self._case.booked if f"{name}|{number}" in one.units]
            free += not any(one.start < wanted.stop and wanted.start < one.end for one in theirs)
        return free >= 1 + kept

    def _found_classes(self) -> list[tuple[str, str, int, int, tuple[str, ...]]]:
        """The classes that take place: name, teacher, from, to, and what they need."""
        found, workspace = [], self._case.workspace
        for service in workspace.services:
            for staff in workspace.staff_for(service.name) if service.starts else ():
                minutes, rules = workspace.minutes_of(service.name, staff), workspace.rules(service.name)
                for at in service.starts.get(WEEKDAYS[self._case.day.weekday()], ()) if service.starts else ():
                    start = at.hour * 60 + at.minute
                    if all(minute in self._works(staff) for minute in range(start, start + minutes)):
                        end = start + minutes + rules.after
                        found.append((service.name, staff, start - rules.before, end, service.needs))
        return found


def _starts_there(case: Case, name: str, staff: str, start: int) -> bool:
    service, day = case.workspace.service(name), WEEKDAYS[case.day.weekday()]
    assert service
    if service.starts is not None:
        return f"{start // 60:02}:{start % 60:02}" in [f"{at:%H:%M}" for at in service.starts.get(day, ())]
    every = case.workspace.rules(name).start_every
    if every is None:
        return start % 15 == 0
    for span in case.workspace.hours_on(case.day):
        opening = span.start.hour * 60 + span.start.minute
        opening += -opening % 5
        if opening <= start < span.end.hour * 60 + span.end.minute and (start - opening) % every == 0:
            return True
    return False


def _in_time(case: Case, rules: Rules, start: int, minutes: int) -> bool:
    """Notice, horizon, and clocks that are changed."""
    zone = case.workspace.zone
    wall = dt.datetime.combine(case.day, dt.time()) + dt.timedelta(minutes=start)
    begin = wall.replace(tzinfo=zone).astimezone(dt.UTC)
    shown = [(begin + dt.timedelta(minutes=n)).astimezone(zone).replace(tzinfo=None) for n in range(minutes + 1)]
    if shown[0] != wall or any(later - earlier != dt.timedelta(minutes=1) for earlier, later in pairwise(shown)):
        return False
    today = case.now.astimezone(zone).date()
    ahead = 365 if rules.horizon is None else rules.horizon // 1440
    if not 0 <= (case.day - today).days <= ahead:
        return False
    return begin - case.now >= dt.timedelta(minutes=rules.notice) and begin > case.now


def _works(case: Case, staff: str, minute: int) -> bool:
    """Whether it is open, and somebody is there."""
    workspace, day = case.workspace, case.day
    if minute >= 24 * 60 or not _within(workspace.hours_on(day), minute):
        return False
    member = workspace.member(staff)
    if member and not (member.employed_from or day) <= day <= (member.employed_until or day):
        return False
    there = member is None or member.shifts is None or _within(member.shifts.get(WEEKDAYS[day.weekday()], ()), minute)
    own = [one for one in member.exceptions if day in one.days] if member else []
    for one in (*own, *(each.exception for each in case.absences if each.staff_name in ("", staff))):
        if one.off and one.hours is None:
            there = there and not _within(one.off, minute)
        else:
            there = _within(one.hours or (), minute)
    return there


def _within(spans: tuple[HourSpan, ...], minute: int) -> bool:
    return any(one.start.hour * 60 + one.start.minute <= minute < one.end.hour * 60 + one.end.minute for one in spans)
