"""How much the rules and the model should count: `PYTHONPATH=services:. python -m training.fit_blend WEIGHTS.npz`.

The weights must have been trained with `--apart`. The pair that makes the held-out labels likeliest is
printed; it belongs in `extractor.intent.intents`.
"""

import math
import random
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from extractor.intent.intent_model import IntentModel
from extractor.intent.intents import LEAST, score
from extractor.intent.statistical import Statistical
from extractor.reading.message import INTENTS, MessageInContext
from extractor.reading.reader import Reader
from training.corpus import generate, is_held_out
from training.evaluate import MANIFEST, calibration_error
from workspace.loader import load_workspace

REFERENCE = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
CUES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
MODELS = (0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)

Row = tuple[Mapping[str, float], Mapping[str, float], str]
"""The cues' scores, the model's probabilities, the right intent."""


def rows_of(weights: Path, limit: int = 4000) -> list[Row]:
    """Scores and probabilities of held-out messages of the demo's line of business."""
    workspace = load_workspace(MANIFEST)
    reader, statistical = Reader(workspace, rules_only=True), Statistical(workspace, IntentModel.load(weights))
    examples = [each for each in generate() if is_held_out(each.template) and each.vertical == "hair"]
    chosen = random.Random(1).sample(examples, min(limit, len(examples)))
    rows: list[Row] = []
    for each in chosen:
        message = MessageInContext(each.text, REFERENCE, each.asked_slot or None, each.active_intent or None)
        scores = score(reader.look(message).findings, message)
        rows.append((scores, statistical.predict(message).intents, each.intent))
    return rows


def figures(rows: Sequence[Row], cues: float, model: float) -> tuple[float, float, float]:
    """Mean loss, accuracy and calibration error of one pair."""
    logits = np.asarray(
        [
            [cues * scores[name] + model * math.log(max(probs[name], LEAST)) for name in INTENTS]
            for scores, probs, _ in rows
        ]
    )
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = odds / odds.sum(axis=1, keepdims=True)
    truth = np.asarray([INTENTS.index(intent) for _, _, intent in rows])
    hits = chances.argmax(axis=1) == truth
    loss = -float(np.log(chances[np.arange(len(rows)), truth]).mean())
    return loss, float(hits.mean()), calibration_error(chances.max(axis=1).tolist(), hits.tolist())


def main() -> None:
    """Command line."""
    rows = rows_of(Path(sys.argv[1]))
    tried = sorted((*figures(rows, cues, model), cues, model) for cues in CUES for model in MODELS)
    print(f"{len(rows)} held-out messages; the likeliest pairs first")
    for loss, accuracy, error, cues, model in tried[:6]:
        print(f"cues {cues:.1f} model {model:.1f}: loss {loss:.4f} accuracy {accuracy:.4f} ECE {error:.4f}")
    for name, pair in (("rules alone", (1.0, 0.0)), ("model alone", (0.0, 1.0))):
        loss, accuracy, error = figures(rows, *pair)
        print(f"{name}: loss {loss:.4f} accuracy {accuracy:.4f} ECE {error:.4f}")


if __name__ == "__main__":
    main()
