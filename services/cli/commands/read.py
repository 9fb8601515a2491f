"""`pulpo read`: what one message is read as, in both forms, and why."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from extractor.meaning.labels import as_label, message_from
from extractor.packs import Packs
from extractor.reading.explained import Explained, explain
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from turn.meaning import NOTHING, Doubt
from workspace.errors import ManifestError
from workspace.loader import load_registry
from workspace.model import Workspace

WORKSPACES = Path("k8s/base/workspaces")
MOST_EDGES = 60
"""Meanings of days and hours that are shown."""


def read(
    text: Annotated[str, typer.Argument(help="What the customer writes.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Id of the business.")] = "estudio-pulpo",
    workspaces_dir: Annotated[Path, typer.Option(help="Folder of the manifests.")] = WORKSPACES,
    at: Annotated[
        str, typer.Option(help="When, ISO 8601; without an offset in the business's time zone; now when left out.")
    ] = "",
    packs: Annotated[
        Path | None, typer.Option(envvar="PULPO_EXTRACTOR_PACKS", help="Folder of further languages and trades.")
    ] = None,
    asked: Annotated[str, typer.Option(help='The slot that was asked for, or "confirm".')] = "",
    front: Annotated[str, typer.Option(help="The task in front: book, change or cancel.")] = "",
    context: Annotated[
        Path | None, typer.Option(help="JSON file with asked, front, offers, appointments and done.")
    ] = None,
    explained: Annotated[bool, typer.Option("--explain", help="Say why: candidates, weights, roles.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Reads one message and says why it is read so, by code in this process. Status 2 for what cannot be used."""
    business = _business(workspace, workspaces_dir)
    given = _context(context) | {name: value for name, value in (("asked", asked), ("front", front)) if value}
    try:
        message = message_from(text, _moment(at, business), given)
    except ValueError as error:
        _fail(str(error))
    reader = Reader(business, packs=Packs(packs))
    reading = reader.read(message)
    why = explain(reader, message, reading, business.locale) if explained and not reading.over_budget else None
    print(json.dumps(_document(reading, why), ensure_ascii=False) if as_json else _page(message, reading, why))


def _business(workspace_id: str, folder: Path) -> Workspace:
    try:
        business = load_registry(folder).get(workspace_id)
    except ManifestError as error:
        _fail("; ".join(str(error).splitlines()))
    return business or _fail(f"{folder}: expected a manifest of workspace {workspace_id!r}")


def _context(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        context = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        _fail(f"{file}: expected a readable JSON file: {error}")
    return context if isinstance(context, dict) else _fail(f"{file}: expected a JSON object")


def _moment(text: str, business: Workspace) -> datetime:
    if not text:
        return datetime.now(business.zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _fail(f"--at: expected a time such as 2026-03-11T10:00, got {text!r}")
    return moment if moment.tzinfo else moment.replace(tzinfo=business.zone)


def _document(reading: Reading, why: Explained | None) -> dict[str, Any]:
    """Both forms, and the explanation where there is one, as JSON."""
    meaning = reading.meaning or NOTHING
    first = {
        "intent": reading.intent,
        "confidence": reading.confidence,
        "alternatives": dict(reading.alternatives),
        "slots": reading.slots,
        "removed_slots": list(reading.removed_slots),
        "more_services": list(reading.more_services),
        "polarity": reading.polarity,
        "topic": reading.topic,
        "part_of_day": reading.part_of_day,
        "language": reading.language,
        "model": reading.model,
    }
    second = as_label(meaning) | {"doubts": [asdict(doubt) for doubt in meaning.doubts]}
    return {"first_form": first, "second_form": second} | ({"explained": asdict(why)} if why else {})


def _page(message: MessageInContext, reading: Reading, why: Explained | None) -> str:
    """Both forms, and the explanation where there is one, as text."""
    document = _document(reading, None)
    lines = ["First form", *_named(document["first_form"].items())]
    meaning = reading.meaning or NOTHING
    second = {part: value for part, value in document["second_form"].items() if part != "doubts"}
    lines += ["", "Second form", *_named(second.items()), *_doubts(meaning.doubts, message.text)]
    return "\n".join(lines + (_why(why) if why else []))


def _named(parts: Iterable[tuple[str, Any]]) -> list[str]:
    return [f"  {name:<15} {_short(value)}" for name, value in parts if value not in (None, "", [], {}, ())]


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _doubts(doubts: Sequence[Doubt], text: str) -> list[str]:
    return [
        f"  doubt           {one.part}: {one.reason}, {text[one.start : one.end]!r}"
        + (f", between {' and '.join(one.candidates)}" if one.candidates else "")
        for one in doubts
    ]


def _why(why: Explained) -> list[str]:
    words = [(word.written, word.read, str(word.start), str(word.at)) for word in why.words]
    edges = [
        (_mark(edge.chosen), edge.words, edge.constraint or "nothing", edge.rule, f"{edge.gain:.2f}")
        for edge in why.edges[:MOST_EDGES]
    ]
    values = [
        (
            _mark(one.in_slots),
            _mark(one.in_meaning),
            one.words,
            one.slot,
            one.value or "none",
            str(one.weight),
            one.role,
        )
        for one in why.values
    ]
    phrases = [(one.group, one.name, one.language, one.words, _sums(one.adds)) for one in why.phrases]
    left = len(why.edges) - len(edges)
    return [
        *_table("Words", ("written", "read as", "in text", "in line"), words),
        "",
        f"Line            {why.line.strip()}",
        *_table("Days and hours that words may mean (* chosen)", ("", "words", "says", "rule", "gain"), edges),
        *([f"  and {left} more"] if left else []),
        *_table(
            "Values found (* in that form)", ("1st", "2nd", "words", "slot", "value", "weight", "role"), values
        ),
        *_table("Phrases and cues found", ("group", "name", "language", "words", "adds"), phrases),
        *(["", "Data found and masked", *_named(why.data.items())] if why.data else []),
        "",
        f"Cues together   {_sums(why.scores) or 'nothing'}; the trained model's part is in the confidence only",
    ]  # fmt: skip


def _mark(holds: bool) -> str:
    return "*" if holds else ""


def _sums(adds: Any) -> str:
    return ", ".join(f"{intent} {weight:+g}" for intent, weight in sorted(adds.items(), key=lambda pair: -pair[1]))


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A titled table in plain columns; nothing where there is no row."""
    if not rows:
        return ["", f"{title}: none"]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    return ["", title, *(f"  {line}".rstrip() for line in told)]


def _fail(message: str) -> NoReturn:
    print(f"pulpo read: {message}", file=sys.stderr)
    raise typer.Exit(2)
