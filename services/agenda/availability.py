"""Which times are free, and what to offer instead of one that is not."""

from datetime import date, timedelta

from agenda.caller import Caller
from agenda.free_times import by_load, free_staff, free_times, nearest
from agenda.ledger import Times
from agenda.quarters import spell
from agenda.reasons import Answer, Reason, no, yes
from agenda.wanted import Want, read_day, read_want
from workspace.calendar import HORIZON_DAYS, next_open_days

OTHER_DAYS = 3
"""How many later dates are offered."""
TIMES_A_DAY = 3
"""How many times on each of them."""
_LOOKED_AHEAD = 60
_AT_ONCE = 10


async def check(known: Times, caller: Caller, service_type: str, date_str: str, staff_name: str | None) -> Answer:
    """The free times of a service on a date. See `check_service_availability`."""
    want = read_want(caller, service_type, staff_name)
    if isinstance(want, Reason):
        return no(want)
    day = read_day(caller, date_str)
    if isinstance(day, Reason):
        return no(day, **await instead_of_day(known, caller, want, date_str, day))
    everybody = Want(want.minutes, caller.workspace.staff_for(service_type))
    free = await free_on(known, caller, everybody, day)
    times = [start for start, names in free.items() if any(name in want.staff for name in names)]
    answer = yes(
        service_type=service_type,
        date=day.isoformat(),
        staff_name=staff_name,
        times=[spell(start) for start in times],
        staff_by_time={spell(start): names for start, names in free.items()},
    )
    return answer if times else {**answer, "next": await later_days(known, caller, want, day)}


async def free_on(known: Times, caller: Caller, want: Want, day: date) -> dict[int, list[str]]:
    """Minute of a day -> who is free then for the whole of it. One query."""
    taken = (await known.taken(caller.workspace.id, day.isoformat(), day.isoformat())).get(day.isoformat(), {})
    return free_times(caller.workspace, day, want.minutes, want.staff, caller.now, taken)


async def instead_of_time(known: Times, caller: Caller, want: Want, day: date, wanted: int) -> Answer:
    """`times` of the same day, the nearest first, or else `next`; empty when there are none."""
    free = await free_on(known, caller, want, day)
    if free:
        return {"times": [spell(start) for start in nearest(free, wanted)]}
    later = await later_days(known, caller, want, day, wanted)
    return {"next": later} if later else {}


async def instead_of_day(
    known: Times, caller: Caller, want: Want, text: str, reason: Reason, wanted: int | None = None
) -> Answer:
    """`next` for a date that is closed or past; empty for one that cannot be read or is too far."""
    if reason is Reason.CLOSED:
        after = date.fromisoformat(text)
    elif reason is Reason.PAST:
        after = caller.now.astimezone(caller.workspace.zone).date() - timedelta(days=1)
    else:
        return {}
    later = await later_days(known, caller, want, after, wanted)
    return {"next": later} if later else {}


async def later_days(known: Times, caller: Caller, want: Want, after: date, wanted: int | None = None) -> list[Answer]:
    """Up to three dates after one, each with up to three times: the first, or those nearest to a
    wanted minute. Looks 60 days ahead, ten open days a query."""
    workspace = caller.workspace
    last = caller.now.astimezone(workspace.zone).date() + timedelta(days=HORIZON_DAYS)
    days = [day for day in next_open_days(workspace, after, _LOOKED_AHEAD) if day <= last]
    found: list[Answer] = []
    while days and len(found) < OTHER_DAYS:
        some, days = days[:_AT_ONCE], days[_AT_ONCE:]
        taken = await known.taken(workspace.id, some[0].isoformat(), some[-1].isoformat())
        for day in some:
            free = free_times(workspace, day, want.minutes, want.staff, caller.now, taken.get(day.isoformat(), {}))
            times = list(free)[:TIMES_A_DAY] if wanted is None else sorted(nearest(free, wanted, TIMES_A_DAY))
            if times:
                found.append({"date": day.isoformat(), "times": [spell(start) for start in times]})
    return found[:OTHER_DAYS]


async def choose_staff(known: Times, caller: Caller, want: Want, day: date, start: int) -> list[str]:
    """Who is free at a usable minute of a day, the least busy of that day first, then as the manifest
    lists them. One query."""
    taken = (await known.taken(caller.workspace.id, day.isoformat(), day.isoformat())).get(day.isoformat(), {})
    return by_load(free_staff(want.staff, start, want.minutes, taken), taken)
