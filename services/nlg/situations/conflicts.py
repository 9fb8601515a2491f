"""Why what the customer wants cannot be, said before asking again."""

from collections.abc import Callable, Mapping
from datetime import date, time

from nlg.situations.availability import Wanted, is_free, is_full, offers_later, refusal, wanted
from nlg.situations.questions import ask_missing, offer_words, tappable
from nlg.situations.situation import Situation, texts_of
from nlg.writing.render import Draft, Say
from nlg.writing.words import join_all, join_names, spell_time
from turn.vocabulary import Intent, Stage, Topic
from workspace.calendar import (
    DateProblem,
    TimeProblem,
    date_problem,
    next_open_days,
    parse_date,
    parse_time,
    time_problem,
)
from workspace.model import WEEKDAYS

_SUGGESTED_DAYS = 2


def tell_conflict(situation: Situation) -> Draft | None:
    """The first of the missing slots that has a value which cannot be, and the next question."""
    missing = situation.turn.missing_slots
    if missing and situation.turn.topic is Topic.NOT_OFFERED:
        return Draft(not_offered(situation).parts).before(ask_missing(situation, told=missing[0] == "service_type"))
    for slot in missing:
        explain = _EXPLANATIONS.get(slot)
        told = explain(situation) if explain else None
        if told is None:
            continue
        if slot != missing[0]:
            return Draft(told.parts[:1]).before(ask_missing(situation))
        return told if told.offers else told.before(ask_missing(situation, told=True))
    return None


def not_offered(situation: Situation) -> Draft:
    """Says that a service is not done here, and which are."""
    names = join_names(situation.workspace.service_names, situation.phrases, 110)
    parts = (Say("not_offered"), Say("services_few", {"services": names}, optional=True))
    return Draft(parts, Stage.SELECCION_SERVICIO, quick_replies=tappable(situation.workspace.service_names))


def closed(day: date, situation: Situation) -> Say:
    """Says that a day is closed: always on that weekday, or just that date."""
    if not situation.workspace.hours.get(WEEKDAYS[day.weekday()]):
        return Say("date_closed_weekly", {"weekday": situation.phrases.words["every"][day.weekday()]})
    why = situation.workspace.closed_by(day)
    if why is None or not why[1]:
        return Say("date_closed", {"date": situation.spell_day(day)})
    key = "date_holiday_ask" if why[0] == "ask" else "date_closed_for"
    return Say(key, {"date": situation.spell_day(day), "name": why[1]})


def _service(situation: Situation) -> Draft | None:
    value = situation.slot("service_type")
    return not_offered(situation) if value and situation.workspace.service(value) is None else None


def _staff(situation: Situation) -> Draft | None:
    name, service = situation.slot("staff_name"), situation.slot("service_type")
    if not name:
        return None
    able = situation.workspace.staff_for(service)
    if name not in situation.workspace.staff_names or not able:
        return Draft((Say("staff_unknown"),))
    key = "staff_who_do" if len(able) > 1 else "staff_one_does"
    who = Say(key, {"names": join_names(able, situation.phrases, 80, last="or")}, optional=len(able) > 1)
    return Draft((Say("staff_does_not", {"staff": name, "service": service}), who))


def _date(situation: Situation) -> Draft | None:
    value = wanted(situation).date
    if not value:
        return None
    problem = date_problem(situation.workspace, value, situation.turn.now) or _refused_date(situation)
    day = parse_date(value)
    if problem is None or day is None:
        return _full_day(situation) if problem is None else Draft((Say("date_invalid"),))
    if problem is DateProblem.CLOSED:
        return Draft((closed(day, situation),)).before(_open_days(day, situation))
    if problem is DateProblem.PAST:
        return Draft((Say("date_past", {"date": situation.spell_day(day)}),))
    return Draft((Say("date_too_far" if problem is DateProblem.TOO_FAR else "date_invalid"),))


def _refused_date(situation: Situation) -> DateProblem | None:
    """What a tool has found wrong with the date, though manifest and clock see nothing."""
    no = refusal(situation)
    names = {"CLOSED": DateProblem.CLOSED, "TOO_FAR": DateProblem.TOO_FAR, "INVALID_DATE": DateProblem.INVALID}
    return names.get(no.no_reason) if no else None


def _full_day(situation: Situation) -> Draft | None:
    if not is_full(situation):
        return None
    moment = wanted(situation)
    values = {"date": situation.spell(moment.date), "staff": moment.staff}
    later = offers_later(situation)
    if not later:
        return Draft((Say("day_full", values),))
    return Draft(
        (Say("day_full", values), Say("nearest_day", offer_words(situation, later)), Say("ask_time_which")),
        Stage.DISPONIBILIDAD,
        quick_replies=tuple(offer.time for offer in later),
        offers=later,
    )


def _open_days(day: date, situation: Situation) -> Draft | None:
    today = situation.turn.now.astimezone(situation.workspace.zone).date()
    days = next_open_days(situation.workspace, max(day, today), _SUGGESTED_DAYS)
    if not days:
        return None
    spelt = [situation.spell_day(open_day) for open_day in days]
    named = [situation.phrases.fixed("open_day").format(date=text) for text in spelt]
    say = Say("open_days", {"days": join_all(named, situation.phrases.word("and"))}, optional=True)
    return Draft((say,), quick_replies=tappable(tuple(spelt)))


def _time(situation: Situation) -> Draft | None:
    moment = wanted(situation)
    if not moment.time:
        return None
    impossible = _impossible_time(situation, moment)
    if impossible is not None:
        return Draft((impossible,))
    taken = _taken_time(situation, moment)
    return Draft((taken, *_with_others(situation, moment))) if taken else None


def _with_others(situation: Situation, moment: Wanted) -> tuple[Say, ...]:
    """Who else is free at the time at which the wanted member of staff is not."""
    checked = situation.checked() or {}
    by_time = checked.get("staff_by_time")
    free = texts_of(by_time.get(moment.time)) if isinstance(by_time, Mapping) else ()
    others = [name for name in free if name != moment.staff]
    if not moment.staff or not others:
        return ()
    names = join_names(others, situation.phrases, 60, last="or")
    return (Say("others_then", {"time": spell_time(moment.time), "names": names}, optional=True),)


def _impossible_time(situation: Situation, moment: Wanted) -> Say | None:
    if date_problem(situation.workspace, moment.date, situation.turn.now) is not None:
        return None if parse_time(moment.time) else Say("time_invalid")
    service = situation.workspace.service(moment.service)
    minutes = service.minutes if service else 0
    problem = time_problem(situation.workspace, moment.date, moment.time, situation.turn.now, minutes)
    if problem is TimeProblem.OUTSIDE_HOURS:
        day, at = parse_date(moment.date) or date.min, parse_time(moment.time) or time.min
        return outside_hours(situation, day, at)
    if problem is TimeProblem.PAST:
        return Say("time_past", {"time": spell_time(moment.time)})
    return Say("time_invalid") if problem is TimeProblem.INVALID else None


def outside_hours(situation: Situation, day: date, at: time) -> Say:
    """Says how a time lies outside opening hours: before, after, in a break, or too close to an end."""
    spans = situation.workspace.hours_on(day)
    later = sorted(span.start for span in spans if span.start > at)
    values = {"time": f"{at:%H:%M}", "date": situation.spell_day(day)}
    if situation.workspace.is_open(day, at):
        return Say("time_no_room_break" if later else "time_no_room", values)
    if not later:
        return Say("time_late", values)
    key = "time_break" if any(span.end <= at for span in spans) else "time_early"
    return Say(key, {**values, "open": f"{later[0]:%H:%M}"})


def _taken_time(situation: Situation, moment: Wanted) -> Say | None:
    no = refusal(situation)
    refused = no is not None and no.no_reason in ("TAKEN", "OUTSIDE_HOURS", "PAST", "INVALID_TIME")
    unlisted = situation.checked() is not None and not is_free(situation)
    if not refused and not unlisted:
        return None
    values = {"time": spell_time(moment.time), "date": situation.spell(moment.date)}
    return Say("time_taken", {**values, "staff": moment.staff})


def _email(situation: Situation) -> Draft | None:
    """An e-mail that is none, or a message that was to give one and gave nothing."""
    turn = situation.turn
    nothing = not turn.said and turn.missing_slots[:1] == ("client_email",) and not turn.observations
    again = nothing and bool(situation.slot("client_name"))
    if situation.slot("client_email"):
        return Draft((Say("email_invalid"),))
    return Draft((Say("email_needed"),)) if again else None


def _booking(situation: Situation) -> Draft | None:
    wanted_id = situation.slot("booking_id")
    known = any(one.booking_id == wanted_id for one in situation.appointments())
    only_one = len(situation.appointments()) == 1 and situation.turn.intent in (Intent.CANCEL, Intent.RESCHEDULE)
    if wanted_id and not known:
        return Draft((Say("code_unknown"),))
    return Draft((Say("booking_unknown"),)) if only_one else None


_EXPLANATIONS: dict[str, Callable[[Situation], Draft | None]] = {
    "service_type": _service,
    "staff_name": _staff,
    "preferred_date": _date,
    "preferred_time": _time,
    "client_email": _email,
    "booking_id": _booking,
}
