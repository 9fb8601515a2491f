"""The figures of an evaluation of message understanding, as pure functions of (truth, prediction) pairs.

Whether a prediction is right is this project's own rule: a label may accept other intents and values. Only what
every machine of the mesh has is imported, so that figures need no development extra.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.evaluation.labelled_file import Labelled
from cli.support.quantile import quantile
from runtime.models.backend import Completion
from turn.model import SLOT_NAMES

BINS = 10
"""Equal bins of confidence that calibration is measured over."""
MISTAKES = 30
"""Mistakes that a report lists."""


@dataclass(frozen=True)
class MessagePrediction:
    """What an extractor returned for one message."""

    intent: str
    """The intent that it chose."""
    slots: Mapping[str, str]
    """The slots that it found."""
    confidence: float
    """Its probability that the intent is right, 0 to 1."""
    milliseconds: float
    """How long it took."""


NO_PREDICTION = MessagePrediction("", {}, 0.0, 0.0)
"""A prediction that is wrong whatever the truth."""
Pair = tuple[Labelled, MessagePrediction]
"""The truth about a message, and a prediction."""


@dataclass(frozen=True)
class ModelTrace:
    """What a language model did with one message."""

    reason: str
    """"ok", or why its output could not be used."""
    alone: MessagePrediction = NO_PREDICTION
    """What it wrote, before it was merged with what code reads."""
    completion: Completion | None = None
    """The model's output and its token counts; None when the call failed."""


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 from counts."""

    right: int
    """Values found and true."""
    found: int
    """Values found."""
    true: int
    """Values that were there to find."""

    @property
    def precision(self) -> float:
        """Share of the found values that are true; 1 when none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true values that were found; 1 when there was none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two; 1 when there was nothing to find and nothing found."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0

    def as_json(self) -> dict[str, float]:
        """The ratios, then the counts."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, **vars(self)}


@dataclass(frozen=True)
class Bin:
    """One row of a reliability table."""

    low: float
    """Lowest confidence in it."""
    high: float
    """Highest confidence in it."""
    count: int
    """Messages in it."""
    confidence: float
    """Their mean confidence."""
    accuracy: float
    """Share of them that are right."""


def summarise(
    pairs: Sequence[Pair], traces: Mapping[str, ModelTrace] | None = None, mistakes: int = MISTAKES
) -> dict[str, Any]:
    """All figures as JSON data: together and by group, the worst mistakes, and with `traces` (by message id) what a
    model did apart from code."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair[0].group, []).append(pair)
    return {
        **_figures(pairs),
        "confusions": confusions(pairs),
        "reliability": [vars(row) for row in reliability(pairs)],
        "groups": {name: _figures(members) for name, members in groups.items()},
        "mistakes": [_mistake(pair) for pair in worst(pairs, mistakes)],
        **({"model": _model_figures(pairs, traces)} if traces is not None else {}),
    }


def _figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    times = [prediction.milliseconds for _, prediction in pairs]
    return {
        "messages": len(pairs),
        "intent_accuracy": share(pairs, intent_is_right),
        "exact_match": share(pairs, is_exact),
        "ece": calibration_error(reliability(pairs)),
        "slots": {name: score.as_json() for name, score in slot_scores(pairs).items()},
        "latency_ms": {f"p{percent}": quantile(times, percent / 100) or 0.0 for percent in (50, 90, 99)},
    }


def _mistake(pair: Pair) -> dict[str, Any]:
    truth, prediction = pair
    return {
        "id": truth.id,
        "group": truth.group,
        "text": truth.text,
        "asked_slot": truth.asked_slot,
        "active_intent": truth.active_intent,
        "intent": truth.intent,
        "got_intent": prediction.intent,
        "intent_is_right": intent_is_right(truth, prediction),
        "confidence": prediction.confidence,
        "slots": dict(truth.slots),
        "got_slots": dict(prediction.slots),
    }


def _model_figures(pairs: Sequence[Pair], traces: Mapping[str, ModelTrace]) -> dict[str, Any]:
    alone = [(truth, traces[truth.id].alone) for truth, _ in pairs]
    completions = [trace.completion for trace in traces.values() if trace.completion]
    prompt, cached, written = (
        sum(getattr(one, f"{kind}_tokens") for one in completions) for kind in ("prompt", "cached", "completion")
    )
    return {
        "rungs": dict(Counter(trace.reason for trace in traces.values()).most_common()),
        "schema_valid": sum(trace.alone is not NO_PREDICTION for trace in traces.values()) / max(1, len(traces)),
        "alone": {
            "intent_accuracy": share(alone, intent_is_right),
            "slots_f1": slot_scores(alone)["micro"].f1,
            "exact_match": share(alone, is_exact),
        },
        "output_tokens": written / max(1, len(completions)),
        "prompt_tokens": prompt / max(1, len(completions)),
        "cached_share": cached / max(1, prompt),
    }


def intent_is_right(truth: Labelled, prediction: MessagePrediction) -> bool:
    """Whether the intent is the label or one that counts as right."""
    return prediction.intent == truth.intent or prediction.intent in truth.also_ok


def slot_counts(truth: Labelled, prediction: MessagePrediction, slot: str) -> Score:
    """The counts of one slot of one message.

    A value in `slots_also_ok` is as right as the label. Where None is among them, leaving the slot out
    is no miss; a slot without a label whose found value is allowed counts as found and there.
    """
    wanted, found = truth.slots.get(slot), prediction.slots.get(slot)
    also = truth.slots_also_ok.get(slot, ())
    if found is None:
        return Score(0, 0, int(wanted is not None and None not in also))
    allowed = [value for value in (wanted, *also) if value is not None]
    if any(same_value(slot, found, value) for value in allowed):
        return Score(1, 1, 1)
    return Score(0, 1, int(wanted is not None and None not in also))


def same_value(slot: str, first: str, second: str) -> bool:
    """Whether two values of a slot mean the same; names are compared without case and accents."""
    return folded(first) == folded(second) if slot == "client_name" else first == second


def folded(text: str) -> str:
    """Text without case, accents and spacing differences."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in flat if not unicodedata.combining(char)).split())


def slots_are_right(truth: Labelled, prediction: MessagePrediction) -> bool:
    """Whether every slot is right: none missing, none wrong, none too many."""
    scores = (slot_counts(truth, prediction, name) for name in SLOT_NAMES)
    return all(score.right == score.found == score.true for score in scores)


def is_exact(truth: Labelled, prediction: MessagePrediction) -> bool:
    """Whether intent and slots are all right."""
    return intent_is_right(truth, prediction) and slots_are_right(truth, prediction)


def share(pairs: Sequence[Pair], holds: Callable[[Labelled, MessagePrediction], bool]) -> float:
    """Share of the pairs for which something holds; 0 for no pairs."""
    return sum(holds(truth, prediction) for truth, prediction in pairs) / len(pairs) if pairs else 0.0


def added(scores: Iterable[Score]) -> Score:
    """The counts of all together."""
    rows = list(scores)
    return Score(sum(s.right for s in rows), sum(s.found for s in rows), sum(s.true for s in rows))


def slot_scores(pairs: Sequence[Pair]) -> dict[str, Score]:
    """Scores by slot, and over all slots together as "micro"."""
    scores = {slot: added(slot_counts(truth, prediction, slot) for truth, prediction in pairs) for slot in SLOT_NAMES}
    return {**scores, "micro": added(scores.values())}


def confusions(pairs: Sequence[Pair]) -> dict[str, dict[str, int]]:
    """True intent -> predicted intent -> messages. A prediction that counts as right is on the diagonal."""
    counts = Counter(
        (truth.intent, truth.intent if intent_is_right(truth, prediction) else prediction.intent)
        for truth, prediction in pairs
    )
    table: dict[str, dict[str, int]] = {}
    for (wanted, got), count in sorted(counts.items()):
        table.setdefault(wanted, {})[got] = count
    return table


def reliability(pairs: Sequence[Pair], bins: int = BINS) -> list[Bin]:
    """Confidence against accuracy, bin by bin; bins without messages are left out. A confidence between two bins is in
    the upper one (scikit-learn's calibration_curve puts it into the lower one, and returns no counts)."""
    cells: dict[int, list[Pair]] = {}
    for truth, prediction in pairs:
        cells.setdefault(min(bins - 1, max(0, int(prediction.confidence * bins))), []).append((truth, prediction))
    return [
        Bin(
            at / bins,
            (at + 1) / bins,
            len(cell),
            sum(prediction.confidence for _, prediction in cell) / len(cell),
            share(cell, intent_is_right),
        )
        for at, cell in sorted(cells.items())
    ]


def calibration_error(rows: Sequence[Bin]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, weighted by messages."""
    total = sum(row.count for row in rows)
    return sum(row.count * abs(row.confidence - row.accuracy) for row in rows) / total if total else 0.0


def worst(pairs: Sequence[Pair], limit: int) -> list[Pair]:
    """Messages that are not exact: wrong intents first, the most confident first."""
    wrong = [pair for pair in pairs if not is_exact(*pair)]
    return sorted(wrong, key=lambda pair: (intent_is_right(*pair), -pair[1].confidence, pair[0].id))[:limit]
