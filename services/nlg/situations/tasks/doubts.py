"""Reading back what is not sure."""

from dataclasses import replace

from nlg.situations.questions import tappable
from nlg.situations.tasks.request import one_hour, request_in_words
from nlg.situations.tasks.view import TaskSituation
from nlg.writing.render import Draft, Say
from nlg.writing.words import spell_time
from turn.constraints import is_date, is_hour
from turn.meaning import Doubt
from turn.tasks import Task
from turn.vocabulary import Stage
from workspace.calendar import parse_date

_ROUNDS = ("", "_again", "_out")
_OF_WHAT = {"days": "doubt_days", "times": "doubt_times"}
"""Part of a reading -> what is said where nothing of it can be read back."""


def ask_doubt(situation: TaskSituation, task: Task) -> Draft:
    """The first doubt as a question."""
    doubt = task.doubts[0] if task.doubts else Doubt("text", "unread")
    suffix = _ROUNDS[situation.round - 1]
    if doubt.part == "data":
        return _data(situation, task, doubt, suffix)
    between = [text for text in (_candidate(situation, task, value) for value in doubt.candidates) if text]
    if len(between) > 1:
        hours = doubt.part == "times" and all(map(is_hour, doubt.candidates))
        asked = _between(situation, between, f"doubt_hours{suffix}" if hours else f"doubt_between{suffix}")
        explained = (Say("doubt_mismatch", optional=True),) if not suffix and _mismatch(doubt) else ()
        return replace(asked, parts=(*explained, *asked.parts))
    if doubt.reason == "no_such_day":
        return Draft((Say(f"doubt_no_day{suffix}", _example(situation)),), Stage.DISPONIBILIDAD)
    request = request_in_words(situation, task)
    if request and not (doubt.reason == "contradiction" and doubt.part in _OF_WHAT):
        said = Say(f"doubt_request{suffix}", {"request": request})
        return Draft((said,), Stage.CONFIRMACION, quick_replies=_yes_no(situation))
    return Draft((Say(f"{_OF_WHAT.get(doubt.part, 'doubt_text')}{suffix}", _example(situation)),), Stage.DISPONIBILIDAD)


def _mismatch(doubt: Doubt) -> bool:
    """Whether a weekday and a date that were said together are of different days."""
    days = [day for value in doubt.candidates if (day := parse_date(value[:10]))]
    return doubt.part == "days" and len({day.weekday() for day in days}) > 1


def _between(situation: TaskSituation, texts: list[str], key: str) -> Draft:
    """Between two or more readings."""
    choices = situation.all_of(texts, last="or")
    values = {"choices": choices, "capital": choices[:1].upper() + choices[1:]}
    return Draft(
        (Say(key, values),),
        Stage.DISPONIBILIDAD,
        quick_replies=tappable(tuple(texts)),
    )


def _candidate(situation: TaskSituation, task: Task, value: str) -> str:
    """A value between which the customer chooses, in words."""
    day, _, hour = value.partition("T")
    if is_date(day):
        return " ".join(part for part in (situation.on_day(day), situation.at_time(hour)) if part)
    if is_hour(value):
        return situation.at_time(value)
    kind, _, rest = value.partition(":")
    if kind == "offer" and rest.isdigit() and 0 < int(rest) <= len(task.offers):
        chosen = task.offers[int(rest) - 1]
        return " ".join(part for part in (situation.on_day(chosen.day), situation.at_time(chosen.time)) if part)
    if kind in ("appointment", "done"):
        own = situation.own_of(rest)
        return situation.placed_values(own)["brief"] if own else ""
    return value if situation.workspace.service(value) or value in situation.workspace.staff_names else ""


def _data(situation: TaskSituation, task: Task, doubt: Doubt, suffix: str) -> Draft:
    value = doubt.candidates[0] if doubt.candidates else ""
    value = value or task.email or situation.dialogue.email
    kind = "email" if "@" in value or not value else "phone" if any(map(str.isdigit, value)) else "name"
    if not value or suffix == "_out":
        key = "doubt_email" if kind == "email" else "doubt_data"
        return Draft((Say(f"{key}_unread{suffix}"),), Stage.CONFIRMACION)
    return Draft(
        (Say(f"doubt_{kind}{suffix}", {"value": value}),), Stage.CONFIRMACION, quick_replies=_yes_no(situation)
    )


def _example(situation: TaskSituation) -> dict[str, str]:
    """A day that is one, with an hour."""
    today = situation.turn.now.astimezone(situation.workspace.zone).date()
    front = situation.front
    return {
        "date": situation.spell_day(today),
        "time": spell_time(one_hour(front.days, front.times) if front else "") or "10:00",
    }


def _yes_no(situation: TaskSituation) -> tuple[str, ...]:
    return situation.phrases.fixed("yes"), situation.phrases.fixed("no")
