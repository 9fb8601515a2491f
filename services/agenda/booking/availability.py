"""What is wanted, whether it can be had, and what to offer instead of a time that cannot."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from agenda.booking.call_context import CallContext
from agenda.booking.free_times import DAY, by_load, is_real, is_steady, minute_of, nearest, spell, utc_of
from agenda.booking.ledger import Times
from agenda.booking.openings import Calendar, DayAgenda, Need, Slot
from agenda.booking.reasons import NoReason, ToolAnswer, no, yes
from workspace.calendar import HORIZON_DAYS, parse_date, parse_time

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)


@dataclass(frozen=True)
class Want:
    """What is wanted, and who can do it."""

    need: Need
    staff: tuple[str, ...]
    """Who can do it, in the manifest's order; never empty."""


async def calendar_of(known: Times, call: CallContext) -> Calendar:
    """Rules and exceptions at the time of a call. One query."""
    today = call.now.astimezone(call.workspace.zone).date()
    absences = await known.absences(call.workspace.id, today.isoformat())
    return Calendar(call.workspace, (*call.workspace.special_days, *absences), call.now)


async def agenda_of(known: Times, calendar: Calendar, day: date) -> DayAgenda:
    """The agenda of a day. One query."""
    at = day.isoformat()
    return calendar.day(day, (await known.taken(calendar.workspace.id, at, at)).get(at, {}))


def read_want(call: CallContext, service_name: str, staff_name: str | None, places: int = 1) -> Want | NoReason:
    """The service with whoever was asked for, or with everybody who does it."""
    workspace = call.workspace
    service = workspace.service(service_name)
    if service is None:
        return NoReason.UNKNOWN_SERVICE
    if places > 1 and service.starts is None and service.capacity == 1:
        return NoReason.NO_PLACES
    if staff_name is None:
        return Want(Need(service.name, places), workspace.staff_for(service.name))
    if staff_name not in workspace.staff_names:
        return NoReason.UNKNOWN_STAFF
    if staff_name not in workspace.staff_for(service.name):
        return NoReason.STAFF_DOES_NOT_DO
    return Want(Need(service.name, places), (staff_name,))


def read_day(calendar: Calendar, want: Want, text: str) -> date | NoReason:
    """The local date, when it is open and neither past nor too far."""
    day = written_day(text)
    if day is None:
        return NoReason.INVALID_DATE
    if day < calendar.today:
        return NoReason.PAST
    if not any(calendar.hours(name, day) for name in want.staff):
        return NoReason.CLOSED
    horizon = calendar.rules_of(want.need.service).horizon
    if (day - calendar.today).days > (HORIZON_DAYS if horizon is None else min(horizon // DAY, HORIZON_DAYS)):
        return NoReason.TOO_FAR
    if not any(calendar.works(name, day) for name in want.staff):
        return NoReason.STAFF_AWAY
    agenda = calendar.day(day, {})
    return day if any(agenda.is_given(want.need, name) for name in want.staff) else NoReason.NOT_A_START


def read_start(calendar: Calendar, day: date, text: str, want: Want) -> int | NoReason:
    """The minute of a usable day at which something wanted can begin."""
    start = written_minute(text)
    if start is None:
        return NoReason.INVALID_TIME
    agenda = calendar.day(day, {})
    if any(start in agenda.rule_starts(want.need, name) for name in want.staff):
        return start
    begin = utc_of(calendar.zone, day, start)
    if begin <= calendar.now:
        return NoReason.PAST
    if start % calendar.cell_minutes:
        return NoReason.INVALID_TIME
    if any(calendar.starts_of(want.need, name, day) is not None for name in want.staff):
        return NoReason.NOT_A_START
    minutes = max(calendar.minutes(want.need, name) for name in want.staff)
    spans = {span for name in want.staff for span in calendar.hours(name, day)}
    if not any(minute_of(span.start) <= start and start + minutes <= minute_of(span.end) for span in spans):
        return NoReason.OUTSIDE_HOURS
    if begin < calendar.now + timedelta(minutes=calendar.rules_of(want.need.service).notice):
        return NoReason.TOO_SOON
    if not is_steady(calendar.zone, day) and not is_real(calendar.zone, day, start, minutes):
        return NoReason.OUTSIDE_HOURS
    working = [calendar.works(name, day) for name in want.staff]
    whole = ((1 << minutes) - 1) << start
    return NoReason.NOT_A_START if any(mask & whole == whole for mask in working) else NoReason.STAFF_AWAY


def written_day(text: str) -> date | None:
    """The date written as YYYY-MM-DD and in no other way, or None."""
    return parse_date(text) if _DATE.fullmatch(text) else None


def written_minute(text: str) -> int | None:
    """The minute written as HH:MM and in no other way, or None."""
    at = parse_time(text) if _TIME.fullmatch(text) else None
    return None if at is None else minute_of(at)


OTHER_DAYS = 3
"""How many later dates are offered."""
TIMES_A_DAY = 3
"""How many times on each of them."""
_LOOKED_AHEAD = 60
_AT_ONCE = 10


async def check(
    known: Times, call: CallContext, service_type: str, date_str: str, staff_name: str | None
) -> ToolAnswer:
    """The free times of a service on a date. See `check_service_availability`."""
    want = read_want(call, service_type, staff_name)
    if isinstance(want, NoReason):
        return no(want)
    calendar = await calendar_of(known, call)
    day = read_day(calendar, want, date_str)
    if isinstance(day, NoReason):
        return no(day, **await instead_of_day(known, calendar, want, date_str, day))
    agenda = await agenda_of(known, calendar, day)
    free = agenda.free(want.need, call.workspace.staff_for(service_type))
    times = [start for start, names in free.items() if any(name in want.staff for name in names)]
    answer = yes(
        service_type=service_type,
        date=day.isoformat(),
        staff_name=staff_name,
        times=[spell(start) for start in times],
        staff_by_time={spell(start): [name for name in names if name] for start, names in free.items()},
    )
    return answer if times else {**answer, "next": await later_days(known, calendar, want, day)}


async def instead_of_time(known: Times, calendar: Calendar, want: Want, day: date, wanted: int) -> ToolAnswer:
    """`times` of the same day, the nearest first, or else `next`; empty when there are none."""
    free = (await agenda_of(known, calendar, day)).free(want.need, want.staff)
    if free:
        return {"times": [spell(start) for start in nearest(free, wanted)]}
    later = await later_days(known, calendar, want, day, wanted)
    return {"next": later} if later else {}


async def instead_of_day(
    known: Times, calendar: Calendar, want: Want, text: str, reason: NoReason, wanted: int | None = None
) -> ToolAnswer:
    """`next` for a date that is closed or past, or on which nobody is there; empty for one that cannot be read or is
    too far."""
    if reason in (NoReason.CLOSED, NoReason.STAFF_AWAY, NoReason.NOT_A_START):
        after = date.fromisoformat(text)
    elif reason is NoReason.PAST:
        after = calendar.today - timedelta(days=1)
    else:
        return {}
    later = await later_days(known, calendar, want, after, wanted)
    return {"next": later} if later else {}


async def later_days(
    known: Times, calendar: Calendar, want: Want, after: date, wanted: int | None = None
) -> list[ToolAnswer]:
    """Up to three dates after one, each with up to three times: the first, or those nearest to a
    wanted minute. Looks 60 days ahead, ten days on which it is given a query."""
    ahead = (after + timedelta(days=offset) for offset in range(1, _LOOKED_AHEAD + 1))
    days = [day for day in ahead if any(calendar.day(day, {}).is_given(want.need, name) for name in want.staff)]
    found: list[ToolAnswer] = []
    while days and len(found) < OTHER_DAYS:
        some, days = days[:_AT_ONCE], days[_AT_ONCE:]
        taken = await known.taken(calendar.workspace.id, some[0].isoformat(), some[-1].isoformat())
        for day in some:
            free = calendar.day(day, taken.get(day.isoformat(), {})).free(want.need, want.staff)
            times = list(free)[:TIMES_A_DAY] if wanted is None else sorted(nearest(free, wanted, TIMES_A_DAY))
            if times:
                found.append({"date": day.isoformat(), "times": [spell(start) for start in times]})
    return found[:OTHER_DAYS]


async def choose_staff(known: Times, calendar: Calendar, want: Want, day: date, start: int) -> list[Slot]:
    """Where something can go at a usable minute of a day: with the least busy of that day first, then as the manifest
    lists them. One query."""
    return slots_at(await agenda_of(known, calendar, day), want, start)


def slots_at(agenda: DayAgenda, want: Want, start: int) -> list[Slot]:
    """The same, of an agenda."""
    found = (agenda.slot(want.need, name, start) for name in by_load(want.staff, agenda.taken))
    return [slot for slot in found if slot]
