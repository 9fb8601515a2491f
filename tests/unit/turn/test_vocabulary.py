"""The words of a turn are those of the contract, each once and in the same order."""

from enum import StrEnum
from typing import Any

import pytest

from pulpo.common.v1 import action_pb2, reading_pb2, state_pb2, turn_pb2
from tests.intents import OF_CONTRACT
from turn.tools import STANDARD
from turn.vocabulary import (
    HOURS_OF_PART,
    INFORMATION,
    INTENTS,
    SMALL_TALK,
    TASKS,
    ActKind,
    HowGiven,
    Intent,
    Outcome,
    PartOfDay,
    Polarity,
    Stage,
    Status,
    Subject,
    Topic,
)
from workspace.catalogue import standard_tools

KINDS = [
    (Intent, turn_pb2.Intent, "INTENT_"),
    (Topic, turn_pb2.Topic, "TOPIC_"),
    (Polarity, turn_pb2.Polarity, "POLARITY_"),
    (PartOfDay, turn_pb2.PartOfDay, "PART_OF_DAY_"),
    (Stage, state_pb2.Stage, "STAGE_"),
    (Outcome, action_pb2.Outcome, "OUTCOME_"),
    (Status, action_pb2.ObservationStatus, "OBSERVATION_STATUS_"),
    (ActKind, reading_pb2.ActKind, "ACT_KIND_"),
    (Subject, reading_pb2.Subject, "SUBJECT_"),
    (HowGiven, reading_pb2.HowGiven, "HOW_GIVEN_"),
]


@pytest.mark.parametrize(("ours", "contract", "prefix"), KINDS)
def test_every_word_is_one_of_the_contract_in_lower_case(ours: type[StrEnum], contract: Any, prefix: str) -> None:
    names = [name.removeprefix(prefix) for name in contract.keys()]  # noqa: SIM118 - no mapping
    assert [word.name for word in ours] == names
    assert [word.value for word in ours] == [name.lower() for name in names]


def test_an_intent_that_a_message_has_is_never_unspecified() -> None:
    assert {Intent.UNSPECIFIED, *INTENTS} == set(Intent)


@pytest.mark.parametrize("intent", OF_CONTRACT)
def test_every_intent_is_in_one_group(intent: str) -> None:
    assert [intent in group for group in (TASKS, INFORMATION, SMALL_TALK)].count(True) == 1


def test_every_part_of_the_day_has_hours() -> None:
    assert {PartOfDay.UNSPECIFIED, *HOURS_OF_PART} == set(PartOfDay)
    assert all(start < end for start, end in HOURS_OF_PART.values())


def test_the_standard_tools_are_those_of_the_catalogue() -> None:
    assert set(STANDARD) == set(standard_tools())
