"""Rules of a grammar, as a language pack writes them, compiled for the chart. Pure.

A rule is a line of elements: `el|la <weekday> (de|del mes de)? <month>`. An element is one of
- words: `de`, alternatives with `|`, in brackets where one of them has several words: `(de|del mes de)`;
- a category in angle brackets: `<weekday>`; `<number:count>` hands it to the function as `count`, `<number:_>` not;
- a phrase of the pack by its name in braces: `{next}` stands for any of the forms that `phrases` lists.
`?` after an element says that it may be missing. `=` before the last one says that it must come next and is not taken:
`<hour> ={ends}` is an hour at the end of the text or before one of those words.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Words = tuple[str, ...]
Make = Callable[..., Any]
_ELEMENT = re.compile(
    r"(?P<ahead>=)?(?:(?P<cat><[a-z_]+(?::[a-z_]+)?>)|\{(?P<phrase>[a-z_]+)\}|\((?P<group>[^()]+)\)|(?P<words>[^\s<>{}()?]+))(?P<opt>\?)?"
)


class GrammarError(ValueError):
    """A pack that cannot be compiled; the text names the rule and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a rule: a category, or any of some word sequences by their first word."""

    category: str
    """Empty for words."""
    name: str
    """The argument that the category's value becomes; empty for words."""
    forms: Mapping[str, tuple[Words, ...]]
    """Word sequences by their first word; empty for a category."""
    optional: bool
    ahead: bool = False
    """Whether its words, or the end of the text, must come next without being taken."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a sequence of elements makes."""

    name: str
    category: str
    """What it makes."""
    elements: tuple[Element, ...]
    make: Make
    """Called with the resolver's context and the named values; returns the value, or None where there is none."""
    weight: float
    """Added to the score of what it makes."""
    language: str

    def firsts(self) -> Iterator[tuple[int, Element]]:
        """The elements that it can begin with, and their places."""
        for at, element in enumerate(self.elements):
            yield at, element
            if not element.optional:
                return


def compile_rule(
    name: str,
    pattern: str,
    category: str,
    make: Make,
    phrases: Mapping[str, Sequence[str]],
    weight: float,
    language: str,
) -> Rule:
    """A rule from its line. Raises GrammarError."""
    elements = tuple(_elements(name, pattern, phrases))
    if all(element.optional or element.ahead for element in elements):
        raise GrammarError(f"{language}: {name}: a rule needs an element that must be there.")
    ahead = [element for element in elements if element.ahead]
    if ahead and (ahead != [elements[-1]] or ahead[0].category or ahead[0].optional):
        raise GrammarError(f"{language}: {name}: only words at the end may be looked ahead to.")
    return Rule(name, category, elements, make, weight, language)


def _elements(name: str, pattern: str, phrases: Mapping[str, Sequence[str]]) -> Iterator[Element]:
    at = 0
    for match in _ELEMENT.finditer(pattern):
        if pattern[at : match.start()].strip():
            raise GrammarError(f"{name}: {pattern[at : match.start()].strip()!r} is no element.")
        at = match.end()
        optional = bool(match["opt"])
        if match["cat"]:
            category, _, argument = match["cat"].strip("<>").partition(":")
            yield Element(category, argument or category, {}, optional, bool(match["ahead"]))
            continue
        if match["phrase"]:
            if match["phrase"] not in phrases:
                raise GrammarError(f"{name}: there is no phrase {match['phrase']!r}.")
            forms = list(phrases[match["phrase"]])
        else:
            forms = (match["group"] or match["words"]).split("|")
        yield Element("", "", _by_first(forms), optional, bool(match["ahead"]))
    if pattern[at:].strip():
        raise GrammarError(f"{name}: {pattern[at:].strip()!r} is no element.")


def _by_first(forms: Sequence[str]) -> dict[str, tuple[Words, ...]]:
    found: dict[str, list[Words]] = {}
    for form in forms:
        words = tuple(form.split())
        found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(some, key=len, reverse=True)) for first, some in found.items()}
