"""Reads a file of labelled readings, the second form: a JSON object in each line with `text`, `reference_time`,
`context`, `reading` and, where they differ from line to line, `workspace` and `language`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from cli.evaluation.labelled_file import LabelledFileError, moment, objects_of
from extractor.meaning.labels import message_from
from extractor.reading.message import MessageInContext
from turn.constraints import DAY_PATTERN, TIME_PATTERN
from turn.meaning import ACTS, SUBJECTS

_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}}
_DAY, _TIME = {"type": "string", "pattern": DAY_PATTERN}, {"type": "string", "pattern": TIME_PATTERN}
_SUBJECT = {"enum": list(SUBJECTS)}
_REFERENCE = "^(?:offer:[1-9][0-9]?|(?:appointment|done):.+|all|both|none|another|any)$"


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _one_or_more(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [rule, {"type": "array", "items": rule}]}


READING = _object(
    ("acts", "sure"),
    acts={"type": "array", "items": {"enum": list(ACTS)}},
    days={"type": "array", "items": _DAY},
    times={"type": "array", "items": _TIME},
    items={
        "type": "array",
        "items": _object(
            service={"type": "string"},
            staff=_TEXTS,
            not_staff=_TEXTS,
            who={"type": "string"},
            day=_one_or_more(_DAY),
            time=_one_or_more(_TIME),
        ),
    },
    people=_object(("count", "writer"), count={"type": "integer", "minimum": 1}, writer={"type": "boolean"}),
    refers_to={"type": "array", "items": {"type": "string", "pattern": _REFERENCE}},
    subject=_one_or_more(_SUBJECT),
    data=_object((), **{name: {"type": "string"} for name in ("name", "email", "phone", "booking_id")}),
    conflict=_TEXTS,
    sure={"type": "boolean"},
)
"""The JSON Schema of a labelled reading."""
_LINE = Draft202012Validator(
    {
        "type": "object",
        "required": ["text", "reference_time", "reading"],
        "properties": {
            "id": {"type": "string"},
            "text": {"type": "string"},
            "reference_time": {"type": "string"},
            "workspace": {"type": "string"},
            "language": {"type": "string"},
            "context": {"type": "object"},
            "reading": READING,
        },
    }
)


@dataclass(frozen=True)
class LabelledReading:
    """One message and what it means."""

    id: str
    """Its id in the file, or its line number."""
    message: MessageInContext
    """The message with its context."""
    reading: Mapping[str, Any]
    """The parts that are not empty, and `sure`."""
    workspace: str
    """Id of the business; empty where the line names none."""
    language: str
    """Language of the message; empty where the line names none."""


def read_readings(file: Path) -> list[LabelledReading]:
    """Every labelled reading of a JSON-lines file. Raises LabelledFileError on the first bad line."""
    return [_row(raw, where, number) for number, where, raw in objects_of(file)]


def _row(raw: dict[str, Any], where: str, number: int) -> LabelledReading:
    for error in _LINE.iter_errors(raw):
        raise LabelledFileError(f"{where}: {error.json_path}: expected another value (rule {error.validator})")
    try:
        message = message_from(raw["text"], moment(raw["reference_time"], where), raw.get("context", {}))
    except ValueError as error:
        raise LabelledFileError(f"{where}: {error}") from error
    return LabelledReading(
        raw.get("id", f"line {number}"), message, raw["reading"], raw.get("workspace", ""), raw.get("language", "")
    )
