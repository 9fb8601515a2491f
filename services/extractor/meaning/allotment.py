"""Which of several moments belongs to which of several services: the one said right before or right after it."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Protocol

from extractor.meaning.said import Joining, Said

MOST = 6
"""Moments that are given to services; of more none is."""
_CROSSED = 3
"""What a link costs over another moment, in signs and joining words."""
_JOINS = frozenset(("y", "e", "and", "despues", "luego", "depois", "then"))
"""Words between one service with its moment and the next."""


class Placed(Protocol):
    """Something that a line names at a place."""

    @property
    def value(self) -> str:
        """What is named."""

    @property
    def start(self) -> int:
        """Where its mention begins."""

    @property
    def end(self) -> int:
        """Where its mention ends."""


Moment = list[Said]
"""A day with its hours, or either alone, said together."""


def allotted(named: Sequence[Placed], pieces: Sequence[Said], how: Joining) -> dict[str, Moment]:
    """The days and hours of each thing named, by its value. `named` has every mention of each in order. Empty where
    there is one moment for all, or no way to give every moment to something of its own."""
    if len({one.value for one in named}) < 2:
        return {}
    days = [one for one in pieces if one.is_day]
    timed = list(pieces) if len(days) > 1 else [one for one in pieces if not one.is_day]
    moments = _moments(timed, named, how)
    if not 2 <= len(moments) <= MOST:
        return {}
    ways = [way for way in itertools.product(*(_beside(one, named) for one in moments)) if _apart(way, moments)]
    if not ways:
        return {}
    best = min(ways, key=lambda way: sum(_cost(*link, moments, how.line) for link in zip(moments, way, strict=True)))
    found, day = dict[str, Moment](), list[Said]()
    for moment, one in zip(moments, best, strict=True):
        said = [piece for piece in moment if piece.is_day]
        carried = [] if said or one.value in found or len(days) < 2 else day
        found[one.value] = [*found.get(one.value, []), *carried, *moment]
        day = said or day
    return found


def _moments(pieces: Sequence[Said], named: Sequence[Placed], how: Joining) -> list[Moment]:
    """Days and hours in groups: a new one begins behind a service, or where a second day or hour is said that is no
    alternative to the first."""
    moments: list[Moment] = []
    for piece in pieces:
        last = moments[-1] if moments else []
        start = last[-1].mention.end if last else 0
        behind = any(start <= one.start < piece.mention.start for one in named)
        between = how.line[start : piece.mention.start].split()
        joined = any(word in how.alternatives for word in between) or piece.text.startswith("!")
        if not last or behind or (_again(piece, last) and not joined):
            moments.append([piece])
        else:
            last.append(piece)
    return moments


def _again(piece: Said, last: Moment) -> bool:
    """Whether a day comes after one, or an hour where every day has its own."""
    days = sum(one.is_day for one in last)
    hours = len(last) - days
    return days > 0 if piece.is_day else hours > 0 and hours >= days


def _beside(moment: Moment, named: Sequence[Placed]) -> list[Placed]:
    """What is named right before and right after a moment."""
    before = [one for one in named if one.end <= moment[0].mention.start]
    after = [one for one in named if one.start >= moment[-1].mention.end]
    return before[-1:] + after[:1]


def _apart(way: Sequence[Placed], moments: Sequence[Moment]) -> bool:
    """Whether nothing gets two moments, but for a day before it and an hour after: "el viernes alisado a las 14"."""
    for (one, moment), (other, after) in itertools.pairwise(zip(way, moments, strict=True)):
        parted = all(piece.is_day for piece in moment) and not any(piece.is_day for piece in after)
        if one.value == other.value and not parted:
            return False
    return len({one.value for one in way}) == len(list(itertools.groupby(way, key=lambda one: one.value))) > 1


def _cost(moment: Moment, one: Placed, moments: Sequence[Moment], line: str) -> int:
    """How much stands between a moment and what it may belong to."""
    start, end = sorted((moment[0].mention.start, one.start))
    first_end = one.end if one.start == start else moment[-1].mention.end
    crossed = sum(start < other[0].mention.start < end for other in moments if other is not moment)
    return _CROSSED * crossed + sum(1 for _ in _signs(line[first_end:end]))


def _signs(between: str) -> Iterator[str]:
    return (word for word in between.split() if word in _JOINS or not word.isalnum())
