"""What people call a trade's services: concepts, each with the names that such a service bears and what is said by who
wants it. A concept counts where a service of the business bears one of its names. The things that a trade works on tell
what it does not: an implant of the hip is no service of a dentist."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

from extractor.catalogue.index import Index, Said
from extractor.catalogue.inflection import EVERYWHERE, Endings
from extractor.catalogue.naming import NO_SERVICE, Name, name_of
from extractor.packs import SHIPPED, Packs
from extractor.text.normalised import fold

_TELLING = (4, 8)
"""Names of a concept, and things said, that tell what it is about."""
_THINGS = "things"
"""Entry of a pack that is no concept."""


class Concept(NamedTuple):
    """Something that a trade does."""

    trade: str
    """Name of the trade."""
    name: str
    """Its own name there."""


class Trade:
    """The words of one trade. Shared by every business of it."""

    def __init__(self, name: str, pack: Mapping[str, Any], endings: Endings = EVERYWHERE) -> None:
        self._endings = endings
        self._concepts = {
            Concept(name, concept): (str(phrases["names"]), str(phrases["says"]))
            for concept, phrases in pack.items()
            if concept != _THINGS
        }
        self.things = frozenset(word for phrase in _phrases(str(pack.get(_THINGS, ""))) for word in phrase.words)
        """What the trade works on, in the form in which words are looked up."""

    @cached_property
    def said(self) -> Index[Concept]:
        """What people say, and names, each with its concept."""
        pairs = (
            (phrase, concept)
            for concept, (names, says) in self._concepts.items()
            for phrase in dict.fromkeys(_phrases(f"{names}|{says}"))
        )
        return Index(pairs, misspelt_from=6, endings=self._endings)

    def phrases(self, concept: Concept) -> list[str]:
        """How something is called, as the pack writes it: a few names and what is said most."""
        groups = zip(self._concepts[concept], _TELLING, strict=True)
        return [part.strip() for phrases, most in groups for part in phrases.split("|")[:most]]

    def names(self) -> Iterator[tuple[Name, Concept]]:
        """The names that services bear, each with its concept."""
        for concept, (names, _) in self._concepts.items():
            yield from ((phrase, concept) for phrase in dict.fromkeys(_phrases(names)))


def _phrases(text: str) -> Iterator[Name]:
    return (name_of(phrase) for phrase in text.split("|") if phrase.strip())


def load_trade(name: str, packs: Packs = SHIPPED, endings: Endings = EVERYWHERE) -> Trade:
    """A trade from its file. Raises KeyError, AttributeError or TypeError for one of another form."""
    return Trade(name, packs.document("trades", name), endings)


@cache
def trades(packs: Packs = SHIPPED, endings: Endings = EVERYWHERE) -> Mapping[str, Trade]:
    """Every trade that there is a pack for, by name, for businesses whose words have such endings."""
    return {name: load_trade(name, packs, endings) for name in packs.names("trades")}


@cache
def _names(packs: Packs, endings: Endings) -> Index[Concept]:
    pairs = (pair for trade in trades(packs, endings).values() for pair in trade.names())
    return Index(pairs, misspelt_from=99, endings=endings)


Bearing = Mapping[str, frozenset[str]]
"""Name of a service -> the words of that name by which it bears a concept."""


def concepts_of(
    names: Mapping[str, Name], vertical: str, packs: Packs = SHIPPED, endings: Endings = EVERYWHERE
) -> dict[Concept, Bearing]:
    """The concepts that services bear, given the words of their names; of the trade that `vertical` names where it
    names one, and of those that explain the other services best."""
    borne = {service: _borne(name.words, _names(packs, endings)) for service, name in names.items()}
    chosen = _chosen(borne, fold(vertical) if packs.has("trades", fold(vertical)) else "")
    found: dict[Concept, dict[str, frozenset[str]]] = {}
    for service, concepts in borne.items():
        trade = _best(chosen, concepts)
        for concept, words in concepts:
            if concept.trade == trade:
                bearing = found.setdefault(concept, {})
                bearing[service] = bearing.get(service, frozenset()) | words
    return dict(found)


@cache
def things(packs: Packs = SHIPPED, endings: Endings = EVERYWHERE) -> frozenset[str]:
    """What any trade works on, in the form in which words are looked up."""
    return frozenset().union(*(trade.things for trade in trades(packs, endings).values()))


def foreign(word: str, chosen: Iterable[Trade], any_trades: Set[str]) -> bool:
    """Whether a word, in the form in which words are looked up, is a thing that none of the trades chosen works on;
    `any_trades` are the things of all."""
    if word in NO_SERVICE:
        return not any(word in trade.things for trade in chosen)
    return word in any_trades and not any(word in trade.things or word in trade.said for trade in chosen)


@lru_cache(maxsize=4096)
def _borne(words: tuple[str, ...], known: Index[Concept]) -> list[tuple[Concept, frozenset[str]]]:
    """The concepts that the words of a name, or some of them, stand for: those of a trade that say most of it."""
    said = [Said(word, 0) for word in words]
    found: list[tuple[Concept, frozenset[str]]] = []
    for at in range(len(said)):
        matches = list(known.matches(said, at))
        found += [
            (match.value, frozenset(words[at : at + len(match.words)]))
            for match in matches
            if all(match.likeness <= other.likeness for other in matches if len(other.words) == len(match.words))
        ]
    return [
        (concept, said)
        for concept, said in found
        if not any(said < more for other, more in found if other.trade == concept.trade)
    ]


def _best(chosen: Sequence[str], concepts: Sequence[tuple[Concept, frozenset[str]]]) -> str:
    """Of the trades chosen, the one that explains most of a service's name; of several, the one chosen first."""
    explained = _explained(concepts)
    return max(chosen, key=lambda trade: len(explained.get(trade, ())), default="")


def _explained(concepts: Sequence[tuple[Concept, frozenset[str]]]) -> Mapping[str, frozenset[str]]:
    """The words of a service's name that each trade explains."""
    found: dict[str, frozenset[str]] = {}
    for concept, words in concepts:
        found[concept.trade] = found.get(concept.trade, frozenset()) | words
    return found


def _chosen(borne: Mapping[str, Sequence[tuple[Concept, frozenset[str]]]], best: str) -> Sequence[str]:
    """Trades, each explaining most words of the names that those before it left; `best` first where it is not empty."""
    left = {service: concepts for service, concepts in borne.items() if concepts}
    chosen: list[str] = []
    while left:
        if not best:
            count = Counter(
                trade for concepts in left.values() for trade, said in _explained(concepts).items() for _ in said
            )
            best = max(sorted(count), key=lambda trade: count[trade])
        chosen.append(best)
        left = {
            service: concepts
            for service, concepts in left.items()
            if not any(concept.trade == best for concept, _ in concepts)
        }
        best = ""
    return chosen
