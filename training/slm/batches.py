"""Packs as numbers: a shared beginning, and rows of turn and answer behind it.

Every row sees the beginning and itself, never another row, and its positions go on where the beginning
ends: exactly what a server sees that is asked one question. The beginning is computed once for all rows.
Pure: lists of numbers, no torch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.slm.packs import Pack

Encode = Callable[[str], list[int]]


@dataclass(frozen=True)
class Row:
    """One example as tokens."""

    tokens: tuple[int, ...]
    """Turn, the mark before the answer, the answer, the end."""
    answer_at: int
    """Where the answer begins."""


@dataclass(frozen=True)
class Batch:
    """A pack as tokens."""

    prefix: tuple[int, ...]
    """The shared beginning."""
    rows: tuple[Row, ...]


def batch_of(pack: Pack, encode: Encode, marks: tuple[int, int, int, int]) -> Batch:
    """A pack as tokens. `marks` are the tokens before the system's, the user's and the model's words, and the end."""
    system, user, answer, end = marks
    prefix = [system, *encode(pack.system), user, *encode(pack.business + "\n")]
    rows = []
    for example in pack.examples:
        turn = encode(example.turn)
        rows.append(Row((*turn, answer, *encode(example.answer), end), len(turn) + 1))
    return Batch(tuple(prefix), tuple(rows))


def padded(rows: Sequence[Row], pad: int) -> list[list[int]]:
    """The rows as a table, filled up at their ends."""
    longest = max(len(row.tokens) for row in rows)
    return [[*row.tokens, *([pad] * (longest - len(row.tokens)))] for row in rows]


def labels(rows: Sequence[Row], width: int, ignored: int = -100) -> list[list[int]]:
    """What each place of the table must foresee: the next token of its row."""
    return [[row.tokens[at + 1] if at + 1 < len(row.tokens) else ignored for at in range(width)] for row in rows]


def weights(rows: Sequence[Row], width: int, of_turn: float) -> list[list[float]]:
    """How much each place counts: 1 where the next token is the answer's, `of_turn` in the turn, 0 where nothing
    follows or the mark before the answer does."""
    return [[_weight(row, at + 1, of_turn) for at in range(width)] for row in rows]


def _weight(row: Row, follows: int, of_turn: float) -> float:
    if follows >= len(row.tokens) or follows == row.answer_at - 1:
        return 0.0
    return 1.0 if follows >= row.answer_at else of_turn


def grouped(rows: Sequence[Row], size: int) -> list[list[Row]]:
    """The rows by length, in groups of about `size`, so that little is filled up."""
    ordered = sorted(rows, key=lambda row: len(row.tokens))
    return [ordered[at : at + size] for at in range(0, len(ordered), size)]
