"""Turns that both tracks read and plan, and stages that the other track answers, through real gateways."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.shadow.comparison import AT_ONCE, Reading, compare
from gateway.storage.erasure import Erasure
from gateway.storage.evidence import ComparisonStore
from gateway.storage.tables import SCHEMA, shadows, turns
from gateway.telemetry import SHADOWS
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2
from pulpo.planner.v1 import planner_pb2
from runtime.data.database import Database, sqlite_url
from runtime.data.migrations import migrate
from runtime.rpc.deadline import current_track
from tests.contract.gateway.fakes import Mesh, action, message, running

CUSTOMER = "+5491155551234"
SALON = "estudio-pulpo"


async def rows(url: str, table: Any) -> list[Any]:
    database = Database(url)
    try:
        async with database.read() as connection:
            return list((await connection.execute(select(table))).all())
    finally:
        await database.close()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - rows tell nobody that they are there
            await asyncio.sleep(0.02)


async def extract(_request: object) -> extractor_pb2.ExtractResponse:
    """The slm track hears a name too."""
    by_model = current_track.get() == "slm"
    return extractor_pb2.ExtractResponse(
        intent=turn_pb2.INTENT_BOOK,
        slots=turn_pb2.Slots(service_type="Barba", client_name="Zacarías" if by_model else None),
        confidence=0.9 if by_model else 0.8,
        source=extractor_pb2.SOURCE_SLM if by_model else extractor_pb2.SOURCE_CPU,
    )


async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
    """The slm track looks for another day."""
    by_model = current_track.get() == "slm"
    day = "2026-03-13" if by_model else "2026-03-12"
    source = planner_pb2.SOURCE_SLM if by_model else planner_pb2.SOURCE_RULES
    check = action("check_service_availability", service_type="Barba", date_str=day)
    return planner_pb2.PlanResponse(actions=[] if request.observations else [check], source=source)


async def broken(request: Any) -> Any:
    """A stage whose slm track is down."""
    if current_track.get() == "slm":
        raise RuntimeError("broken on purpose")
    return await extract(request)


def scripted(mesh: Mesh) -> None:
    mesh.fakes.extract, mesh.fakes.plan = extract, plan  # type: ignore[method-assign, assignment]


async def test_a_turn_is_read_and_planned_by_the_other_track_and_never_run_by_it(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path, "gateway")
    async with running(tmp_path, slm_shadow_percent="100") as mesh:
        scripted(mesh)
        assert await mesh.say("barba, soy Zacarías") == "reply 1"

        async def is_noted() -> bool:
            return bool(await rows(url, shadows))

        await until(is_noted)
        assert mesh.fakes.tracks == {"legacy"}
        assert mesh.fakes.shadowed == ["slm", "slm"]
        assert len(mesh.fakes.executed) == 1
        assert len(mesh.fakes.composed) == 1
    (row,), (turn,) = await rows(url, shadows), await rows(url, turns)
    assert (row.turn_id, row.track, row.other_track) == (turn.turn_id, "legacy", "slm")
    assert (row.intent, row.other_intent) == ("book", "book")
    assert json.loads(row.slots_differ) == ["client_name"]
    assert json.loads(row.plans_differ) == ["check_service_availability.date_str"]
    assert (row.confidence, row.other_confidence) == (0.8, 0.9)
    assert (row.source, row.other_source, row.plan_source, row.other_plan_source) == ("cpu", "slm", "rules", "slm")
    assert (row.error, row.other_error) == ("", "")
    assert row.extract_ms > 0 < row.other_plan_ms
    assert "Zacar" not in str(row)


@pytest.mark.parametrize("text", ["hola", ""])
async def test_without_a_share_or_a_text_nothing_is_compared(tmp_path: Path, text: str) -> None:
    async with running(tmp_path, slm_shadow_percent="" if text else "100") as mesh:
        await mesh.post(message(text))
        await mesh.gateway.stop()
        assert mesh.fakes.shadowed == []


async def test_the_other_tracks_failure_is_noted(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path, "gateway")
    async with running(tmp_path, slm_shadow_percent="100") as mesh:
        mesh.fakes.extract = broken  # type: ignore[method-assign]
        assert await mesh.say("hola") == "reply 1"

        async def is_noted() -> bool:
            return bool(await rows(url, shadows))

        await until(is_noted)
    (row,) = await rows(url, shadows)
    assert (row.error, row.other_error, row.other_intent) == ("", "extract:INTERNAL", "")


async def test_what_is_too_much_to_read_is_planned_by_neither_track(tmp_path: Path) -> None:
    async def too_much(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_OTHER, over_budget=True)

    url = sqlite_url(tmp_path, "gateway")
    async with running(tmp_path, slm_shadow_percent="100") as mesh:
        mesh.fakes.extract = too_much  # type: ignore[method-assign]
        await mesh.say("t1" * 2048)

        async def is_noted() -> bool:
            return bool(await rows(url, shadows))

        await until(is_noted)
        assert (mesh.fakes.shadowed, mesh.fakes.planned) == (["slm"], [])
    (row,) = await rows(url, shadows)
    assert (row.error, row.other_error, json.loads(row.plans_differ)) == ("", "", [])


async def test_a_slow_other_track_delays_no_reply_and_holds_up_only_so_many_turns(tmp_path: Path) -> None:
    hanging, answered = asyncio.Event(), 0

    async def hang(request: Any) -> Any:
        nonlocal answered
        if current_track.get() == "slm":
            answered += 1
            await hanging.wait()
        return await extract(request)

    async with running(tmp_path, slm_shadow_percent="100") as mesh:
        mesh.fakes.extract = hang  # type: ignore[method-assign]
        before = SHADOWS.labels("dropped")._value.get()
        for number in range(AT_ONCE + 3):
            assert await mesh.say("hola", f"+54911{number:08}") == f"reply {number + 1}"

        async def all_wait() -> bool:
            return answered == AT_ONCE

        await until(all_wait)
        assert SHADOWS.labels("dropped")._value.get() == before + 3
        hanging.set()


@pytest.mark.parametrize("stage", ["extract", "plan"])
async def test_what_the_slm_track_cannot_answer_the_legacy_one_does(tmp_path: Path, stage: str) -> None:
    async with running(tmp_path, enable_slm_pipeline="true") as mesh:
        scripted(mesh)
        good = getattr(mesh.fakes, stage)

        async def fail(request: Any) -> Any:
            if current_track.get() == "slm":
                raise RuntimeError("broken on purpose")
            return await good(request)

        setattr(mesh.fakes, stage, fail)
        assert await mesh.say("barba") == "reply 1"
    (row,) = await rows(sqlite_url(tmp_path, "gateway"), turns)
    assert (row.track, row.outcome, json.loads(row.fallbacks)) == ("slm", "ok", [])
    assert json.loads(row.instead) == [{"stage": stage, "reason": "INTERNAL"}]
    assert (row.source, row.plan_source) == (("cpu", "slm") if stage == "extract" else ("slm", "rules"))


async def test_on_the_legacy_track_nobody_else_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh:
        calls: list[str] = []

        async def fail(_request: Any) -> Any:
            calls.append(current_track.get())
            raise RuntimeError("broken on purpose")

        mesh.fakes.extract = fail  # type: ignore[method-assign, assignment]
        await mesh.say("hola")
        assert set(calls) == {"legacy"}
    (row,) = await rows(sqlite_url(tmp_path, "gateway"), turns)
    assert (row.outcome, json.loads(row.instead)) == ("degraded", [])


async def test_comparisons_go_when_their_turns_are_erased_and_do_not_come_back(
    database_url: str, tmp_path: Path
) -> None:
    async with running(tmp_path, gateway_database_url=database_url, slm_shadow_percent="100") as mesh:
        await mesh.say("hola")
        await mesh.say("hola", "+5491100000000")

        async def both_are_noted() -> bool:
            return len(await rows(database_url, shadows)) == 2

        await until(both_are_noted)
        turn_id = mesh.fakes.extracted[0].context.turn_id
    database = Database(database_url)
    try:
        await migrate(database, SCHEMA)
        erased = await Erasure(database).customer([SALON], [f"whatsapp:{CUSTOMER}"])
        assert erased["shadows"] == 1
        late = compare(SALON, turn_id, Reading("legacy"), Reading("slm"))
        await ComparisonStore(database).keep(late)
        assert [row.turn_id != turn_id for row in await rows(database_url, shadows)] == [True]
    finally:
        await database.close()
