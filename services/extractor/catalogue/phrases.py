"""The phrases under which the services of a manifest are known: names, aliases, and the words of a name."""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from extractor.catalogue.naming import GENERIC, QUALIFYING, Name, key, name_of
from workspace.model import Workspace

NOTHING = ""
"""Value of a mention of something that the workspace does not offer."""
LEAST = 3
"""Letters of a word that names a service alone."""


class Rank(IntEnum):
    """How surely words name a service; the lower the surer."""

    WHOLE = 0
    """A name or an alias."""
    NOT_OFFERED = 1
    """What the business does not do."""
    OWN_WORD = 2
    """A word of one service's name alone."""
    TRADE = 3
    """What people of the trade call it."""
    SHARED_WORD = 4
    """A word of several names."""
    QUALIFIER = 5
    """A word that only says which of several: it names none alone."""
    ANSWER = 6
    """A word that says so little that it counts only as the answer to the question which service: "la completa"."""


Covered = Mapping[str, frozenset[str]]
"""Name of a service -> the words of that name that are said."""


class Naming(NamedTuple):
    """What words may stand for."""

    rank: Rank
    """How surely."""
    services: Covered
    """The services that it may be."""


def names_of(workspace: Workspace) -> dict[str, Name]:
    """Canonical name of each service -> the words of it."""
    return {service.name: name_of(service.name) for service in workspace.services}


def telling(name: Name) -> frozenset[str]:
    """The words by which a name differs from others."""
    return frozenset(word for word in name.words if word not in GENERIC)


def phrases(workspace: Workspace) -> Iterator[tuple[Name, Naming]]:
    """Every phrase that a manifest gives, written or implied."""
    names = names_of(workspace)
    whole: dict[Name, Covered] = {}
    for service in workspace.services:
        itself = {service.name: frozenset(names[service.name].words)}
        for name in map(name_of, (service.name, *service.aliases)):
            whole[name] = {**whole[name], **itself} if name in whole else itself
    yield from ((name, Naming(Rank.WHOLE, services)) for name, services in whole.items())
    nothing = Naming(Rank.NOT_OFFERED, {NOTHING: frozenset()})
    yield from ((name_of(word), nothing) for word in workspace.not_offered)
    yield from _implied(names)


def _implied(names: Mapping[str, Name]) -> Iterator[tuple[Name, Naming]]:
    """The words of the services' names, each alone."""
    services: dict[str, dict[str, frozenset[str]]] = {}
    alone: set[str] = set()
    for service, name in names.items():
        for word in dict.fromkeys(name.words):
            for alike in (word, *(key(f"{other}s") for other in QUALIFYING.get(word, ())), *QUALIFYING.get(word, ())):
                services.setdefault(alike, {}).setdefault(service, frozenset((word,)))
        said = [word for word in name.words if word not in GENERIC and word not in QUALIFYING and len(word) >= LEAST]
        alone.update(said or name.words[:1])
    for word, bearing in services.items():
        if word in alone:
            yield Name((word,)), Naming(Rank.OWN_WORD if len(bearing) == 1 else Rank.SHARED_WORD, bearing)
        elif word in QUALIFYING:
            yield Name((word,)), Naming(Rank.QUALIFIER, bearing)
        elif len(bearing) < len(names):
            yield Name((word,)), Naming(Rank.ANSWER, bearing)
