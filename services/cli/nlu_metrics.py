"""Metrics of message understanding, as pure functions of (truth, answer) pairs."""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cli.eval_nlu_file import SLOTS, Labelled

BINS = 10
"""Equal bins of confidence that calibration is measured over."""


@dataclass(frozen=True)
class Answer:
    """What an extractor said about one message."""

    intent: str
    """The intent that it chose."""
    slots: Mapping[str, str]
    """The slots that it found."""
    confidence: float
    """Its probability that the intent is right, 0 to 1."""
    milliseconds: float
    """How long it took."""


Pair = tuple[Labelled, Answer]
"""The truth about a message, and an answer."""


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


def intent_is_right(truth: Labelled, answer: Answer) -> bool:
    """Whether the intent is the label or one that counts as right."""
    return answer.intent == truth.intent or answer.intent in truth.also_ok


def slot_counts(truth: Labelled, answer: Answer, slot: str) -> Score:
    """The counts of one slot of one message.

    A value in `slots_also_ok` is as right as the label. Where None is among them, leaving the slot out
    is no miss; a slot without a label whose found value is allowed counts as found and there.
    """
    wanted, found = truth.slots.get(slot), answer.slots.get(slot)
    also = truth.slots_also_ok.get(slot, ())
    if found is None:
        return Score(0, 0, int(wanted is not None and None not in also))
    allowed = [value for value in (wanted, *also) if value is not None]
    if any(same_value(slot, found, value) for value in allowed):
        return Score(1, 1, 1)
    return Score(0, 1, int(wanted is not None and None not in also))


def same_value(slot: str, first: str, second: str) -> bool:
    """Whether two values of a slot say the same; names are compared without case and accents."""
    return folded(first) == folded(second) if slot == "client_name" else first == second


def folded(text: str) -> str:
    """Text without case, accents and spacing differences."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in flat if not unicodedata.combining(char)).split())


def slots_are_right(truth: Labelled, answer: Answer) -> bool:
    """Whether every slot is right: none missing, none wrong, none too many."""
    return all(score.right == score.found == score.true for score in (slot_counts(truth, answer, s) for s in SLOTS))


def is_exact(truth: Labelled, answer: Answer) -> bool:
    """Whether intent and slots are all right."""
    return intent_is_right(truth, answer) and slots_are_right(truth, answer)


def share(pairs: Sequence[Pair], holds: Callable[[Labelled, Answer], bool]) -> float:
    """Share of the pairs for which something holds; 0 for no pairs."""
    return sum(holds(truth, answer) for truth, answer in pairs) / len(pairs) if pairs else 0.0


def added(scores: Iterable[Score]) -> Score:
    """The counts of all together."""
    rows = list(scores)
    return Score(sum(s.right for s in rows), sum(s.found for s in rows), sum(s.true for s in rows))


def slot_scores(pairs: Sequence[Pair]) -> dict[str, Score]:
    """Scores by slot, and over all slots together as "micro"."""
    scores = {slot: added(slot_counts(truth, answer, slot) for truth, answer in pairs) for slot in SLOTS}
    return {**scores, "micro": added(scores.values())}


def confusions(pairs: Sequence[Pair]) -> dict[str, dict[str, int]]:
    """True intent -> answered intent -> messages. An answer that counts as right is on the diagonal."""
    counts = Counter(
        (truth.intent, truth.intent if intent_is_right(truth, answer) else answer.intent) for truth, answer in pairs
    )
    table: dict[str, dict[str, int]] = {}
    for (wanted, got), count in sorted(counts.items()):
        table.setdefault(wanted, {})[got] = count
    return table


def reliability(pairs: Sequence[Pair], bins: int = BINS) -> list[Bin]:
    """Confidence against accuracy, bin by bin; bins without messages are left out."""
    cells: dict[int, list[Pair]] = {}
    for truth, answer in pairs:
        cells.setdefault(min(bins - 1, max(0, int(answer.confidence * bins))), []).append((truth, answer))
    return [
        Bin(
            at / bins,
            (at + 1) / bins,
            len(cell),
            sum(answer.confidence for _, answer in cell) / len(cell),
            share(cell, intent_is_right),
        )
        for at, cell in sorted(cells.items())
    ]


def calibration_error(rows: Sequence[Bin]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, weighted by messages."""
    total = sum(row.count for row in rows)
    return sum(row.count * abs(row.confidence - row.accuracy) for row in rows) / total if total else 0.0


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of the values do not exceed; 0 for no values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else 0.0


def worst(pairs: Sequence[Pair], limit: int) -> list[Pair]:
    """Messages that are not exact: wrong intents first, the most confident first."""
    wrong = [pair for pair in pairs if not is_exact(*pair)]
    return sorted(wrong, key=lambda pair: (intent_is_right(*pair), -pair[1].confidence, pair[0].id))[:limit]
