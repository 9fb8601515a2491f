"""No trade's words in Python: they are data, in the packs of the trades and in the word lists."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from extractor.text import word_lists
from extractor.text.normalised import fold

SERVICES = Path(__file__).parents[2] / "services"
PACKS = SERVICES / "extractor" / "catalogue" / "trades"
LISTS = yaml.safe_load((SERVICES / "extractor" / "text" / "words.yaml").read_text(encoding="utf-8"))
OF_TRADES = ("who_serves", "work_verbs", "work_acts", "worked_on", "served")
"""Word lists that are of trades; the others are of the language."""
LEAST, LEAST_LISTED, LEAST_STEM = 5, 4, 6
"""Letters of a pack's word, of a listed one, and of the beginning of one for somebody, that are looked for."""
ALLOWED = {
    "extraction": "what the extractor's answer is kept as",
    "filling": "the column of a probe's row that makes it large",
    "filters": "a field of the proxy's configuration",
    "lease": "how long a row is kept from others",
    "split": "how conversations are divided between two tracks",
    "weights": "the numbers of a trained model",
    "auto": "a setting that is left to the proxy",
    "braces": "the signs around a placeholder",
    "corta": "v corta: a letter's name",
    "doctor": "a command of the command line",
    "pelo": "by the, in Portuguese",
    "scratch": "scratch that: what was said is taken back",
    "teachers": "their day in the calendar",
}
"""Words that mean something else where they stand, and what."""
_WORD = re.compile(r"[^\W\d_]+")
_ESCAPE = re.compile(r"\\[a-zA-Z]")


def phrases(pack: Path) -> set[str]:
    read = yaml.safe_load(pack.read_text(encoding="utf-8"))
    concepts = [concept for concept in read.values() if isinstance(concept, dict)]
    return {phrase.strip() for concept in concepts for said in concept.values() for phrase in fold(said).split("|")}


def general() -> set[str]:
    return set(_WORD.findall(fold(str({name: listed for name, listed in LISTS.items() if name not in OF_TRADES}))))


def distinctive() -> set[str]:
    """Words that say something of a trade by themselves and stand in its pack alone."""
    packs = [phrases(pack) for pack in PACKS.glob("*.yaml")]
    count = Counter(word for pack in packs for word in {word for phrase in pack for word in _WORD.findall(phrase)})
    alone = {phrase for pack in packs for phrase in pack if _WORD.fullmatch(phrase) and len(phrase) >= LEAST}
    return {word for word in alone if count[word] == 1} - general()


PEOPLE = word_lists.words("who_serves")
LISTED = {word for name in OF_TRADES for word in word_lists.words(name) if len(word) >= LEAST_LISTED}
WORDS = distinctive() | LISTED


def literals(source: str) -> Iterator[tuple[int, str]]:
    """The lines and texts of string literals, docstrings left out."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def trade_words(source: str) -> list[tuple[int, str]]:
    """The words of trades in the literals of a source, each with its line."""
    return [
        (line, word)
        for line, text in literals(source)
        for word in _WORD.findall(fold(_ESCAPE.sub(" ", text)))
        if word in WORDS or (len(word) >= LEAST_STEM and any(one.startswith(word) for one in PEOPLE))
    ]


SOURCES = {
    str(path.relative_to(SERVICES)): path.read_text(encoding="utf-8")
    for path in sorted(SERVICES.rglob("*.py"))
    if path.relative_to(SERVICES).parts[0] != "pulpo"
}


@pytest.mark.parametrize("path", sorted(SOURCES))
def test_no_literal_holds_a_word_of_one_trade(path: str) -> None:
    assert [found for found in trade_words(SOURCES[path]) if found[1] not in ALLOWED] == []


def test_every_allowed_word_is_needed() -> None:
    found = {word for source in SOURCES.values() for _, word in trade_words(source)}
    assert found >= ALLOWED.keys()


@pytest.mark.parametrize("text", ["la (?:peluquer|doctor)[a-z]*", r"\bcon el dentista\b", "el pelo", "mi Kinesióloga"])
def test_the_check_sees_a_trade_word(text: str) -> None:
    assert trade_words(f"a = {text!r}")


def test_docstrings_may_give_examples() -> None:
    assert trade_words('a = 1\n"""Such as "peluquero"."""') == []


def test_the_words_are_of_every_pack() -> None:
    assert len(WORDS) > 1000
    assert all(phrases(pack) & WORDS for pack in PACKS.glob("*.yaml"))
