"""Whether another wording says the same as a message of ours.

A message is words, numbers and signs. Some words of a language are free: articles, courtesies, words that
link (`free` in its template file). All else is firm: names, numbers, dates, times, prices, ids, e-mails,
negations, what was done, what is asked for, the question mark. Another wording is faithful when its firm
parts are those of the message, all of them, in the same order. So it can add, drop or change free words
and stops, commas and exclamation marks, and nothing else.
"""

import re
import unicodedata
from collections.abc import Set

from nlg.writing.render import MAX_CHARS

_PART = re.compile(r"[^\W_]+(?:[.,:;/@_'’–—-]+[^\W_]+)*|[^\s]")
"""A word or number with what joins its pieces (12/03, e-mail, a@b.com), or a sign."""
_FREE_SIGNS = frozenset(".,;:!¡¿…—–-()\"'")
_NAME_LETTERS = 4
"""Shorter words of names (de, y, la) stay free."""


def firm_parts(text: str, free: Set[str]) -> list[str]:
    """The parts of a text that another wording must keep, lower case, in order."""
    parts = _PART.findall(unicodedata.normalize("NFC", text).casefold())
    return [part for part in parts if part not in free and part not in _FREE_SIGNS]


def free_words(words: Set[str], names: Set[str]) -> frozenset[str]:
    """The free words of a language for a business: those that are in none of its names."""
    parts = {part for name in names for part in firm_parts(name, frozenset()) if len(part) >= _NAME_LETTERS}
    return frozenset(words - parts)


def is_faithful(wording: str, message: str, free: Set[str]) -> bool:
    """Whether a wording can be sent instead of a message: one line, 1 to 199 characters, the same firm parts."""
    fits = len(wording.strip()) > 0 and len(wording) <= MAX_CHARS and wording.isprintable()
    return fits and firm_parts(wording, free) == firm_parts(message, free)
