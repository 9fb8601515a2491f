"""Whom of the staff a message names: by the whole name, the first, the family's, a title, or a short form."""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

from extractor.catalogue.index import Index, Likeness, Match, Said
from extractor.catalogue.naming import (
    AFTER_PEOPLE,
    BEFORE_NAMES,
    BEFORE_SHORT_NAMES,
    LONG_FORMS,
    SHORT_FORMS,
    TITLES,
    Name,
    name_of,
    small_forms,
)
from extractor.text.lexicon import COMMON, FIRST_NAMES, NOT_NAMES
from extractor.text.sounds import sound
from workspace.model import Workspace
from workspace.parts.people import StaffMember

LONG_TITLE = 6
"""Letters from which a misspelt title is one all the same."""
SHORT = 3
"""Letters of a name that counts only where a name is expected."""


class Where(IntEnum):
    """Where words stand for a person."""

    ANYWHERE = 0
    AFTER_SMALL_WORDS = 1
    """After words like "con", "de", "la", or a title."""
    AFTER_WITH = 2
    """After "con" or a title: a common word, or a short form."""


class Person(NamedTuple):
    """Somebody that words may stand for."""

    name: str
    """Canonical name; empty where the words are those of several."""
    where: Where
    """Where they stand for that person."""
    made: bool = False
    """Whether they are made from the name, and so no word that may be misspelt."""


class Called(NamedTuple):
    """A person named in a message."""

    name: str
    """Canonical name."""
    length: int
    """How many words the name takes."""


class People:
    """The staff of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._index = Index(_only(_phrases(workspace)), inflected=False)
        self._starts = _beginnings(workspace)

    def called(self, said: Sequence[Said], at: int, before: str, after: str, asked: bool) -> Called | None:
        """Whom the words from a place on name, longest name first; `before` is the word before them, `after` the one
        after the first of them."""
        found = [
            (-len(match.words), match.likeness, match.value.name)
            for match in self._index.matches(said, at)
            if match.value.name and self._expected(match, said[at].text, before, after, asked)
        ]
        if found:
            length, _, name = min(found)
            return Called(name, -length)
        short = self._starts.get(said[at].text)
        return Called(short, 1) if short and (asked or before in BEFORE_NAMES) else None

    @staticmethod
    def _expected(match: Match[Person], word: str, before: str, after: str, asked: bool) -> bool:
        """Whether words may stand for a name where they are: one that is misspelt only where a name is expected."""
        where = match.value.where
        if match.likeness is not Likeness.SAME and sound(word) != sound(match.words[0]):
            where = max(where, Where.AFTER_SMALL_WORDS)
            if word in FIRST_NAMES or match.value.made:
                return False
        if asked or where is Where.ANYWHERE:
            return True
        if where is Where.AFTER_SMALL_WORDS:
            return before in BEFORE_SHORT_NAMES or _is_title(before) or (after in AFTER_PEOPLE and len(word) > SHORT)
        return before in BEFORE_NAMES or _is_title(before)

    def knows(self, word: str) -> bool:
        """Whether a word, exactly or nearly, is what somebody is called by."""
        return any(
            person.where is not Where.AFTER_WITH and likeness in (Likeness.SAME, Likeness.NEAR)
            for known, likeness in self._index.lookup(word)
            for person in self._index.values(known)
        )


def _is_title(word: str) -> bool:
    """Whether a word is a title, or a long one misspelt: "dotcora", "licensiada"."""
    if word in TITLES or len(word) < LONG_TITLE or word in COMMON:
        return word in TITLES
    return any(
        len(title) >= LONG_TITLE
        and title[0] == word[0]
        and DamerauLevenshtein.distance(word, title, score_cutoff=2) <= 2
        for title in TITLES
    )


def _phrases(workspace: Workspace) -> Iterator[tuple[Name, Person]]:
    for member in workspace.staff:
        for alias in (member.name, *member.aliases):
            name = name_of(alias)
            short = len("".join(name.words)) <= SHORT
            yield name, Person(member.name, Where.AFTER_SMALL_WORDS if short else Where.ANYWHERE)
        parts = _parts(member)
        if len(parts) > 1:
            yield Name(parts), Person(member.name, Where.ANYWHERE)
        for place, part in enumerate(parts):
            yield Name((part,)), Person(member.name, _where(part, place == 0 and not _titled(member, parts)))
        if not _titled(member, parts) or parts[0] in FIRST_NAMES or parts[0] in SHORT_FORMS:
            yield from ((Name((form,)), Person(member.name, where, True)) for form, where in _other_forms(parts[0]))


def _other_forms(first: str) -> Iterator[tuple[str, Where]]:
    """The short forms and diminutives of a first name; of one that is short itself, what it may be short for."""
    for form in dict.fromkeys((*SHORT_FORMS.get(first, ()), *small_forms(first))):
        yield form, _where(form, first=True)
    for long in LONG_FORMS.get(first, ()):
        alike = (long, *SHORT_FORMS[long])
        yield from ((form, max(Where.AFTER_SMALL_WORDS, _where(form, first=True))) for form in alike if form != first)


def _where(word: str, first: bool) -> Where:
    """Where a part of a name stands for the person."""
    if word in COMMON or (word in NOT_NAMES and word not in FIRST_NAMES):
        return Where.AFTER_WITH
    return Where.ANYWHERE if first and len(word) > SHORT else Where.AFTER_SMALL_WORDS


def _parts(member: StaffMember) -> tuple[str, ...]:
    """The words of a name without titles."""
    words = name_of(member.name).words
    return tuple(word for word in words if word not in TITLES) or words


def _titled(member: StaffMember, parts: Sequence[str]) -> bool:
    """Whether a name is a title and one word, which then is the family's."""
    return len(parts) == 1 and len(name_of(member.name).words) > 1


def _only(phrases: Iterator[tuple[Name, Person]]) -> Iterator[tuple[Name, Person]]:
    """Each phrase once; one that is somebody's name stays that one's, and one that several share is nobody's."""
    found: dict[Name, Person] = {}
    for name, person in phrases:
        known = found.setdefault(name, person)
        if known.name == person.name:
            found[name] = min(known, person)
        elif known.where is person.where:
            found[name] = Person("", known.where)
        elif person.where < known.where:
            found[name] = person
    yield from found.items()


def _beginnings(workspace: Workspace) -> Mapping[str, str]:
    """Short forms that begin a first name ("tomi" does not, "caro" does) -> the one person who bears it."""
    found: dict[str, str] = {}
    for member in workspace.staff:
        first = _parts(member)[0]
        for length in range(SHORT, len(first)):
            known = found.setdefault(first[:length], member.name)
            if known != member.name:
                found[first[:length]] = ""
    return found
