"""The values that a phrase may be filled with."""

from typing import NamedTuple


class Values(NamedTuple):
    """The placeholders of a phrase."""

    required: frozenset[str]
    optional: frozenset[str]


def values(required: str = "", optional: str = "") -> Values:
    """Placeholders by name: those that are always known, and those that may be."""
    return Values(frozenset(required.split()), frozenset(optional.split()))
