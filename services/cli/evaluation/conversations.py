"""Conversations for evaluation: how a file is read and how a transcript is judged. Pure.

A line of the file is a JSON object: `id`, `reference_time` (ISO 8601 with offset), `from` (E.164),
`turns` (the customer's messages; `{booking_id}` stands for the last id the assistant wrote),
optionally `group`, `workspace`, `race_with` (id of a conversation that runs at the same time) and
`expect`: `booked` (list of appointments as created, each the fields to compare), `cancelled` and
`rescheduled` (counts), `must_include` and `must_not_include` (turn index -> strings). No reply is right only to
an "ok" alone.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.domain.burst import acknowledges

_COLUMNS = {"preferred_date": "date", "preferred_time": "time"}
"""Other names under which a file may speak of the agenda's columns."""


_LONGEST, _LONGEST_LIST = 199, 480
"""Characters of a reply, and of one that lists two or more appointments, services or prices."""
_LISTED = re.compile(r"(PB-[A-Z0-9]{6})|((?:R?\$|€|£) ?\d[\d.,]*|\d[\d.,]*\s€)")
"""A code or a price."""


class FileError(Exception):
    """A conversation file that cannot be used: file, line and what was expected."""


@dataclass(frozen=True)
class Conversation:
    """One scripted conversation."""

    id: str
    """Its name, unique in the file."""
    reference_time: str
    """When it takes place, ISO 8601 with offset."""
    customer: str
    """The customer's phone, E.164."""
    turns: tuple[str, ...]
    """What the customer writes, in order."""
    expect: Mapping[str, Any]
    """The expected outcome."""
    group: str = "all"
    """The kind of conversation, for figures by group."""
    workspace: str = "estudio-pulpo"
    """The business written to."""
    race_with: str | None = None
    """Id of the conversation that runs at the same time."""


@dataclass
class Transcript:
    """Messages, replies and appointments of one run."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    """(customer's message, reply) in order."""
    created: list[dict[str, Any]] = field(default_factory=list)
    """Appointments as they were when they were first seen."""
    final: list[dict[str, Any]] = field(default_factory=list)
    """Appointments at the end."""
    messages_to_booking: int | None = None
    """Messages that the first booking took."""

    def text(self) -> str:
        """Messages and replies as text, a line each."""
        return "\n".join(f"› {said}\n  {reply}" for said, reply in self.lines)


def read_file(file: Path) -> list[Conversation]:
    """Reads a file. Raises FileError with the line and what was expected."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{file}: expected a readable UTF-8 file ({type(error).__name__})") from error
    conversations = [_read_line(file, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    ids = [conversation.id for conversation in conversations]
    for conversation in conversations:
        if ids.count(conversation.id) > 1:
            raise FileError(f"{file}: expected each id once, {conversation.id!r} is given again")
        if conversation.race_with is not None and conversation.race_with not in ids:
            raise FileError(f"{file}: {conversation.id}: race_with: expected an id of this file")
    return conversations


def _read_line(file: Path, number: int, line: str) -> Conversation:
    where = f"{file}: line {number}"
    try:
        raw = json.loads(line)
        conversation = Conversation(
            id=str(raw["id"]),
            reference_time=raw["reference_time"],
            customer=raw["from"],
            turns=tuple(raw["turns"]),
            expect=raw.get("expect", {}),
            group=raw.get("group", "all"),
            workspace=raw.get("workspace", "estudio-pulpo"),
            race_with=raw.get("race_with"),
        )
        aware = datetime.fromisoformat(conversation.reference_time).tzinfo is not None
    except json.JSONDecodeError as error:
        raise FileError(f"{where}: expected a JSON object ({error.msg})") from error
    except KeyError as error:
        raise FileError(f"{where}: expected a value for {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise FileError(f"{where}: expected id, reference_time (ISO 8601), from, turns and expect") from error
    if not aware or not all(isinstance(turn, str) for turn in conversation.turns):
        raise FileError(f"{where}: expected reference_time with an offset and turns of text")
    return conversation


def fold(text: str) -> str:
    """Lower case without accents."""
    return "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))


def judge(conversation: Conversation, transcript: Transcript) -> list[str]:
    """What is not as expected, a line each; empty when the conversation passed."""
    expect = conversation.expect
    found = _judge_replies(expect, transcript)
    if "booked" in expect:
        found += _judge_booked(expect["booked"], transcript.created)
    cancelled = sum(row["status"] == "cancelled" for row in transcript.final)
    if "cancelled" in expect and cancelled != _count(expect["cancelled"]):
        found.append(f"expected {expect['cancelled']} cancelled, the agenda shows {cancelled}")
    moved = sum(_moved(first, last) for first, last in zip(transcript.created, transcript.final, strict=True))
    if "rescheduled" in expect and moved != _count(expect["rescheduled"]):
        found.append(f"expected {_count(expect['rescheduled'])} rescheduled, the agenda shows {moved}")
    if isinstance(expect.get("rescheduled"), list):
        found += [
            f"no appointment was moved to {want}"
            for want in expect["rescheduled"]
            if not any(_matches(want, row) for row in transcript.final)
        ]
    return found


def lists_several(reply: str) -> bool:
    """Whether a reply lists two or more appointments, services or prices: by their codes, prices or lines."""
    found = [match.groups() for match in _LISTED.finditer(reply)]
    codes, prices = ({each[kind] for each in found if each[kind]} for kind in (0, 1))
    return max(len(codes), len(prices), reply.strip().count("\n")) > 1


def longest_reply(reply: str) -> int:
    """The longest that a reply may be, in characters."""
    return _LONGEST_LIST if lists_several(reply) else _LONGEST


def _judge_replies(expect: Mapping[str, Any], transcript: Transcript) -> list[str]:
    found = [
        f"turn {index}: the reply has {len(reply)} characters"
        for index, (said, reply) in enumerate(transcript.lines)
        if not (0 < len(reply) <= longest_reply(reply) or (not reply and acknowledges(said)))
    ]
    for key, wanted in (("must_include", True), ("must_not_include", False)):
        for index, strings in expect.get(key, {}).items():
            if int(index) >= len(transcript.lines):
                found.append(f"{key}: there is no turn {index}")
                continue
            reply = fold(transcript.lines[int(index)][1])
            if any(fold(part) in reply for part in strings) != wanted:
                found.append(f"turn {index}: expected {'one' if wanted else 'none'} of {strings}")
    return found


def _judge_booked(wanted: list[Mapping[str, Any]], created: list[dict[str, Any]]) -> list[str]:
    left = list(created)
    found = []
    for want in wanted:
        match = next((row for row in left if _matches(want, row)), None)
        if match is None:
            found.append(f"no appointment {dict(want)} was made")
        else:
            left.remove(match)
    return found + [f"an appointment too many: {row['service_type']} {row['date']} {row['time']}" for row in left]


def _matches(want: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return all(fold(str(row.get(_COLUMNS.get(key, key)))) == fold(str(value)) for key, value in want.items())


def _moved(first: Mapping[str, Any], last: Mapping[str, Any]) -> bool:
    return (first["date"], first["time"]) != (last["date"], last["time"])


def _count(expected: Any) -> int:
    return len(expected) if isinstance(expected, list) else int(expected)
