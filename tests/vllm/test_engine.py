"""The slm track on the real engine. The model knows nothing, so this is about form: whatever it writes."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.slm.confidence import intent_probability
from extractor.slm.ladder import Ladder
from extractor.slm.model_reader import ModelReader, Sureness
from runtime.models.backend import Ask, Backend
from runtime.models.client import ChatModel, make_http_client
from tests.mesh.tools.harness import ROOT, until
from tests.unit.extractor.scoring import workspace
from tests.vllm.conftest import IN_FLIGHT, Engine
from workspace.model import Workspace

pytestmark = pytest.mark.timeout(1800)
MESSAGES = ROOT / "tests" / "unit" / "extractor" / "data" / "own_messages.jsonl"
LONGEST_ANSWER = 1500
"""Tokens: more than any reading or plan of its schema takes, so that none is cut off."""
BUSINESSES = ("estudio-pulpo", "veterinaria-cordillera")


def backend(engine: Engine, timeout_s: float = 120) -> Backend:
    return Backend("slm", engine.url, "tiny", timeout_s)


def messages(path: Path, count: int) -> list[MessageInContext]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:count]]
    return [
        MessageInContext(
            row["text"], datetime.fromisoformat(row["reference_time"]), row["asked_slot"], row["active_intent"]
        )
        for row in rows
    ]


def model_reader(salon: Workspace) -> ModelReader:
    """Believes whatever the model says, and never cuts it off."""
    return ModelReader(salon, Reader(salon), Sureness(threshold=0), LONGEST_ANSWER)


async def test_three_hundred_readings_all_keep_to_the_schema_and_tell_how_sure_they_are(engine: Engine) -> None:
    readers = [model_reader(workspace(name)) for name in BUSINESSES]
    outcomes: Counter[str] = Counter()
    async with make_http_client() as http:
        model = ChatModel(backend(engine), http)

        async def read(reader: ModelReader, message: MessageInContext) -> None:
            completion = await model.complete(reader.ask(message))
            said = reader.parse(completion.text, message)
            assert intent_probability(completion, said.intent) is not None, completion.text
            outcomes[said.intent] += 1

        await read(readers[0], messages(MESSAGES, 1)[0])  # the first one waits for the engine to warm up
        asked, hit = (engine.metric(f"vllm:prefix_cache_{what}_total") for what in ("queries", "hits"))
        some = messages(MESSAGES, 150)
        for at in range(0, len(some), 10):
            batch = some[at : at + 10]
            await asyncio.gather(*(read(reader, message) for reader in readers for message in batch))
        asked, hit = (
            engine.metric(f"vllm:prefix_cache_{what}_total") - before
            for what, before in (("queries", asked), ("hits", hit))
        )
    assert sum(outcomes.values()) == 301
    assert len(outcomes) > 3, outcomes
    assert hit / asked >= 0.8


CALLS = 16
"""Calls at once, so that the engine is at them for a while."""
LONGEST = 3500
"""Tokens of an answer that nobody breaks off."""


def endless() -> Ask:
    """A question whose answer may not end before its tokens do."""
    long = {"type": "string", "minLength": 30000}
    schema = {"type": "object", "additionalProperties": False, "required": ["a"], "properties": {"a": long}}
    return Ask("s", "u", schema, "endless", LONGEST, 0.1)


async def test_a_reading_that_nobody_waits_for_is_aborted_in_the_engine(engine: Engine) -> None:
    def written() -> float:
        return engine.metric("vllm:generation_tokens_total")

    before = written()
    async with make_http_client() as http:
        model = ChatModel(backend(engine), http)
        calls = [asyncio.create_task(model.complete(endless())) for _ in range(CALLS)]
        await asyncio.to_thread(until, lambda: written() > before, "the engine writes", 120)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        assert all(call.cancelled() for call in calls)
        await asyncio.to_thread(until, lambda: in_flight(engine) == 0, "nothing runs", 120)
    assert written() - before < CALLS * LONGEST / 2


async def test_a_queue_that_is_full_says_busy_at_once_and_code_reads(engine: Engine) -> None:
    salon = workspace()
    reader = Reader(salon)
    some = messages(MESSAGES, 30)

    def busy() -> float:
        labels = {"stage": "extract", "rung": "slm", "reason": "busy"}
        return REGISTRY.get_sample_value("pulpo_extractor_rungs_total", labels) or 0

    async with make_http_client() as http:
        model = ChatModel(backend(engine), http)
        ladder = Ladder([model], {salon.id: model_reader(salon)})
        load = [asyncio.create_task(model.complete(endless())) for _ in range(IN_FLIGHT)]
        await asyncio.to_thread(until, lambda: in_flight(engine) == IN_FLIGHT, "the engine is full", 120)
        before = busy()
        sources = [(await ladder.read(salon.id, message, reader.read(message))).source for message in some[:4]]
        assert (sources, busy()) == (["cpu"] * 4, before + 4)
        for call in load:
            call.cancel()
        await asyncio.wait(load)
        await asyncio.to_thread(until, lambda: in_flight(engine) == 0, "the engine is idle", 120)
        assert (await ladder.read(salon.id, some[0], reader.read(some[0]))).source == "slm"


def in_flight(engine: Engine) -> float:
    """Requests that the engine holds."""
    return engine.metric("vllm:num_requests_running") + engine.metric("vllm:num_requests_waiting")


class Endless(ModelReader):
    """Asks for an answer that takes seconds on any machine."""

    def ask(self, message: MessageInContext) -> Ask:
        return endless()


async def test_a_reading_that_takes_too_long_is_by_code_and_aborted_in_the_engine(engine: Engine) -> None:
    salon = workspace()
    reader, before = Reader(salon), engine.metric("vllm:generation_tokens_total")
    some = messages(MESSAGES, 3)
    async with make_http_client() as http:
        model = ChatModel(replace(backend(engine), timeout_s=0.2), http)
        ladder = Ladder([model], {salon.id: Endless(salon, reader, Sureness(threshold=0))})
        for message in some:
            assert (await ladder.read(salon.id, message, reader.read(message))).source == "cpu"
        await asyncio.to_thread(until, lambda: in_flight(engine) == 0, "nothing runs", 120)
    assert engine.metric("vllm:generation_tokens_total") - before < len(some) * LONGEST / 2


async def test_an_engine_that_is_killed_is_done_without_and_used_again(engine: Engine) -> None:
    salon = workspace()
    reader = Reader(salon)
    async with make_http_client() as http:
        ladder = Ladder([ChatModel(backend(engine), http)], {salon.id: model_reader(salon)})

        async def source(message: MessageInContext) -> str:
            return (await ladder.read(salon.id, message, reader.read(message))).source

        some = messages(MESSAGES, 8)
        assert await source(some[0]) == "slm"
        engine.kill()
        assert [await source(message) for message in some] == ["cpu"] * len(some)
        await asyncio.to_thread(engine.start)
        assert "slm" in {await source(message) for message in [*some, some[0]]}
