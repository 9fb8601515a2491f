"""The figures of an evaluation of readings in the second form, as pure functions of labels and readings."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.evaluation.figures import Score, added, folded

PARTS = ("acts", "days", "times", "items", "people", "refers_to", "subject", "data", "conflict")
"""The parts of a reading that are scored; `sure` besides."""
VALUES = ("days", "times", "items", "people", "refers_to", "data", "conflict")
"""The parts whose values may be written."""
Label = Mapping[str, Any]
"""A reading as labelled files write it."""


@dataclass(frozen=True)
class ReadingPair:
    """One message's label and what was read."""

    id: str
    text: str
    language: str
    """Empty where the label names none."""
    wanted: Label
    got: Label
    same_intent: bool = True
    """Whether the first form's intent, computed from what was read, is the one that the reader gave itself."""
    same_slots: bool = True
    """Whether its slots are."""
    spoken: str = ""
    """The language that the label names, otherwise that the message is clearly in, otherwise that of the business."""

    def wrong(self) -> tuple[str, ...]:
        """The parts that are not as labelled, `sure` among them."""
        return tuple(part for part in (*PARTS, "sure") if not is_same(part, self.got.get(part), self.wanted.get(part)))


def is_same(part: str, got: object, wanted: object) -> bool:
    """Whether a part is as labelled: acts in order, other lists in any, one value as a list of one, names without case
    and accents."""
    if part in ("acts", "people", "sure"):
        return got == wanted
    return _plain(got) == _plain(wanted)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    values = value if isinstance(value, list) else [value]
    return sorted(folded(one) if isinstance(one, str) else json.dumps(_plain(one), sort_keys=True) for one in values)


def score(part: str, pairs: Iterable[ReadingPair]) -> Score:
    """How often a part is right, found and there. A part is right as a whole."""
    return added(_counts(part, pair) for pair in pairs)


def _counts(part: str, pair: ReadingPair) -> Score:
    got, wanted = pair.got.get(part), pair.wanted.get(part)
    there = got is not None and wanted is not None
    return Score(int(there and is_same(part, got, wanted)), int(got is not None), int(wanted is not None))


def summarise(pairs: Sequence[ReadingPair]) -> dict[str, Any]:
    """All figures as JSON, those of each language besides where labels name some."""
    languages = sorted({pair.language for pair in pairs if pair.language})
    by_language = {name: _figures([pair for pair in pairs if pair.language == name]) for name in languages}
    return {
        **_figures(pairs),
        "languages": by_language,
        "mistakes": [
            {"id": pair.id, "text": pair.text, "wrong": pair.wrong(), "wanted": pair.wanted, "got": pair.got}
            for pair in pairs
            if pair.wrong()
        ],
    }


def _figures(pairs: Sequence[ReadingPair]) -> dict[str, Any]:
    scores = {part: score(part, pairs) for part in PARTS}
    is_wrong = _having(pairs, _is_wrong_in_a_value)
    is_right = _having(pairs, lambda pair: not _is_wrong_in_a_value(pair) and bool(pair.wanted["sure"]))
    return {
        "readings": len(pairs),
        "whole": sum(not pair.wrong() for pair in pairs),
        "parts": {part: _as_json(one) for part, one in scores.items()},
        "all_parts": _as_json(added(scores.values())),
        "sure_is_right": sum("sure" not in pair.wrong() for pair in pairs),
        "first_form": {
            "same_intent": sum(pair.same_intent for pair in pairs),
            "same": sum(pair.same_intent and pair.same_slots for pair in pairs),
        },
        "wrong_in_a_value": {"readings": len(is_wrong), "unsure": len(_unsure(is_wrong))},
        "right_in_all_values": {"readings": len(is_right), "unsure": len(_unsure(is_right))},
    }


def _as_json(one: Score) -> dict[str, Any]:
    return {"right": one.right, "found": one.found, "there": one.true, "f1": round(one.f1, 4)}


def _having(pairs: Iterable[ReadingPair], holds: Callable[[ReadingPair], bool]) -> list[ReadingPair]:
    return [pair for pair in pairs if holds(pair)]


def _unsure(pairs: Iterable[ReadingPair]) -> list[ReadingPair]:
    return [pair for pair in pairs if not pair.got["sure"]]


def _is_wrong_in_a_value(pair: ReadingPair) -> bool:
    return any(part in VALUES for part in pair.wrong())
