"""A chart of everything that a message's words may mean: every edge that the rules can make, several for the same
words where several readings are possible. Pure, and bounded.

Positions are filled from the last word to the first, so that a rule which begins at a word finds everything to its
right complete. Left-recursive rules ("el martes" + "de la semana que viene") grow at one position until nothing new
comes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from extractor.when.grammar.rules import Element, Rule, Words

MOST_STEPS = 1500
"""Elements of rules that are tried for one message: ordinary ones need some hundred, a crafted one gets no further."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One meaning of some words."""

    category: str
    start: int
    """Index of its first word."""
    end: int
    """Index after its last word."""
    value: Any
    score: float
    rule: str
    """Name of the rule or word list that made it."""
    parts: tuple["Edge", ...] = ()
    """What it is made of."""


class Start(NamedTuple):
    """A way to begin a rule."""

    rule: Rule
    at: int
    """Which element it begins with."""


class Starts:
    """The ways to begin a rule with some word or category, by what may come next: most rules are never looked at."""

    __slots__ = ("alone", "by_category", "by_word")

    def __init__(self) -> None:
        self.alone: list[Start] = []
        """Those after which nothing more must come."""
        self.by_word: dict[str, list[Start]] = {}
        self.by_category: dict[str, list[Start]] = {}

    def add(self, start: Start) -> None:
        """Files a start under everything that may come after it."""
        words: set[str] = set()
        categories: set[str] = set()
        for element in start.rule.elements[start.at + 1 :]:
            if element.ahead:
                self.alone.append(start)
                return
            words.update(element.forms)
            categories.update([element.category] if element.category else ())
            if not element.optional:
                break
        else:
            self.alone.append(start)
            return
        for word in words:
            self.by_word.setdefault(word, []).append(start)
        for category in categories:
            self.by_category.setdefault(category, []).append(start)

    def before(self, position: int, chart: "Chart") -> Iterator[Start]:
        """Those that what stands at a position may continue."""
        yield from self.alone
        if position < len(chart.words):
            yield from self.by_word.get(chart.words[position], ())
            for category in chart.at.get(position, ()):
                yield from self.by_category.get(category, ())


class Grammar:
    """Rules, indexed by what they can begin with."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_form: dict[str, dict[Words, Starts]] = {}
        self._by_category: dict[str, Starts] = {}
        for rule in self.rules:
            for at, element in rule.firsts():
                if element.category:
                    self._by_category.setdefault(element.category, Starts()).add(Start(rule, at))
                for word, forms in element.forms.items():
                    for form in forms:
                        starts = self._by_form.setdefault(word, {}).setdefault(form, Starts())
                        starts.add(Start(rule, at))

    def parse(
        self, words: Sequence[str], lexical: Mapping[int, Sequence[Edge]], context: Any, steps: int = 0
    ) -> "Chart":
        """The chart of some words. `lexical` gives what single words or runs of them mean by word lists; so many
        `steps` have been done for the message before."""
        chart = Chart(words, steps=steps)
        for position in range(len(words) - 1, -1, -1):
            agenda = [edge for edge in lexical.get(position, ()) if chart.add(edge)]
            if chart.is_cut:
                break
            for form, starts in self._by_form.get(words[position], {}).items():
                end = position + len(form)
                if len(form) == 1 or tuple(words[position:end]) == form:
                    for start in starts.before(end, chart):
                        agenda += _apply(start, position, end, (), chart, context)
            while agenda and not chart.is_cut:
                edge = agenda.pop()
                known = self._by_category.get(edge.category)
                for start in known.before(edge.end, chart) if known else ():
                    bound = ((start.rule.elements[start.at].name, edge),)
                    agenda += _apply(start, position, edge.end, bound, chart, context)
        return chart


def _apply(start: Start, position: int, end: int, bound: "Bound", chart: "Chart", context: Any) -> list[Edge]:
    """The new edges that a rule makes at a position, its first element being matched up to `end`."""
    rule = start.rule
    chart.steps += 1
    found = []
    for last, whole in _match(rule.elements, start.at + 1, end, chart, bound):
        chart.steps += 2
        value = rule.make(context, **{name: edge.value for name, edge in whole if name != "_"})
        if value is None:
            continue
        parts = tuple(edge for _, edge in whole)
        score = rule.weight + sum(edge.score for edge in parts)
        edge = Edge(rule.category, position, last, value, score, f"{rule.language}:{rule.name}", parts)
        if chart.add(edge):
            found.append(edge)
    return found


@dataclass(slots=True)
class Chart:
    """The edges found so far, by position and category."""

    words: Sequence[str]
    at: dict[int, dict[str, list[Edge]]] = field(default_factory=dict)
    steps: int = 0
    """Elements of rules that were tried."""
    _seen: dict[tuple[str, int, int, Any], float] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """Whether there was more to try than may be."""
        return self.steps > MOST_STEPS

    def add(self, edge: Edge) -> bool:
        """Keeps an edge; False when the same is there already with no lower score."""
        key = (edge.category, edge.start, edge.end, edge.value)
        known = self._seen.get(key)
        if known is not None and known >= edge.score:
            return False
        self._seen[key] = edge.score
        edges = self.at.setdefault(edge.start, {}).setdefault(edge.category, [])
        if known is not None:
            edges[:] = [old for old in edges if old.end != edge.end or old.value != edge.value]
        edges.append(edge)
        return True

    def edges(self, categories: Iterable[str] | None = None) -> Iterator[Edge]:
        """All edges, or those of some categories, by position."""
        wanted = None if categories is None else frozenset(categories)
        for start in sorted(self.at):
            for category, edges in self.at[start].items():
                if wanted is None or category in wanted:
                    yield from edges


Bound = tuple[tuple[str, Edge], ...]
"""What the categories of a rule stand for so far, by their names."""


def _match(
    elements: tuple[Element, ...], at: int, position: int, chart: Chart, bound: Bound
) -> list[tuple[int, Bound]]:
    """Every way in which the elements from `at` on match from a position on: where it ends, and what is bound."""
    found: list[tuple[int, Bound]] = []
    words, edges_at, last, length = chart.words, chart.at, len(elements), len(chart.words)
    todo = [(at, position, bound)]
    while todo:
        at, position, bound = todo.pop()
        if at == last:
            found.append((position, bound))
            continue
        chart.steps += 1
        element = elements[at]
        if element.optional or (element.ahead and _ends(words, position, element)):
            todo.append((at + 1, position, bound))
        if element.ahead or position >= length or chart.steps > MOST_STEPS:
            continue
        if element.category:
            if position in edges_at and element.category in edges_at[position]:
                name = element.name
                todo += [(at + 1, edge.end, (*bound, (name, edge))) for edge in edges_at[position][element.category]]
        elif words[position] in element.forms:
            for form in element.forms[words[position]]:
                end = position + len(form)
                if end == position + 1 or tuple(words[position:end]) == form:
                    todo.append((at + 1, end, bound))
    return found


def _ends(words: Sequence[str], position: int, element: Element) -> bool:
    """Whether nothing comes any more, or one of an element's words."""
    forms = () if position == len(words) else element.forms.get(words[position], ())
    return position == len(words) or any(tuple(words[position : position + len(form)]) == form for form in forms)


def best(edges: Iterable[Edge], length: int, cost: float = 0.5) -> list[Edge]:
    """The edges without overlap whose words and scores add up to most; each costs `cost`, so that one long edge beats
    two short ones over the same words."""
    by_end: dict[int, list[Edge]] = {}
    for edge in edges:
        by_end.setdefault(edge.end, []).append(edge)
    total: list[float] = [0.0] * (length + 1)
    last: list[Edge | None] = [None] * (length + 1)
    for end in range(1, length + 1):
        total[end] = total[end - 1]
        for edge in by_end.get(end, ()):
            gain = total[edge.start] + (edge.end - edge.start) + edge.score - cost
            if gain > total[end]:
                total[end], last[end] = gain, edge
    chosen: list[Edge] = []
    at = length
    while at > 0:
        ends_here = last[at]
        at = ends_here.start if ends_here else at - 1
        chosen += [ends_here] if ends_here else []
    return chosen[::-1]
