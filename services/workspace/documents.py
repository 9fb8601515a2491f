"""Reads the YAML of manifests, within bounds: what a text may cost is known before it is read.

Of YAML's features those are refused that let a short text stand for a long one (anchors, aliases, merge keys) or make
objects (tags of one's own). A key that is given twice is refused too, which plain YAML silently overwrites.
"""

import time
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

MOST_BYTES = 262_144
"""Longest text."""
MOST_VALUES = 20_000
"""Most scalars, lists and mappings of one text."""
MOST_DEPTH = 24
"""Most lists and mappings within one another."""
MOST_CPU_S = 2.0
"""Seconds of CPU that reading a text may take; a text of the greatest length takes a tenth of them."""
_LONGEST_TYPED = 64
"""Longest plain scalar that may be a number, a date or a truth value; a longer one is text."""
_LOOK_EVERY = 1_000
"""Values between two looks at the CPU's clock."""
_STANDARD = "tag:yaml.org,2002:"
_TEXT = _STANDARD + "str"
_TYPED = frozenset(_STANDARD + name for name in ("null", "bool", "int", "float", "timestamp"))
_COLLECTIONS = (None, "!", _STANDARD + "map", _STANDARD + "seq")
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAKERS = SafeConstructor()
_RESOLVERS: dict[str, list[tuple[str, Any]]] = {
    first: [(tag, pattern) for tag, pattern in known if tag in _TYPED or tag == _STANDARD + "merge"]
    for first, known in Resolver.yaml_implicit_resolvers.items()
}


class DocumentError(MarkedYAMLError):
    """A text that is no YAML, or more of it than is read."""


def read_yaml(text: str) -> Any:
    """The one document of a text; None for an empty one. Raises yaml.YAMLError, which knows the place."""
    parser = _PARSER(text)
    try:
        return _Reader(parser).read()
    finally:
        parser.dispose()


class _Reader:
    """Makes values of a parser's events, with a stack of its own, so that no text is too deep for Python's."""

    def __init__(self, parser: Any) -> None:
        self._next = parser.get_event
        self._values = 0
        self._until = time.thread_time() + MOST_CPU_S

    def read(self) -> Any:
        """The document."""
        self._next()  # the stream begins
        begins = self._next()
        if isinstance(begins, StreamEndEvent):
            return None
        assert isinstance(begins, DocumentStartEvent)
        found = self._value(self._next(), 0)
        self._next()  # the document ends
        after = self._next()
        if not isinstance(after, StreamEndEvent):
            raise _refused("one document", after)
        return found

    def _value(self, event: Any, depth: int) -> Any:
        self._count(event)
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, AliasEvent):
            raise _refused("no alias (*name)", event)
        if event.tag not in _COLLECTIONS:
            raise _refused("no tag of one's own (!name)", event)
        if depth >= MOST_DEPTH:
            raise _refused(f"lists and mappings at most {MOST_DEPTH} deep", event)
        if isinstance(event, SequenceStartEvent):
            return self._list(depth + 1)
        assert isinstance(event, MappingStartEvent)
        return self._mapping(depth + 1)

    def _list(self, depth: int) -> list[Any]:
        found = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            found.append(self._value(event, depth))
        return found

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._value(event, depth)
            if not isinstance(key, str):
                raise _refused("keys that are text; put quotes around it", event)
            if key in found:
                raise DocumentError(None, None, f"key {key!r} is given twice", event.start_mark)
            found[key] = self._value(self._next(), depth)
        return found

    def _count(self, event: Any) -> None:
        """Refuses what costs too much."""
        if getattr(event, "anchor", None) and not isinstance(event, AliasEvent):
            raise _refused("no anchor (&name)", event)
        self._values += 1
        if self._values > MOST_VALUES:
            raise _refused(f"at most {MOST_VALUES} values", event)
        if self._values % _LOOK_EVERY == 0 and time.thread_time() > self._until:
            raise _refused(f"what is read within {MOST_CPU_S:g} s", event)


def _scalar(event: Any) -> Any:
    value: str = event.value
    tag = event.tag
    if tag is None or tag == "!":
        tag = _TEXT
        if event.implicit[0] and len(value) <= _LONGEST_TYPED:
            for known, pattern in _RESOLVERS.get(value[:1], ()):
                if pattern.match(value):
                    tag = known
                    break
    if tag == _TEXT:
        return value
    if tag not in _TYPED or len(value) > _LONGEST_TYPED:
        raise _refused("no merge key (<<) and no tag of one's own (!name)", event)
    try:
        return _MAKERS.yaml_constructors[tag](_MAKERS, ScalarNode(tag, value, event.start_mark, event.end_mark))
    except (ValueError, OverflowError, KeyError) as error:
        raise DocumentError(None, None, f"{value!r} is no value of its kind", event.start_mark) from error


def _refused(expected: str, event: Any) -> DocumentError:
    return DocumentError(None, None, f"expected {expected}", event.start_mark)
