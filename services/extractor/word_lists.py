"""The closed word lists of words.yaml, read once."""

from pathlib import Path
from typing import Any

import yaml

_LISTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))


def words(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(str(_LISTS[name]).split())


def abbreviations() -> dict[str, str]:
    """Short or sloppy form -> plain word or words."""
    return {short: word for word, shorts in _LISTS["abbreviations"].items() for short in shorts.split()}
