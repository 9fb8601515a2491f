"""Measures a checkpoint without an engine: what the model alone writes, greedily and without a grammar.

    python -m training.slm.evaluate build/slm dev.jsonl held.jsonl

The files are packs of the training folder (training.slm.generate). Prints, for each, the share of right
intents, F1 of slots, whole messages and how many answers were no JSON.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from cli.evaluation.figures import MessagePrediction, Pair, intent_is_right, is_exact, share, slot_scores
from cli.evaluation.labelled_file import Labelled
from training.slm.batches import Row, batch_of, grouped, padded
from training.slm.export import load
from training.slm.model import Decoder
from training.slm.packs import Example, Pack, read_packs
from training.slm.tokenizer import INTENTS, Words, words_of

MOST_TOKENS = 96
GROUP = 16


def answers(model: Decoder, words: Words, pack: Pack) -> list[tuple[str, float]]:
    """What the model writes to each example of a pack, and the probability of its first token."""
    batch = batch_of(pack, words.encode, words.marks)
    asked = [Row(row.tokens[: row.answer_at], row.answer_at) for row in batch.rows]
    found: dict[int, tuple[str, float]] = {}
    for group in grouped(asked, GROUP):
        places = [next(at for at, row in enumerate(asked) if row is member) for member in group]
        written = _write(model, words, batch.prefix, group)
        found |= dict(zip(places, written, strict=True))
    return [found[at] for at in range(len(asked))]


def intents(model: Decoder, words: Words, pack: Pack) -> list[tuple[str, float]]:
    """The intent that the model would write to each example of a pack, with its probability."""
    batch = batch_of(pack, words.encode, words.marks)
    table = torch.tensor(padded(batch.rows, words.pad))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model.hidden(torch.tensor(batch.prefix), [table])[0]
        places = torch.tensor([row.answer_at - 1 for row in batch.rows])
        shares = model.logits(hidden[torch.arange(len(batch.rows)), places]).float().softmax(-1)
    best = shares[:, words.heads.start : words.heads.stop].max(-1)
    return [(INTENTS[int(at)], float(share)) for share, at in zip(best.values, best.indices, strict=True)]


def _write(model: Decoder, words: Words, prefix: Sequence[int], rows: Sequence[Row]) -> list[tuple[str, float]]:
    """Greedy answers to some rows, all computed anew for each token: simple, and fast enough here."""
    end, tokens = words.marks[3], [list(row.tokens) for row in rows]
    first = [0.0] * len(rows)
    going = set(range(len(rows)))
    for step in range(MOST_TOKENS):
        ordered = sorted(going)
        table = torch.tensor(padded([Row(tuple(tokens[at]), 0) for at in ordered], words.pad))
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = model.hidden(torch.tensor(prefix), [table])[0]
            last = hidden[torch.arange(len(ordered)), torch.tensor([len(tokens[at]) - 1 for at in ordered])]
            shares = model.logits(last).float().softmax(-1)
        for at, share_of_each in zip(ordered, shares, strict=True):
            if step == 0:
                first[at] = float(share_of_each.max())
            token = int(share_of_each.argmax())
            if token == end:
                going.discard(at)
            else:
                tokens[at].append(token)
        if not going:
            break
    starts = [len(row.tokens) for row in rows]
    return [(words.decode(line[start:]), sure) for line, start, sure in zip(tokens, starts, first, strict=True)]


def pairs(model: Decoder, words: Words, packs: Iterator[Pack]) -> Iterator[tuple[Pair, bool]]:
    """The truth and the answer to every example, and whether the answer was JSON."""
    for pack in packs:
        for example, (text, sure) in zip(pack.examples, answers(model, words, pack), strict=True):
            document = _read(text)
            predicted = MessagePrediction(str(document.get("intent", "")), document.get("slots", {}), sure, 0.0)
            yield (truth_of(example), predicted), bool(document)


def truth_of(example: Example) -> Labelled:
    """What is right: the labelled row where there is one, else what was to be written."""
    row = example.truth or json.loads(example.answer)
    return Labelled(
        id="",
        group="",
        text=example.turn,
        reference_time=datetime(2026, 1, 1, tzinfo=UTC),
        intent=row["intent"],
        also_ok=tuple(row.get("also_ok", ())),
        slots=row["slots"],
        slots_also_ok={slot: tuple(values) for slot, values in row.get("slots_also_ok", {}).items()},
    )


def _read(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) and isinstance(document.get("slots"), dict) else {}


def report(name: str, rows: Sequence[tuple[Pair, bool]]) -> str:
    """One line of figures."""
    scored = [pair for pair, _ in rows]
    slots = slot_scores(scored)
    by_slot = " ".join(f"{slot} {score.f1:.3f}" for slot, score in slots.items() if slot != "micro")
    return (
        f"{name}: {len(rows)} messages, intent {share(scored, intent_is_right):.4f}, slots F1 {slots['micro'].f1:.4f}, "
        f"whole {share(scored, is_exact):.4f}, no JSON {sum(not fine for _, fine in rows)}\n  {by_slot}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", nargs="+", help="packs in the folder")
    parser.add_argument("--packs", type=int, default=None, help="only the first packs of each")
    parser.add_argument("--mistakes", action="store_true", help="print wrong readings (never of a blind set)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    words, model = words_of(arguments.folder / "tokenizer"), load(arguments.folder)
    for file in arguments.files:
        packs = islice(read_packs(arguments.folder / file), arguments.packs)
        rows = list(pairs(model, words, packs))
        print(report(file, rows), flush=True)
        for (truth, answer), _ in rows if arguments.mistakes else ():
            if not is_exact(truth, answer):
                print(f"  {truth.text!r}\n    {truth.intent} {dict(truth.slots)}")
                print(f"    {answer.intent} {answer.confidence:.2f} {dict(answer.slots)}")


if __name__ == "__main__":
    main()
