"""How people name services and staff in any trade: the lists of naming.yaml, read once."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from extractor.text.normalised import fold

_DATA: dict[str, Any] = yaml.load(Path(__file__).with_name("naming.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
_WORD = re.compile(r"[^\W\d_]+")


def key(word: str) -> str:
    """The form under which a word is looked up: folded, singular; ñ is kept."""
    word = fold(word)
    if len(word) > 5 and word.endswith("ces"):
        return word[:-3] + "z"
    if len(word) > 4 and word.endswith("es") and word[-3] in "rlndzj":
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _words(name: str) -> frozenset[str]:
    return frozenset(fold(word) for word in str(_DATA[name]).split())


LINKS = _words("links")
"""Words that may stand between the words of a name, or be left out."""
JOINING = _words("joining")
"""Words that may do so where the name has such a word too."""
GENERIC = frozenset(map(key, _words("generic")))
"""Words that name no service, in the form in which they are looked up."""
QUALIFYING: dict[str, frozenset[str]] = {
    key(form): frozenset(key(other) for other in line.split())
    for line in _DATA["qualifying"]
    for word in line.split()
    for form in (word, f"{word}s")
}
"""Words that tell two services apart and name none alone, in the same form, each with those that mean the same."""
NEVER = _words("never")
"""Words that are never taken for a form or a misspelling of another."""
TILDES: dict[str, str] = _DATA["tildes"]
"""Small word -> the thing that it is where who writes has no ñ."""
POSSESSING = _words("possessing")
"""Words before something of one's own, and not before such a small word itself."""
TITLES = _words("titles")
"""Words before a name, or in place of one."""
BEFORE_NAMES = _words("before_names")
"""Words after which a name comes."""
BEFORE_SHORT_NAMES = _words("before_short_names") | TITLES
"""Words after which a name that is short, misspelt or a family's may come."""
AFTER_PEOPLE = _words("after_people")
"""Words before which a family's name, or a misspelt one, may stand."""
SUBJECTS = _words("subjects")
"""Words before a verb that say who does it."""
CHILDREN = frozenset().union(*(alike for word, alike in QUALIFYING.items() if word in _words("children")))
"""Words of names of services for children."""
OF = _words("of")
"""Words between an act and what it is done to."""
NO_SERVICE = frozenset(map(key, _words("no_service")))
"""Things that no service is done to, in the form in which they are looked up."""
_IDIOMS = {str(hint): tuple(map(re.compile, lines)) for hint, lines in _DATA["idioms"].items()}
"""Letters that are in a turn of speech -> how it goes on; the group "it" is a word that names nothing in it."""


def idle(line: str) -> set[int]:
    """Where words of a line begin that name nothing there: "te hago una consulta"."""
    return {
        found.start("it")
        for hint, idioms in _IDIOMS.items()
        if hint in line
        for idiom in idioms
        for found in idiom.finditer(line)
    }


def _called_by_form() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, forms in _DATA["short_forms"].items():
        for form in str(forms).split():
            found[key(form)] = (*found.get(key(form), ()), key(str(name)))
    return found


SHORT_FORMS: dict[str, tuple[str, ...]] = {
    key(str(name)): tuple(map(key, str(forms).split())) for name, forms in _DATA["short_forms"].items()
}
"""First name -> its short forms and other spellings, all in the form in which they are looked up."""
LONG_FORMS = _called_by_form()
"""Short form -> the first names that it may be of."""
_SMALL_ENDINGS: dict[str, tuple[str, ...]] = {
    str(last): tuple(str(endings).split()) for last, endings in _DATA["small_endings"].items()
}


def small_forms(name: str) -> Iterator[str]:
    """The diminutives of a first name: "anita", "aninha", "jorgito", "marquinhos"."""
    last = next((last for last in _SMALL_ENDINGS if name.endswith(last)), "")
    stem = name[: len(name) - len(last)]
    if len(stem) < 2 or not last:
        return
    hard = {"c": "qu", "g": "gu"}.get(stem[-1], "") if last[0] in "ao" else ""
    yield from ((stem[:-1] + hard if hard else stem) + ending for ending in _SMALL_ENDINGS[last])


class Name(NamedTuple):
    """What a name or phrase says."""

    words: tuple[str, ...]
    """Its words, in the form in which they are looked up, without those that may be left out."""
    joins: bool = False
    """Whether it has a word like "y" inside."""


@lru_cache(maxsize=4096)
def name_of(text: str) -> Name:
    """The words of a name or phrase without those that may be left out; all of them where only such are there."""
    said = _WORD.findall(fold(text))
    content = [word for word in said if word not in LINKS and word not in JOINING]
    return Name(tuple(map(key, content or said)), "&" in text or "+" in text or any(word in JOINING for word in said))
