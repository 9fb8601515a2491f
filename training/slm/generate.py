"""Writes what the extractor's model is trained and measured on, as packs (see packs.py).

    python -m training.slm.generate build/slm                 # train.jsonl, held.jsonl
    python -m training.slm.generate --labelled FILE.jsonl OUT # a labelled file, to measure on

The same seed gives the same packs. Uses all cores.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any, Literal

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.slm.tuned import business_told, calendar, instructions, turn_told
from training.slm.businesses import ROOT, SALON, VET, Business, Businesses
from training.slm.examples import Examples, Labelled, answer_of, hand_written
from training.slm.packs import Example, Pack, write_packs
from training.slm.short_answers import ShortAnswers
from workspace.model import Workspace

SEED = 20261123
Form = Literal["tuned", "short"]
"""What a model is asked to write: the first form in the way of `SLM_EXTRACTOR_PROMPT=tuned`, or extractor_v2_short."""
PACKS, HELD_PACKS = 4000, 160
PER_PACK = 48
_HAND = ROOT / "tests" / "unit" / "extractor" / "data"
HAND_FILES = (("own_messages.jsonl", SALON), ("class_messages.jsonl", SALON), ("vet_messages.jsonl", VET))
"""Messages labelled by hand that may be trained on; never the development or blind sets."""
_HAND_EVERY = 10
"""One pack in so many has messages labelled by hand among its examples."""
_FIRST_DAY = date(2025, 6, 1)
_DAYS = 1100


@cache
def _businesses() -> Businesses:
    return Businesses()


@cache
def _examples(held_out: bool) -> Examples:
    return Examples(held_out=held_out)


@cache
def _hand() -> list[tuple[str, date, list[dict[str, Any]]]]:
    """Hand-labelled messages by business and day."""
    found: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
    for name, business in HAND_FILES:
        zone = _businesses().named(business).workspace.zone
        for line in (_HAND / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[business, datetime.fromisoformat(row["reference_time"]).astimezone(zone).date()].append(row)
    return [(business, day, rows) for (business, day), rows in sorted(found.items())]


def make_pack(seed: str, *, held_out: bool, form: Form = "tuned") -> Pack:
    """One pack; the same seed, the same pack. In the short form it has fewer examples than PER_PACK."""
    rng = random.Random(seed)
    source = _examples(held_out)
    if not held_out and rng.randrange(_HAND_EVERY) == 0:
        groups = _hand()
        name, day, rows = rng.choices(groups, [min(len(rows), PER_PACK) for _, _, rows in groups])[0]
        business = _businesses().named(name)
        chosen = hand_written(rng.sample(rows, min(len(rows), PER_PACK // 2)), "hand", rng)
        labelled = [one for one in chosen if source.allowed(one.message.text)]
    else:
        business, day, labelled = _businesses().draw(rng), _FIRST_DAY + timedelta(rng.randrange(_DAYS)), []
    labelled += source.draw(business, day, PER_PACK - len(labelled), rng)
    rng.shuffle(labelled)
    if form == "short":
        return _short_pack(business, day, labelled)
    return _pack(business, day, [_example(one) for one in labelled])


def labelled_packs(file: Path, business: str) -> Iterator[Pack]:
    """A labelled file as packs, one for each day; examples keep their row."""
    workspace = _businesses().named(business)
    days: dict[date, list[Example]] = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        reference = datetime.fromisoformat(row["reference_time"])
        message = MessageInContext(row["text"], reference, row["asked_slot"], row["active_intent"], row["known_slots"])
        example = Example(turn_told(message), answer_of(row["intent"], row["slots"]), row["intent"], file.name, row)
        days[reference.astimezone(workspace.workspace.zone).date()].append(example)
    for day, examples in sorted(days.items()):
        yield _pack(workspace, day, examples)


def _pack(business: Business, day: date, examples: Sequence[Example]) -> Pack:
    return Pack(instructions(), f"{business_told(business.workspace)}\n{calendar(day)}", tuple(examples))


def _short_pack(business: Business, day: date, labelled: Sequence[Labelled]) -> Pack:
    """A pack in the short form; what cannot be said in it, or is not read back the same, is left out."""
    answers = _short(business.workspace)
    told = ((one, answers.answer(one.message, one.intent)) for one in labelled)
    examples = [Example(answers.turn(one.message), answer, one.intent, one.source) for one, answer in told if answer]
    return Pack(answers.system, answers.business, tuple(examples))


def _short(workspace: Workspace) -> ShortAnswers:
    return ShortAnswers(workspace, Reader(workspace))


def _example(one: Labelled) -> Example:
    return Example(turn_told(one.message), answer_of(one.intent, one.slots), one.intent, one.source)


def _seeded_pack(seed: str, *, held_out: bool, form: Form) -> Pack:
    return make_pack(seed, held_out=held_out, form=form)


def _packs(make: Any, seeds: Iterable[str], workers: int) -> Iterator[Pack]:
    with Pool(workers) as pool:
        yield from pool.imap(make, seeds, chunksize=4)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder, or the file to write with --labelled")
    parser.add_argument("--labelled", type=Path, help="a labelled file to turn into packs")
    parser.add_argument("--workspace", default=SALON, help="its business")
    parser.add_argument("--form", choices=["tuned", "short"], default="tuned", help="what a model is to write")
    parser.add_argument("--packs", type=int, default=PACKS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.labelled:
        count = write_packs(labelled_packs(arguments.labelled, arguments.workspace), arguments.out)
        print(f"{arguments.out.name}: {count} examples")
        return
    for name, packs in (("held", min(HELD_PACKS, arguments.packs)), ("train", arguments.packs)):
        make = partial(_seeded_pack, held_out=name == "held", form=arguments.form)
        seeds = (f"{arguments.seed} {name} {index}" for index in range(packs))
        count = write_packs(_packs(make, seeds, arguments.workers), arguments.out / f"{name}.jsonl")
        print(f"{name}.jsonl: {packs} packs, {count} examples", flush=True)


if __name__ == "__main__":
    main()
