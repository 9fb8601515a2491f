"""What of a turn is personal: names, e-mail addresses and phones, of which no model sees any."""

import re
from collections.abc import Iterator, Mapping

from nlg.turn import ReplyTurn

_NAMES = ("client_name", "person")
"""Where tools are given names, and tell them."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS_OR_PHONE = re.compile(r"@|\+?\d[\d ()-]{6,}\d")
_OF_NO_NAME = frozenset(("de", "del", "la", "las", "los", "da", "das", "do", "dos", "van", "von", "el"))
"""Words that names and sentences share."""


def names_in(turn: ReplyTurn) -> tuple[str, ...]:
    """Every name of a customer or of somebody they come with, those told by tools first."""
    told = [name for seen in turn.observations for source in (seen.output, seen.args) for name in _told(source)]
    return tuple(dict.fromkeys(name for name in (*told, *_known(turn)) if name.strip()))


def tells_more(message: str, names: tuple[str, ...], but: str, common: frozenset[str]) -> bool:
    """Whether a message has an address, a phone, or a word of a name other than `but`. Common are the words of the
    business's own names."""
    if _ADDRESS_OR_PHONE.search(message):
        return True
    words = (
        {word.casefold() for name in names for word in _WORD.findall(name)} - _OF_NO_NAME - {but.casefold()} - common
    )
    return any(word.casefold() in words for word in _WORD.findall(message))


def _told(value: object) -> Iterator[str]:
    """The names in a tool's answer or arguments, however deep."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _NAMES and isinstance(inner, str):
                yield inner
            yield from _told(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _told(inner)


def _known(turn: ReplyTurn) -> Iterator[str]:
    """The names that are remembered."""
    dialogue = turn.state.dialogue
    yield turn.state.slots.get("client_name", "")
    yield dialogue.name
    for task in dialogue.tasks:
        yield task.name
        yield from (item.who for item in task.items if item.who[:1].isupper())
        yield from (candidate for doubt in task.doubts if doubt.part == "data" for candidate in doubt.candidates)
    own = [one for written in dialogue.done for one in (written.before, written.after) if one]
    if dialogue.customer:
        yield dialogue.customer.name
        own += [*dialogue.customer.appointments, *dialogue.customer.cancelled]
    yield from (one.name for one in own)
