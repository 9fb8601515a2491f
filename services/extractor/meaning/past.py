"""Days and hours of what has happened already: "ayer llamé a las 6", "me operaron el 5", "no come desde el sábado".

They tell the customer's story and are no wish. A clause tells of the past by a past tense or by when it was; its verb
may still be one of asking, saying or booking, and a wish in it may still be for the day that it names.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractor.meaning.packs import PhrasePack
from extractor.text.normalised import MASK, View

REACH = 90
"""Characters of a clause that are looked at before and after a value."""
MOST = 20
"""Values of a message that are looked at."""
_BREAK = re.compile(
    r"[,.;:?!()]|(?<= )(?:y|e|and|pero|mas|but|asi que|por eso|entonces|entao|so|porque|pues|ya que|es que|pois|"
    r"because|cause|por isso)(?= )"
)
_STRESSED = {"é": "E", "í": "I", "ó": "O", "É": "E", "Í": "I", "Ó": "O"}
"""How a stressed vowel at the end of a word is written in the line that verbs are looked for in."""
_LEAD = re.compile(r"(?:el|la|las|los|a|o|as|os|on|at|no|na|the|em|en|como|tipo|del?|do|da|dia|de|l[aá]|pel[ao]s) ?")

Span = tuple[int, int]


@dataclass(frozen=True)
class Told:
    """Which days and hours of a message tell of the past."""

    past: frozenset[Span] = frozenset()
    doubtful: frozenset[Span] = frozenset()
    """Those that may be wanted all the same."""


NOTHING_TOLD = Told()
"""No day and no hour is past."""


@dataclass(frozen=True)
class _Clause:
    """What stands around a value in its clause."""

    before: str
    after: str
    services: tuple[Span, ...]
    """Services in `before`."""
    apart: bool
    """Whether only a comma parts it from the clause before."""


def stressed(seen: View) -> str:
    """The line with the last vowel of a word in capitals where it is written with an accent: "llamE"."""
    if seen.raw.isascii():
        return seen.line
    chars = list(seen.line)
    for token in seen.tokens:
        last = token.at + len(token.text) - 1
        vowel = _STRESSED.get(seen.raw[token.end - 1])
        if vowel and last < len(chars) and chars[last] == vowel.lower():
            chars[last] = vowel
    return "".join(chars)


def told(seen: View, spans: Sequence[Span], services: Sequence[Span], packs: Sequence[PhrasePack]) -> Told:
    """Which of a message's days and hours, by their places, tell of the past. `packs` begin with its language's."""
    if not spans:
        return NOTHING_TOLD
    line = stressed(seen)
    spans = _apart(spans)[:MOST]
    breaks = [
        one.span() for one in _BREAK.finditer(line) if not any(a < one.end() and one.start() < b for a, b in spans)
    ]
    past, doubtful = set[Span](), set[Span]()
    for index, span in enumerate(spans):
        clause = _clause(line, span, breaks, services)
        sure = _is_past(clause, line[span[0] : span[1]], packs)
        if sure is None and clause.apart and _bare(clause):
            end = next((stop for start, stop in reversed(breaks) if stop <= span[0]), 0)
            ahead = line[:end].rstrip(" ,")
            goes_on = index > 0 and spans[index - 1] in past and spans[index - 1][1] >= len(ahead) - 1
            sure = True if goes_on or _ends_past(ahead, packs) else None
        if sure is not None:
            (past if sure else doubtful).add(span)
    return Told(frozenset(past), frozenset(doubtful))


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, of those that overlap the longest."""
    kept: list[Span] = []
    for one in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def _clause(line: str, span: Span, breaks: Sequence[Span], services: Sequence[Span]) -> _Clause:
    start, end = span
    last = next(((a, b) for a, b in reversed(breaks) if b <= start), (0, 0))
    begin = max(last[1], start - REACH)
    until = min(next((a for a, _ in breaks if a >= end), len(line)), end + REACH)
    inside = tuple((a - begin + 1, b - begin + 1) for a, b in services if begin <= a and b <= start)
    return _Clause(f" {line[begin:start]}", line[end:until], inside, line[last[0] : last[1]] == ",")


def _is_past(clause: _Clause, said: str, packs: Sequence[PhrasePack]) -> bool | None:
    """Whether a value tells of the past; False where it may, None where nothing says so."""
    text = f"{clause.before}{said}"
    if any(one.start() == 0 for one in _found(packs, "past_counted", clause.after)):
        return True  # "después de 8 años"
    if _search(packs, "past_since", f"{clause.before}{said.split(' ')[0]} {MASK} {clause.after.lstrip()}"):
        return None if _search(packs, "still_wished", f"{clause.before}{clause.after}") else True
    if _search(packs, "past_wished", text[: len(clause.before)] + said.split(" ")[0] + " "):
        return None
    whole = f"{clause.before}{MASK}{clause.after}"
    if _search(packs, "past_arranged", whole):
        return None
    marks = [one for name in ("past_verb", "past_time") for one in _found(packs, name, clause.before)]
    wished = [one.end() for one in _found(packs, "still_wished", clause.before)]
    if marks:
        mark = max(marks, key=lambda one: one.end())
        if any(one > mark.end() for one in wished):
            return None
        doubted = bool(wished) or _search(packs, "still_wished", clause.after) or _search(packs, "past_asked", whole)
        between = any(start >= mark.end() for start, _ in clause.services) and not _search(packs, "past_own", text)
        return not (doubted or between or any(end <= mark.start() for _, end in clause.services))
    if wished or clause.services:
        return None
    after = [one for name in ("past_verb", "past_time") for one in _found(packs, name, clause.after)]
    if not after:
        return None
    first = min(one.start() for one in after)
    if any(one.start() < first for one in _found(packs, "still_wished", clause.after)):
        return None
    near = len(clause.after[:first].split()) <= 4
    return near and not _search(packs, "past_asked", whole)


def _bare(clause: _Clause) -> bool:
    """Whether a clause says nothing but its value."""
    left = clause.before.strip()
    return not clause.after.strip() and (not left or _LEAD.sub("", f"{left} ").strip() == "")


def _ends_past(ahead: str, packs: Sequence[PhrasePack]) -> bool:
    """Whether a text ends by saying when something was: "hace dos meses". What is wanted as it was then is a wish: "lo
    mismo que la última vez"."""
    ahead = ahead[-REACH:]
    if any(_search(packs, name, ahead) for name in ("same_visit", "same_staff")):
        return False
    return any(one.end() >= len(ahead) for one in _found(packs, "past_time", ahead))


def _found(packs: Sequence[PhrasePack], name: str, text: str) -> Iterator[re.Match[str]]:
    for pack in packs:
        if name in pack.cues:
            yield from pack.cues[name].finditer(text)


def _search(packs: Sequence[PhrasePack], name: str, text: str) -> bool:
    return any(True for _ in _found(packs, name, text))
