"""The transition table as the documents show it: `python -m tests.unit.gateway.dialogue.table` writes it there."""

import re
from collections.abc import Iterator
from pathlib import Path

from gateway.domain.dialogue.transitions import COLUMNS, TABLE, Transition

PAGE = Path(__file__).resolve().parents[4] / "docs" / "conversations.md"
_PLACE = re.compile(r"(?<=<!-- transitions -->\n).*?(?=<!-- /transitions -->)", re.DOTALL)


def shown() -> str:
    """What the page shows of the table."""
    found = _PLACE.search(PAGE.read_text(encoding="utf-8"))
    return found[0] if found else ""


def wanted() -> str:
    """What the page is to show of the table."""
    return f"\n{as_markdown()}\n\n{as_list()}\n\n"


def as_markdown() -> str:
    """The table: a row for each act, a column for each kind of front task and for none."""
    rows = [["act", *COLUMNS], ["---"] * (1 + len(COLUMNS))]
    rows += [[f"`{act}`", *(_words(row[column]) for column in COLUMNS)] for act, row in TABLE.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def as_list() -> str:
    """What each transition does, in the order of the table; those that only note something left out."""
    return "\n".join(
        f"- **{_words(each)}**: {_first(each)}" for each in transitions() if not each.__name__.startswith("note_")
    )


def transitions() -> Iterator[Transition]:
    """The table's transitions, each once."""
    yield from dict.fromkeys(each for row in TABLE.values() for each in row.values())


def _words(transition: Transition) -> str:
    return transition.__name__.replace("_", " ")


def _first(transition: Transition) -> str:
    text = " ".join((transition.__doc__ or "").split())
    return text[:1].lower() + text[1:]


if __name__ == "__main__":
    PAGE.write_text(_PLACE.sub(lambda _: wanted(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
