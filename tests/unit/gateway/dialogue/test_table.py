"""The transition table has no gap, and the documents show it as it is."""

import sys

import pytest

from gateway.domain.dialogue.transitions import COLUMNS, NONE, TABLE
from tests.unit.gateway.dialogue.builders import (
    ANA,
    THURSDAY,
    booking,
    cancelling,
    changing,
    dialogue,
    restoring,
    said,
)  # fmt: skip
from tests.unit.gateway.dialogue.table import as_markdown, shown, transitions, wanted
from turn.meaning import ACTS, Item, People
from turn.steps import NOTES, STEPS
from turn.tasks import KINDS, MOST_TASKS
from turn.vocabulary import ActKind

REFERENCES = ("offer:1", "any", "none", "all", "appointment:PB-AAAAAA", "done:PB-ZZZZZZ")
FRONTS = {NONE: (), "book": (booking(),), "change": (changing(),), "cancel": (cancelling(),), "restore": (restoring(),)}


def test_every_act_has_a_row_and_every_kind_of_task_a_column() -> None:
    sys.stdout.write(as_markdown())
    assert [act.value for act in TABLE] == [act.value for act in ActKind if act is not ActKind.UNSPECIFIED]
    assert [act.value for act in TABLE] == list(ACTS)
    assert set(COLUMNS) == {NONE, *KINDS} == set(FRONTS)
    assert all(tuple(row) == COLUMNS for row in TABLE.values())


def test_every_transition_says_what_it_does() -> None:
    assert all(each.__doc__ or each.__name__.removeprefix("note_") in NOTES for each in transitions())


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("act", TABLE)
def test_every_cell_takes_a_message_with_and_without_values(act: ActKind, column: str) -> None:
    messages = [
        said(act),
        said(act, days=(THURSDAY,), times=("10:00",)),
        said(act, items=(Item("Barba", ("Carlos",)),), people=People(2, True)),
        *(said(act, refers_to=(ref,)) for ref in REFERENCES),
    ]
    for step in STEPS:
        fronts = tuple(task.__class__(**{**vars(task), "asked": step}) for task in FRONTS[column])
        for customer in (None, ANA):
            before = dialogue(*fronts, customer=customer)
            for message in messages:
                after = TABLE[act][column](before, message)
                assert len(after.dialogue.tasks) <= MOST_TASKS
                assert set(after.notes) <= set(NOTES)
                assert not after.confirmed or (act is ActKind.CONFIRM and step == "confirm")


def test_the_documents_show_the_table_and_what_each_cell_does() -> None:
    assert shown() == wanted(), "write it there: PYTHONPATH=services:. python -m tests.unit.gateway.dialogue.table"
