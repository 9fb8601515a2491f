"""Packs: one prompt's shared beginning with many questions and answers behind it. The form that every
trainer of an extractor model reads; it needs nothing but the standard library.

A file has a pack on each line, a JSON object:
    system     the fixed instructions, a chat's system message
    business   the beginning of the user message: the business, then the calendar of one day
    examples   list of {turn, answer, intent, source}: `turn` is the rest of the user message, `answer` the
               JSON that the model should write. Examples to measure on have `truth` as well: the labelled row.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Example:
    """One question and its answer."""

    turn: str
    answer: str
    intent: str
    source: str
    truth: Mapping[str, Any] = field(default_factory=dict)
    """The labelled row that it comes from, for measuring."""


@dataclass(frozen=True)
class Pack:
    """A shared beginning and its examples."""

    system: str
    business: str
    examples: tuple[Example, ...]

    def user(self, example: Example) -> str:
        """The whole user message of an example."""
        return f"{self.business}\n{example.turn}"


def read_packs(file: Path) -> Iterator[Pack]:
    """The packs of a file, in order."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            examples = tuple(Example(**example) for example in raw["examples"])
            yield Pack(raw["system"], raw["business"], examples)


def write_packs(packs: Iterable[Pack], file: Path) -> int:
    """Writes packs; how many examples they have."""
    file.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with file.open("w", encoding="utf-8") as out:
        for pack in packs:
            out.write(json.dumps(asdict(pack), ensure_ascii=False) + "\n")
            count += len(pack.examples)
    return count
