"""What a business's rules of booking do not allow: too soon, too far, nobody there, no class then, too late."""

from datetime import date, datetime, time

from nlg.situations.tasks.view import TaskSituation, just
from nlg.turn import Tone
from nlg.writing.render import Draft, Say
from nlg.writing.words import spell_notice, spell_time
from turn.constraints import is_date, is_hour
from turn.meaning import KnownAppointment
from turn.vocabulary import Stage
from workspace.calendar import HORIZON_DAYS, horizon_days, parse_date
from workspace.model import WEEKDAYS


def tell_rule(
    situation: TaskSituation, because: str, service: str, day_text: str, time_text: str, staff: str
) -> Say | None:
    """The rule by which something cannot be; None for reasons that are no rules."""
    match because:
        case "TOO_FAR":
            days = horizon_days(situation.workspace)
            return Say("date_too_far", {"days": str(days)} if days < HORIZON_DAYS else {})
        case "TOO_SOON":
            notice = situation.workspace.rules(service).notice
            return Say("too_soon", {"length": spell_notice(notice, situation.phrases)} if notice else {})
        case "STAFF_AWAY":
            values = {"date": situation.spell(day_text), "time": spell_time(time_text), "staff": staff}
            return Say("staff_away_then" if values["time"] else "staff_away", values)
        case "NOT_A_START":
            return _fixed_starts(situation, service, parse_date(day_text), time_text)
        case "NO_PLACES":
            return Say("too_many_places", {"service": service})
    return None


def too_late(situation: TaskSituation, key: str, own: KnownAppointment | None) -> Draft:
    """That something can no longer be done here, so short before an appointment; a person may."""
    until = (own.cancel_until if key == "late_to_cancel" else own.move_until) if own else ""
    length = ""
    if own and until and is_date(own.day) and is_hour(own.time):
        begins = datetime.fromisoformat(f"{own.day}T{own.time}").replace(tzinfo=situation.workspace.zone)
        length = spell_notice(int((begins - datetime.fromisoformat(until)).total_seconds() // 60), situation.phrases)
    person = situation.phrases.fixed("talk_to_person")
    values = {"length": length, "contact": situation.workspace.human_contact}
    return just(key, values, tone=Tone.NEUTRAL, quick_replies=(person,), stage=Stage.CANCELACION)


def _fixed_starts(situation: TaskSituation, name: str, day: date | None, at: str) -> Say:
    """When a class is, on the day asked for or in the week; of another service, that it does not begin then."""
    service = situation.workspace.service(name)
    table = service.starts if service else None
    if table is None:
        return Say("time_not_a_start", {"time": spell_time(at)})
    that_day = table.get(WEEKDAYS[day.weekday()], ()) if day else ()
    if day and that_day:
        return Say(
            "class_on", {"service": name, "date": situation.spell_day(day), "times": _hours(situation, that_day)}
        )
    return Say("class_week", {"service": name, "days": class_days(situation, name)})


def class_days(situation: TaskSituation, name: str) -> str:
    """The timetable of a class: "lunes y miércoles 19:00, viernes 10:00"; empty for what is none."""
    service = situation.workspace.service(name)
    by_times: dict[tuple[time, ...], list[str]] = {}
    for number, day in enumerate(WEEKDAYS):
        times = (service.starts or {}).get(day, ()) if service else ()
        if times:
            by_times.setdefault(times, []).append(situation.phrases.words["weekdays"][number])
    return ", ".join(f"{situation.all_of(days)} {_hours(situation, times)}" for times, days in by_times.items())


def _hours(situation: TaskSituation, times: tuple[time, ...]) -> str:
    return situation.all_of([f"{at:%H:%M}" for at in times])
