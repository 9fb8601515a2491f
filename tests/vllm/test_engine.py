"""The slm track on the real engine. The model knows nothing, so this is about form: whatever it writes."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from extractor.ladder import Ladder
from extractor.message import Message
from extractor.reader import Reader
from extractor.slm_confidence import intent_probability
from extractor.slm_reader import ModelReader, Sureness
from planner.slm_planner import ModelPlanner
from planner.turn import Intent, Turn
from runtime.models.backend import Ask, Backend, ModelError
from runtime.models.client import ChatModel, make_http_client
from tests.mesh.harness import ROOT, until
from tests.unit.extractor.scoring import workspace
from tests.unit.planner.builders import COMPLETE, NOW, SALON, appointment, found
from tests.vllm.conftest import IN_FLIGHT, Engine

pytestmark = pytest.mark.timeout(1800)
MESSAGES = ROOT / "tests" / "unit" / "extractor" / "data" / "own_messages.jsonl"
BUSINESSES = ("estudio-pulpo", "veterinaria-cordillera")


def backend(engine: Engine, timeout_s: float = 120) -> Backend:
    return Backend("slm", engine.url, "tiny", timeout_s)


def messages(path: Path, count: int) -> list[Message]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:count]]
    return [
        Message(row["text"], datetime.fromisoformat(row["reference_time"]), row["asked_slot"], row["active_intent"])
        for row in rows
    ]


async def test_three_hundred_readings_all_keep_to_the_schema_and_tell_how_sure_they_are(engine: Engine) -> None:
    readers = [ModelReader(workspace(name), Reader(workspace(name)), Sureness(threshold=0)) for name in BUSINESSES]
    outcomes: Counter[str] = Counter()
    async with make_http_client() as http:
        model = ChatModel(backend(engine), http)

        async def read(reader: ModelReader, message: Message) -> None:
            completion = await model.complete(reader.ask(message))
            said = reader.parse(completion.text)
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


async def test_every_plan_of_a_model_that_knows_nothing_can_be_judged(engine: Engine) -> None:
    planner, chance = ModelPlanner(SALON), random.Random(3)
    outcomes: Counter[str] = Counter()
    async with make_http_client() as http:
        model = ChatModel(backend(engine), http)
        for _ in range(60):
            slots = {name: value for name, value in COMPLETE.items() if chance.random() < 0.7}
            seen = (found(appointment()),) if chance.random() < 0.3 else ()
            turn = Turn(chance.choice(list(Intent)), NOW, slots, observations=seen)
            try:
                planner.parse((await model.complete(planner.ask(turn))).text, turn)
                outcomes["plan"] += 1
            except ModelError as error:
                outcomes[error.reason] += 1
    assert set(outcomes) <= {"plan", "arguments"}, outcomes  # arguments: a name put in that is not known
    assert outcomes["plan"] >= 30


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
        ladder = Ladder([model], {salon.id: ModelReader(salon, reader, Sureness(threshold=0))})
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


async def test_a_reading_that_takes_too_long_is_by_code_and_aborted_in_the_engine(engine: Engine) -> None:
    salon = workspace()
    reader = Reader(salon)
    async with make_http_client() as http:
        model = ChatModel(replace(backend(engine), timeout_s=0.05), http)
        ladder = Ladder([model], {salon.id: ModelReader(salon, reader, Sureness(threshold=0))})
        for message in messages(MESSAGES, 3):
            assert (await ladder.read(salon.id, message, reader.read(message))).source == "cpu"
        await asyncio.to_thread(until, lambda: in_flight(engine) == 0, "nothing runs", 60)


async def test_an_engine_that_is_killed_is_done_without_and_used_again(engine: Engine) -> None:
    salon = workspace()
    reader = Reader(salon)
    async with make_http_client() as http:
        ladder = Ladder(
            [ChatModel(backend(engine), http)], {salon.id: ModelReader(salon, reader, Sureness(threshold=0))}
        )

        async def source(message: Message) -> str:
            return (await ladder.read(salon.id, message, reader.read(message))).source

        some = messages(MESSAGES, 8)
        assert await source(some[0]) == "slm"
        engine.kill()
        assert [await source(message) for message in some] == ["cpu"] * len(some)
        await asyncio.to_thread(engine.start)
        assert "slm" in {await source(message) for message in [*some, some[0]]}
