"""Telling the opening hours, in at most four lines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from nlg.situations.situation import Situation, rows_of, text_of, texts_of
from nlg.writing.render import Draft, Say
from nlg.writing.words import spell_spans
from turn.tools import HOURS
from workspace.calendar import parse_date
from workspace.model import WEEKDAYS, Workspace

MAX_LINES = 4
"""Most lines that hours take."""
Spans = tuple[str, ...]


def tell_hours(situation: Situation) -> Draft:
    """The hours of the day that the message names, or else of the week."""
    day = parse_date(situation.turn.said.get("preferred_date", ""))
    if day:
        return Draft((of_day(day, situation),))
    week = _of_week(situation)
    return Draft((*week, *_specials(situation)[: MAX_LINES - len(week)]))


def _specials(situation: Situation) -> tuple[Say, ...]:
    """The next days with hours of their own, holidays above all, a line each."""
    rows = rows_of((situation.answer(HOURS) or {}).get("special"))
    days = sorted(day for row in rows if (day := parse_date(text_of(row.get("date")))))
    return tuple(replace(of_day(day, situation), line=True, optional=True) for day in days)


def of_day(day: date, situation: Situation) -> Say:
    """The hours of one day."""
    answer = situation.answer(HOURS)
    hours = spell_spans(_spans_on(day, answer, situation.workspace), situation.phrases)
    spelt = situation.spell_day(day)
    return Say("day_open", {"date": spelt, "hours": hours}) if hours else Say("day_closed", {"date": spelt})


def _spans_on(day: date, answer: Mapping[str, object] | None, workspace: Workspace) -> Spans:
    """The spans of a date as the tool tells them; without the tool, as the manifest has them."""
    if answer is None:
        return tuple(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in workspace.hours_on(day))
    for row in rows_of(answer.get("special")):
        if text_of(row.get("date")) == day.isoformat():
            return texts_of(row.get("hours"))
    return () if workspace.closed_by(day) else _week(answer, workspace)[day.weekday()]


def _week(answer: Mapping[str, object] | None, workspace: Workspace) -> list[Spans]:
    if answer is None:
        own = [workspace.hours.get(name, ()) for name in WEEKDAYS]
        return [tuple(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in spans) for spans in own]
    told = {text_of(row.get("day")): texts_of(row.get("hours")) for row in rows_of(answer.get("days"))}
    return [told.get(name, ()) for name in WEEKDAYS]


def _of_week(situation: Situation) -> tuple[Say, ...]:
    """One line for each run of days with the same hours. When those are too many, days with the
    same hours are put together, closed ones left out, and the rest packed into four lines."""
    week = _week(situation.answer(HOURS), situation.workspace)
    groups = _runs(week)
    if len(groups) > MAX_LINES:
        groups = [group for group in _same_hours(week) if week[group[0]]]
    per_line = -(-len(groups) // MAX_LINES)
    lines = [groups[start : start + per_line] for start in range(0, len(groups), per_line)]
    return tuple(_line(line, week, situation, first=number == 0) for number, line in enumerate(lines))


def _line(groups: Sequence[Sequence[int]], week: Sequence[Spans], situation: Situation, first: bool) -> Say:
    days, *others = [_spell_days(group, situation) for group in groups]
    spans, *more = [spell_spans(week[group[0]], situation.phrases) for group in groups]
    hours = "; ".join([spans, *(f"{name} {text}" for name, text in zip(others, more, strict=True))])
    return Say("hours_line" if hours else "hours_closed", {"days": days, "hours": hours}, line=True, optional=not first)


def _spell_days(days: Sequence[int], situation: Situation) -> str:
    names = [situation.phrases.words["weekdays_short"][day] for day in days]
    consecutive = len(days) > 1 and days[-1] - days[0] == len(days) - 1
    return situation.phrases.word("range").join((names[0], names[-1])) if consecutive else ", ".join(names)


def _runs(week: Sequence[Spans]) -> list[list[int]]:
    runs: list[list[int]] = []
    for day, spans in enumerate(week):
        if runs and week[runs[-1][-1]] == spans:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _same_hours(week: Sequence[Spans]) -> list[list[int]]:
    return [[day for day, spans in enumerate(week) if spans == hours] for hours in dict.fromkeys(week)]
