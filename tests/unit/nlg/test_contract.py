"""response_v1.json and the check against it."""

from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nlg.schema_validation import SCHEMA, InvalidReplyError, as_document, check
from nlg.turn import ComposedReply, Tone
from turn.vocabulary import Stage

GOOD = ComposedReply("Hola", Tone.FRIENDLY, Stage.INICIO)


def test_the_schema_is_a_schema_with_every_stage_and_tone() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["next_state"]["enum"] == [
        stage.name for stage in Stage if stage is not Stage.UNSPECIFIED
    ]
    assert SCHEMA["properties"]["tone"]["enum"] == [tone.value for tone in Tone]


@pytest.mark.parametrize(
    "broken",
    [
        {"message": ""},
        {"message": "  "},
        {"message": "x" * 200},
        {"message": "x" * 481},
        {"message": "x" * 481, "lists": 2},
        {"message": "x" * 200, "lists": 1},
        {"quick_replies": ("a", "b", "c", "d", "e")},
        {"quick_replies": ("x" * 31,)},
        {"quick_replies": ("",)},
    ],
)
def test_a_reply_that_breaks_the_form_is_refused(broken: dict[str, Any]) -> None:
    check(GOOD)
    with pytest.raises(InvalidReplyError):
        check(replace(GOOD, **broken))


def test_the_longest_message_and_answers_pass() -> None:
    check(replace(GOOD, message="x" * 199, quick_replies=("x" * 30,) * 4))


def test_a_message_that_lists_two_things_may_be_longer() -> None:
    check(replace(GOOD, message="x" * 480, lists=2))


def test_nothing_else_is_allowed_in_a_reply() -> None:
    document = {**as_document(GOOD), "offers": []}
    assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_a_refusal_names_no_values() -> None:
    with pytest.raises(InvalidReplyError) as caught:
        check(replace(GOOD, quick_replies=("ana@test.com" * 3,)))
    assert "ana" not in str(caught.value)
