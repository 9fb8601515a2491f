"""Finds the services and the staff of one workspace in a message.

Everything comes from the manifest, from the words of its names, and from what people of its trades say.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from extractor.catalogue.index import Index, Likeness, Match, Said
from extractor.catalogue.inflection import endings_of
from extractor.catalogue.naming import (
    CHILDREN,
    JOINING,
    LINKS,
    OF,
    POSSESSING,
    QUALIFYING,
    SUBJECTS,
    TILDES,
    idle,
    key,
)
from extractor.catalogue.people import People
from extractor.catalogue.phrases import Covered, Naming, Rank, names_of, phrases, telling
from extractor.catalogue.trades import concepts_of, foreign, things, trades
from extractor.packs import SHIPPED, Packs
from extractor.reading.message import Mention
from extractor.text.lexicon import NOT_MISSPELT
from extractor.text.normalised import Token, View
from extractor.text.word_lists import by_trade, words
from workspace.model import Workspace

_OF = re.compile(
    r" (?:de|del|de la|de las|de los|da|das|do|dos|en la|en las|en los|para|de mis|por|por una?|por el|por la|sobre|"
    r"about|regarding) "
)
_AFTER_NOUN = words("after_noun")
"""Words that may follow a noun."""
_CLITICS = frozenset(("me", "te", "le", "les", "se", "nos", "lo"))
_INSIDE_WORDS = frozenset(("", "-", "."))
"""Signs that names of services and staff have inside: "blow-dry", "Dra. Paredes"."""
_O_IS_ARTICLE, _OR = frozenset(("pt",)), "or"
MOST = 24
"""Services and staff of one message that are looked at."""
MAX_WORDS = 160
"""Words of a message in which the catalogue is looked for."""
MOST_LINKS = 3
"""Small words that may stand between two words of a name."""


class Found(NamedTuple):
    """Services that words of a message may stand for."""

    start: int
    """The first of them, as a place among the tokens."""
    end: int
    """The last of them."""
    services: Covered
    """Each with the words of its name that are said."""
    words: frozenset[str]
    """Of the phrases that were found."""
    alone: bool
    """Whether they name a service without other words beside them."""


class Seen(NamedTuple):
    """What a message mentions."""

    mentions: list[Mention]
    """Services and staff, in order."""
    candidates: tuple[str, ...]
    """Services of which the message means one, where it does not say which."""


class Catalogue:
    """The services and staff of one workspace, compiled for looking up."""

    def __init__(self, workspace: Workspace, packs: Packs = SHIPPED) -> None:
        names, endings = names_of(workspace), endings_of(packs.read_at(workspace.locale), packs)
        self._telling = {service: telling(name) for service, name in names.items()}
        self._own: Index[Naming] = Index(phrases(workspace), endings=endings)
        self._people = People(workspace)
        self._concepts = concepts_of(names, workspace.vertical, packs, endings)
        self._known = trades(packs, endings)
        self._things = things(packs, endings)
        self._chosen = [self._known[name] for name in sorted({concept.trade for concept in self._concepts})]
        self._trades = [trade.said for trade in self._chosen]
        self.serves_things = any(concept.trade in by_trade("served") for concept in self._concepts)
        """Whether something is brought to be worked on, whose name stands after "para": "baño para Rocky"."""
        serving = by_trade("who_serves")
        self._serving = frozenset[str]().union(*(serving.get(concept.trade, ()) for concept in self._concepts))
        self.own_occasions = frozenset(
            word for word in words("occasions") if word in self._serving or key(word) in self._own
        )
        """What elsewhere takes up a customer's own day and here names something of the business: "con el dentista"."""

    def find(self, view: View, asked: str | None) -> list[Mention]:
        """Services and staff that a message mentions, in order."""
        return self.look(view, asked).mentions

    def look(self, view: View, asked: str | None, spoken: str = "") -> Seen:
        """What a message mentions, and between which services it leaves the choice. `spoken` is its language."""
        tokens = [token for token in view.tokens if token.text not in _INSIDE_WORDS and view.visible(token)]
        if spoken and spoken not in _O_IS_ARTICLE:  # there it says "or", and no name goes across it
            tokens = [replace(token, text=_OR) if token.text == "o" else token for token in tokens]
        tokens = tokens[: MAX_WORDS * 2 // 3] + tokens[max(MAX_WORDS * 2 // 3, len(tokens) - MAX_WORDS // 3) :]
        unmeant = idle(view.line)
        tokens = [token for token in tokens if token.at not in unmeant]
        found, people = self._scan(tokens, asked)
        found = [one for one in found if not self._of_another_trade(tokens[one.end + 1 : one.end + 5])]
        mentions, candidates = self._resolved(found, tokens)
        mentions = sorted([*mentions, *people], key=lambda one: one.start)
        mentions = mentions[: MOST * 2 // 3] + mentions[max(MOST * 2 // 3, len(mentions) - MOST // 3) :]
        return Seen(_wished(_related(mentions, view.line), view.line), candidates)

    def _of_another_trade(self, following: Sequence[Token]) -> bool:
        """Whether what follows a service makes it something else: "implante de cadera", "se me cortó la llamada"."""
        words = [token.text for token in following]
        small = next((place for place, word in enumerate(words) if not _of(word)), 0)
        word = key(words[small]) if small else ""
        return bool(word) and word not in self._own and foreign(word, self._chosen, self._things)

    def called(self) -> dict[str, list[str]]:
        """What each service is called: its name, and what people of its trade say."""
        found = {service: [service] for service in self._telling}
        for concept, bearing in self._concepts.items():
            for service in bearing:
                found[service] += self._known[concept.trade].phrases(concept)
        return {service: list(dict.fromkeys(phrases)) for service, phrases in found.items()}

    def of_trade(self, word: str) -> bool:
        """Whether a word is a thing that the business works on, of the name of a service, or for who serves there."""
        form = key(word)
        return form in self._own or word in self._serving or any(form in trade.things for trade in self._chosen)

    def knows(self, word: str) -> bool:
        """Whether a word, exactly or nearly, belongs to the catalogue."""
        return (
            any(likeness < Likeness.FINITE for _, likeness in self._own.lookup(word))
            or self._people.knows(word)
            or any(likeness is Likeness.SAME for index in self._trades for _, likeness in index.lookup(word))
        )

    def _scan(self, tokens: Sequence[Token], asked: str | None) -> tuple[list[Found], list[Mention]]:
        """The services, and the people, of a message, in order."""
        said, places = self._said(tokens)
        services: list[Found] = []
        people: list[Mention] = []
        at = 0
        while at < len(said):
            place = places[at]
            before = tokens[place - 1].text.split(" ")[-1] if place else ""
            after = _object(tokens[place + 1 : place + 3])
            called = self._people.called(said, at, before, after, asked == "staff_name")
            best = self._best(said, at, before, after, asked == "service_type")
            if called and (best is None or called.length >= len(best.words)):
                last = tokens[places[at + called.length - 1]]
                people.append(Mention("staff_name", called.name, tokens[place].at, last.at + len(last.text)))
                at += called.length
            elif best and not self._begins_within(said, places, tokens, at, len(best.words)):
                end = places[at + len(best.words) - 1]
                alone = best.value.rank is not Rank.QUALIFIER or asked == "service_type"
                services.append(Found(place, end, best.value.services, frozenset(best.words), alone))
                at += len(best.words)
            else:
                at += 1
        return services, people

    def _begins_within(
        self, said: Sequence[Said], places: Sequence[int], tokens: Sequence[Token], at: int, length: int
    ) -> bool:
        """Whether the phrase of some length at a word is cut into by one as long that begins at the next word and has
        the surer name: "ponga uñas" by "uñas de acrílico"."""
        if length < 2:
            return False
        place = places[at + 1]
        inner = self._best(said, at + 1, said[at].text, _object(tokens[place + 1 : place + 3]))
        return inner is not None and len(inner.words) >= length

    def _said(self, tokens: Sequence[Token]) -> tuple[list[Said], list[int]]:
        """The words that may be of a name, with what is between them, and their places among the tokens."""
        said: list[Said] = []
        places: list[int] = []
        gap, links = 2, 0
        for place in range(len(tokens)):
            word = self._accented(tokens, place)
            if word in JOINING:
                gap, links = max(gap, 1), links + 1
            elif not word[0].isalpha():
                gap = 2
            elif all(part in LINKS for part in word.split(" ")):
                links += 1
            else:
                said.append(Said(word, 2 if links > MOST_LINKS else gap))
                places.append(place)
                gap = links = 0
        return said, places

    def _accented(self, tokens: Sequence[Token], place: int) -> str:
        """A word as it is read: an article that is a thing of the business without its tilde, where no noun follows
        something of one's own: "las unas con Lu"."""
        word = tokens[place].text
        thing = TILDES.get(word)
        if thing is None or key(thing) not in self._own:
            return word
        before = tokens[place - 1].text.split(" ")[-1] if place else ""
        return thing if before in POSSESSING and not _an_article(tokens[place + 1 : place + 2]) else word

    def _best(
        self, said: Sequence[Said], at: int, before: str, after: str, answers: bool = False
    ) -> Match[Naming] | None:
        """The longest and surest phrase that begins at a word, which stands between two others; words that are only
        answers, where it `answers`."""
        options = [
            match
            for match in self._options(said, at)
            if (answers or match.value.rank is not Rank.ANSWER)
            and (
                len(match.words) > 1
                or (
                    (match.likeness is not Likeness.FINITE or _a_thing_or_act(said[at].text, before, after))
                    and (match.value.rank < Rank.QUALIFIER or match.likeness is Likeness.SAME)
                )
            )
        ]
        if not options:
            return None
        longest = max(len(match.words) for match in options)
        options = [match for match in options if len(match.words) == longest]
        best = min(options, key=_order)
        alike = [match for match in options if _order(match) == _order(best)]
        services = _all(match.value.services for match in alike)
        if best.value.rank > Rank.NOT_OFFERED:
            others = [match for match in options if match.likeness <= Likeness.FORM and match not in alike]
            for match in others:
                services = _both(services, match.value.services) or services
        return Match(best.words, Naming(best.value.rank, services), best.likeness)

    def _options(self, said: Sequence[Said], at: int) -> Iterator[Match[Naming]]:
        yield from self._own.matches(said, at)
        for index in self._trades:
            for found in index.matches(said, at):
                bearing = self._concepts.get(found.value)
                if bearing:
                    yield Match(found.words, Naming(Rank.TRADE, bearing), found.likeness)

    def _resolved(self, found: Sequence[Found], tokens: Sequence[Token]) -> tuple[list[Mention], tuple[str, ...]]:
        """Each place with the one service that it stands for, and those between which it does not choose."""
        mentions: list[Mention] = []
        candidates: dict[str, None] = {}
        joined = list(_joined(found, tokens))
        for one in joined:
            if not one.alone:
                continue
            fewest = self._fewest(one)
            for other in joined:
                if len(fewest) > 1 and not other.alone:
                    fewest = [service for service in fewest if service in other.services] or fewest
            if len(fewest) == 1:
                last = tokens[one.end]
                mentions.append(Mention("service_type", fewest[0], tokens[one.start].at, last.at + len(last.text)))
            else:
                candidates.update(dict.fromkeys(fewest))
        return mentions, tuple(candidates)

    def _fewest(self, found: Found) -> list[str]:
        """The services of whose names fewest words are left unsaid; of those one for children only where it is said."""
        nothing = frozenset[str]()
        left = {
            service: (len(telling - said), len(telling - found.words))
            for service, said in found.services.items()
            for telling in (self._telling.get(service, nothing),)
        }
        fewest = [service for service in left if left[service] == min(left.values())]
        return [service for service in fewest if not self._telling.get(service, nothing) & CHILDREN] or fewest


def _order(match: Match[Naming]) -> tuple[Likeness, Rank]:
    """The lower the surer."""
    return match.likeness, match.value.rank


def _both(first: Covered, second: Covered) -> Covered:
    """The services of both."""
    return {service: said | second[service] for service, said in first.items() if service in second}


def _all(services: Iterable[Covered]) -> Covered:
    found: dict[str, frozenset[str]] = {}
    for covered in services:
        for service, said in covered.items():
            found[service] = found.get(service, frozenset()) | said
    return found


def _joined(found: Sequence[Found], tokens: Sequence[Token]) -> Iterator[Found]:
    """Neighbours that may stand for the same service, as one: "limpieza" and "cara" are one of the two cleanings. The
    same words said again are wanted again: "manicura para mí y manicura para mi hija"."""
    last: Found | None = None
    for one in found:
        if last and last.words != one.words and _beside(tokens[last.end + 1 : one.start]):
            both = _both(last.services, one.services)
            if both:
                last = Found(last.start, one.end, both, last.words | one.words, last.alone or one.alone)
                continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _of(word: str) -> bool:
    """Whether a word may stand between an act and what it is done to."""
    return word.isdigit() or all(part in OF for part in word.split(" "))


def _beside(between: Sequence[Token]) -> bool:
    """Whether only small words are between two places."""
    return len(between) <= MOST_LINKS and all(
        part in LINKS or part in JOINING for token in between for part in token.text.split(" ")
    )


def _a_thing_or_act(word: str, before: str, after: str) -> bool:
    """Whether a word between two others is a noun or a verb with an object, and no adjective: "me corta", "una vacuna",
    "corta mujeres", but not "el pelo corto"."""
    if not before or before in _CLITICS or key(after) in QUALIFYING:
        return True
    return word not in NOT_MISSPELT and (not before[0].isalpha() or before in LINKS or before in SUBJECTS)


def _object(following: Sequence[Token]) -> str:
    """The object that a verb before these words may have: "hombres" of "corta hombres" and "corta a hombres"."""
    words = [token.text for token in following]
    return next(iter(words[1:] if words[:1] == ["a"] else words), "")


def _an_article(following: Sequence[Token]) -> bool:
    """Whether the word after "unas" makes it an article: "unas mechas", not "para las unas con Lu"."""
    return any(token.text[0].isalpha() and token.text.split(" ")[0] not in _AFTER_NOUN for token in following)


def _related(mentions: Iterable[Mention], line: str) -> list[Mention]:
    """Leaves out the first half of "corte de barba" or "tinte de cejas": the second says what it is."""
    kept: list[Mention] = []
    for mention in mentions:
        last = kept[-1] if kept else None
        if last and last.slot == mention.slot == "service_type" and _OF.fullmatch(line[last.end : mention.start]):
            kept[-1] = Mention(mention.slot, mention.value, last.start, mention.end)
        else:
            kept.append(mention)
    return kept


_DONE_ALREADY = re.compile(
    r"\bya me (?:lo |la |los |las )?(?:hice |hicieron |hic[a-z]+ )?(?:el |la |las |los |un |una )?$"
)
_NOT_A_WISH = re.compile(r"\b(?:ademas del?|aparte del?|fuera del?|besides|alem d[eo]) $")


def _wished(mentions: list[Mention], line: str) -> list[Mention]:
    """Leaves out services that the customer only says were done elsewhere, or come on top of."""
    return [
        mention
        for mention in mentions
        if not (
            mention.slot == "service_type"
            and (
                _DONE_ALREADY.search(line[max(0, mention.start - 40) : mention.start])
                or _NOT_A_WISH.search(line[max(0, mention.start - 40) : mention.start])
            )
        )
    ]
