"""What a report is made from: turns and comparisons as a real gateway stores them, on both databases."""

import asyncio
from pathlib import Path
from typing import Any

from cli.canary.samples import latencies_of, samples_of
from cli.canary.verdict import Recommendation, VerdictLimits, judge
from gateway.storage.evidence import Evidence, Figures
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2
from runtime.data.database import Database
from runtime.rpc.deadline import current_track
from tests.contract.gateway.fakes import Mesh, running

TURNS = 12


async def figures(url: str, pairs: int, **options: Any) -> Figures:
    """What the database tells once so many comparisons are there."""
    database = Database(url)
    try:
        async with asyncio.timeout(30):
            while len((found := await Evidence(database).figures(3600, **options)).pairs) < pairs:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return found
    finally:
        await database.close()


async def extract(_request: Any) -> extractor_pb2.ExtractResponse:
    by_model = current_track.get() == "slm"
    source = extractor_pb2.SOURCE_SLM if by_model else extractor_pb2.SOURCE_CPU
    return extractor_pb2.ExtractResponse(
        intent=turn_pb2.INTENT_GREETING, confidence=0.7 if by_model else 0.9, source=source
    )


async def without_a_model(request: Any) -> extractor_pb2.ExtractResponse:
    if current_track.get() == "slm":
        raise RuntimeError("broken on purpose")
    return await extract(request)


async def chat(mesh: Mesh) -> None:
    """One message after the other, so that no comparison is dropped."""
    for number in range(TURNS):
        await mesh.say("hola", f"+54911{number:08}")


async def test_turns_and_comparisons_become_what_the_checks_are_about(database_url: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"gateway_database_url": database_url, "slm_shadow_percent": "100"}
    async with running(tmp_path, enable_slm_pipeline="true", slm_canary_percent="50", **settings) as mesh:
        mesh.fakes.extract = extract  # type: ignore[method-assign, assignment]
        await chat(mesh)
        found = await figures(database_url, TURNS)
    on_slm, on_legacy = len(latencies_of(found, "slm")), len(latencies_of(found, "legacy"))
    assert (on_slm + on_legacy, on_slm > 0, on_legacy > 0) == (TURNS, True, True)
    samples = samples_of(found)
    assert list(samples.slm_errors) == [False] * TURNS
    assert list(samples.legacy_errors) == [False] * TURNS
    assert list(samples.fallbacks) == [False] * TURNS
    assert [round(lost, 6) for lost in samples.confidence_lost] == [0.2] * TURNS
    assert list(samples.disagreements) == [False] * TURNS
    assert samples_of(await figures(database_url, 0, workspace="nobody")).slm_errors == []
    newest = max(*(turn.at for turn in found.turns), *(pair.at for pair in found.pairs))
    assert samples_of(await figures(database_url, 0, not_before=newest)).slm_errors == []


async def test_a_dead_model_is_a_verdict_with_its_reason(database_url: str, tmp_path: Path) -> None:
    async with running(tmp_path, gateway_database_url=database_url, enable_slm_pipeline="true") as mesh:
        mesh.fakes.extract = without_a_model  # type: ignore[method-assign]
        await chat(mesh)
        found = await figures(database_url, 0)
    samples = samples_of(found)
    assert (list(samples.slm_errors), list(samples.fallbacks)) == ([False] * TURNS, [True] * TURNS)
    verdict = judge(samples, VerdictLimits(fuse_turns=TURNS))
    assert verdict.recommendation is Recommendation.ROLL_BACK
    assert any("extract:INTERNAL" in reason for reason in verdict.reasons)


async def test_before_a_share_the_shadow_alone_tells(database_url: str, tmp_path: Path) -> None:
    async with running(tmp_path, gateway_database_url=database_url, slm_shadow_percent="100") as mesh:
        mesh.fakes.extract = without_a_model  # type: ignore[method-assign]
        await chat(mesh)
        found = await figures(database_url, TURNS)
    samples = samples_of(found)
    assert (list(samples.slm_errors), list(samples.legacy_errors)) == ([True] * TURNS, [False] * TURNS)
    assert (samples.confidence_lost, samples.disagreements) == ([], [])
    assert judge(samples, VerdictLimits(fuse_turns=TURNS)).recommendation is Recommendation.ROLL_BACK
