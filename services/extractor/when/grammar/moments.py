"""Days and hours of a message: the chart of what its words may mean, and the reading of it that explains most."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from extractor.packs import SHIPPED, Packs
from extractor.when.grammar.chart import Chart, Edge, best
from extractor.when.grammar.pack import Pack, grammar_of, load_pack
from extractor.when.grammar.values import Day, Setting

COST = 0.5
"""What each part of a reading costs, so that one long part beats two short ones."""
TOP = ("day", "span", "days", "hour", "hours", "moment")
"""Categories that a message may be about by itself; the others are parts of them."""


@dataclass(frozen=True)
class Found:
    """What a message says of days and hours."""

    words: tuple[str, ...]
    chart: Chart
    edges: tuple[Edge, ...]
    """The reading: edges without overlap, in order."""

    @property
    def explained(self) -> float:
        """How much the reading explains: its words and scores."""
        return sum(edge.end - edge.start + edge.score - COST for edge in self.edges)


def read(
    words: Sequence[str], setting: Setting, languages: tuple[str, ...], steps: int = 0, packs: Packs = SHIPPED
) -> Found:
    """The days and hours of a message's normalised words, for which `steps` of work have been done before."""
    grammar, loaded = grammar_of((*languages, "numeric"), packs)
    lexical = figures(words)
    for pack in loaded:
        for start, edges in pack.lexical(words).items():
            lexical.setdefault(start, []).extend(edges)
    chart = grammar.parse(words, lexical, setting, steps)
    return Found(tuple(words), chart, tuple(best(map(_weighed, chart.edges(TOP)), len(words), COST)))


CONFLICT = 0.6
"""What a day costs whose weekday and number disagree, so that any other reading of the words wins."""


def _weighed(edge: Edge) -> Edge:
    conflict = isinstance(edge.value, Day) and edge.value.date is None and edge.value.conflict
    return replace(edge, score=edge.score - CONFLICT) if conflict else edge


OWN, SAID = 0.4, 1.5
"""How much more a message must be explained in another language than in the business's, or than in the one that its
words are clearly in."""


def read_any(
    words: Sequence[str], setting: Setting, own: str, said: str, others: Sequence[str], packs: Packs = SHIPPED
) -> Found:
    """The reading in the language that the message is clearly in (`said`), otherwise in the business's `own`. One of
    the `others` counts where it explains more, by words that the first does not know."""
    first = said or own
    chosen = read(words, setting, (first,), packs=packs)
    known = load_pack(first, packs).vocabulary
    least = chosen.explained + (SAID if said else OWN)
    for language in others:
        if language == first or chosen.chart.is_cut or not _foreign(words, load_pack(language, packs), known):
            continue
        found = read(words, setting, (language,), chosen.chart.steps, packs)
        if found.explained > least and any(
            word.isalpha() and word not in known for edge in found.edges for word in words[edge.start : edge.end]
        ):
            chosen, least = found, found.explained
    return chosen


def _foreign(words: Sequence[str], pack: Pack, known: Container[str]) -> bool:
    """Whether a language's rules know a word of the message that another one's do not."""
    return any(word in pack.vocabulary and word not in known for word in words)


def figures(words: Sequence[str]) -> dict[int, list[Edge]]:
    """The edges of numbers in figures: `int`, and by their length `fig` (one or two figures), `two`, `four`, `year`."""
    found: dict[int, list[Edge]] = {}
    for at, word in enumerate(words):
        if word.isascii() and word.isdigit() and len(word) <= 4:
            found[at] = [Edge(name, at, at + 1, value, 0.0, name) for name, value in _kinds(word).items()]
    return found


def _kinds(word: str) -> Mapping[str, int | str]:
    kinds: dict[str, int | str] = {"int": int(word)}
    if len(word) <= 2:
        kinds["fig"] = int(word)
    if len(word) == 2:
        kinds["two"] = int(word)
    if len(word) in (3, 4):
        kinds["four"] = word
    if len(word) == 4 and 1990 <= int(word) < 2100:
        kinds["year"] = int(word)
    return kinds
