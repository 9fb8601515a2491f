"""The functions that language packs name in their rules, by their names."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from extractor.when.grammar.values import Setting

F = TypeVar("F", bound=Callable[..., Any])
PRODUCTIONS: dict[str, Callable[..., Any]] = {}
"""The functions by the name that packs use."""


def production(make: F) -> F:
    """Registers a function under its name."""
    PRODUCTIONS[make.__name__] = make
    return make


def make_with(make: Callable[..., Any], given: Mapping[str, Any]) -> Callable[..., Any]:
    """A function with some arguments fixed by the pack."""
    if not given:
        return make

    def bound(setting: Setting, **values: Any) -> Any:
        return make(setting, **{**given, **values})

    return bound
