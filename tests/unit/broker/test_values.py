"""Small pure parts: keys, outputs, windows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.calls.results import MAX_BYTES, MESSAGES, ToolFailedError, check_output, explain
from broker.domain.model import Customer
from broker.domain.writes import canonical, digest, write_key
from broker.policy.limits import Window, counted
from tests.unit.broker.builders import ADDRESS, NOW, make_turn, make_workspace

arguments = st.dictionaries(st.text(max_size=6), st.integers() | st.text(max_size=6) | st.booleans(), max_size=4)


@given(arguments)
def test_a_key_does_not_depend_on_the_order_of_arguments(args: dict[str, Any]) -> None:
    shuffled = dict(reversed(list(args.items())))
    assert write_key(make_turn(), "t", args) == write_key(make_turn(), "t", shuffled)


@given(arguments, arguments)
def test_other_arguments_give_another_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = canonical(one) == canonical(other)
    assert (write_key(make_turn(), "t", one) == write_key(make_turn(), "t", other)) is same


@pytest.mark.parametrize("part", ["workspace_id", "conversation_id", "turn_id"])
def test_every_part_of_the_turn_makes_another_key(part: str) -> None:
    assert write_key(make_turn(), "t", {}) != write_key(make_turn(**{part: "else"}), "t", {})


def test_the_time_of_a_turn_is_not_part_of_its_keys() -> None:
    later = make_turn(received_at=NOW.replace(hour=20))
    assert write_key(make_turn(), "t", {}) == write_key(later, "t", {})


def test_another_tool_makes_another_key() -> None:
    assert write_key(make_turn(), "t", {}) != write_key(make_turn(), "u", {})


@given(st.lists(st.text(max_size=5)), st.lists(st.text(max_size=5)))
def test_digests_of_different_lists_differ(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) is (one == other)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "output",
    [
        None,
        [],
        "text",
        {},
        {"ok": "yes"},
        {"ok": 1},
        {"ok": True, "deep": nested(12)},
        {"ok": True, "number": float("nan")},
        {"ok": True, "number": float("inf")},
        {"ok": True, "number": 2**53 + 1},
        {"ok": True, "text": "\ud800"},
        {"ok": True, 1: "key"},
        {"ok": True, "odd": b"bytes"},
    ],
    ids=repr,
)
def test_an_answer_that_cannot_be_passed_on_is_refused(output: Any) -> None:
    with pytest.raises(ToolFailedError) as raised:
        check_output(output)
    assert raised.value.reason == "BAD_OUTPUT"
    assert not raised.value.transient
    assert not raised.value.certain


@pytest.mark.parametrize(
    "output", [{"ok": True}, {"ok": False, "reason": "CLOSED"}, {"ok": True, "deep": nested(10), "n": 2**53, "x": None}]
)
def test_a_yes_and_a_no_are_answers(output: dict[str, Any]) -> None:
    assert check_output(output) == output


def test_an_answer_may_be_as_large_as_fits_into_a_message_and_no_larger() -> None:
    fixed = len('{"ok": true, "text": ""}')
    assert check_output({"ok": True, "text": "x" * (MAX_BYTES - fixed)})
    with pytest.raises(ToolFailedError) as raised:
        check_output({"ok": True, "text": "x" * (MAX_BYTES - fixed + 1)})
    assert raised.value.reason == "RESULT_TOO_LARGE"


def test_every_reason_is_explained_with_a_fixed_sentence() -> None:
    for reason in MESSAGES:
        assert explain(reason).message.endswith(".")


@given(st.floats(0, 2e9), st.sampled_from([1, 60, 3600]))
def test_a_moment_lies_in_its_window(now: float, seconds: int) -> None:
    start = Window("x", seconds, 1).start(now)
    assert start <= now < start + seconds
    assert start % seconds == 0


@pytest.mark.parametrize(
    ("tier", "tool", "expected"),
    [
        ("basic", "get_business_hours", (60, 60, 10, 10)),
        ("basic", "book_appointment", (10, 60, 10, 6, 10)),
        ("pro", "book_appointment", (100, 600, 100, 6, 100)),
        ("max", "get_business_hours", (6000, 6000, 1000, 1000)),
    ],
)
def test_limits_follow_tier_and_effect(tier: str, tool: str, expected: tuple[int, ...]) -> None:
    workspace = make_workspace(tier=tier)
    row = workspace.tool(tool)
    assert row is not None
    windows = counted(workspace, row, make_turn(), Customer(ADDRESS))
    assert (*(window.most for window in windows.windows), windows.conversation.most) == expected


def test_names_of_windows_hold_no_conversation_or_turn() -> None:
    workspace = make_workspace()
    write = next(tool for tool in workspace.tools if tool.effect == "write")
    turn = make_turn(conversation_id="whatsapp:+549115555", turn_id="T-77")
    windows = counted(workspace, write, turn, Customer("whatsapp:+549115555"))
    assert "549115555" not in repr(windows)
    assert "T-77" not in repr(windows)
