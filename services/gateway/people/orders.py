"""Reads what somebody of the business writes: a few fixed orders, in every language there is a pack of. Pure.

Nothing is guessed here: what is no order is none. Words to a customer begin with the number of their request, so that
no message reaches a customer by mistake; `#12: listo` sends a word that would be an order.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from gateway.people.packs import packs

_TO_CUSTOMER = re.compile(r"\s*#\s*(\d{1,6})(?!\d)\s*(:?)\s*(.*)", re.DOTALL)
_ORDER = re.compile(r"(.+?)(?:\s*#?\s*(\d{1,6}))?")
_AROUND = " \t\r\n.,;!¡?¿«»\"'*_…"


class OrderKind(StrEnum):
    """What is ordered. The packs have the same names."""

    LIST = "list"
    SHOW = "show"
    TAKE = "take"
    ANSWER = "answer"
    GIVE_BACK = "give_back"
    DONE = "done"
    HELP = "help"
    UNKNOWN = "unknown"


NUMBERLESS = frozenset({OrderKind.LIST, OrderKind.HELP})
"""Orders that are about no single request."""
FOR_ALL = frozenset({OrderKind.GIVE_BACK, OrderKind.DONE})
"""Orders that can be about all that somebody has."""


@dataclass(frozen=True)
class Order:
    """One order."""

    kind: OrderKind
    number: int | None = None
    """Of which request; None when none is named."""
    words: str = ""
    """What the customer is to read."""
    for_all: bool = False
    """Whether it is about all that somebody has."""
    count: int | None = None
    """How many those are, as the person says; None when not said."""


def read_order(text: str) -> Order:
    """The order in a message."""
    addressed = _TO_CUSTOMER.fullmatch(text)
    if addressed:
        number, words = int(addressed[1]), addressed[3].strip()
        if not words:
            return Order(OrderKind.SHOW, number)
        kind = None if addressed[2] else _orders().get(_folded(words))
        if kind is None or kind in NUMBERLESS:
            return Order(OrderKind.ANSWER, number, words)
        return Order(kind, number)
    match = _ORDER.fullmatch(_folded(text))
    if not match:
        return Order(OrderKind.UNKNOWN)
    said, number_said = match[1].strip(), int(match[2]) if match[2] else None
    kind = _orders().get(said)
    if kind is not None and (number_said is None or kind not in NUMBERLESS):
        return Order(kind, number_said)
    verb, _, rest = said.rpartition(" ")
    kind = _orders().get(verb)
    if kind in FOR_ALL and rest in _alls():
        return Order(kind, for_all=True, count=number_said)
    return Order(OrderKind.UNKNOWN)


@cache
def _orders() -> dict[str, OrderKind]:
    """Every phrase of every language. Raises ValueError when one means two orders."""
    found: dict[str, OrderKind] = {}
    for pack in packs().values():
        for name, phrases in pack["orders"].items():
            for phrase in phrases:
                if found.setdefault(_folded(phrase), OrderKind(name)) is not OrderKind(name):
                    raise ValueError(f"{phrase!r} means two orders")
    return found


@cache
def _alls() -> frozenset[str]:
    return frozenset(_folded(word) for pack in packs().values() for word in pack["all"])


def _folded(text: str) -> str:
    """A text without accents, case, doubled spaces and what stands around it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split()).strip(_AROUND)
