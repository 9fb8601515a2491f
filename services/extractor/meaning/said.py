"""Days and hours that a message says, as constraints in the second form of a reading, and what each is said for."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from extractor.reading.message import Mention
from extractor.when.grammar.chart import Edge
from extractor.when.grammar.mentions import Places, hour_of
from extractor.when.grammar.moments import Found
from extractor.when.grammar.span_productions import day_text
from extractor.when.grammar.values import Day, Days, Hour, Hours, Moment, Setting, Span, other_half
from turn.constraints import OPEN, days_hold, is_date, is_hour, times_hold
from workspace.calendar import parse_date

DAY, TIME = "preferred_date", "preferred_time"
_NOTHING = frozenset(("past", "no", "habitual"))
"""Constraints that only take words: a day that has passed, a length of time, what is usual."""
MOST = 20
"""Days and hours that are looked at in a message."""


@dataclass(frozen=True)
class Said:
    """A day or an hour in a message."""

    mention: Mention
    """Where it stands; its value is the constraint, empty for a day without a date."""
    day: Day | None = None
    """The day, where it is one."""
    hour: Hour | None = None
    """The hour, where it is one."""
    joined: int = -1
    """Days and hours of one moment have the same number; -1 for none."""
    ends: tuple["Said", ...] = ()
    """Of a span from one day to another these two: "del jueves al viernes" may be a move."""

    late: str = ""
    """The hour of the evening that a bare one of the morning may mean as well, where the business is open at both."""

    @property
    def is_day(self) -> bool:
        """Whether it is about days."""
        return self.mention.slot == DAY

    @property
    def text(self) -> str:
        """The constraint."""
        return self.mention.value

    @property
    def is_single(self) -> bool:
        """Whether it is one day or one hour."""
        return self.day is not None or self.hour is not None


def said(
    found: Found, places: Places, setting: Setting, others: Iterable[Mention], known: date | None, minutes: int = 0
) -> list[Said]:
    """Every day and hour of a message, in order. `others` are those that only their place shows to be some; what is
    wanted takes so many `minutes`."""
    edges = [edge for edge in found.edges[:MOST] if not _has_passed(edge)]
    made = [one for index, edge in enumerate(edges) for one in _of_edge(edge, places, index)]
    made += [
        Said(one, day=_day(one), hour=_hour(one))
        for one in others
        if one.value and not any(_overlap(one, other.mention) for other in made)
    ]
    days = [one.day.date for one in made if one.day and one.day.date]
    day = days[0] if days else known
    settled = [_settled(one, setting, day, minutes) for one in sorted(made, key=lambda one: one.mention.start)]
    return [one for one in settled if one.text not in _NOTHING and (one.text or one.day)]


def _of_edge(edge: Edge, places: Places, index: int) -> Iterator[Said]:
    value = edge.value
    if isinstance(value, Moment):
        day_edge = _part(edge, (Day, Span, Days))
        hour_edge = _part(edge, (Hour, Hours))
        yield replace(_one(value.day, day_edge or edge, places), joined=index)
        yield replace(_one(value.hour, hour_edge or edge, places), joined=index)
    elif isinstance(value, Days) and value.text.startswith("!"):
        for text in value.text[1:].split("|"):  # none of several days is one constraint for each
            yield _one(Days(f"!{text}"), edge, places)
    else:
        yield _one(value, edge, places)


def _has_passed(edge: Edge) -> bool:
    day = edge.value.day if isinstance(edge.value, Moment) else edge.value
    return isinstance(day, Day) and day.kind == "past"


def _part(edge: Edge, kinds: tuple[type, ...]) -> Edge | None:
    """The part of a moment that is of some kind, where it is written apart."""
    for part in edge.parts:
        if isinstance(part.value, kinds):
            return part
        inner = _part(part, kinds) if isinstance(part.value, Moment) else None
        if inner:
            return inner
    return None


def _one(value: object, edge: Edge, places: Places) -> Said:
    start, end = places[edge.start][0], places[edge.end - 1][1]
    if isinstance(value, Day):
        if value.kind == "far":  # "el viernes 10", when the next 10th is no Friday
            value = replace(value, date=None)
        return Said(Mention(DAY, day_text(value), start, end), day=value)
    if isinstance(value, Span | Days):
        ends = [_one(part.value, part, places) for part in edge.parts if isinstance(part.value, Day)]
        return Said(Mention(DAY, day_text(value), start, end), ends=tuple(ends) if len(ends) == 2 else ())
    if isinstance(value, Hour):
        return Said(Mention(TIME, "", start, end), hour=value)
    assert isinstance(value, Hours)
    return Said(Mention(TIME, value.text, start, end))


def _settled(one: Said, setting: Setting, day: date | None, minutes: int) -> Said:
    if one.hour is None or one.text:
        return one
    late = other_half(one.hour, setting, day, minutes) if day else None
    value = hour_of(one.hour, setting, day)
    return replace(one, mention=replace(one.mention, value=value), late=f"{late:%H:%M}" if late else "")


def _day(mention: Mention) -> Day | None:
    day = parse_date(mention.value) if mention.slot == DAY else None
    return Day(day, "named") if day else None


def _hour(mention: Mention) -> Hour | None:
    if mention.slot != TIME or len(mention.value) != 5:
        return None
    return Hour(int(mention.value[:2]), int(mention.value[3:]), fixed=True)


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


@dataclass(frozen=True)
class Joining:
    """How values that stand side by side are told apart."""

    line: str
    alternatives: frozenset[str]
    """Words between values of which one is wanted: "o"."""
    corrections: frozenset[str]
    """Words between a value and the one that replaces it: "no", "mejor", "perdón"."""
    negations: frozenset[str] = frozenset()
    """Words right before a value that is not wanted: "el viernes, no el martes"."""
    preferred: frozenset[str] = frozenset()
    """The values that are chosen where nothing joins two of them."""


def combined(pieces: Sequence[Said], how: Joining) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The constraints on days and on times that some pieces make together. Moments joined by "or" become one choice;
    so do single days, or single hours, joined so; of others the later one counts where it corrects, otherwise the
    preferred one."""
    alternatives = _moments(pieces, how.line, how.alternatives)
    if alternatives:
        return (alternatives,), ()
    days = _joined([one for one in pieces if one.is_day], how)
    times = _joined([one for one in pieces if not one.is_day], how)
    if "earliest" in days and any(is_date(one) for one in days):
        days.remove("earliest")
        times += [] if times else ["earliest"]
    elif times == ["earliest"] and all(one in OPEN or one.startswith("!") for one in days):
        days, times = [*days, *(["earliest"] if "earliest" not in days else [])], []
    bounded = any(one.startswith(("<", ">")) or ".." in one for one in days)
    if bounded and not any(one.startswith("!") for one in days):
        days = [one for one in days if one != "any"]  # "cualquier día de jueves en adelante"
    return within_ranges(days), tuple(times)


def unused(pieces: Sequence[Said], how: Joining) -> list[Said]:
    """Single days and hours that say something else than what is made of all, and that nothing takes back."""
    if _moments(pieces, how.line, how.alternatives):
        return []
    return [
        one
        for of_days in (True, False)
        for kind in [[piece for piece in pieces if piece.is_day is of_days and piece.text]]
        for made in [[text for each in _joined(kind, how) for text in each.split("|")]]
        for index, one in enumerate(kind)
        if one.is_single and one.text not in made and not _taken_back(kind, index, how)
    ]


def _taken_back(kind: Sequence[Said], index: int, how: Joining) -> bool:
    """Whether a value is denied, or a word after it, or before the one in front of it, puts it right."""
    one = kind[index]
    if index and _denied(one, how.line[kind[index - 1].mention.end : one.mention.start], how):
        return True
    after = [how.line[one.mention.end : other.mention.start].split() for other in kind[index + 1 :]]
    return any(word in how.corrections for words in after for word in words)


def _moments(pieces: Sequence[Said], line: str, or_words: frozenset[str]) -> str:
    """Two or more pairs of day and hour, said as alternatives: `2026-03-17T10:00|2026-03-19T17:00`."""
    if len(pieces) < 4 or len(pieces) % 2 or not all(one.is_single and one.text for one in pieces):
        return ""
    pairs = [(pieces[at], pieces[at + 1]) for at in range(0, len(pieces), 2)]
    if not all(one.is_day and not other.is_day for one, other in pairs):
        return ""
    for before, after in itertools.pairwise(pairs):
        between = line[before[1].mention.end : after[0].mention.start].split()
        if not any(word in or_words for word in between):
            return ""
    return "|".join(f"{day.text}T{hour.text}" for day, hour in pairs)


def _joined(pieces: Sequence[Said], how: Joining) -> list[str]:
    """The constraints of some days, or of some hours."""
    groups: list[list[Said]] = []
    for one in (one for one in pieces if one.text):
        before = groups[-1][-1] if groups else None
        between = how.line[before.mention.end : one.mention.start] if before else ""
        if _denied(one, between, how):
            continue
        if before is not None and _alternative(before, one, between, how):
            groups[-1].append(one)
        elif before is not None and one.is_single and before.is_single:
            groups[-1] = _one_of(groups[-1], one, between, how)
        else:
            groups.append([one])
    texts = ["|".join(dict.fromkeys(one.text for one in group)) for group in groups]
    return list(dict.fromkeys(texts))


def _denied(one: Said, between: str, how: Joining) -> bool:
    """Whether a value comes right after a no, and so is not wanted: "el viernes, no el martes"."""
    words = between.split()
    return bool(words) and words[-1] in how.negations and not one.text.startswith("!")


def _alternative(before: Said, one: Said, between: str, how: Joining) -> bool:
    words = [word for word in between.split() if word.isalnum()]
    joined = bool(words) and words[0] in how.alternatives and len(words) <= 3
    listed = not words and before.is_single and one.is_single and before.day is not None
    return _choosable(one) and _choosable(before) and (joined or listed)


def _one_of(group: list[Said], one: Said, between: str, how: Joining) -> list[Said]:
    """Which of two values that nothing joins is wanted."""
    if any(word in how.corrections for word in between.split()):
        return [one]
    if (one.joined >= 0) != (group[-1].joined >= 0):
        return [one] if one.joined >= 0 else group
    chosen = {piece.text for piece in group}
    return [one] if one.text in how.preferred and not chosen & how.preferred else group


def _choosable(one: Said) -> bool:
    return one.text not in OPEN and not one.text.startswith("!")


def contradictory(days: Sequence[str], times: Sequence[str]) -> bool:
    """Whether a day or an hour that is said does not satisfy what else is said of it: one of them is not understood."""
    exact = [day for one in days if is_date(one) and (day := parse_date(one))]
    hours = [one for one in times if is_hour(one)]
    return (
        any(not days_hold(days, day) for day in exact)
        or any(not times_hold(times, at) for at in hours)
        or ("any" in times and any(one.startswith(("<", ">")) for one in times))
    )


def within_ranges(days: Sequence[str]) -> tuple[str, ...]:
    """Days with each excluded one moved to its weekday inside a range that is wanted: "la semana que viene menos el
    martes" leaves out that week's Tuesday."""
    choices = (part for one in days if one[0] not in "!<>" for part in one.split("|"))
    spans = [part.split("..") for part in choices if ".." in part]
    bounds = [(parse_date(first), parse_date(last)) for first, last in spans]
    return tuple(_moved_into(one, bounds) if one.startswith("!") else one for one in days)


def _moved_into(text: str, bounds: Sequence[tuple[date | None, date | None]]) -> str:
    day = parse_date(text[1:])
    for first, last in bounds:
        if day and first and last and not first <= day <= last:
            ahead = first + timedelta(days=(day.weekday() - first.weekday()) % 7)
            if ahead <= last:
                return f"!{ahead.isoformat()}"
    return text
