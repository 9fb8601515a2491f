"""The templates: read and checked at start-up, looked up afterwards by the language of a reply."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from nlg.writing.bases import Raw, with_base
from nlg.writing.keys import PHRASES, WORDS
from runtime.errors import Kind, PulpoError

T = TypeVar("T")
TEMPLATES_DIR = Path(__file__).with_name("templates")
"""The folder of the template files, one for each language."""
_NEUTRAL = {"es": "es-mx"}
"""The locale of a language in which countries without a file of their own are answered."""
MAX_VARIANT = 150
"""Longest variant of a phrase as written, in characters: it must leave room for its values."""


@dataclass(frozen=True)
class Phrases:
    """The phrases and words of one language."""

    locale: str
    variants: Mapping[str, tuple[str, ...]]
    """Phrase -> wordings, the fullest first."""
    words: Mapping[str, tuple[str, ...]]
    """Small word -> its texts; a single word has one."""
    free: frozenset[str] = frozenset()
    """Words that another wording may add, drop or change (nlg/slm/faithful.py)."""

    def word(self, name: str) -> str:
        """A small word."""
        return self.words[name][0]

    def fixed(self, name: str) -> str:
        """The shortest wording of a phrase that takes no values."""
        return self.variants[name][-1]


def load_phrases(folder: Path = TEMPLATES_DIR) -> dict[str, Phrases]:
    """Locale -> its phrases. Raises PulpoError that names every missing or unusable one."""
    files = sorted(folder.glob("*.yaml"))
    problems = [] if files else [f"{folder.name}: expected at least one template file (*.yaml)"]
    raw: dict[str, Raw] = {}
    for file in files:
        try:
            read = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            problems.append(f"{file.name}: expected readable YAML")
            continue
        raw[file.stem] = read if isinstance(read, dict) else {}
    loaded = {}
    for locale in raw:
        whole = with_base(locale, raw)
        if whole is None:
            problems.append(f"{locale}.yaml: base: expected the name of another template file")
            continue
        phrases, found = _read(locale, whole)
        problems += [f"{locale}.yaml: {problem}" for problem in found]
        loaded[locale] = phrases
    if problems:
        raise PulpoError(Kind.FAILED_PRECONDITION, "BAD_TEMPLATES", "; ".join(problems))
    return loaded


def _read(locale: str, raw: Raw) -> tuple[Phrases, list[str]]:
    phrases, words = raw.get("phrases") or {}, raw.get("words") or {}
    problems = [f"phrases.{name}: unknown" for name in phrases if name not in PHRASES]
    problems += [f"words.{name}: unknown" for name in words if name not in WORDS]
    variants = {name: _texts(phrases.get(name)) for name in PHRASES}
    for name, texts in variants.items():
        problems += [f"phrases.{name}: {problem}" for problem in phrase_problems(name, texts)]
    lists = {name: _texts(words.get(name)) for name in WORDS}
    for name, size in WORDS.items():
        if len(lists[name]) != max(size, 1):
            problems.append(f"words.{name}: expected {size or 'one'} text{'s' if size else ''}")
    free = frozenset(str(raw.get("free") or "").split())
    return Phrases(locale, variants, lists, free), problems


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(text for text in values if isinstance(text, str) and text)


def phrase_problems(name: str, texts: tuple[str, ...]) -> list[str]:
    """What is wrong with the wordings of a phrase."""
    if not texts:
        return ["missing"]
    problems = [f"longer than {MAX_VARIANT} characters" for text in texts if len(text) > MAX_VARIANT]
    values = PHRASES[name]
    for position, text in enumerate(texts, start=1):
        try:
            used = placeholders(text)
        except ValueError:
            problems.append("unbalanced braces")
            continue
        last = position == len(texts)
        allowed = values.required if last else values.required | values.optional
        for extra in sorted(used - allowed):
            kind = "not always known, so not for the last variant" if last and extra in values.optional else "unknown"
            problems.append(f"placeholder {{{extra}}} is {kind}")
    return problems


def placeholders(text: str) -> frozenset[str]:
    """Names of the values that a wording takes. Raises ValueError for unbalanced braces."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def resolve(wanted: str, own: str, available: Mapping[str, T]) -> T:
    """What is available for the wanted locale, or for the workspace's own, or else the first.

    A locale without wording of its own takes the workspace's where that is of the same language, so that a customer
    who writes Spanish reads what is spoken where the business is; otherwise that of its language.
    """
    by_tag = {_tag(name): found for name, found in available.items()}
    same_language = _tag(wanted).split("-")[0] == _tag(own).split("-")[0]
    for tag in (_tag(wanted), *([_tag(own)] if same_language else [])):
        if tag in by_tag:
            return by_tag[tag]
    for locale in (wanted, own):
        found = _of_language(_tag(locale), by_tag)
        if found is not None:
            return found
    return next(iter(available.values()))


def _tag(locale: str) -> str:
    return locale.strip().replace("_", "-").lower()


def _of_language(tag: str, by_tag: Mapping[str, T]) -> T | None:
    """That of a tag, or the first of its language."""
    language = tag.split("-")[0]
    if tag not in by_tag and _NEUTRAL.get(language) in by_tag:
        return by_tag[_NEUTRAL[language]]
    same = sorted(name for name in by_tag if language and name.split("-")[0] == language)
    return by_tag[tag] if tag in by_tag else by_tag[same[0]] if same else None
