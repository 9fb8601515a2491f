"""What is wanted, whether it can be had, and what to offer instead of a time that cannot."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from agenda.booking.call_context import CallContext
from agenda.booking.free_times import QUARTER, by_load, free_staff, free_times, minute_of, nearest, spell, starts
from agenda.booking.ledger import Times
from agenda.booking.reasons import OF_DATE, OF_TIME, NoReason, ToolAnswer, no, yes
from workspace.calendar import HORIZON_DAYS, date_problem, next_open_days, parse_date, parse_time, time_problem

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)


@dataclass(frozen=True)
class Want:
    """How long an appointment takes, and who can do it."""

    minutes: int
    """How long it takes."""
    staff: tuple[str, ...]
    """Who can do it, in the manifest's order; never empty."""


def read_want(call: CallContext, service_name: str, staff_name: str | None) -> Want | NoReason:
    """The service with whoever was asked for, or with everybody who does it."""
    workspace = call.workspace
    service = workspace.service(service_name)
    if service is None:
        return NoReason.UNKNOWN_SERVICE
    if staff_name is None:
        return Want(service.minutes, workspace.staff_for(service.name))
    if staff_name not in workspace.staff_names:
        return NoReason.UNKNOWN_STAFF
    if staff_name not in workspace.staff_for(service.name):
        return NoReason.STAFF_DOES_NOT_DO
    return Want(service.minutes, (staff_name,))


def read_day(call: CallContext, text: str) -> date | NoReason:
    """The local date, when it is open and neither past nor too far."""
    day = written_day(text)
    if day is None:
        return NoReason.INVALID_DATE
    problem = date_problem(call.workspace, text, call.now)
    return OF_DATE[problem] if problem else day


def read_start(call: CallContext, day: date, text: str, minutes: int) -> int | NoReason:
    """The minute of a usable day at which something of that length can begin."""
    start = written_minute(text)
    if start is None:
        return NoReason.INVALID_TIME
    problem = time_problem(call.workspace, day.isoformat(), text, call.now, minutes)
    if problem:
        return OF_TIME[problem]
    if start % QUARTER:
        return NoReason.INVALID_TIME
    return start if start in starts(call.workspace, day, minutes, call.now) else NoReason.OUTSIDE_HOURS


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
    day = read_day(call, date_str)
    if isinstance(day, NoReason):
        return no(day, **await instead_of_day(known, call, want, date_str, day))
    everybody = Want(want.minutes, call.workspace.staff_for(service_type))
    free = await free_on(known, call, everybody, day)
    times = [start for start, names in free.items() if any(name in want.staff for name in names)]
    answer = yes(
        service_type=service_type,
        date=day.isoformat(),
        staff_name=staff_name,
        times=[spell(start) for start in times],
        staff_by_time={spell(start): names for start, names in free.items()},
    )
    return answer if times else {**answer, "next": await later_days(known, call, want, day)}


async def free_on(known: Times, call: CallContext, want: Want, day: date) -> dict[int, list[str]]:
    """Minute of a day -> who is free then for the whole of it. One query."""
    taken = (await known.taken(call.workspace.id, day.isoformat(), day.isoformat())).get(day.isoformat(), {})
    return free_times(call.workspace, day, want.minutes, want.staff, call.now, taken)


async def instead_of_time(known: Times, call: CallContext, want: Want, day: date, wanted: int) -> ToolAnswer:
    """`times` of the same day, the nearest first, or else `next`; empty when there are none."""
    free = await free_on(known, call, want, day)
    if free:
        return {"times": [spell(start) for start in nearest(free, wanted)]}
    later = await later_days(known, call, want, day, wanted)
    return {"next": later} if later else {}


async def instead_of_day(
    known: Times, call: CallContext, want: Want, text: str, reason: NoReason, wanted: int | None = None
) -> ToolAnswer:
    """`next` for a date that is closed or past; empty for one that cannot be read or is too far."""
    if reason is NoReason.CLOSED:
        after = date.fromisoformat(text)
    elif reason is NoReason.PAST:
        after = call.now.astimezone(call.workspace.zone).date() - timedelta(days=1)
    else:
        return {}
    later = await later_days(known, call, want, after, wanted)
    return {"next": later} if later else {}


async def later_days(
    known: Times, call: CallContext, want: Want, after: date, wanted: int | None = None
) -> list[ToolAnswer]:
    """Up to three dates after one, each with up to three times: the first, or those nearest to a
    wanted minute. Looks 60 days ahead, ten open days a query."""
    workspace = call.workspace
    last = call.now.astimezone(workspace.zone).date() + timedelta(days=HORIZON_DAYS)
    days = [day for day in next_open_days(workspace, after, _LOOKED_AHEAD) if day <= last]
    found: list[ToolAnswer] = []
    while days and len(found) < OTHER_DAYS:
        some, days = days[:_AT_ONCE], days[_AT_ONCE:]
        taken = await known.taken(workspace.id, some[0].isoformat(), some[-1].isoformat())
        for day in some:
            free = free_times(workspace, day, want.minutes, want.staff, call.now, taken.get(day.isoformat(), {}))
            times = list(free)[:TIMES_A_DAY] if wanted is None else sorted(nearest(free, wanted, TIMES_A_DAY))
            if times:
                found.append({"date": day.isoformat(), "times": [spell(start) for start in times]})
    return found[:OTHER_DAYS]


async def choose_staff(known: Times, call: CallContext, want: Want, day: date, start: int) -> list[str]:
    """Who is free at a usable minute of a day, the least busy of that day first, then as the manifest
    lists them. One query."""
    taken = (await known.taken(call.workspace.id, day.isoformat(), day.isoformat())).get(day.isoformat(), {})
    return by_load(free_staff(want.staff, start, want.minutes, taken), taken)
