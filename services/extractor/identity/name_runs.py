"""The words of a name that begins at a word of a message."""

from collections.abc import Callable, Sequence

from extractor.identity import name_patterns as patterns
from extractor.text.lexicon import COMMON, FIRST_NAMES, NOT_NAMES, PARTICLES, SURNAMES
from extractor.text.normalised import Token, View, plain

Known = Callable[[str], bool]
"""Tells words of the catalogue."""


def words_of(view: View, run: Sequence[Token]) -> list[str]:
    """The words of a name as written."""
    return [view.raw[token.start : token.end] for token in run]


def name_at(view: View, index: int, known: Known, strict: bool) -> list[Token]:
    """The words of a name that begins at a token."""
    run: list[Token] = []
    capitals = capitalised(view, view.tokens[index])
    for token in view.tokens[index : index + patterns.MAX_WORDS]:
        word = view.raw[token.start : token.end]
        if word == "." and run and run[-1].end - run[-1].start <= 2:
            continue
        if not view.visible(token) or not _wordlike(word):
            break
        if run and word.lower() in PARTICLES | patterns.MORE_PARTICLES:
            run.append(token)
            continue
        if not _could_be(view, token, capitals, first=strict and not run, begun=plain(run[0].text) if run else "") or (
            run and _outside(view, token, known, capitals)
        ):
            break
        run.append(token)
    run = _of_one(view, run)
    while run and view.raw[run[-1].start : run[-1].end].lower() in PARTICLES | patterns.MORE_PARTICLES:
        run.pop()
    if strict and len(run) == 1 and known(run[0].text) and plain(run[0].text) not in FIRST_NAMES and not capitals:
        return []
    return run


def _of_one(view: View, run: list[Token]) -> list[Token]:
    """The name of the first of two persons whose names are joined: "Ana Paz y Marta Gil"."""
    for place, token in enumerate(run):
        if token.text not in patterns.AND:
            continue
        after = [plain(word) for word in words_of(view, run[place + 1 :]) if word.lower() not in PARTICLES]
        before = [word for word in words_of(view, run[:place]) if word.lower() not in PARTICLES]
        alone = len(before) == len(after) == 1 and plain(before[0]) in FIRST_NAMES
        if after and (alone or after[0] in FIRST_NAMES or min(len(before), len(after)) > 1):
            return run[:place]
    return run


def _wordlike(word: str) -> bool:
    return word[0].isalpha() and not word.isdigit() and len(word) <= 24


def capitalised(view: View, token: Token) -> bool:
    """Whether a word begins with a capital."""
    return view.raw[token.start].isupper()


def _could_be(view: View, token: Token, capitals: bool, first: bool, begun: str) -> bool:
    """Whether a word may be part of a name, given how the name began.

    `first` asks for more of a word that nothing but a weak cue makes a name; `begun` is the first word of a name that
    has begun.
    """
    word = view.raw[token.start : token.end]
    folded = plain(word)
    lower = not word[0].isupper()
    if (lower and (capitals or folded in patterns.PRONOUNS)) or folded in patterns.NO_NAMES:
        return False
    if patterns.LAUGH.fullmatch(folded) and begun:
        return False
    if folded not in NOT_NAMES and token.text not in NOT_NAMES:
        return len(folded) > 1 or not first
    last = bool(begun) and ends_segment(view, token)
    person = begun in FIRST_NAMES or begun in patterns.WORD_FIRST
    if folded in FIRST_NAMES or (last and (folded not in NOT_NAMES or (person and folded in patterns.WORD_SURNAMES))):
        return True
    if not word[0].isupper() or (word.isupper() and len(word) > 1):
        return False
    inside = _inside(view, token)
    return bool(
        (folded not in COMMON and inside)
        or (first and _name_follows(view, token))
        or (not first and token.text == folded and folded in SURNAMES)
        or (begun and (folded in patterns.WORD_SURNAMES or last or _capital_follows(view, token)))
        or (inside and folded in patterns.WORD_FIRST)
    )


def ends_segment(view: View, token: Token) -> bool:
    """Whether a sign, or nothing, follows a word."""
    return all(after.text in patterns.BREAKS for after in view.tokens[token.index + 1 : token.index + 2])


def _capital_follows(view: View, token: Token) -> bool:
    """Whether the next word has a capital too."""
    return any(capitalised(view, after) for after in view.tokens[token.index + 1 : token.index + 2])


def _inside(view: View, token: Token) -> bool:
    """Whether a word stands in the middle of a sentence, where only a name has a capital: "soy Dana"."""
    return token.index > 0 and view.tokens[token.index - 1].text.isalpha()


def _name_follows(view: View, token: Token) -> bool:
    """Whether the next word is written as a name that is no other word: "soy Uma Rey"."""
    following = [after for after in view.tokens[token.index + 1 : token.index + 2] if view.visible(after)]
    if not following:
        return False
    word = view.raw[following[0].start : following[0].end]
    return word[0].isupper() and not word.isupper() and (plain(word) not in COMMON or plain(word) in SURNAMES)


def _outside(view: View, token: Token, known: Known, capitals: bool) -> bool:
    """Whether a later word already says something else: a service, a time, a staff member after "con"."""
    word = plain(token.text)
    surname = word in patterns.WORD_SURNAMES and ends_segment(view, token)
    return not capitals and word not in FIRST_NAMES and not surname and known(token.text)
