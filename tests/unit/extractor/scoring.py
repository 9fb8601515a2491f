"""Reads labelled messages and scores readings against them."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.text import language
from extractor.text.normalised import view
from extractor.when.calendar_words import mentions_of_time
from workspace.loader import load_workspace
from workspace.model import Workspace

DATA = Path(__file__).with_name("data")
WORKSPACES = Path(__file__).parents[3] / "k8s" / "base" / "workspaces"


def workspace(name: str = "estudio-pulpo") -> Workspace:
    return load_workspace(WORKSPACES / f"{name}.yaml")


TODAY = date(2026, 3, 11)
"""A Wednesday."""


@cache
def salon() -> Workspace:
    return workspace()


def said(
    text: str,
    slot: str,
    today: date = TODAY,
    asked: bool = False,
    day: date | None = None,
    business: Workspace | None = None,
) -> list[str]:
    """The days or hours that a text mentions, sent at ten in the morning."""
    own = business or salon()
    message = MessageInContext(text, datetime.combine(today, time(10), own.zone), slot if asked else None)
    seen = view(text)
    found = mentions_of_time(seen.line, message, own, day, language.read(seen))
    return [one.value for one in found if one.slot == slot and one.value]


def labelled(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def message_of(row: Mapping[str, Any]) -> MessageInContext:
    reference = datetime.fromisoformat(row["reference_time"])
    return MessageInContext(row["text"], reference, row["asked_slot"], row["active_intent"], row["known_slots"])


def wrong_slots(row: Mapping[str, Any], reading: Reading) -> Iterator[tuple[str, str | None, str | None]]:
    also = row.get("slots_also_ok", {})
    for slot in sorted(set(reading.slots) | set(row["slots"])):
        wanted, found = row["slots"].get(slot), reading.slots.get(slot)
        if not _same(slot, wanted, found) and found not in also.get(slot, ()):
            yield slot, wanted, found


def right_intent(row: Mapping[str, Any], reading: Reading) -> bool:
    return reading.intent == row["intent"] or reading.intent in row.get("also_ok", ())


def _same(slot: str, wanted: str | None, found: str | None) -> bool:
    if wanted and found and slot == "client_name":
        return _folded(wanted) == _folded(found)
    return wanted == found


def _folded(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))


@dataclass(frozen=True)
class Score:
    """What a reader got right of a file."""

    intent: float
    slot_f1: float
    exact: float
    wrong: tuple[str, ...]


def score(reader: Reader, name: str) -> Score:
    rows = labelled(name)
    intents = exact = true = false = missed = 0
    wrong: list[str] = []
    for row in rows:
        reading = reader.read(message_of(row))
        errors = list(wrong_slots(row, reading))
        good = right_intent(row, reading)
        intents += good
        exact += good and not errors
        false += sum(found is not None for _, _, found in errors)
        missed += sum(wanted is not None for _, wanted, _ in errors)
        true += len(reading.slots) - sum(found is not None for _, _, found in errors)
        if errors or not good:
            wrong.append(f"{row['id']}: {row['intent']} {reading.intent} {errors}")
    f1 = 2 * true / (2 * true + false + missed)
    return Score(intents / len(rows), f1, exact / len(rows), tuple(wrong))
