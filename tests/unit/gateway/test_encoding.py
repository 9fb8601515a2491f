"""What is stored as JSON is read back as it was."""

import json

from hypothesis import given

from gateway.encoding import decode_decided, decode_state, encode
from gateway.state import State
from gateway.turn_types import Decided
from tests.unit.gateway import strategies


@given(strategies.states)
def test_a_state_comes_back_as_it_was(state: State) -> None:
    assert decode_state(encode(state)) == state


@given(strategies.decided)
def test_decisions_come_back_as_they_were(decided: Decided) -> None:
    assert decode_decided(encode(decided)) == decided


@given(strategies.decided)
def test_what_another_release_wrote_can_be_read(decided: Decided) -> None:
    raw = json.loads(encode(decided))
    raw["new"] = raw["extraction"]["new"] = 1
    for plan in raw["plans"]:
        plan["new"] = 1
    assert decode_decided(json.dumps(raw)) == decided
