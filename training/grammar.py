"""The little language of the templates: `[a|b]` chooses, `{name}` inserts a part, both nest."""

import random
import re
from collections.abc import Callable, Mapping

_NAME = re.compile(r"\{([a-z_]+)\}")

Parts = Mapping[str, list[str]]


def expand(template: str, parts: Parts, rng: random.Random) -> str:
    """One sentence of the template. Raises KeyError for a part that nobody defined."""
    text = _choose(template, rng)
    while match := _NAME.search(text):
        choice = _choose(rng.choice(parts[match[1]]), rng)
        text = text[: match.start()] + choice + text[match.end() :]
    return " ".join(text.split())


def size(template: str, parts: Parts, limit: int = 1000) -> int:
    """How many sentences a template has, about, counted up to `limit`."""
    total = 1
    for alternative in _innermost(template):
        total = min(limit, total * alternative)
    for name in _NAME.findall(template):
        total = min(limit, total * max(1, len(parts.get(name, ()))))
    return total


def _innermost(template: str) -> list[int]:
    """The number of choices of each bracket."""
    counts: list[int] = []
    open_brackets: list[int] = []
    for char in template:
        if char == "[":
            open_brackets.append(1)
        elif char == "|" and open_brackets:
            open_brackets[-1] += 1
        elif char == "]" and open_brackets:
            counts.append(open_brackets.pop())
    return counts


def _choose(template: str, rng: random.Random) -> str:
    """The template with every bracket decided."""
    text, end = _sequence(template, 0, rng, lambda: True)
    if end != len(template):
        raise ValueError(f"a bracket closes without opening, at {end}: {template}")
    return text


def _sequence(template: str, at: int, rng: random.Random, top: Callable[[], bool]) -> tuple[str, int]:
    out: list[str] = []
    while at < len(template) and (top() or template[at] not in "|]"):
        if template[at] == "[":
            chosen, at = _bracket(template, at + 1, rng)
            out.append(chosen)
        elif template[at] == "]":
            break
        else:
            out.append(template[at])
            at += 1
    return "".join(out), at


def _bracket(template: str, at: int, rng: random.Random) -> tuple[str, int]:
    """One of the alternatives that start at `at`, and where the bracket has ended."""
    alternatives: list[str] = []
    while True:
        text, at = _sequence(template, at, rng, lambda: False)
        alternatives.append(text)
        if at >= len(template):
            raise ValueError(f"a bracket does not close: {template}")
        at += 1
        if template[at - 1] == "]":
            return rng.choice(alternatives), at
