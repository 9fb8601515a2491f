"""What was found in a message, as the parts that its meaning is put together from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from extractor.identity.datum import Datum
from extractor.identity.name_patterns import KIN
from extractor.intent.intents import Findings
from extractor.meaning.packs import load_phrases
from extractor.meaning.past import NOTHING_TOLD, Told
from extractor.meaning.people import Person
from extractor.meaning.roles import Seen
from extractor.meaning.said import said
from extractor.packs import Packs
from extractor.reading.message import Language, Mention, MessageInContext, Reading
from extractor.text.lexicon import COMMON, FIRST_NAMES, NOT_MISSPELT
from extractor.text.normalised import MASK, Token, View, blanked, plain
from extractor.when.bare_hours import counts_something
from extractor.when.calendar_words import TimesRead
from turn.meaning import CONFIRM, OfferedTime
from workspace.calendar import parse_date
from workspace.model import Workspace

_FRONT = {"book": "book", "cancel": "cancel", "reschedule": "change"}


@dataclass(frozen=True)
class Look:
    """What is found in a message before anything is decided."""

    seen: View
    """The text, data hidden."""
    data: tuple[Datum, ...]
    """The customer's data."""
    times: TimesRead
    named: tuple[Mention, ...]
    """Services and staff."""
    findings: Findings
    """What the intent is decided on."""
    language: Language
    """The language of the message; empty where it is not clear."""
    spoken: Language
    """That language, or the business's."""
    serves_things: bool = False
    """Whether something is brought to the business to be worked on, and may have a name."""
    told: Told = NOTHING_TOLD
    """Days and hours of what has happened already."""


def spoken_in(reading: Reading, locale: str, packs: Packs) -> tuple[str, ...]:
    """The languages that a message may be in, likeliest first. `locale` is the business's."""
    own = packs.own(locale)
    return tuple(dict.fromkeys((reading.language or own, own, *packs.read_at(locale))))


def seen_in(look: Look, message: MessageInContext, reading: Reading, workspace: Workspace, packs: Packs) -> Seen:
    """Everything found in a message to a business. `reading` is its first form."""
    times, line = look.times, blanked(look.seen.line, look.told.past)
    known_day = parse_date(message.known_slots.get("preferred_date", ""))
    pieces = said(times.found, times.places, times.setting, times.mentions, known_day, _shortest(look, workspace))
    pieces = [one for one in pieces if not _in_any(one.mention, look.told.past)]
    persons = tuple(_persons(look))
    called = [one for one in persons if one.named]
    return Seen(
        line=line,
        pieces=tuple(pieces),
        named=tuple(one for one in look.named if not any(who.start < one.end <= who.end for who in called)),
        persons=persons,
        data=tuple(_in_line(one, look.seen) for one in look.data),
        data_at=max(line.find(MASK), 0),
        unread=_unread(look),
        candidates=reading.service_candidates,
        chosen=reading.slots,
        intent=reading.intent,
        topic=reading.topic,
        polarity=reading.polarity,
        asked=message.asked_slot or "",
        front=_FRONT.get(message.active_intent or "", ""),
        known=message.known,
        packs=tuple(load_phrases(language, packs) for language in spoken_in(reading, workspace.locale, packs)),
        minutes={one.name: one.minutes for one in workspace.services},
        read_back=_read_back(message),
        somebody=_names_somebody(look),
        own=look.findings.own_occasions,
        doubted=tuple(sorted(look.told.doubtful)),
        other=_other_name(look),
    )


def _shortest(look: Look, workspace: Workspace) -> int:
    """Minutes of the shortest service that a message names; 0 where it names none."""
    named = {one.value for one in look.named if one.slot == "service_type"}
    return min((one.minutes for one in workspace.services if one.name in named), default=0)


def _in_any(mention: Mention, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < mention.end and mention.start < end for start, end in spans)


_AND_ANOTHER = re.compile(
    r"\b(?:somos|nos llamamos|nos chamamos|a nombre de|(?:em|no) nome de|in the names? of|"
    r"(?:nombres|nomes)(?: (?:son|sao|:))?|we are|we re|names(?: are)?) ?:? "
    rf"{MASK}[{MASK} ]*(?:y|e|and) (?=[a-zñ])"
)
"""Between the customer's name, which is hidden, and that of whoever comes, too: "somos Ana Paz y Leo Gil"."""
_NOBODY = frozenset(("ella", "ela", "el", "ele", "uma"))
"""First names that are somebody already named, or an article, after "para"."""
_CALLED = re.compile(
    rf" (?:el|la|mi|o|a|meu|minha|my|the) {KIN} ?,? ?(?:que )?"
    r"(?:se llama|se chama|is (?:called|named)|s name is) (?=[a-z])"
)
"""What comes before the name of somebody of the customer's."""
_KIN_OF = re.compile(rf" (?:mi|mis|nuestr[oa]|my|our|minha|meu|nossa|nosso) {KIN} ?,? ?(?=[a-zñ])")
"""What comes before the name of somebody of the customer's, said right after who they are: "mi hermana Luz"."""
_WE_ARE = re.compile(r"^ (?:[a-z]+ ){0,2}?,? ?(?:somos|we are|we re|were|venimos|vamos) (?=[a-z])")
"""What comes before the names of several who write."""
_NOT_BUT = re.compile(r"^ (?:no|nao) ,? ?(?:(?:es|son|era|eran|sao|para|pra|for) ){0,2}(?=[a-z])")
"""What comes before the names of those who come instead, and nothing else."""
_AND = frozenset(("y", "e", "and"))
"""Words between two names."""
_FOR = frozenset(("para", "pra", "pro", "for"))
"""Words before whoever something is for."""


def names_of_kin(seen: View) -> list[tuple[int, int, str]]:
    """The names said right after who of the customer's somebody is, which are nothing that the business does: where the
    kin begins, where the name ends, and the name. Written with a capital, or a first name that is no other word."""
    after = {match.end(): match.start() for match in _KIN_OF.finditer(seen.line)}
    found = []
    for token in seen.tokens:
        if token.at not in after or not seen.visible(token):
            continue
        name = seen.raw[token.start : token.end]
        if (name.istitle() and not seen.raw.istitle()) or (token.text in FIRST_NAMES and token.text not in COMMON):
            found.append((after[token.at], token.at + len(token.text), name.title()))
    return found


def _persons(look: Look) -> Iterator[Person]:
    """Names after "para", which the message wants something for: "turno para Nico"; and after "el nene se llama"."""
    yield from (Person(name, start, end, named=True) for start, end, name in names_of_kin(look.seen))
    seen, served = look.seen, any(one.slot == "service_type" and one.value for one in look.named)
    called = {match.end(): match.start() for match in _CALLED.finditer(seen.line)}
    for token in seen.tokens:
        if token.at in called and seen.visible(token) and (token.text in FIRST_NAMES or token.text not in COMMON):
            name = seen.raw[token.start : token.end].title()
            yield Person(name, called[token.at], token.at + len(token.text), named=True)
    yield from _ourselves(look)
    yield from _things(look) if look.serves_things else ()
    for before, token in pairwise(seen.tokens):
        if before.text not in _FOR or not seen.visible(token):
            continue
        if look.serves_things and not _has_surname(look, token):
            continue
        if token.text in FIRST_NAMES - _NOBODY or (served and _written_as_name(look, before, token)):
            yield from _and_others(look, token)
            yield Person(seen.raw[token.start : token.end].title(), token.at, token.at + len(token.text))


def _other_name(look: Look) -> str:
    """The name told together with the customer's; empty for none."""
    seen = look.seen
    told = _AND_ANOTHER.search(seen.line)
    left = [one for one in seen.tokens if told and one.at >= told.end()][:4]
    run = list(takewhile(lambda one: seen.visible(one) and seen.raw[one.start : one.end].istitle(), left))
    return seen.raw[run[0].start : run[-1].end] if run else ""


def _things(look: Look) -> Iterator[Person]:
    """Several that are brought to be worked on, in small letters, as they are nobody's own names: "baño para Rocky y
    Luna". One alone is what the writer brings."""
    found = list[Token]()
    for before, token in pairwise(look.seen.tokens):
        again = bool(found) and before.text in _AND and found[-1].index == before.index - 1
        named = look.seen.visible(token) and look.seen.raw[token.start : token.end].istitle()
        taken = any(one.start <= token.at < one.end for one in (*look.findings.mentions, *look.named))
        if (again or before.text in _FOR) and named and not taken and not _has_surname(look, token):
            found.append(token)
    if len(found) > 1:
        yield from (Person(one.text, one.at, one.at + len(one.text)) for one in found)


def _has_surname(look: Look, token: Token) -> bool:
    """Whether a name is followed by another word with a capital."""
    after = look.seen.tokens[token.index + 1 : token.index + 2]
    return bool(after) and look.seen.raw[after[0].start : after[0].end].istitle()


def _ourselves(look: Look) -> Iterator[Person]:
    """Several who are named as those who come: "somos Ana y Luz", and after a booking "no, Ana y Luz"."""
    seen = look.seen
    told = _WE_ARE.search(seen.line) or _NOT_BUT.search(seen.line)
    left = [one for one in seen.tokens if told and one.at >= told.end()]
    joins = _AND | {","}
    run = list(takewhile(lambda one: one.text in joins or (seen.visible(one) and _first_name(look, one)), left))
    names = [one for one in run if one.text not in joins]
    if not _WE_ARE.search(seen.line) and any(one.slot == "staff_name" for one in look.named):
        return  # who it is with
    if len(names) > 1 and any(one.text in _AND for one in run) and (len(run) == len(left) or _WE_ARE.search(seen.line)):
        yield from (
            Person(seen.raw[one.start : one.end].title(), one.at, one.at + len(one.text), named=True) for one in names
        )


def _first_name(look: Look, token: Token) -> bool:
    return token.text in FIRST_NAMES - _NOBODY or look.seen.raw[token.start : token.end].istitle()


def _and_others(look: Look, token: Token) -> Iterator[Person]:
    """The person named right after another one: "para Julieta y Mora", "para Ana Sosa y Mora Sosa"."""
    raw, after = look.seen.raw, look.seen.tokens[token.index + 1 : token.index + 5]
    surnames = len(list(takewhile(lambda one: raw[one.start : one.end].istitle(), after)))
    joining, other = [*after[surnames : surnames + 2], token, token][:2]
    named = any(one.start <= other.at < one.end for one in look.named)
    if joining.text in _AND and look.seen.visible(other) and other.text in FIRST_NAMES - _NOBODY - COMMON and not named:
        yield Person(raw[other.start : other.end].title(), other.at, other.at + len(other.text))


def _written_as_name(look: Look, before: Token, token: Token) -> bool:
    """Whether a word has a capital that only a name has: it is no other word, and nothing that the message says of days
    or of the business: "baño para Rocky"."""
    raw = look.seen.raw
    word = raw[token.start : token.end]
    taken = any(one.start < token.at + len(token.text) and token.at < one.end for one in look.findings.mentions)
    return word.istitle() and raw[before.start].islower() and not taken and plain(word) not in NOT_MISSPELT


def _read_back(message: MessageInContext) -> OfferedTime | None:
    """The day and hour of the task in front, where its read-back was asked for."""
    day, at = (message.known_slots.get(slot, "") for slot in ("preferred_date", "preferred_time"))
    staff = message.known_slots.get("staff_name", "")
    return OfferedTime(day, at, staff) if message.asked_slot == CONFIRM and day and at else None


def _names_somebody(look: Look) -> bool:
    """Whether a first name and a word in capitals after it name somebody who is not of the business."""
    seen = look.seen
    return any(
        one.text in FIRST_NAMES
        and seen.visible(one)
        and seen.raw[after.start : after.end].istitle()
        and not any(named.start < after.at and one.at < named.end for named in look.named)
        for one, after in pairwise(seen.tokens)
    )


def _in_line(datum: Datum, seen: View) -> Datum:
    """A datum with its place in the line instead of in the text."""
    tokens = [token for token in seen.tokens if token.start < datum.end and datum.start < token.end]
    if not tokens:
        return replace(datum, start=0, end=0)
    return replace(datum, start=tokens[0].at, end=tokens[-1].at + len(tokens[-1].text))


_NAMES = frozenset(("weekday", "month"))
"""Categories of the grammar's word lists that say something of days wherever they stand."""
_NUMBERS = frozenset(("int", "tens", "minute_words"))
"""Number words, which say something of days and hours only beside one."""
ONE = 1
"""What "uno" says: no hour by itself ("la una" is one) but that one is wanted, "dame uno para el lunes"."""
LEAST_NAME = 4
"""Letters of a weekday or month below which it may be another word: "mar", "set"."""


def _unread(look: Look) -> tuple[tuple[int, int], ...]:
    """Figures, weekdays and months, and number words beside a day or an hour, that nothing explains."""
    found, places, line = look.times.found, look.times.places, look.seen.line
    timed = [(one.start, one.end) for one in look.times.mentions]
    timed += [(places[edge.start][0], places[edge.end - 1][1]) for edge in found.edges]
    named = [(one.start, one.end) for one in look.named]
    spans = []
    for at, by_category in found.chart.at.items():
        start, end = places[at]
        explained = any(begin < end and start < stop for begin, stop in (*timed, *named))
        counts = any(0 <= begin - end <= 1 for begin, _ in named)
        if explained or counts or line.startswith(MASK, start) or counts_something(line, start, end):
            continue
        figure = line[start].isdigit()
        name = bool(by_category.keys() & _NAMES) and end - start >= LEAST_NAME
        beside = any(0 <= begin - end <= 1 or 0 <= start - stop <= 1 for begin, stop in timed)
        numbers = [edge.value for category in by_category.keys() & _NUMBERS for edge in by_category[category]]
        if figure or name or (beside and any(number != ONE for number in numbers)):
            spans.append((start, end))
    return tuple(spans)
