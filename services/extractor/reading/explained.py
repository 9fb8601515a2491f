"""How a message came to be read as it is: its tokens, everything that its words may mean, and what was chosen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from extractor.intent.cues import CUES
from extractor.meaning.packs import PhrasePack, load_phrases
from extractor.meaning.said import Said, said
from extractor.meaning.seeing import Look, spoken_in
from extractor.reading.message import Mention, MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.selection import choice
from extractor.selection.corrections import refused, rejected
from extractor.when.calendar_words import TimesRead
from extractor.when.events import elsewhere
from extractor.when.grammar import chart
from extractor.when.grammar.moments import CONFLICT, COST, TOP
from extractor.when.grammar.values import Day
from turn.meaning import NOTHING, Meaning
from workspace.calendar import parse_date

_GROUPS = ("acts", "subjects", "cues")


@dataclass(frozen=True)
class Word:
    """A word, number or sign of the message."""

    written: str
    read: str
    """Its normalised form."""
    start: int
    """Where it begins in the cleaned text."""
    at: int
    """Where it begins in the normalised line."""


@dataclass(frozen=True)
class Edge:
    """One meaning that words of day and hour may have."""

    words: str
    constraint: str
    """What it says as constraints; empty for what is none (a day that has passed, a length of time)."""
    rule: str
    """Language and name of the rule."""
    gain: float
    """What it adds to a reading: its words and its score, less what a part costs. Edges without overlap whose gains
    add up to most are chosen."""
    chosen: bool


@dataclass(frozen=True)
class Value:
    """A day, an hour, a service or a member of staff that was found, and what became of it."""

    words: str
    slot: str
    value: str
    """Empty for what names no value of the business."""
    weight: int
    """How much it looks like the wanted one; the highest wins, then the first."""
    role: str
    """wanted, refused ("con Carlos no"), taken back, of an appointment that exists, of something else."""
    in_slots: bool
    """Whether it is the value of a slot of the first form."""
    in_meaning: bool
    """Whether the second form has it, wanted or not."""


@dataclass(frozen=True)
class Phrase:
    """A fixed phrase of a language pack, or a cue, that was found."""

    group: str
    """acts, subjects or cues of a pack; intent for a cue of intent/cues.yaml."""
    name: str
    language: str
    """Of the pack; empty for a cue."""
    words: str
    """Empty for a cue."""
    adds: Mapping[str, float]
    """What a cue adds to intents."""


@dataclass(frozen=True)
class Explained:
    """Why a message is read as it is."""

    line: str
    """The normalised line, data masked."""
    words: tuple[Word, ...]
    edges: tuple[Edge, ...]
    values: tuple[Value, ...]
    phrases: tuple[Phrase, ...]
    data: Mapping[str, str]
    """Data of the customer's that was found and masked, by slot."""
    scores: Mapping[str, float]
    """What all cues together add to each intent, where it is not 0."""


def explain(reader: Reader, message: MessageInContext, reading: Reading, locale: str) -> Explained:
    """How `reading` came about. `locale` is the business's."""
    look = reader.look(message)
    spoken = [load_phrases(language, reader.packs) for language in spoken_in(reading, locale, reader.packs)]
    day = parse_date(message.known_slots.get("preferred_date", ""))
    return Explained(
        line=look.seen.line,
        words=tuple(
            Word(look.seen.raw[token.start : token.end], token.text, token.start, token.at)
            for token in look.seen.tokens
        ),
        edges=tuple(_edges(look.times, look.seen.line, day)),
        values=tuple(_values(look, reading, day)),
        phrases=(*_phrases(look.seen.line, spoken), *_cues(look)),
        data={one.slot: one.value for one in look.data},
        scores={intent: round(score, 2) for intent, score in look.findings.scores.items() if score},
    )


def _edges(times: TimesRead, line: str, day: date | None) -> Iterator[Edge]:
    """The meanings of days and hours that a message may be about, in order, the best of each place first."""
    chosen = [(edge.rule, edge.start, edge.end, edge.value) for edge in times.found.edges]
    for edge in sorted(times.found.chart.edges(TOP), key=lambda edge: (edge.start, -_gain(edge))):
        alone = said(replace(times.found, edges=(edge,)), times.places, times.setting, (), day)
        words = line[times.places[edge.start][0] : times.places[edge.end - 1][1]]
        constraint = " ".join(one.text or "no date" for one in alone)
        is_chosen = (edge.rule, edge.start, edge.end, edge.value) in chosen
        yield Edge(words, constraint, edge.rule, round(_gain(edge), 2), is_chosen)


def _gain(edge: chart.Edge) -> float:
    conflict = isinstance(edge.value, Day) and edge.value.conflict
    return edge.end - edge.start + edge.score - COST - (CONFLICT if conflict else 0)


def _values(look: Look, reading: Reading, day: date | None) -> Iterator[Value]:
    line, times = look.seen.line, look.times
    pieces: Sequence[Said] = said(times.found, times.places, times.setting, times.mentions, day)
    mentions = sorted([*(one.mention for one in pieces), *look.named], key=lambda one: one.start)
    taken_back, denied = rejected(mentions, line), refused(mentions, line)
    existing, other = choice.existing(mentions, line), elsewhere(mentions, line, look.findings.own_occasions)
    kept = _values_of(reading.meaning or NOTHING)
    for index, one in enumerate(mentions):
        role = (
            "refused" if index in taken_back and index in denied
            else "taken back" if index in taken_back
            else "of an appointment that exists" if index in existing
            else "of something else" if index in other
            else "wanted"
        )  # fmt: skip
        yield Value(
            words=line[one.start : one.end],
            slot=one.slot,
            value=one.value,
            weight=_weight(one, times),
            role=role,
            in_slots=reading.slots.get(one.slot) == one.value,
            in_meaning=one.value in kept,
        )


def _values_of(meaning: Meaning) -> frozenset[str]:
    """Services, staff and constraints of a meaning, those of a choice and excluded ones each by itself."""
    items = meaning.items
    named = [value for one in items for value in (one.service, *one.staff, *one.not_staff)]
    constraints = [*meaning.days, *meaning.times, *(value for one in items for value in (*one.days, *one.times))]
    single = [part for value in constraints for one in value.split("|") for part in one.removeprefix("!").split("T")]
    return frozenset((*named, *constraints, *single)) - {""}


def _weight(one: Mention, times: TimesRead) -> int:
    """The weight of a value; that of a day or hour is the first form's."""
    same = (
        other.weight
        for other in times.mentions
        if (other.slot, other.start, other.end) == (one.slot, one.start, one.end)
    )
    return next(same, one.weight)


def _phrases(line: str, packs: Sequence[PhrasePack]) -> Iterator[Phrase]:
    for pack in packs:
        for group in _GROUPS:
            for name, pattern in getattr(pack, group).items():
                match = pattern.search(line)
                if match and match[0].strip():
                    yield Phrase(group, name, pack.language, match[0].strip(), {})


def _cues(look: Look) -> Iterator[Phrase]:
    for cue in CUES:
        if cue.name in look.findings.cues:
            yield Phrase("intent", cue.name, "", "", dict(cue.adds))
