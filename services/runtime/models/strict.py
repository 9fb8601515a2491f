"""What a model may write in a free string, and the strict parser of what it wrote: one JSON document, no doubled
key, no number that is none."""

import json
import math
from typing import Any, NoReturn

from runtime.models.backend import ModelError

_CHARACTERS = r" !#-\[\]-~\u00a0-\u07ff\u0800-\ud7ff\ue000-\uffff" + "\U00010000-\U0010ffff"
"""All of Unicode but control characters, the quotation mark and the backslash, as ranges of one length in UTF-8 each.
From a class that excludes characters (`[^"]`) xgrammar makes a grammar that also takes bytes that are not UTF-8
(E0 80 80). They are decoded to one U+FFFD per byte, so that a string grows beyond its longest length."""


def free_text(least: int, most: int) -> str:
    """The JSON Schema pattern of a string of `least` to `most` characters that needs no escapes in JSON."""
    return f"^[{_CHARACTERS}]{{{least},{most}}}$"


def strict_json(text: str) -> Any:
    """The one JSON document that a text is. Raises ModelError ("bad_json")."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ModelError("bad_json") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError("no number")
    return float(text)
