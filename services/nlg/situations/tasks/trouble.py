"""What could not be done or found, and why: what became of the tools, and what they said no to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from nlg.situations.conflicts import closed, outside_hours
from nlg.situations.outcomes import LIMITS, tell_read_trouble, tell_write_trouble
from nlg.situations.situation import rows_of, text_of, texts_of
from nlg.situations.tasks.rules import tell_rule, too_late
from nlg.situations.tasks.view import TaskSituation, appointment_of, just
from nlg.turn import Tone
from nlg.writing.render import Draft, Say
from nlg.writing.words import join_names, spell_spans, spell_time
from turn.constraints import is_date, is_hour
from turn.meaning import KnownAppointment
from turn.model import Observation
from turn.steps import EMAIL, EMAIL_NEEDED, OFFER, STAFF
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CHANGE_ALL, CUSTOMER, FREE_TIMES, RESTORE
from turn.vocabulary import Stage, Status
from workspace.calendar import date_problem, next_open_days, parse_date, parse_time, time_problem

_ASKED_FOR = (FREE_TIMES, BOOK_ALL, CHANGE, CHANGE_ALL, CANCEL_ALL, RESTORE)
_OF_DAY = ("CLOSED", "PAST", "TOO_FAR", "INVALID_DATE", "STAFF_AWAY")
_OF_TIME = ("TAKEN", "OUTSIDE_HOURS", "OWN_APPOINTMENT", "INVALID_TIME", "TOO_SOON", "NOT_A_START")
_TRIES = (Status.FAILED, Status.UNKNOWN)


@dataclass(frozen=True)
class _Wanted:
    """What a tool was asked for and could not give; texts are empty where it was not one plain value."""

    service: str = ""
    day: str = ""
    time: str = ""
    staff: str = ""
    because: str = ""
    answer: Mapping[str, Any] | None = None


def tell_broken(situation: TaskSituation, done: bool) -> Draft | None:
    """A tool that failed or was refused. `done` says whether another write of this turn was done."""
    write = tell_write_trouble(situation)
    if write is not None:
        only_failed = not situation.writes(Status.UNKNOWN) and situation.writes(Status.FAILED)
        return replace(write, parts=(Say("failed_part"),)) if done and only_failed else write
    needed = [seen for seen in situation.turn.observations if seen.tool != CUSTOMER or seen.status not in _TRIES]
    return tell_read_trouble(replace(situation, turn=replace(situation.turn, observations=tuple(needed))))


def tell_no(situation: TaskSituation) -> Draft | None:
    """The first "no" of a tool, with its reason; None for those that the next question is about anyway."""
    for seen in situation.turn.observations:
        if seen.tool not in _ASKED_FOR or not seen.no_reason:
            continue
        told = _told(situation, seen)
        if told is not None:
            return told
    return None


def is_limit(situation: TaskSituation) -> bool:
    """Whether the customer has all that one customer gets: then nothing more is asked."""
    return any(seen.no_reason in (*LIMITS, "TOO_MANY_ITEMS") for seen in situation.turn.observations)


def refused_part(situation: TaskSituation) -> str:
    """What a tool's "no" is about: "day", "time", or empty for neither."""
    for seen in situation.turn.observations:
        if seen.tool in _ASKED_FOR and seen.no_reason:
            reason = text_of(seen.output.get("because")) or seen.no_reason
            whole_day = reason == "TAKEN" and seen.tool == FREE_TIMES and not texts_of(seen.args.get("times"))
            return "day" if reason in _OF_DAY or whole_day else "time" if reason in _OF_TIME else ""
    return ""


def refused_day(situation: TaskSituation) -> str:
    """The one day that a tool's "no" is about and that is named with it; empty for none."""
    for seen in situation.turn.observations:
        if seen.tool in _ASKED_FOR and seen.no_reason:
            return _wanted(situation, seen, "").day
    return ""


def _told(situation: TaskSituation, seen: Observation) -> Draft | None:
    reason = text_of(seen.output.get("because")) if seen.no_reason == "NO_FREE_TIMES" else seen.no_reason
    if reason in LIMITS:
        person = situation.phrases.fixed("talk_to_person")
        values = {"contact": situation.workspace.human_contact}
        return just(LIMITS[reason], values, tone=Tone.NEUTRAL, quick_replies=(person,))
    if reason in ("CANCEL_TOO_LATE", "MOVE_TOO_LATE"):
        own = situation.own_of(text_of(seen.args.get("booking_id"))) or next(iter(situation.own), None)
        return too_late(situation, "late_to_cancel" if reason == "CANCEL_TOO_LATE" else "late_to_move", own)
    if reason == "ANSWERS_REQUIRED":
        return None
    if reason == "EMAIL_REQUIRED" and situation.turn.next_step in (EMAIL, EMAIL_NEEDED):
        return None
    if seen.tool == RESTORE:
        return just("restore_taken" if reason == "TAKEN" else "restore_late", stage=Stage.CANCELACION)
    if reason == "NOT_FOUND":
        return just("write_not_found")
    if reason == "TOO_MANY_ITEMS":
        most = seen.output.get("most")
        number = f"{most:.0f}" if isinstance(most, int | float) else str(situation.workspace.booking.max_group_size)
        return just("too_many_items", {"most": number})
    parts = _why(situation, _wanted(situation, seen, reason))
    stays = {CHANGE: "stays", CHANGE_ALL: "all_stay"}.get(seen.tool)
    return Draft(parts + ((Say(stays, optional=True),) if stays else ())) if parts else None


def _wanted(situation: TaskSituation, seen: Observation, reason: str) -> _Wanted:
    """What the call was about."""
    args: Mapping[str, Any] = seen.args
    items = rows_of(args.get("items"))
    if seen.tool == FREE_TIMES:
        days, times = texts_of(args.get("days")), texts_of(args.get("times"))
        item = items[0] if len(items) == 1 else {}
        staff = texts_of(item.get("staff_name"))
        one_day = days[0][:10] if len(days) == 1 and is_date(days[0][:10]) and ".." not in days[0] else ""
        hours = [one for one in (*times, *(day[11:] for day in days)) if is_hour(one)]
        return _Wanted(
            text_of(items[0].get("service_type")) if items else "",
            one_day if "|" not in "".join(days) else "",
            hours[0] if len(hours) == 1 else "",
            staff[0] if len(staff) == 1 else "",
            reason,
            seen.output,
        )
    if seen.tool == BOOK_ALL:
        number = seen.output.get("item")
        index = int(number) if isinstance(number, int | float) and 0 <= number < len(items) else 0
        one = appointment_of(items[index]) if items else KnownAppointment("")
        return _Wanted(one.service, one.day, one.time, one.staff, reason, seen.output)
    if seen.tool == CHANGE_ALL:
        refused = text_of(seen.output.get("booking_id"))
        args = next((row for row in rows_of(args.get("changes")) if text_of(row.get("booking_id")) == refused), {})
    own = situation.own_of(text_of(args.get("booking_id"))) or KnownAppointment("")
    return _Wanted(
        text_of(args.get("service_type")) or own.service,
        text_of(args.get("preferred_date")) or own.day,
        text_of(args.get("preferred_time")) or own.time,
        text_of(args.get("staff_name")),
        reason,
        seen.output,
    )


def _why(situation: TaskSituation, wanted: _Wanted) -> tuple[Say, ...]:
    """Why it cannot be."""
    by_rule = tell_rule(situation, wanted.because, wanted.service, wanted.day, wanted.time, wanted.staff)
    if by_rule is not None:
        return (by_rule,)
    if wanted.because == "OWN_APPOINTMENT":
        return (_own_in_the_way(situation, wanted),)
    if wanted.because in ("NO_OTHER_STAFF", "STAFF_DOES_NOT_DO", "UNKNOWN_STAFF"):
        return _staff(situation, wanted)
    day = parse_date(wanted.day)
    if wanted.because == "CLOSED":
        return (closed(day, situation) if day else Say("days_closed"), *_open_days(situation, day))
    if wanted.because == "PAST":
        return (_past(situation, wanted, day),)
    if wanted.because == "OUTSIDE_HOURS":
        return _outside(situation, wanted, day)
    if wanted.because in ("INVALID_DATE", "INVALID_TIME"):
        return (Say("date_invalid" if wanted.because == "INVALID_DATE" else "time_invalid"),)
    if wanted.because in ("UNKNOWN_SERVICE", "NOT_OFFERED"):
        return (Say("not_offered"),)
    return (_taken(situation, wanted),)


def _taken(situation: TaskSituation, wanted: _Wanted) -> Say:
    values = {"time": spell_time(wanted.time), "date": situation.spell(wanted.day), "staff": wanted.staff}
    if values["time"]:
        return Say("time_taken", values)
    front = situation.front
    whole_day = values["date"] and not (front and any(text not in ("any", "earliest") for text in front.times))
    return Say("day_full", values) if whole_day else Say("span_taken", values)


def _past(situation: TaskSituation, wanted: _Wanted, day: date | None) -> Say:
    today = situation.turn.now.astimezone(situation.workspace.zone).date()
    if day and day >= today:
        return Say("time_past", {"time": spell_time(wanted.time)}) if spell_time(wanted.time) else Say("today_over")
    return Say("date_past", {"date": situation.spell_day(day)}) if day else Say("span_past")


def _outside(situation: TaskSituation, wanted: _Wanted, day: date | None) -> tuple[Say, ...]:
    """How a time lies outside the hours; of a span of time, the hours of the day."""
    at = parse_time(wanted.time)
    if day and date_problem(situation.workspace, wanted.day, situation.turn.now) is None:
        hours = spell_spans([f"{one.start:%H:%M}-{one.end:%H:%M}" for one in situation.workspace.hours_on(day)],
                            situation.phrases)  # fmt: skip
        if at is None:
            return (Say("hours_on", {"date": situation.spell_day(day), "hours": hours}),)
        said = outside_hours(situation, day, at)
        last = last_start(situation, wanted.service, day)
        more = (Say("last_start", {"service": wanted.service, "time": last}, optional=True),)
        return (said, *(more if last and said.key == "time_no_room" else ()))
    if at is not None:
        return (Say("time_outside", {"time": f"{at:%H:%M}"}),)
    return (Say("span_outside"),)


def last_start(situation: TaskSituation, service: str, day: date) -> str:
    """The last hour of a day at which a service can still be begun; empty when there is none."""
    known = situation.workspace.service(service)
    if known is None:
        return ""
    quarters = (f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60 - 15, -1, -15))
    day_text = day.isoformat()
    return next((text for text in quarters if _begins(situation, day_text, text, known.minutes)), "")


def _begins(situation: TaskSituation, day: str, text: str, minutes: int) -> bool:
    midnight = situation.turn.now.astimezone(situation.workspace.zone)
    before = midnight.replace(hour=0, minute=0, second=0, microsecond=0)
    open_then = situation.workspace.is_open(date.fromisoformat(day), time.fromisoformat(text))
    return open_then and time_problem(situation.workspace, day, text, before, minutes) is None


def _own_in_the_way(situation: TaskSituation, wanted: _Wanted) -> Say:
    told = (wanted.answer or {}).get("appointment")
    one = appointment_of(told) if isinstance(told, Mapping) else None
    if one is None and wanted.day:
        same_day = [own for own in situation.own if own.day == wanted.day]
        before = [own for own in same_day if not wanted.time or own.time <= wanted.time]
        one = (before or same_day)[-1] if same_day else None
    return Say("own_then", situation.placed_values(one) if one else {})


def _staff(situation: TaskSituation, wanted: _Wanted) -> tuple[Say, ...]:
    able = texts_of((wanted.answer or {}).get("staff")) or situation.workspace.staff_for(wanted.service)
    if not able or wanted.because == "UNKNOWN_STAFF":
        return (Say("staff_unknown"),)
    names = {"names": join_names(able, situation.phrases, 80, last="or")}
    key = "staff_who_do" if len(able) > 1 else "staff_one_does"
    if wanted.because == "NO_OTHER_STAFF":
        return (Say("staff_only", {**names, "service": wanted.service}),)
    asked = situation.turn.next_step == STAFF and len(able) > 1  # the question names them
    does_not = Say("staff_does_not", {"staff": wanted.staff, "service": wanted.service})
    return ((does_not,) if wanted.staff else ()) + (() if asked else (Say(key, names),))


def _open_days(situation: TaskSituation, day: date | None) -> tuple[Say, ...]:
    """When it is open instead, where no times are offered in the same breath."""
    if situation.turn.next_step == OFFER or day is None:
        return ()
    today = situation.turn.now.astimezone(situation.workspace.zone).date()
    days = next_open_days(situation.workspace, max(day, today), 2)
    spelt = [situation.words("open_day", date=situation.spell_day(each)) for each in days]
    return (Say("open_days", {"days": situation.all_of(spelt)}, optional=True),) if spelt else ()
