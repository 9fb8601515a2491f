"""Where the data of languages and trades lie: in this package, and in a folder of one's own that adds to it.

A language has three files of its name, of its days and hours, of its phrases and of its words; a trade has one. They
are found by being there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["days", "phrases", "words", "trades"]
_HERE = Path(__file__).parent
_SHIPPED: Mapping[Kind, Path] = {
    "days": _HERE / "when" / "grammar" / "packs",
    "phrases": _HERE / "meaning" / "packs",
    "words": _HERE / "text" / "languages",
    "trades": _HERE / "catalogue" / "trades",
}
"""Folders of the files that every image has. A folder of one's own has sub-folders of these names."""
_OF_A_LANGUAGE: tuple[Kind, ...] = ("days", "phrases", "words")
_LAST = 99


@dataclass(frozen=True)
class Packs:
    """The shipped data, and those of a further folder. A file there takes the place of a shipped one of its name."""

    extra: Path | None = None
    """A folder with any of the sub-folders days, phrases, words and trades."""

    def names(self, kind: Kind) -> tuple[str, ...]:
        """What there is a file of, in alphabetical order."""
        return tuple(_files(self, kind))

    def has(self, kind: Kind, name: str) -> bool:
        """Whether there is a file of that name."""
        return name in _files(self, kind)

    def document(self, kind: Kind, name: str) -> dict[str, Any]:
        """What a file says. Raises KeyError where there is none of that name, YAMLError where it cannot be read."""
        document = yaml.load(_files(self, kind)[name].read_text(encoding="utf-8"), yaml.CSafeLoader)
        return document if isinstance(document, dict) else {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that there is everything of, those that are read everywhere first."""
        return _languages(self)

    @property
    def everywhere(self) -> tuple[str, ...]:
        """The languages that the messages of every business are read in, in the order of their words' `order`. Any
        other is read where it is the business's own, or where a message is clearly in it."""
        return tuple(language for language in _languages(self) if _order(self, language) < _LAST)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The languages of the further folder that some file is missing of."""
        known = frozenset(self.languages)
        started = {name.partition("-")[0] for kind in _OF_A_LANGUAGE for name in _own_files(self.extra, kind)}
        return tuple(sorted(started - known))

    def own(self, locale: str) -> str:
        """The language of a business, from its locale ("es-AR"); the first of all where there is no data of it."""
        language = locale.partition("-")[0].lower()
        return language if language in self.languages else self.languages[0]

    def read_at(self, locale: str) -> tuple[str, ...]:
        """The languages that a business's messages are read in: those of everywhere and its own."""
        return tuple(dict.fromkeys((*self.everywhere, self.own(locale))))


SHIPPED = Packs()
"""What every image has."""


@lru_cache(maxsize=64)
def _files(packs: Packs, kind: Kind) -> dict[str, Path]:
    found = {file.stem: file for file in _SHIPPED[kind].glob("*.yaml")} | _own_files(packs.extra, kind)
    return {name: found[name] for name in sorted(found)}


def _own_files(folder: Path | None, kind: Kind) -> dict[str, Path]:
    return {file.stem: file for file in (folder / kind).glob("*.yaml")} if folder else {}


@lru_cache(maxsize=16)
def _languages(packs: Packs) -> tuple[str, ...]:
    complete = set.intersection(*(set(packs.names(kind)) for kind in _OF_A_LANGUAGE))
    return tuple(sorted(complete, key=lambda language: (_order(packs, language), language)))


@lru_cache(maxsize=64)
def _order(packs: Packs, language: str) -> int:
    return int(packs.document("words", language).get("order", _LAST))
