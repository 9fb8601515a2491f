"""When the business is open: the week, a day, and whether a service still fits at an hour."""

from dataclasses import replace
from datetime import date

from nlg.situations.conflicts import closed
from nlg.situations.hours import of_day, tell_hours
from nlg.situations.tasks.catalogue import asked_services, services_of
from nlg.situations.tasks.request import one_date, one_hour
from nlg.situations.tasks.trouble import last_start
from nlg.situations.tasks.view import TaskSituation
from nlg.writing.render import Draft, Say, clean
from turn.constraints import is_date
from workspace.calendar import next_open_days, parse_date, parse_time, time_problem


def tell_opening(situation: TaskSituation) -> Draft:
    """The hours that a message asks for: of the day that it names, else of the week."""
    days = [one for text in situation.meaning.days for one in text.split("|")]
    named = one_date(situation.meaning.days) or situation.turn.said.get("preferred_date", "")
    day = parse_date(named)
    if day is None and len(days) > 1 and all(map(is_date, days)):
        return Draft(tuple(of_day(found, situation) for one in days if (found := parse_date(one))))
    at = one_hour(situation.meaning.days, situation.meaning.times)
    if day is None:
        if not at:
            return tell_hours(situation)
        day = situation.turn.now.astimezone(situation.workspace.zone).date()
    told = of_day(day, situation)
    if told.key == "day_closed":
        return Draft((closed(day, situation), *_next_open(situation, day)))
    return Draft((told, *_whether_it_fits(situation, day, at)))


def _next_open(situation: TaskSituation, day: date) -> tuple[Say, ...]:
    """The hours of the next day that is open."""
    days = next_open_days(situation.workspace, day, 1)
    return tuple(replace(of_day(each, situation), optional=True) for each in days)


def _whether_it_fits(situation: TaskSituation, day: date, at: str) -> tuple[Say, ...]:
    """For an hour at which somebody wants to come: whether there is time for what they want."""
    if not parse_time(at):
        return ()
    found = services_of(asked_services(situation)[:1], situation.workspace)
    minutes = found[0].minutes if found else 0
    problem = time_problem(situation.workspace, day.isoformat(), at, situation.turn.now, minutes)
    if found and problem is None:
        return (Say("time_fits", {"service": clean(found[0].name, 40), "time": at}),)
    if found:
        last = last_start(situation, found[0].name, day)
        return (Say("last_start", {"service": clean(found[0].name, 40), "time": last}),) if last else ()
    return ()
