"""No pattern of the extractor can take more than linear steps: none nests one open repetition in another."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import extractor
from extractor.intent.cues import CUES

OPEN = 60
"""Repetitions that may be as long as this count as open."""
_SKIPPED = {"__main__", "servicer", "settings", "metrics", "intent_model", "intent_text", "features", "statistical"}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.walk_packages(extractor.__path__, "extractor."):
        if module.name.rpartition(".")[2] in _SKIPPED:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value
    for cue in CUES:
        yield f"cues.{cue.name}", cue.pattern


def nested(tree: Any, inside: bool = False) -> bool:
    """Whether an open repetition stands inside another that may go back."""
    for operation, argument in tree:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, body = argument
            wide = most is _constants.MAXREPEAT or most >= OPEN
            if wide and inside:
                return True
            if nested(body, inside or wide):
                return True
        elif operation is _constants.BRANCH:
            if any(nested(branch, inside) for branch in argument[1]):
                return True
        elif operation is _constants.SUBPATTERN:
            if nested(argument[-1], inside):
                return True
        elif operation in (_constants.ASSERT, _constants.ASSERT_NOT) and nested(argument[1], inside):
            return True
    return False


ALL = dict(patterns())


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_pattern_nests_no_open_repetition(name: str) -> None:
    pattern = ALL[name]
    assert not nested(_parser.parse(pattern.pattern, pattern.flags))


@pytest.mark.parametrize("bad", ["(?:a+)+b", "(?:(?:a|b)* ?)*c", "(?:x(?:yz)+ ?)*$"])
def test_the_check_sees_a_bad_pattern(bad: str) -> None:
    assert nested(_parser.parse(bad))


def test_many_patterns_are_checked() -> None:
    assert len(ALL) > 100
