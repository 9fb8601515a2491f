"""Language packs: word lists and rules of days and hours, read from YAML and compiled once.

A pack has `lists` (category → value → words that mean it), `phrases` (name → forms, for use in rules) and `rules`
(a line each: name, category it makes, pattern, function and what else it is given). A region's pack (`es-AR`) is laid
over its language's: it adds to lists and phrases, and replaces rules by name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from extractor.packs import SHIPPED, Packs
from extractor.when.grammar import productions  # noqa: F401 - registers them
from extractor.when.grammar.chart import Edge, Grammar
from extractor.when.grammar.registry import PRODUCTIONS, make_with
from extractor.when.grammar.rules import GrammarError, Rule, compile_rule

_CALL = re.compile(r"(?P<name>[a-z_]+)(?:\((?P<given>[^)]*)\))?")
_WEIGHT = 0.0


@dataclass(frozen=True)
class Pack:
    """What one language knows."""

    language: str
    words: Mapping[str, tuple[tuple[tuple[str, ...], str, Any], ...]]
    """By first word: the words, the category and the value of each entry of a list."""
    rules: tuple[Rule, ...]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the lists and rules."""
        listed = {word for entries in self.words.values() for form, _, _ in entries for word in form}
        ruled = {
            word
            for rule in self.rules
            for element in rule.elements
            if not element.ahead
            for forms in element.forms.values()
            for form in forms
            for word in form
        }
        return frozenset(listed | ruled)

    def lexical(self, words: Sequence[str]) -> dict[int, list[Edge]]:
        """The edges that word lists make."""
        found: dict[int, list[Edge]] = {}
        for start, word in enumerate(words):
            for form, category, value in self.words.get(word, ()):
                end = start + len(form)
                if len(form) == 1 or tuple(words[start:end]) == form:
                    edge = Edge(category, start, end, value, 0.0, f"{self.language}:{category}")
                    found.setdefault(start, []).append(edge)
        return found


@lru_cache(maxsize=16)
def load_pack(language: str, packs: Packs = SHIPPED) -> Pack:
    """A language's pack (`es`, `numeric` …) with its region's (`es-AR`) laid over. Raises GrammarError; KeyError for a
    language that has none."""
    base, _, region = language.partition("-")
    document = packs.document("days", base)
    if region and packs.has("days", language):
        document = _laid_over(document, packs.document("days", language))
    return Pack(base, _words(document.get("lists", {})), tuple(_rules(base, document)))


@lru_cache(maxsize=32)
def grammar_of(languages: tuple[str, ...], packs: Packs = SHIPPED) -> tuple[Grammar, tuple[Pack, ...]]:
    """The rules of some languages together, and their packs."""
    loaded = tuple(load_pack(language, packs) for language in languages)
    return Grammar(rule for pack in loaded for rule in pack.rules), loaded


def _laid_over(base: Mapping[str, Any], region: Mapping[str, Any]) -> dict[str, Any]:
    lists = {name: dict(values) for name, values in base.get("lists", {}).items()}
    for name, values in region.get("lists", {}).items():
        for value, words in values.items():
            lists.setdefault(name, {})[value] = f"{lists.get(name, {}).get(value, '')}, {words}".strip(", ")
    phrases = {**base.get("phrases", {})}
    for name, forms in region.get("phrases", {}).items():
        phrases[name] = f"{phrases.get(name, '')}, {forms}".strip(", ")
    rules = {**base.get("rules", {}), **region.get("rules", {})}
    return {"lists": lists, "phrases": phrases, "rules": rules}


def _split(forms: Any) -> list[str]:
    return [form.strip() for form in str(forms).split(",") if form.strip()]


def _words(lists: Mapping[str, Mapping[Any, Any]]) -> dict[str, tuple[tuple[tuple[str, ...], str, Any], ...]]:
    found: dict[str, list[tuple[tuple[str, ...], str, Any]]] = {}
    for category, values in lists.items():
        for value, forms in values.items():
            for form in _split(forms):
                words = tuple(form.split())
                found.setdefault(words[0], []).append((words, category, value))
    return {first: tuple(entries) for first, entries in found.items()}


def _rules(language: str, document: Mapping[str, Any]) -> list[Rule]:
    phrases = {name: _split(forms) for name, forms in document.get("phrases", {}).items()}
    found = []
    for name, rule in document.get("rules", {}).items():
        if rule is None:  # a region that has no such rule
            continue
        category, make, weight = rule["makes"], _CALL.fullmatch(rule["by"]), float(rule.get("weight", _WEIGHT))
        if make is None or make["name"] not in PRODUCTIONS:
            raise GrammarError(f"{language}: {name}: there is no function {rule['by']!r}.")
        bound = make_with(PRODUCTIONS[make["name"]], _given(make["given"] or ""))
        patterns = rule["is"] if isinstance(rule["is"], list) else [rule["is"]]
        found += [compile_rule(name, pattern, category, bound, phrases, weight, language) for pattern in patterns]
    return found


def _given(text: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for part in _split(text):
        key, _, value = part.partition("=")
        value = value.strip()
        given[key.strip()] = int(value) if re.fullmatch(r"-?\d+", value) else value
    return given
