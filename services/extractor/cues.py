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


def _joined(text: str) -> str:
    return "".join(text.split("\n"))


def _compiled(row: dict[str, Any], parts: dict[str, str]) -> Cue:
    pattern = _joined(row["pattern"])
    for name, part in parts.items():
        pattern = pattern.replace(f"%{name}%", part)
    return Cue(row["name"], {intent: float(weight) for intent, weight in row["adds"].items()}, re.compile(pattern))


_RAW: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
_PARTS = {name: _joined(text) for name, text in _RAW["parts"].items()}

CUES = tuple(_compiled(row, _PARTS) for row in _RAW["cues"])
"""Every cue."""
GREETING = re.compile(_joined(_RAW["greeting"]))
"""Says hello."""
GREETING_FILLER = re.compile(_joined(_RAW["greeting_filler"]))
"""May go with a greeting without saying more."""
