"""Services wanted together: "corte y barba", "y de paso la barba" when a cut is being booked."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from extractor.reading.message import Mention
from extractor.selection.corrections import rejected

_BESIDES = r"tambien|ademas|de paso|also|tambem"
_WITH = r"(?: (?:con|a las?|el|para el|with|com)? ?¤+){0,3}(?: para (?:mi|el|ella)(?: [a-z]+)?)?"
"""The day, time or person, being ¤, of the service before."""
_AND = re.compile(
    rf"{_WITH} ?(?:[,+&] ?)?(?:(?:y|e|and|con|mas|plus|{_BESIDES}) ){{0,3}}"
    r"(?:(?:una?s?|unos|el|l[ao]s?|de|para|me|hacer(?:me|nos|se)?|quiero|quisiera|queria|a|the|uma?|que me [a-z]+n) )"
    r"{0,4}"
)
"""What may stand between two services that are wanted together, unless it is nothing."""
_ADDS = re.compile(
    rf"\b(?:{_BESIDES}|ya que (?:estoy|estamos|voy|vamos)|aprovech[a-z]+|aproveit[a-z]+|too|as well|add|"
    r"(?:agreg|sum|añad)[aieo](?:me|le|mos|r|rle)?)\b"
)
_INSTEAD = re.compile(r"\b(?:mejor|en vez|en lugar|cambi[a-z]+|no,|instead|melhor)\b")


def more(mentions: Sequence[Mention], line: str, slots: Mapping[str, str], known: Mapping[str, str]) -> tuple[str, ...]:
    """The services that a message wants besides the one of its slots, in the order said.

    That one is itself among them, as the first, when it comes on top of the known one.
    """
    first = slots.get("service_type")
    if first is None:
        return ()
    names = {one.value for one in mentions if one.slot == "service_type"}
    joined = _together(mentions, line, first) if len(names) > 1 else ()
    return (first, *joined) if _on_top(names, line, known) else joined


def _together(mentions: Sequence[Mention], line: str, first: str) -> tuple[str, ...]:
    refused = rejected(mentions, line)
    kept = [one for index, one in enumerate(mentions) if index not in refused or one.slot != "service_type"]
    return tuple(dict.fromkeys(value for value in _chain(kept, line, first) if value != first))


def _on_top(names: Set[str], line: str, known: Mapping[str, str]) -> bool:
    """Whether the services of a message do not replace the known one."""
    has = known.get("service_type")
    return bool(has) and has not in names and bool(_ADDS.search(line)) and not _INSTEAD.search(line)


def _chain(mentions: Sequence[Mention], line: str, first: str) -> Iterator[str]:
    """The services that follow the first, each joined to the one before it."""
    between, began, last = "", False, 0
    for one in mentions:
        between += line[last : one.start]
        last = one.end
        if one.slot != "service_type":
            between += "¤"
            continue
        if began:
            if not one.value or not between.strip() or not _AND.fullmatch(between):
                return
            yield one.value
        began = began or one.value == first
        between = ""
