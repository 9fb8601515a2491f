"""The transition table as the documents show it."""

from collections.abc import Iterator

from gateway.domain.dialogue.transitions import COLUMNS, TABLE, Transition


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
