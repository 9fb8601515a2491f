"""Conversations, held as data files, with the whole mesh as real processes."""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.evaluation.conversations import longest_reply
from tests.mesh.tools.harness import SALON, Mesh

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
CONVERSATIONS = [
    conversation for file in FILES for conversation in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
]


def folded(text: str) -> str:
    """Lower case without accents."""
    return "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation["id"])
def test_conversation_goes_as_written(
    mesh: Mesh, new_customer: Callable[[], str], conversation: dict[str, Any]
) -> None:
    customer, last_id, transcript = new_customer(), "", []
    for turn in conversation["turns"]:
        text = turn["say"].replace("{booking_id}", last_id)
        reply = mesh.say(customer, text, conversation.get("to", SALON))
        transcript.append(f"› {text}\n  {reply}")
        so_far = "\n".join(transcript)
        assert 0 < len(reply) <= longest_reply(reply), so_far
        found = re.findall(r"PB-[A-Z0-9]{6}", reply)
        last_id = found[-1] if found else last_id
        check_reply(turn, reply, so_far)
        if "agenda" in turn:
            check_agenda(turn["agenda"], mesh.appointments(customer), so_far)


def check_reply(turn: dict[str, Any], reply: str, transcript: str) -> None:
    """Compares a reply with what a turn expects."""
    said = folded(reply)
    assert all(folded(part) in said for part in turn.get("all", ())), transcript
    assert not turn.get("any") or any(folded(part) in said for part in turn["any"]), transcript
    assert not any(folded(part) in said for part in turn.get("none", ())), transcript


def check_agenda(expected: list[dict[str, Any]], rows: list[dict[str, object]], transcript: str) -> None:
    """Compares the agenda's rows with what is expected of each."""
    seen = [{key: row[key] for key in want} for want, row in zip(expected, rows, strict=False)]
    assert (len(rows), seen) == (len(expected), expected), transcript
