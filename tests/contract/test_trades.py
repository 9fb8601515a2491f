"""Businesses of other trades and countries, by manifest alone: conversations with a whole mesh in one process."""

import itertools
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from tests.mesh.tools.harness import ROOT
from tests.one_process import OneProcess, one_process

EXAMPLES = ROOT / "examples/workspaces"
NUMBERS = {
    "odontologia-centro": "+5493514000001",
    "taller-cumbres": "+528112000001",
    "estudio-lavapies": "+34910000001",
    "barberia-dos-esquinas": "+59824000001",
}
CONVERSATIONS: list[dict[str, Any]] = yaml.load(
    Path(__file__).with_name("conversations_of_trades.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
_customers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trades(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OneProcess]:
    async with one_process(tmp_path_factory.mktemp("trades"), EXAMPLES) as mesh:
        yield mesh


def folded(text: str) -> str:
    """Lower case without accents; spaces of all kinds are spaces."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return " ".join("".join(char for char in letters if not unicodedata.combining(char)).split())


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda one: one["id"])
async def test_the_business_answers_as_its_manifest_says(trades: OneProcess, conversation: dict[str, Any]) -> None:
    customer, so_far = f"+5411555{next(_customers):05}", ""
    for turn in conversation["turns"]:
        reply = await trades.say(customer, turn["say"], NUMBERS[conversation["to"]])
        so_far += f"› {turn['say']}\n  {reply}\n"
        said = folded(reply)
        assert all(folded(part) in said for part in turn.get("all", ())), so_far
        assert not any(folded(part) in said for part in (*turn.get("none", ()), *conversation.get("never", ()))), so_far
