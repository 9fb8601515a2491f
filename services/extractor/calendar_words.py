"""Dates and times of one message together: each helps to read the other."""

import re
from datetime import date

from extractor import amend, bare_hours, dates, times
from extractor.clock import Clock
from extractor.message import Mention, Message
from extractor.text import MASK
from workspace.calendar import parse_date
from workspace.model import Workspace

_DAY_AND_PART = re.compile(
    r"[0-9]{1,2},? (?:(?:a|por|en|x|pela|na|in) |(?:0[1-9]|1[0-9]|2[0-3]) (?:hs|h|horas|am|pm)\b)"
)
_WEEKDAY_BEFORE = re.compile(r"\b(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|[a-z]{3,6}day|feira) $")


def mentions_of_time(
    line: str, today: date, message: Message, workspace: Workspace, known_day: date | None
) -> list[Mention]:
    """Dates and times that a line mentions, in order."""
    asked = message.asked_slot
    amended = amend.find(line, message, Clock(workspace, known_day), today)
    line = _masked(line, amended)
    draft = times.find(line, Clock(workspace, known_day), asked == "preferred_time")
    strong = _masked(line, [one for one in draft if not _maybe_date(line, one)])
    days = dates.find(strong, today, asked == "preferred_date")
    day = parse_date(days[-1].value) if days else known_day
    rest = _masked(line, days)
    found = times.find(rest, Clock(workspace, day), asked == "preferred_time")
    if not found and days:
        found = bare_hours.after_day(line, days, Clock(workspace, day))
    found += bare_hours.instead(rest, found, Clock(workspace, day))
    return sorted(amended + days + found, key=lambda one: one.start)


def _maybe_date(line: str, mention: Mention) -> bool:
    """Whether what reads as a time may be a day of the month: "martes 5 a la mañana"."""
    return bool(
        _DAY_AND_PART.match(line[mention.start : mention.start + 60])
        and _WEEKDAY_BEFORE.search(line[max(0, mention.start - 40) : mention.start])
    )


def _masked(line: str, mentions: list[Mention]) -> str:
    chars = list(line)
    for mention in mentions:
        chars[mention.start : mention.end] = MASK * (mention.end - mention.start)
    return "".join(chars)
