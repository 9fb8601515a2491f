"""A known hour or day that the customer puts right by its bare number: "donde puse 10 era 11"."""

import re
from datetime import date

from extractor.reading.message import Mention, MessageInContext
from extractor.text.numbers import DAY, value
from extractor.when.grammar.mentions import hour_of
from extractor.when.grammar.values import Hour, Setting, next_of_month
from workspace.calendar import parse_date, parse_time

_AMENDED = re.compile(
    r"\b(?:puse|dije|escribi|anote|puso|pusiste|dice|decia|mande|tipee|anotaste|no era|no es|no dije|no puse|"
    r"i said|i put) "
    rf"(?:que |a las |las |el |dia |para el ){{0,2}}(?P<old>{DAY}) ?(?:hs )?,? ?(?:y |pero )?"
    r"(?:era|es|son|va|iba|sino|quise (?:poner|decir)|quiero|queria|deberia ser|tiene que ser|cambialo (?:a|por)|"
    r"i meant|it is) "
    rf"(?:a las |las |el |para el |dia ){{0,2}}(?P<new>{DAY})(?! ?(?:de [a-z]+o\b|/|:))"
)


def find(line: str, message: MessageInContext, setting: Setting, day: date | None) -> list[Mention]:
    """The hour or day that replaces the known one of the number that was wrong, or nothing."""
    match = _AMENDED.search(line)
    if match is None:
        return []
    old, new = value(match["old"].split(" ")[0]), value(match["new"].split(" ")[0])
    known_time = parse_time(message.known_slots.get("preferred_time", ""))
    known_day = parse_date(message.known_slots.get("preferred_date", ""))
    if old is None or new is None:
        return []
    if known_time is not None and old % 12 == known_time.hour % 12:
        at = hour_of(Hour(new, known_time.minute), setting, day)
        return [Mention("preferred_time", at, match.start(), match.end(), 1)] if at else []
    found = next_of_month(new, setting.today) if known_day is not None and known_day.day == old else None
    return [Mention("preferred_date", found.isoformat(), match.start(), match.end(), 1)] if found else []
