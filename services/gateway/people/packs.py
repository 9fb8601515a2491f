"""The words of orders and of what people are told, by language: `languages/*.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).with_name("languages")
DEFAULT = "en"
"""The language of whom no pack speaks to."""


@cache
def packs() -> Mapping[str, Mapping[str, Any]]:
    """Language (ISO 639) -> its pack."""
    files = sorted(_FOLDER.glob("*.yaml"))
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def say(locale: str, key: str, **values: object) -> str:
    """A text in the language of a locale."""
    return str(_says(locale)[key]).format(**values)


def word(locale: str, group: str, key: str, **values: object) -> str:
    """A word of a group, such as a reason, in the language of a locale."""
    return str(_says(locale)[group][key]).format(**values)


def _says(locale: str) -> Mapping[str, Any]:
    found = packs()
    says: Mapping[str, Any] = found.get(locale.partition("-")[0], found[DEFAULT])["says"]
    return says
