"""Which language a reply is written in."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def resolve(wanted: str, own: str, available: Mapping[str, T]) -> T:
    """What is available for the wanted locale, or for the workspace's own, or else the first.

    A locale without wording of its own takes that of its language: es-CL is written as es-AR.
    """
    for locale in (wanted, own):
        found = _match(locale, available)
        if found is not None:
            return found
    return next(iter(available.values()))


def _match(locale: str, available: Mapping[str, T]) -> T | None:
    tag = locale.strip().replace("_", "-").lower()
    language = tag.split("-")[0]
    by_tag = {name.lower(): name for name in available}
    if tag in by_tag:
        return available[by_tag[tag]]
    same = sorted(name for name in available if name.lower().split("-")[0] == language)
    return available[same[0]] if language and same else None
