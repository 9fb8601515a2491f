"""How sure a model is of the intent: the probability of the tokens that spell it, calibrated."""

import json
import math
import re
from dataclasses import dataclass
from itertools import pairwise

from runtime.models.backend import Completion

_INTENT = re.compile(rb'"intent"\s*:\s*"([a-z_]+)"')
_ALMOST = 1e-6


def intent_probability(completion: Completion, intent: str) -> float | None:
    """The probability that the model gave to the intent that it wrote; None when it cannot be told:
    no token probabilities, impossible ones, or tokens that do not spell the answer."""
    text = completion.text.encode("utf-8")
    found = _INTENT.search(text)
    if found is None or found[1] != intent.encode():
        return None
    return _probability(completion, text, *found.span(1))


def part_probability(completion: Completion, part: str) -> float | None:
    """The probability that the model gave to a part of its answer, a JSON object; None when it cannot be told, or the
    part is not there."""
    text = completion.text
    found = re.search(rf'"{part}"\s*:\s*', text)
    if found is None:
        return None
    _, end = json.JSONDecoder().raw_decode(text, found.end())
    start = len(text[: found.end()].encode("utf-8"))
    return _probability(completion, text.encode("utf-8"), start, start + len(text[found.end() : end].encode("utf-8")))


def span_probability(completion: Completion, start: int, end: int) -> float | None:
    """The probability that the model gave to the characters from `start` to `end` of its answer; None when it cannot be
    told."""
    data = completion.text.encode("utf-8")
    first = len(completion.text[:start].encode("utf-8"))
    return _probability(completion, data, first, len(completion.text[:end].encode("utf-8")))


def slot_probability(completion: Completion, slot: str) -> float:
    """The probability that the model gave to a slot and the value that it wrote; 0 when it cannot be told."""
    text = completion.text.encode("utf-8")
    found = re.search(rb'"' + slot.encode() + rb'"\s*:\s*"([^"\\]*)', text)
    return (_probability(completion, text, *found.span()) or 0.0) if found else 0.0


def _probability(completion: Completion, text: bytes, start: int, end: int) -> float | None:
    """The probability of the tokens that spell a part of the answer."""
    total, at = 0.0, 0
    for token in completion.tokens:
        if text[at : at + len(token.data)] != token.data or not token.logprob <= 0:
            return None
        if at < end and at + len(token.data) > start:
            total += token.logprob
        at += len(token.data)
        if at >= end:
            return math.exp(total)
    return None


@dataclass(frozen=True)
class Calibration:
    """Turns a model's probability into how often it is right, as measured on labelled messages."""

    temperature: float = 1.0
    """Above 1 for a model that is surer than it should be. Used when there is no table."""
    table: tuple[tuple[float, float], ...] = ()
    """Raw and true probabilities, growing; between two points a straight line, beyond them flat."""

    @staticmethod
    def parse(text: str) -> "Calibration":
        """Reads a temperature, or a table like "0.5:0.3,0.9:0.75". Raises ValueError."""
        wrong = 'expected a temperature like 1.8, or a growing table like "0.5:0.3,0.9:0.75"'
        try:
            if ":" not in text:
                temperature = float(text)
                if not 0.05 <= temperature <= 20:
                    raise ValueError(wrong)
                return Calibration(temperature)
            pairs = [part.split(":") for part in text.split(",")]
            table = tuple((float(raw), float(true)) for raw, true in pairs)
        except ValueError:
            raise ValueError(wrong) from None
        inside = all(0 <= value <= 1 for point in table for value in point)
        steps = pairwise(table)
        if not inside or any(before[0] >= after[0] or before[1] > after[1] for before, after in steps):
            raise ValueError(wrong)
        return Calibration(table=table)

    def apply(self, probability: float) -> float:
        """The calibrated confidence, 0 to 1."""
        if self.table:
            return self._from_table(probability)
        inside = min(max(probability, _ALMOST), 1 - _ALMOST)
        return 1 / (1 + math.exp(-math.log(inside / (1 - inside)) / self.temperature))

    def _from_table(self, probability: float) -> float:
        below = [point for point in self.table if point[0] <= probability]
        above = [point for point in self.table if point[0] > probability]
        if not below or not above:
            return (below[-1] if below else above[0])[1]
        (low, low_true), (high, high_true) = below[-1], above[0]
        return low_true + (high_true - low_true) * (probability - low) / (high - low)
