"""Words that give an intent away, read from cues.yaml and compiled once."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("cues.yaml")


@dataclass(frozen=True)
class Cue:
    """A pattern and what it says."""

    name: str
    """What was found, for operators."""
    adds: dict[str, float]
    """Intent -> what it adds to its score."""
    pattern: re.Pattern[str]
    """Over the normalised line."""
    elsewhere: bool = False
    """Whether it says nothing where the words that it finds are of the business's own trade."""


def _joined(text: str) -> str:
    return "".join(text.split("\n"))


_WORD_START = re.compile(r"^((?:\(\?<[!=][^()]{1,60}\)){0,40})\\b(?=[(?:]{0,9}[a-zñ])")
"""Where a pattern begins with a word, perhaps one that may not come after others."""
_NO_WORD = re.compile(r"\$|(?<![{,0-9])[0-9]")
"""A sign or a figure, which may stand in the line without a space before it."""


def _spaced(pattern: str) -> str:
    r"""A pattern of words that begins with the space before them instead of `\b`, which finds the same: every word of
    the line has one. Python looks for a space several times as fast as it tries every character."""
    return "|".join(one if _NO_WORD.search(one) else _WORD_START.sub(r" \1", one) for one in _ways(pattern))


def _ways(pattern: str) -> list[str]:
    """The alternatives of a pattern."""
    ways, depth, places = [""], 0, re.finditer(r"\\.|\[\^?.[^]]*\]|.", pattern)
    for piece in (place[0] for place in places):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            ways.append("")
        else:
            ways[-1] += piece
    return ways


def _compiled(row: dict[str, Any], parts: dict[str, str]) -> Cue:
    pattern = _joined(row["pattern"])
    for name, part in parts.items():
        pattern = pattern.replace(f"%{name}%", part)
    return Cue(
        row["name"],
        {intent: float(weight) for intent, weight in row["adds"].items()},
        re.compile(_spaced(pattern)),
        bool(row.get("elsewhere")),
    )


_RAW: dict[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
_PARTS = {name: _joined(text) for name, text in _RAW["parts"].items()}

CUES = tuple(_compiled(row, _PARTS) for row in _RAW["cues"])
"""Every cue."""
OPENING = re.compile(_joined(_RAW["opening"]))
"""Says that a question comes, and nothing of what it is."""
GREETING = re.compile(_joined(_RAW["greeting"]))
"""Says hello."""
GREETING_FILLER = re.compile(_joined(_RAW["greeting_filler"]))
"""May go with a greeting without saying more."""
