"""`nlu` and `readings`: what reading a message costs, without a mesh."""

import json
import sys
import time
from datetime import UTC, datetime

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from tests import reading_cost
from tests.bench.figures import Document, Given, centile, show
from tests.mesh.tools.harness import ROOT
from workspace.loader import load_registry

DATA = ROOT / "tests/unit/extractor/data"
DEV = DATA / "nlu_dev.jsonl"
CRAFTED = ("el 3 ", "a las 3 ", "soy Juan ", "no ", "arroba ", "lunes ", "11 5555 1234 ", "x@g.com ", "con maria ")
"""What texts of 4 KB are made of, to make reading them slow."""


def salon() -> Reader:
    """The reader of the demo salon."""
    workspace = load_registry(ROOT / "k8s/base/workspaces").get("estudio-pulpo")
    assert workspace
    return Reader(workspace)


async def latency(_given: Given) -> Document:
    """Latency of reading a message, usual ones and crafted ones."""
    reader, now = salon(), datetime.now(UTC)
    usual = [str(json.loads(line)["text"]) for line in DEV.read_text(encoding="utf-8").splitlines() if line.strip()]
    crafted = [(unit * 4_096)[: 4_096 - cut] for unit in CRAFTED for cut in range(40)]
    found: Document = {}
    for name, texts in (("read, development set", usual), ("read, crafted 4 KB", crafted)):
        taken = []
        for text in texts[:5] + texts:
            began = time.perf_counter()
            reader.read(MessageInContext(text, now))
            taken.append((time.perf_counter() - began) * 1000)
        show(name, taken[5:])
        found[name] = {f"p{at:g}": round(centile(taken[5:], at), 3) for at in (50, 99, 99.9)}
    return found


async def dearest(given: Given) -> Document:
    """CPU time of reading: of usual messages, of long ones, and of the dearest that a search finds."""
    reader, now = salon(), datetime(2026, 3, 11, 13, tzinfo=UTC)

    def read(trial: reading_cost.Trial) -> object:
        return reader.read(MessageInContext(trial.text, now, trial.asked, "book" if trial.asked else None))

    cost = reading_cost.cost_of(read, "extractor")
    files = {name: DATA / f"{name}.jsonl" for name in ("nlu_dev", "long_messages", "costly_texts")}
    rows = {name: reading_cost.costs(file, cost) for name, file in files.items()}
    found = reading_cost.search(cost, given.seed, given.trials)
    shown, report = reading_cost.report(rows, found)
    sys.stdout.write(shown)
    return report
