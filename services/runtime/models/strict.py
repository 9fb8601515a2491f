"""Parses what a model wrote, strictly: one JSON document, no doubled key, no number that is none."""

import json
import math
from typing import Any, NoReturn

from runtime.models.backend import ModelError


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
