"""Figures of the trained model: `PYTHONPATH=services:. python -m training.evaluate [LABELLED.jsonl]`.

Without a file it measures on the held-out templates, which only means something for weights trained with
`--apart`; with one, on its messages; with `--check`, on training/data/check.tsv.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractor.intent.intent_model import WEIGHTS, IntentModel, Prediction
from extractor.intent.intent_text import NO_LEXICON, Lexicon
from extractor.intent.statistical import lexicon_of
from training.corpus import generate, is_held_out
from training.templates import DATA
from workspace.loader import load_workspace

MANIFEST = Path(__file__).parents[1] / "k8s/base/workspaces/estudio-pulpo.yaml"


@dataclass(frozen=True)
class Case:
    """A labelled message."""

    group: str
    text: str
    asked_slot: str
    active_intent: str
    right: tuple[str, ...]
    """The intent, then the others that count as right."""
    lexicon: Lexicon


def cases_of(file: Path) -> list[Case]:
    """The messages of a labelled JSON-lines file."""
    lexicon = lexicon_of(load_workspace(MANIFEST))
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Case(
            row["group"], row["text"], row["asked_slot"] or "", row["active_intent"] or "",
            (row["intent"], *row.get("also_ok", ())), lexicon,
        )
        for row in rows
    ]  # fmt: skip


def check_cases(file: Path = DATA / "check.tsv") -> list[Case]:
    """Messages written by hand to measure on: intent, task under way, slot asked for, text."""
    lexicon = lexicon_of(load_workspace(MANIFEST))
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line]
    return [Case(intent, text, asked, active, (intent,), lexicon) for intent, active, asked, text in rows]


def held_out_cases() -> list[Case]:
    """The held-out templates' examples, grouped by the file that they come from."""
    return [
        Case(
            example.template.split(":")[0], example.text, example.asked_slot, example.active_intent, (example.intent,),
            example.lexicon,
        )
        for example in generate()
        if is_held_out(example.template)
    ]  # fmt: skip


def calibration_error(confidences: Sequence[float], hits: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, over equal bins."""
    sums: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for confidence, hit in zip(confidences, hits, strict=True):
        cell = sums[min(bins - 1, int(confidence * bins))]
        cell[0] += confidence
        cell[1] += hit
    return sum(abs(total - right) for total, right in sums.values()) / max(1, len(hits))


def report(model: IntentModel, cases: Sequence[Case]) -> None:
    """Prints accuracy per group, calibration, latency and the mistakes, surest first."""
    predictions, spent = [], []
    for case in cases:
        started = time.perf_counter()
        predictions.append(model.predict(case.text, case.asked_slot, case.active_intent, case.lexicon))
        spent.append(1000 * (time.perf_counter() - started))
    hits = [prediction.intent in case.right for prediction, case in zip(predictions, cases, strict=True)]
    for group, (right, total) in sorted(_by_group(cases, hits).items()):
        print(f"{group:24} {right:5}/{total:<5} {right / total:.3f}")
    error = calibration_error([prediction.confidence for prediction in predictions], hits)
    print(f"accuracy {np.mean(hits):.4f}  ECE {error:.4f}  messages {len(cases)}")
    print(f"ms per message: p50 {np.percentile(spent, 50):.2f}  p99 {np.percentile(spent, 99):.2f}")
    _print_mistakes(cases, predictions, hits)


def _by_group(cases: Iterable[Case], hits: Iterable[bool]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for case, hit in zip(cases, hits, strict=True):
        groups[case.group][0] += hit
        groups[case.group][1] += 1
    return groups


def _print_mistakes(cases: Sequence[Case], predictions: Sequence[Prediction], hits: Sequence[bool]) -> None:
    wrong = [(p, c) for p, c, hit in zip(predictions, cases, hits, strict=True) if not hit]
    for pair, count in Counter((c.right[0], p.intent) for p, c in wrong).most_common(12):
        print(f"  {pair[0]} read as {pair[1]}: {count}")
    for prediction, case in sorted(wrong, key=lambda row: -row[0].confidence)[:40]:
        where = f" ({case.active_intent}, {case.asked_slot})" if case.active_intent else ""
        print(f"  {prediction.confidence:.2f} {prediction.intent:13} not {case.right[0]:13} {case.text}{where}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--check", action="store_true", help="measure on the check messages")
    parser.add_argument("--no-lexicon", action="store_true", help="read without the workspace's names")
    arguments = parser.parse_args()
    cases = cases_of(arguments.file) if arguments.file else check_cases() if arguments.check else held_out_cases()
    if arguments.no_lexicon:
        cases = [Case(c.group, c.text, c.asked_slot, c.active_intent, c.right, NO_LEXICON) for c in cases]
    report(IntentModel.load(arguments.weights), cases)


if __name__ == "__main__":
    main()
