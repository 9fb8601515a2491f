"""Packs as sequences for any model's tokenizer: a shared head once, and as many rows of turn and answer behind it as
fit.

Every row sees the head and itself, never another row, and its positions go on where the head ends: exactly what a
server sees that is asked one question, with the head read once for all rows. Pure: lists of numbers, no torch.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from training.slm.packs import Pack

Encode = Callable[[str], list[int]]
Template = Callable[[str, str], str]
"""The text of a question in a model's chat template, from the system's and the user's words, up to the answer."""


@dataclass(frozen=True)
class Row:
    """One example as tokens behind a head."""

    tokens: tuple[int, ...]
    """The rest of the question, the answer, the end."""
    answer_at: int
    """Where the answer begins in it."""


@dataclass(frozen=True)
class Packed:
    """A head and rows."""

    head: tuple[int, ...]
    rows: tuple[Row, ...]

    @property
    def tokens(self) -> list[int]:
        """All of it."""
        return [*self.head, *(token for row in self.rows for token in row.tokens)]

    @property
    def positions(self) -> list[int]:
        """Where each token stands in what a server would see."""
        start = len(self.head)
        return [*range(start), *(start + at for row in self.rows for at in range(len(row.tokens)))]

    @property
    def owners(self) -> list[int]:
        """Whose each token is: 0 for the head's, from 1 for the rows'."""
        return [0] * len(self.head) + [number for number, row in enumerate(self.rows, 1) for _ in row.tokens]

    @property
    def foreseen(self) -> tuple[list[int], list[int]]:
        """Places whose next token is an answer's, and those tokens."""
        places, tokens, at = list[int](), list[int](), len(self.head)
        for row in self.rows:
            places += range(at + row.answer_at - 1, at + len(row.tokens) - 1)
            tokens += row.tokens[row.answer_at :]
            at += len(row.tokens)
        return places, tokens


def sequences_of(pack: Pack, encode: Encode, template: Template, end: int, longest: int) -> Iterator[Packed]:
    """A pack as sequences of at most `longest` tokens. A row that does not fit behind the head is left out."""
    if not pack.examples:
        return
    asked = [encode(template(pack.system, pack.user(example))) for example in pack.examples]
    head = _shared(asked)
    group, used = list[Row](), len(head)
    for tokens, example in zip(asked, pack.examples, strict=True):
        row = Row((*tokens[len(head) :], *encode(example.answer), end), len(tokens) - len(head))
        if len(head) + len(row.tokens) > longest:
            continue
        if used + len(row.tokens) > longest:
            yield Packed(head, tuple(group))
            group, used = [], len(head)
        group.append(row)
        used += len(row.tokens)
    if group:
        yield Packed(head, tuple(group))


def _shared(asked: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The tokens with which all begin, leaving each at least one of its own."""
    shortest = min(len(tokens) for tokens in asked) - 1
    for at in range(shortest):
        if any(tokens[at] != asked[0][at] for tokens in asked):
            return tuple(asked[0][:at])
    return tuple(asked[0][:shortest])


def shuffled(count: int, seed: int, skip: int = 0) -> Iterator[int]:
    """Places in a list of so many without end, each round in another order; without the first `skip` of them, as an
    earlier run has learnt from those."""
    number = 0
    while True:
        order = list(range(count))
        random.Random(f"{seed} {number}").shuffle(order)
        if skip < count:
            yield from order[skip:]
        skip, number = max(0, skip - count), number + 1
