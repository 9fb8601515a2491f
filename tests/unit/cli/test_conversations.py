"""How conversation files are read and transcripts judged."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.evaluation.conversations import Conversation, FileError, Transcript, judge, read_file
from cli.evaluation.run_conversations import ConversationResult, render, summarise

LINE = {"id": "a", "reference_time": "2026-03-11T10:00:00-03:00", "from": "+5491100000000", "turns": ["hola"]}
ROW = {"booking_id": "PB-AAAAAA", "service_type": "Corte de Cabello", "date": "2026-03-12", "time": "15:00",
       "status": "booked", "staff_name": "María"}  # fmt: skip


def written(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "c.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def script(**expect: Any) -> Conversation:
    return Conversation("a", LINE["reference_time"], "+549", ("hola",), expect)  # type: ignore[arg-type]


def test_a_file_is_read(tmp_path: Path) -> None:
    (conversation,) = read_file(written(tmp_path, json.dumps(LINE), ""))
    assert (conversation.turns, conversation.workspace, conversation.group) == (("hola",), "estudio-pulpo", "all")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["{"], "line 1: expected a JSON object"),
        ([json.dumps(LINE), "[]"], "line 2: expected id"),
        ([json.dumps({**LINE, "from": None} | {"turns": 3})], "line 1: expected id"),
        ([json.dumps({k: v for k, v in LINE.items() if k != "turns"})], "expected a value for turns"),
        ([json.dumps({**LINE, "reference_time": "2026-03-11T10:00:00"})], "expected reference_time with an offset"),
        ([json.dumps(LINE), json.dumps(LINE)], "expected each id once"),
        ([json.dumps({**LINE, "race_with": "b"})], "race_with: expected an id of this file"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, lines: list[str], expected: str) -> None:
    with pytest.raises(FileError) as raised:
        read_file(written(tmp_path, *lines))
    assert expected in str(raised.value)


def test_a_conversation_as_expected_passes() -> None:
    transcript = Transcript([("hola", "Reservado ÁÉ")], [ROW], [ROW], 1)
    expect = {"booked": [{"preferred_date": "2026-03-12", "staff_name": "maria"}], "cancelled": 0, "rescheduled": 0,
              "must_include": {"0": ["nada", "reservado"]}, "must_not_include": {"0": ["cancelado"]}}  # fmt: skip
    assert judge(script(**expect), transcript) == []


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ({"booked": []}, "an appointment too many: Corte de Cabello 2026-03-12 15:00"),
        ({"booked": [{"time": "16:00"}]}, "no appointment {'time': '16:00'} was made"),
        ({"cancelled": 0}, "expected 0 cancelled, the agenda shows 1"),
        ({"rescheduled": 0}, "expected 0 rescheduled, the agenda shows 1"),
        ({"rescheduled": [{"time": "18:00"}]}, "no appointment was moved to {'time': '18:00'}"),
        ({"must_include": {"0": ["x"]}}, "turn 0: expected one of ['x']"),
        ({"must_include": {"3": ["x"]}}, "must_include: there is no turn 3"),
        ({"must_not_include": {"0": ["ÓK"]}}, "turn 0: expected none of ['ÓK']"),
    ],
)
def test_each_difference_is_told(expect: dict[str, Any], problem: str) -> None:
    final = {**ROW, "time": "16:00", "status": "cancelled"}
    assert problem in judge(script(**expect), Transcript([("hola", "ok")], [ROW], [final], 1))


def test_a_reply_that_is_too_long_never_passes() -> None:
    assert judge(script(), Transcript([("hola", "x" * 200)])) == ["turn 0: the reply has 200 characters"]
    assert judge(script(), Transcript([("hola", "x\n" * 240 + "x")])) == ["turn 0: the reply has 481 characters"]


def test_a_reply_that_lists_something_may_be_longer() -> None:
    assert judge(script(), Transcript([("hola", f"Listo:\n{'x' * 200}\nx")])) == []


@pytest.mark.parametrize("listed", ["PB-AAAAAA, PB-BBBBBB ", "$ 4.500, $ 6.000 ", "Hay:\n- uno\n- dos\n"])
def test_a_reply_that_lists_several_things_may_be_longer(listed: str) -> None:
    assert judge(script(), Transcript([("hola", listed.ljust(480, "x"))])) == []
    assert judge(script(), Transcript([("hola", listed.ljust(481, "x"))])) == ["turn 0: the reply has 481 characters"]


@pytest.mark.parametrize("listed", ["PB-AAAAAA, PB-AAAAAA ", "$ 4.500 ", "Hay:\n- uno ", "10:00, 11:00 o 12:00 "])
def test_one_thing_is_no_list(listed: str) -> None:
    assert judge(script(), Transcript([("hola", listed.ljust(200, "x"))])) == ["turn 0: the reply has 200 characters"]


def test_the_summary_counts_a_conversation_as_passed_only_when_every_run_did() -> None:
    well = ConversationResult(script(), ((), ()), Transcript(messages_to_booking=3))
    flaky = ConversationResult(script(), ((), ("broke",)), Transcript([("hola", "uy")], messages_to_booking=2))
    summary = summarise([well, flaky], 2)
    assert (summary["pass_1"], summary["pass_2"], summary["median_messages_per_booking"]) == (0.75, 0.5, 2.5)
    text = render(summary)
    assert "pass^2 0.5000" in text
    assert "- broke" in text
    assert "› hola" in text
