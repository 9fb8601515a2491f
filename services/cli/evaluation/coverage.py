"""What kinds of meaning are read, by language: full, partial or none, measured on labelled readings. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.evaluation.figures import folded
from cli.evaluation.reading_figures import Label, ReadingPair, is_same
from turn.constraints import PARTS_OF_DAY
from turn.meaning import ACTS, SUBJECTS

_DAYS = (
    "one day", "one of several", "a range", "before or until", "after or from", "not", "any", "earliest", "repeated",
    "with an hour",
)  # fmt: skip
_TIMES = (
    "one time", "one of several", "a range", "before or until", "after or from", "not", "any", "earliest", "latest",
    "part of day",
)  # fmt: skip
_ITEMS = ("a service", "several", "staff", "not by", "for whom", "own day or time", "as last time")
_REFERENCES = ("offer", "appointment", "done", "all", "both", "none", "another", "any")
_DATA = ("name", "email", "phone", "booking_id")
KINDS: Mapping[str, Sequence[str]] = {
    "act": ACTS,
    "subject": SUBJECTS,
    "days": _DAYS,
    "times": _TIMES,
    "items": _ITEMS,
    "people": ("how many",),
    "refers to": _REFERENCES,
    "data": _DATA,
    "conflict": ("between two readings",),
}
"""Kinds of meaning, by group."""


@dataclass(frozen=True)
class Counted:
    """How often a kind was labelled, and how often it was read as labelled."""

    labelled: int = 0
    right: int = 0

    @property
    def level(self) -> str:
        """full, partial, none, or untested where no label has it."""
        if not self.labelled:
            return "untested"
        return "full" if self.right == self.labelled else "partial" if self.right else "none"


Coverage = Mapping[tuple[str, str], Mapping[str, Counted]]
"""Group and kind -> language -> counts."""


def cover(pairs: Iterable[ReadingPair], languages: Sequence[str]) -> Coverage:
    """The counts of every kind, in each of some languages."""
    rows = {(group, kind): dict.fromkeys(languages, Counted()) for group, kinds in KINDS.items() for kind in kinds}
    for pair in pairs:
        for group, kind, right in _found(pair.wanted, pair.got):
            before = rows[group, kind].get(pair.spoken, Counted())
            rows[group, kind][pair.spoken] = Counted(before.labelled + 1, before.right + right)
    return rows


def _found(wanted: Label, got: Label) -> Iterator[tuple[str, str, bool]]:
    """Each kind that a label has, once, and whether it was read."""
    for act in dict.fromkeys(wanted["acts"]):
        yield "act", act, act in got["acts"]
    for subject in _listed(wanted.get("subject")):
        yield "subject", subject, subject in _listed(got.get("subject"))
    yield from _constraints(wanted, got)
    yield from _values(wanted, got)


def _constraints(wanted: Label, got: Label) -> Iterator[tuple[str, str, bool]]:
    for part, kind_of in (("days", _day_kind), ("times", _time_kind)):
        by_kind: dict[str, list[str]] = {}
        for constraint in wanted.get(part, ()):
            by_kind.setdefault(kind_of(constraint), []).append(constraint)
        for kind, constraints in by_kind.items():
            yield part, kind, set(constraints) <= set(got.get(part, ()))


def _values(wanted: Label, got: Label) -> Iterator[tuple[str, str, bool]]:
    items_are_right = is_same("items", got.get("items"), wanted.get("items"))
    for kind in _item_kinds(wanted.get("items", ())):
        yield "items", kind, items_are_right
    if "people" in wanted:
        yield "people", "how many", got.get("people") == wanted["people"]
    for kind in dict.fromkeys(one.partition(":")[0] for one in wanted.get("refers_to", ())):
        named = {one for one in wanted["refers_to"] if one.partition(":")[0] == kind}
        yield "refers to", kind, named <= set(got.get("refers_to", ()))
    for name, value in wanted.get("data", {}).items():
        yield "data", name, folded(got.get("data", {}).get(name, "")) == folded(value)
    if "conflict" in wanted:
        yield "conflict", "between two readings", is_same("conflict", got.get("conflict"), wanted["conflict"])


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value or ()


def _day_kind(constraint: str) -> str:
    if "T" in constraint:
        return "with an hour"
    return "repeated" if constraint.startswith(("weekly:", "every", "daily")) else _kind(constraint, "one day")


def _time_kind(constraint: str) -> str:
    return "part of day" if constraint in PARTS_OF_DAY else _kind(constraint, "one time")


def _kind(constraint: str, single: str) -> str:
    if constraint in ("any", "earliest", "latest"):
        return constraint
    if "|" in constraint:
        return "one of several"
    if ".." in constraint:
        return "a range"
    return {"!": "not", "<": "before or until", ">": "after or from"}.get(constraint[0], single)


def _item_kinds(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    has = {
        "a service": any("service" in item for item in items),
        "several": len(items) > 1,
        "staff": any("staff" in item for item in items),
        "not by": any("not_staff" in item for item in items),
        "for whom": any("who" in item for item in items),
        "own day or time": any("day" in item or "time" in item for item in items),
        "as last time": any(item.get("service") == "same" or "same" in item.get("staff", ()) for item in items),
    }
    yield from (kind for kind, holds in has.items() if holds)


def as_markdown(coverage: Coverage, languages: Sequence[str], files: Sequence[str]) -> str:
    """The report as a page."""
    lines = [
        "# What is read, by language and kind of meaning",
        "",
        "Made by `pulpo eval coverage --write docs/coverage.md`; not edited by hand. Measured by code on the labelled",
        f"readings of {', '.join(f'`{file}`' for file in files)}. A cell says how many of the labels that",
        "have a kind were read right in it: all of them (full), some (partial) or none; it is empty where no label has",
        "it, which says nothing. Kinds of items count as read where all items of a message are. These files are for",
        "development: readings are improved on them, so that other messages are read less well. A message is counted",
        "under the language that its label names, otherwise the one that it is clearly in, otherwise the business's.",
    ]
    for group, kinds in KINDS.items():
        lines += ["", f"| {group} | {' | '.join(languages)} |", f"| --- |{' --- |' * len(languages)}"]
        lines += [
            f"| {kind} | {' | '.join(_cell(coverage[group, kind][one]) for one in languages)} |" for kind in kinds
        ]
    return "\n".join(lines) + "\n"


def _cell(counted: Counted) -> str:
    return f"{counted.level} {counted.right}/{counted.labelled}" if counted.labelled else ""
