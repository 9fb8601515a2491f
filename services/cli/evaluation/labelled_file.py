"""Reads a file of labelled messages. What is wrong in it is said with file, line and what was expected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from turn.model import SLOT_NAMES
from turn.vocabulary import INTENTS


class LabelledFileError(Exception):
    """A labelled file cannot be used; the text is the one line to show."""


@dataclass(frozen=True)
class Labelled:
    """One message and the truth about it."""

    id: str
    """Its id in the file, or its line number."""
    group: str
    """The kind of message, for figures by group."""
    text: str
    """What the customer wrote."""
    reference_time: datetime
    """When; aware."""
    known_slots: Mapping[str, str] = field(default_factory=dict)
    """What was known before."""
    asked_slot: str = ""
    """The slot just asked for; empty for none."""
    active_intent: str = ""
    """The task under way; empty for none."""
    intent: str = "other"
    """The right intent."""
    also_ok: tuple[str, ...] = ()
    """Other intents that count as right."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """The slots that the message states."""
    slots_also_ok: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    """Other right values of a slot; None means that it may be left out."""


def read_labelled(file: Path) -> list[Labelled]:
    """Every labelled message of a JSON-lines file. Raises LabelledFileError on the first bad line."""
    return [_row(raw, where, number) for number, where, raw in objects_of(file)]


def objects_of(file: Path) -> list[tuple[int, str, dict[str, Any]]]:
    """The number, the place as errors name it, and the object of each line of a JSON-lines file that is not empty.
    Raises LabelledFileError where there is none, and on the first line that is no JSON object."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LabelledFileError(f"{file}: expected a readable file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabelledFileError(f"{file}: expected UTF-8, byte {error.start} is not") from error
    rows = [_object(line, f"{file}:{number}", number) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise LabelledFileError(f"{file}: expected at least one labelled message")
    return rows


def _object(line: str, where: str, number: int) -> tuple[int, str, dict[str, Any]]:
    try:
        raw = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise LabelledFileError(f"{where}: expected a JSON object: {error}") from error
    if not isinstance(raw, dict):
        raise LabelledFileError(f"{where}: expected a JSON object, got {type(raw).__name__}")
    return number, where, raw


def _row(raw: Mapping[str, Any], where: str, number: int) -> Labelled:
    intent = _text(raw, "intent", where, required=True)
    active = _text(raw, "active_intent", where)
    also_ok = _names(raw, "also_ok", where)
    for name, value in (("intent", intent), ("active_intent", active), *(("also_ok", each) for each in also_ok)):
        if value and value not in INTENTS:
            raise LabelledFileError(f"{where}: {name}: expected one of {', '.join(INTENTS)}, got {value!r}")
    asked = _text(raw, "asked_slot", where)
    _known_slots([asked] if asked else [], "asked_slot", where)
    return Labelled(
        id=_text(raw, "id", where) or f"line {number}",
        group=_text(raw, "group", where) or "all",
        text=_text(raw, "text", where, required=True),
        reference_time=moment(_text(raw, "reference_time", where, required=True), where),
        known_slots=_slots(raw, "known_slots", where),
        asked_slot=asked,
        active_intent=active,
        intent=intent,
        also_ok=also_ok,
        slots=_slots(raw, "slots", where),
        slots_also_ok=_choices(raw, where),
    )


def _text(raw: Mapping[str, Any], name: str, where: str, *, required: bool = False) -> str:
    value = raw.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise LabelledFileError(f"{where}: {name}: expected a string, got {_short(value)}")
    return value


def _names(raw: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = raw.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise LabelledFileError(f"{where}: {name}: expected a list of strings, got {_short(value)}")
    return tuple(value)


def moment(text: str, where: str) -> datetime:
    """The aware time of a line's reference_time. Raises LabelledFileError."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise LabelledFileError(
            f"{where}: reference_time: expected a time with its offset such as 2026-03-11T10:00:00-03:00, got {text!r}"
        )
    return parsed


def _slots(raw: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    value = raw.get(name) or {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise LabelledFileError(f"{where}: {name}: expected an object of slot names and strings, got {_short(value)}")
    _known_slots(list(value), name, where)
    return value


def _choices(raw: Mapping[str, Any], where: str) -> dict[str, tuple[str | None, ...]]:
    value = raw.get("slots_also_ok") or {}
    fine = isinstance(value, dict) and all(
        isinstance(each, list) and all(one is None or isinstance(one, str) for one in each) for each in value.values()
    )
    if not fine:
        raise LabelledFileError(
            f"{where}: slots_also_ok: expected slot names with lists of strings or null, got {_short(value)}"
        )
    _known_slots(list(value), "slots_also_ok", where)
    return {name: tuple(each) for name, each in value.items()}


def _known_slots(names: list[str], field_name: str, where: str) -> None:
    for name in names:
        if name not in SLOT_NAMES:
            raise LabelledFileError(f"{where}: {field_name}: expected one of {', '.join(SLOT_NAMES)}, got {name!r}")


def _short(value: object) -> str:
    text = repr(value)
    return "nothing" if value is None else text if len(text) <= 60 else text[:57] + "..."
