"""A whole request in one sentence, as far as it can be put in words."""

from nlg.situations.tasks.view import MAX_SERVICE_CHARS, TaskSituation
from nlg.writing.render import clean
from turn.constraints import is_date, is_hour
from turn.meaning import ANY, SAME, WRITER, Item
from turn.tasks import CANCEL, Placed, Task

_MOMENT_CHARS = len("2026-03-13T10:00")


def days_in_words(situation: TaskSituation, days: tuple[str, ...]) -> str:
    """Days as they are said: one, or several to choose between; empty for what has no short words."""
    for text in days:
        choices = [one[:10] for one in text.split("|")]
        if all(is_date(one) for one in choices) and ".." not in text:
            return situation.all_of([situation.on_day(one) for one in choices], last="or")
    return ""


def times_in_words(situation: TaskSituation, times: tuple[str, ...]) -> str:
    """Hours as they are said; empty for what has no short words."""
    for text in times:
        choices = text.split("|")
        if all(is_hour(one) for one in choices):
            return situation.all_of([situation.at_time(one) for one in choices], last="or")
        if text[:1] == ">" and is_hour(text.lstrip(">=")):
            return situation.words("from_time", time=text.lstrip(">="))
        if text[:1] == "<" and is_hour(text.lstrip("<=")):
            return situation.words("before_time", time=text.lstrip("<="))
        if text in ("morning", "afternoon", "evening"):
            return situation.words(f"in_{text}")
    return ""


def one_date(texts: tuple[str, ...]) -> str:
    """The day that some constraints are, where they name just one; empty otherwise."""
    exact = {text[:10] for text in texts if is_date(text[:10]) and len(text) in (10, _MOMENT_CHARS)}
    return next(iter(exact)) if len(exact) == 1 and len(texts) == 1 else ""


def one_hour(days: tuple[str, ...], times: tuple[str, ...]) -> str:
    """The hour that some constraints name; empty otherwise."""
    exact = {text for text in times if is_hour(text)} | {text[11:] for text in days if len(text) == _MOMENT_CHARS}
    return next(iter(exact)) if len(exact) == 1 else ""


def request_in_words(situation: TaskSituation, task: Task) -> str:
    """What a task is to do: "Corte el viernes 13/03 a las 10:00 con Sofía"; empty when no day, hour or service is
    known."""
    if task.chosen:
        return "; ".join(situation.placed_values(each)["what"] for each in task.chosen.items)
    own = next((one for one in map(situation.own_of, task.targets) if one), None)
    if own and task.kind == CANCEL:
        return situation.placed_values(own)["what"]
    items = task.items or (Item(own.service if own else ""),)
    told = [_item(situation, task, item) for item in items]
    return "; ".join(text for text in told if text)


def _item(situation: TaskSituation, task: Task, item: Item) -> str:
    days, times = item.days or task.days, item.times or task.times
    service = "" if item.service in ("", SAME) else clean(item.service, MAX_SERVICE_CHARS)
    who = "" if item.who == WRITER else item.who
    staff = [name for name in item.staff if name not in (ANY, SAME)]
    hour = times_in_words(situation, times) or times_in_words(situation, tuple(day[11:] for day in days if day[11:]))
    parts = [service, situation.for_person(who), days_in_words(situation, days), hour]
    parts += [situation.with_staff(situation.all_of(staff, last="or"))] if staff else []
    return " ".join(part for part in parts if part) if any(parts[i] for i in (0, 2, 3)) else ""


def proposal_in_words(situation: TaskSituation, items: tuple[Placed, ...]) -> str:
    """The services of a visit in a line, each with its hour; the day is told beside it."""
    several = len(items) > 1
    told = []
    for one in items:
        parts = [one.time if several else "", clean(one.service, MAX_SERVICE_CHARS), situation.for_person(one.person)]
        parts.append(situation.with_staff(one.staff))
        told.append(" ".join(part for part in parts if part))
    return ", ".join(told)
