"""Template files that say only what is different from another: a `base`, words to `replace` in it, and own entries."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

Raw = Mapping[str, Any]
"""A template file as read."""
_SECTIONS = ("phrases", "words")


def with_base(locale: str, files: Mapping[str, Raw], above: frozenset[str] = frozenset()) -> Raw | None:
    """A file with all that it takes from its base; None when a base is missing, or a file is its own."""
    own = files.get(locale)
    if own is None or locale in above:
        return None
    if "base" not in own:
        return own
    base = with_base(str(own["base"]), files, above | {locale})
    if base is None:
        return None
    words = _words(own.get("replace"))
    taken = {name: {key: _replaced(value, words) for key, value in _section(base, name).items()} for name in _SECTIONS}
    whole = {name: {**taken[name], **_section(own, name)} for name in _SECTIONS}
    free = own.get("free") or _replaced(base.get("free"), words)
    return {**whole, "free": free}


def _section(raw: Raw, name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _words(table: Any) -> list[tuple[re.Pattern[str], str]]:
    """What to look for and what to write instead, longest first."""
    pairs = sorted(table.items(), key=lambda pair: -len(str(pair[0]))) if isinstance(table, dict) else []
    return [(re.compile(rf"(?<![\w{{]){re.escape(str(old))}(?![\w}}])", re.IGNORECASE), str(new)) for old, new in pairs]


def _replaced(value: Any, words: list[tuple[re.Pattern[str], str]]) -> Any:
    """A text, or the texts of a list, with words replaced; a capital stays one."""
    if isinstance(value, list):
        return [_replaced(each, words) for each in value]
    if not isinstance(value, str):
        return value
    for pattern, new in words:
        value = pattern.sub(partial(_like, new), value)
    return value


def _like(new: str, found: re.Match[str]) -> str:
    return new[:1].upper() + new[1:] if found[0][:1].isupper() else new
