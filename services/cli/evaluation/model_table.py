"""Code alone, a model alone, and both (a model asked only where code is not sure), on several labelled files: the rows
of the table by which a model earns its place."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.evaluation.figures import NO_PREDICTION, MessagePrediction, Pair, intent_is_right, is_exact, share, slot_scores
from cli.evaluation.labelled_file import Labelled
from cli.evaluation.model_answers import Answer, KeptAnswers
from cli.evaluation.reading_figures import ReadingPair
from cli.evaluation.reading_figures import summarise as summarise_readings
from cli.evaluation.reading_file import LabelledReading
from cli.support.quantile import quantile
from extractor.meaning.labels import as_label
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.slm.asking import Asking
from extractor.slm.model_reader import ModelReader, Said
from runtime.models.backend import Backend, ModelError
from turn.meaning import NOTHING, Meaning

SEED = 20261201
Truth = Labelled | LabelledReading


@dataclass(frozen=True)
class LabelledSet:
    """Labelled messages of one business."""

    name: str
    rows: Sequence[tuple[Truth, MessageInContext]]
    reader: Reader
    """By code."""
    mending: ModelReader
    """By the model where code is not sure."""


@dataclass
class Row:
    """One line of the table."""

    set_name: str
    who: str
    pairs: list[tuple[Truth, Reading | None, Said | None]] = field(default_factory=list)
    """Of each message, the reading; or what the model alone said; neither for no reading."""
    asked: list[Answer] = field(default_factory=list)
    refused: int = 0
    """Answers that are no reading: not of the schema, cut off, or in words that the message has not."""


def sampled(rows: Sequence[tuple[Truth, MessageInContext]], most: int) -> Sequence[tuple[Truth, MessageInContext]]:
    """At most so many rows, the same ones each time, and among those of any larger sample; 0 for all."""
    if not most or len(rows) <= most:
        return rows
    mixed = list(rows)
    random.Random(SEED).shuffle(mixed)  # noqa: S311 - a sample, no secret
    return mixed[:most]


def by_code(one: LabelledSet) -> Row:
    """Code alone."""
    return Row(one.name, "code", [(truth, one.reader.read(message), None) for truth, message in one.rows])


async def by_model(one: LabelledSet, answers: KeptAnswers, most: int, tell: Callable[[str], None]) -> Row:
    """The model alone, on a sample: its acts and words, values by the same resolver; no answer is no reading."""
    row, rows = Row(one.name, "model"), sampled(one.rows, most)
    for number, (truth, message) in enumerate(rows, 1):
        answer = await answers.answer(one.mending.ask(message))
        if answer.error == "not_asked":
            continue
        row.asked.append(answer)
        said = _said(one.mending, answer, message)
        row.refused += said is None
        row.pairs.append((truth, None, said))
        if number % 10 == 0:
            tell(f"{one.name}: {number} of {len(rows)} asked")
    return row


async def by_both(one: LabelledSet, answers: KeptAnswers, asking: Asking, backend: Backend) -> Row:
    """Code, and the model where code is not sure of its reading, on all messages."""
    row = Row(one.name, "both")
    for truth, message in one.rows:
        floor = one.reader.read(message)
        if not asking.why(floor):
            row.pairs.append((truth, floor, None))
            continue
        answer = await answers.answer(one.mending.ask(message))
        row.asked.append(answer)
        try:
            reading = one.mending.read(message, answer.result(), floor, backend)
        except ModelError:
            row.refused += 1
            reading = floor
        row.pairs.append((truth, reading, None))
    return row


def as_json(row: Row) -> dict[str, Any]:
    """The figures of a row; None where there is nothing to tell."""
    written = [one.completion.completion_tokens for one in row.asked if one.completion]
    took = [one.milliseconds for one in row.asked if one.completion]
    counted = len(row.pairs)
    figures = {
        "set": row.set_name,
        "who": row.who,
        "messages": counted,
        "asked": len(row.asked) / counted if counted else None,
        "usable": 1 - row.refused / len(row.asked) if row.asked else None,
        "tokens_written": quantile([float(one) for one in written], 0.5),
        "p50_ms": quantile(took, 0.5),
    }
    first = [(truth, _prediction(reading, said)) for truth, reading, said in row.pairs if isinstance(truth, Labelled)]
    if first:
        return figures | _first_form(first)
    if counted:
        return figures | _second_form(row)
    return figures | {"intent": None, "slots_f1": None, "whole": None}


def _said(reader: ModelReader, answer: Answer, message: MessageInContext) -> Said | None:
    try:
        return reader.parse(answer.result().text, message)
    except ModelError:
        return None


def _prediction(reading: Reading | None, said: Said | None) -> MessagePrediction:
    if reading:
        return MessagePrediction(reading.intent, dict(reading.slots), float(reading.confidence), 0.0)
    return MessagePrediction(said.intent, dict(said.slots), 0.0, 0.0) if said else NO_PREDICTION


def _first_form(pairs: Sequence[Pair]) -> dict[str, Any]:
    return {
        "intent": share(pairs, intent_is_right),
        "slots_f1": slot_scores(pairs)["micro"].f1,
        "whole": share(pairs, is_exact),
    }


def _second_form(row: Row) -> dict[str, Any]:
    """The same figures of readings: acts, F1 of all parts, whole."""
    pairs = [
        ReadingPair(truth.id, truth.message.text, truth.language, truth.reading, as_label(_meaning(reading, said)))
        for truth, reading, said in row.pairs
        if isinstance(truth, LabelledReading)
    ]
    told = summarise_readings(pairs)
    right = sum("acts" not in pair.wrong() for pair in pairs)
    whole = told["whole"] / len(pairs)
    return {"intent": right / len(pairs), "slots_f1": told["all_parts"]["f1"], "whole": whole}


def _meaning(reading: Reading | None, said: Said | None) -> Meaning:
    return (reading.meaning if reading else said.meaning if said else None) or NOTHING


def text_of(rows: Sequence[dict[str, Any]]) -> str:
    """The table, as Markdown."""
    head = "| messages | who | of them | intent | slots F1 | whole | asked | usable | tokens | p50 ms |"
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        shares = [_number(row[name]) for name in ("intent", "slots_f1", "whole", "asked", "usable")]
        counts = [_count(row["tokens_written"]), _count(row["p50_ms"])]
        lines.append(f"| {' | '.join((row['set'], row['who'], str(row['messages']), *shares, *counts))} |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".removeprefix("0") if value < 1 else "1.000"


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def default_files(root: Path) -> list[tuple[str, Path, Path]]:
    """Name, file and manifest of the sets of a checkout, those that are there."""
    data, salon = root / "tests/unit/extractor/data", root / "k8s/base/workspaces/estudio-pulpo.yaml"
    blind = root / "tests/evals"
    known = [
        ("development", data / "nlu_dev.jsonl", salon),
        ("blind salon", blind / "nlu_blind_f.jsonl", salon),
        ("variants", data / "variants_dev.jsonl", salon),
        *((f"no aliases, {one}", data / f"names_{one}.jsonl", data / f"names_{one}.yaml") for one in _UNALIASED),
        ("second form", data / "reading_dev.jsonl", salon),
    ]
    return [one for one in known if one[1].is_file()]


_UNALIASED = ("car", "dental", "studio")
