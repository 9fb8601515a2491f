"""Trains the intent model and writes its weights: `PYTHONPATH=services:. python -m training.train_intent`.

Deterministic: the same sources on the same machine give the same bytes.
"""

import argparse
import os
import time
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # the order of sums must not depend on the machine's load

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402

from extractor.intent.intent_model import WEIGHTS  # noqa: E402
from training.corpus import SEED, generate, is_held_out  # noqa: E402
from training.matrix import Table, joined, table_of  # noqa: E402
from training.solver import fit_softmax, fit_temperature  # noqa: E402
from training.templates import INTENTS, TOPICS  # noqa: E402

VERSION = "intent-1"
PENALTY = 4e-6
STEPS = 120
CLASS_SHARE = {
    "book": 0.36, "info_prices": 0.1, "info_services": 0.11, "info_hours": 0.08, "cancel": 0.08, "reschedule": 0.09,
    "greeting": 0.04, "chitchat": 0.06, "other": 0.11,
}  # fmt: skip
"""How often each intent is expected; examples are weighted to it."""

Floats = npt.NDArray[np.float64]


def say(text: str) -> None:
    """Tells the person who trains."""
    print(text, flush=True)


def train(out: Path, seed: int = SEED, scale: float = 1.0, steps: int = STEPS, *, apart: bool = False) -> None:
    """Generates the corpus, fits both heads, calibrates on held-out templates and writes the weights.

    Ends with a fit on everything, held-out templates too, unless they are to stay `apart`.
    """
    started = time.monotonic()
    examples = list(generate(seed, scale))
    fit = table_of([example for example in examples if not is_held_out(example.template)])
    held = table_of([example for example in examples if is_held_out(example.template)])
    say(f"{len(examples)} examples, {held.features.shape[0]} of them held out ({time.monotonic() - started:.0f} s)")
    heads = [_head(name, fit, held, steps, apart=apart) for name in ("intents", "topics")]
    weights = np.hstack([head[0] for head in heads])
    arrays: dict[str, npt.NDArray[Any]] = {
        "weights": weights.astype(np.float16),
        "bias": np.concatenate([head[1] for head in heads]).astype(np.float32),
        "temperatures": np.asarray([head[2] for head in heads], np.float32),
        "intents": np.asarray(INTENTS),
        "topics": np.asarray(TOPICS),
        "version": np.asarray(VERSION),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(packed(arrays))
    say(f"wrote {out.name}, {out.stat().st_size / 1e6:.2f} MB ({time.monotonic() - started:.0f} s)")


def _head(name: str, fit: Table, held: Table, steps: int, *, apart: bool) -> tuple[Floats, Floats, float]:
    say(f"fitting {name}")
    names = INTENTS if name == "intents" else TOPICS
    labels, truth = (fit.intents, held.intents) if name == "intents" else (fit.topics, held.topics)
    weigh = _balanced if name == "intents" else _plain
    table, bias = fit_softmax(fit.features, labels, weigh(fit), len(names), PENALTY, steps, say)
    logits = held.features @ table + bias
    temperature = fit_temperature(logits, truth, held.weights)
    right = float(np.average(logits.argmax(axis=1) == truth, weights=held.weights))
    say(f"  held out {right:.4f}, temperature {temperature:.3f}")
    if apart:
        return table, bias, temperature
    both, everything = joined(fit, held), np.concatenate([labels, truth])
    start = np.vstack([table, bias])
    table, bias = fit_softmax(both.features, everything, weigh(both), len(names), PENALTY, steps // 2, say, start)
    return table, bias, temperature


def _plain(table: Table) -> Floats:
    return table.weights


def _balanced(table: Table) -> Floats:
    """The rows' weights, scaled so that each intent has its expected share."""
    totals = np.bincount(table.intents, weights=table.weights, minlength=len(INTENTS))
    shares = np.asarray([CLASS_SHARE[name] for name in INTENTS])
    return np.asarray(table.weights * (shares / totals)[table.intents])


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """An .npz whose bytes depend on the arrays alone: no clock in the archive."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            held = BytesIO()
            np.lib.format.write_array(held, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, held.getvalue(), compresslevel=6)
    return buffer.getvalue()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--scale", type=float, default=1.0, help="size of the corpus, 1 by default")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"most steps of the solver, {STEPS} by default")
    parser.add_argument("--apart", action="store_true", help="never fit on the held-out templates, to measure on them")
    arguments = parser.parse_args()
    train(arguments.out, arguments.seed, arguments.scale, arguments.steps, apart=arguments.apart)


if __name__ == "__main__":
    main()
