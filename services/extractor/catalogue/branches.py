"""Which of a business's branches a message names: whoever works there is wanted."""

import re
from collections import Counter
from dataclasses import replace

from extractor.text.normalised import plain
from turn.meaning import Act, Item, Meaning
from turn.vocabulary import ActKind
from workspace.model import Workspace

_WORD = re.compile(r"[a-z0-9]+")
_GENERIC = frozenset(("sucursal", "sede", "local", "branch", "unidade", "filial", "tienda", "consultorio"))
_NOISE = (ActKind.OFFTOPIC, ActKind.SMALLTALK)
SHORTEST = 4
"""Letters of a word of a branch's name that stands for the branch."""


class Branches:
    """The branches of one business, by what customers call them."""

    def __init__(self, workspace: Workspace) -> None:
        self._staff = {
            branch.name: tuple(member.name for member in workspace.staff if member.branch == branch.name)
            for branch in workspace.branches
        }
        called = {branch.name: {plain(one) for one in (branch.name, *branch.aliases)} for branch in workspace.branches}
        words = {name: {word for one in names for word in _WORD.findall(one)} for name, names in called.items()}
        often = Counter(word for each in words.values() for word in each)
        self._called = {
            name: names | {word for word in words[name] if _is_own(word) and often[word] == 1}
            for name, names in called.items()
        }

    def staff_of(self, text: str) -> tuple[str, ...]:
        """Who works at the one branch that a message names; empty for none, and for several."""
        if not self._called:
            return ()
        line = f" {' '.join(_WORD.findall(plain(text)))} "
        named = [name for name, names in self._called.items() if any(f" {one} " in line for one in names)]
        return self._staff[named[0]] if len(named) == 1 else ()


def _is_own(word: str) -> bool:
    return len(word) >= SHORTEST and word not in _GENERIC


def with_branch(meaning: Meaning, staff: tuple[str, ...]) -> Meaning:
    """A meaning that wants somebody of a branch, where it names nobody itself; as it is when it names no branch."""
    if not staff or any(item.staff for item in meaning.items):
        return meaning
    items = tuple(replace(item, staff=staff) for item in meaning.items) or (Item(staff=staff),)
    kept = tuple(act for act in meaning.acts if act.kind not in _NOISE)
    return replace(meaning, items=items, acts=kept or (Act(ActKind.GIVE.value, 0, 0),), unread=())
