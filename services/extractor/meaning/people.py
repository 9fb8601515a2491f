"""For whom something is wanted: how many persons, and who."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractor.meaning.packs import PhrasePack
from extractor.text.normalised import MASK
from turn.meaning import WRITER, People


@dataclass(frozen=True)
class Person:
    """Somebody for whom something is wanted, and where that is said."""

    who: str
    """WRITER, a name, or the noun as said."""
    start: int
    end: int
    count: int = 1
    """How many: 2 for "mis hijos"."""
    named: bool = False
    """Whether it is a name told for whom it is: "el nene se llama Bautista"."""
    told: bool = False
    """Whether it is a pronoun by which somebody is told apart: "yo color y ella corte"."""

    @property
    def value(self) -> str:
        """Who it is."""
        return self.who


@dataclass(frozen=True)
class Company:
    """Everybody for whom something is wanted."""

    persons: tuple[Person, ...] = ()
    """In the order said."""
    count: int = 0
    """How many were said in a number; 0 for none."""
    counted: tuple[int, int] = (0, 0)
    """Where the number is said."""
    with_writer: bool = False
    """Whether the number counts the writer."""
    alone: bool = False
    """Whether it is said that one comes and no more: "al final voy sola"."""
    apart: tuple[Person, ...] = ()
    """Those whom bare words tell apart by their hours: "9 for him, 9:30 for me"."""

    @property
    def people(self) -> People | None:
        """How many persons; None when nobody besides the writer, and no number, was said."""
        if self.alone and not self.persons:
            return People(1, True)
        others = [one for one in self.persons if one.who != WRITER]
        if not others and self.count < 2:
            return None
        writer = any(one.who == WRITER for one in self.persons) or self.with_writer
        told = sum(one.count for one in others) + any(one.who == WRITER for one in self.persons)
        return People(max(self.count, told), writer)


def find_people(line: str, words: str, named: Sequence[Person], packs: Sequence[PhrasePack]) -> Company:
    """Who and how many a message is for. `line` is the normalised line without days, hours and names of the business,
    `words` the one with these names; `named` are persons named in it."""
    line, words = _without(line, packs), _without(words, packs)
    persons: list[Person] = list(named)
    count, counted, with_writer = 0, (0, 0), False
    for pack in packs:
        persons += _relatives(line, pack) + _relatives(words, pack)
        for cue, ours in (("count_us", True), ("us_two", False), ("count_for", False)):
            match = pack.cues[cue].search(line) if cue in pack.cues and not count else None
            if match:
                word = next(value for value in match.groupdict().values() if value)
                count, counted, with_writer = _number(word, pack), match.span(), ours
    called = [one for one in persons if one.named]
    persons = [one for one in persons if one.named or not any(by.start <= one.start < by.end for by in called)]
    others = [one for one in persons if one.who != WRITER]
    if others or count:
        found = [one for pack in packs for text in (words, line) for one in _writer(text, pack, bool(others))]
        persons += found
    persons += [one for pack in packs for one in _told(line, pack, others)]
    others = others or [one for one in persons if one.who != WRITER]
    persons = _apart(persons)
    if count == 1:
        count, with_writer = 0, False
    served, where = (0, (0, 0)) if others or count else _served(words, packs)
    if served > 1:
        return Company(tuple(persons), served, where)
    if others and count == sum(one.count for one in _apart(others)) + 1:
        with_writer = True  # "y mi hija? las dos juntas"
    if not others and count and not with_writer:
        with_writer = True
    return Company(tuple(persons), count, counted, with_writer and bool(count))


def told_by_hours(line: str, company: Company, packs: Sequence[PhrasePack]) -> tuple[Person, ...]:
    """The persons that a message without services tells apart by an hour for each: "mi hijo a las 9 y yo a las 10".
    Days and hours are blanked out in `line`. Nobody where it names fewer than two."""
    others = [one for one in company.persons if one.who != WRITER]
    found = list(others)
    for pack in packs:
        found += [Person(WRITER, *match.span()) for match in _all(line, pack, "self_bare")]
        for match in _all(line, pack, "kin_bare"):
            if match["who"] in pack.relatives:
                found.append(Person(match["who"], *match.span("who")))
        relatives = {one.who for one in found if one.who in pack.relatives}
        for match in _all(line, pack, "other_bare"):
            word = next(value for value in match.groupdict().values() if value)
            found.append(Person(relatives.copy().pop() if len(relatives) == 1 else word, *match.span()))
    kept: dict[str, Person] = {}
    for one in sorted(found, key=lambda person: person.start):
        kept.setdefault(one.who, one)
    return tuple(kept.values()) if len(kept) > 1 else ()


def _all(line: str, pack: PhrasePack, cue: str) -> Iterator[re.Match[str]]:
    return pack.cues[cue].finditer(line) if cue in pack.cues else iter(())


def _served(line: str, packs: Sequence[PhrasePack]) -> tuple[int, tuple[int, int]]:
    """How many things are brought to be worked on, each as a person is counted, and where that is said: "vacunar 3
    mascotas, dos perros y un gato"."""
    if any(pack.cues["served_one"].search(line) for pack in packs if "served_one" in pack.cues):
        return 0, (0, 0)
    for pack in packs:
        if "served" not in pack.cues:
            continue
        said = [(_number(one["n"], pack), one) for one in pack.cues["served"].finditer(line)]
        numbers = [number for number, _ in said]
        if sum(numbers) > 1:
            total = numbers[0] if len(numbers) > 1 and numbers[0] == sum(numbers[1:]) else sum(numbers)
            return total, (said[0][1].start(), said[-1][1].end())
        pair = pack.cues["served_pair"].search(line) if "served_pair" in pack.cues else None
        if pair:
            return 2, pair.span()
    return 0, (0, 0)


def _without(line: str, packs: Sequence[PhrasePack]) -> str:
    """A line with the words blanked out that say that something is not for the writer."""
    for pack in packs:
        for match in pack.cues["not_for"].finditer(line) if "not_for" in pack.cues else ():
            line = line[: match.start()] + MASK * (match.end() - match.start()) + line[match.end() :]
    return line


def _relatives(line: str, pack: PhrasePack) -> list[Person]:
    found = []
    pattern = pack.cues.get("for_whom")
    for match in pattern.finditer(line) if pattern else ():
        for group, word in match.groupdict().items():
            if group.startswith("who") and word in pack.relatives:
                number = match.groupdict().get("n")
                count = _number(number, pack) if number else 2 if word.endswith("s") else 1
                found.append(Person(word, match.start(group), match.end(group), count))
    return found


def _writer(line: str, pack: PhrasePack, among_others: bool) -> list[Person]:
    pattern = pack.cues.get("for_me")
    if pattern is None or not among_others:
        return []
    match = pattern.search(line)
    if match is None and "for_me_bare" in pack.cues:
        bare = pack.cues["for_me_bare"].finditer(line)
        match = next((one for one in bare if one["next"] not in pack.relatives), None)
    if match is None and "for_me_coming" in pack.cues:
        match = pack.cues["for_me_coming"].search(line)
    return [Person(WRITER, match.start(), match.end())] if match else []


def _told(line: str, pack: PhrasePack, others: Sequence[Person]) -> list[Person]:
    """Pronouns by which persons are told apart: who is meant is the one named last before, otherwise, beside the
    writer, somebody unknown."""
    pattern = pack.cues.get("told_other")
    pronouns = list(pattern.finditer(line)) if pattern else []
    found = []
    for match in pronouns:
        group = next(name for name, value in match.groupdict().items() if value)
        before = [one.who for one in others if one.start < match.start(group)]
        who = before[-1] if before else match[group]
        found.append(Person(who, match.start(group), match.end(group), told=True))
    selves = list(pack.cues["told_self"].finditer(line)) if "told_self" in pack.cues else []
    if not found or not (others or selves):
        return []
    return found + [Person(WRITER, match.start(), match.end(), told=True) for match in selves]


def _apart(persons: Sequence[Person]) -> list[Person]:
    """Each person once, where it is last told apart or else first named, in the order said."""
    kept: dict[str, Person] = {}
    for one in sorted(persons, key=lambda person: (not person.told, -person.start if person.told else person.start)):
        kept.setdefault(one.who, one)
    return sorted(kept.values(), key=lambda person: person.start)


def _number(word: str, pack: PhrasePack) -> int:
    return int(word) if word.isdigit() else pack.numbers.get(word, 0)
