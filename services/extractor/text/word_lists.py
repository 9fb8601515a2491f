"""The closed word lists of words.yaml, read once."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_LISTS: dict[str, Any] = yaml.load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


def words(name: str) -> frozenset[str]:
    """The words of a list, of every trade where it is by trade."""
    listed = _LISTS[name]
    return frozenset().union(*by_trade(name).values()) if isinstance(listed, dict) else _parted(listed)


def by_trade(name: str) -> Mapping[str, frozenset[str]]:
    """Trade -> its words in a list that is by trade."""
    return {trade: _parted(listed) for trade, listed in _LISTS[name].items()}


def any_of(name: str) -> str:
    """The words of a list as part of a pattern, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(words(name), key=lambda word: (-len(word), word))))})"


def abbreviations() -> dict[str, str]:
    """Short or sloppy form -> plain word or words."""
    return {short: word for word, shorts in _LISTS["abbreviations"].items() for short in shorts.split()}


def _parted(listed: str) -> frozenset[str]:
    return frozenset(word.replace("_", " ") for word in str(listed).split())
