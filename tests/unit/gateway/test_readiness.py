import asyncio

import pytest

from gateway.stages import readiness
from gateway.stages.readiness import Readiness


def made(database: bool = True, **services: bool) -> Readiness:
    async def is_up() -> bool:
        return database

    async def look(_timeout_s: float) -> dict[str, bool]:
        return services

    return Readiness(is_up, look)


async def test_all_is_well() -> None:
    ready = made(planner=True)
    assert await ready.look() == {"database": True, "planner": True}
    assert await ready.is_ready()


@pytest.mark.parametrize(("database", "planner"), [(False, True), (True, False)])
async def test_one_part_that_is_down_is_enough(database: bool, planner: bool) -> None:
    assert not await made(database, planner=planner).is_ready()


async def test_who_leaves_is_not_ready() -> None:
    ready = made(planner=True)
    ready.leave()
    assert await ready.look() == {"database": True, "planner": True, "gateway": False}
    assert not await ready.is_ready()


async def test_a_service_that_is_down_keeps_no_message_away() -> None:
    ready = made(planner=False)
    assert await ready.own() == {"database": True}
    ready.leave()
    assert await ready.own() == {"database": True, "gateway": False}


async def test_a_database_that_hangs_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> bool:
        return await asyncio.Event().wait()

    async def services(_timeout_s: float) -> dict[str, bool]:
        return {}

    monkeypatch.setattr(readiness, "CHECK_S", 0.01)
    assert await Readiness(hang, services).look() == {"database": False}


async def test_all_who_ask_share_one_question_to_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def database() -> bool:
        return True

    async def services(_timeout_s: float) -> dict[str, bool]:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return {"planner": asked == 1}

    ready = Readiness(database, services)
    assert all(each["planner"] for each in await asyncio.gather(*(ready.look() for _ in range(100))))
    assert (await ready.is_ready(), asked) == (True, 1)
    ready.leave()
    assert not await ready.is_ready(), "that it leaves is known at once"
    monkeypatch.setattr(readiness, "KEPT_S", 0.0)
    assert ((await ready.look())["planner"], asked) == (False, 2)


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    may_end = asyncio.Event()

    async def database() -> bool:
        return True

    async def services(_timeout_s: float) -> dict[str, bool]:
        return {"planner": await may_end.wait()}

    ready = Readiness(database, services)
    gone, stays = asyncio.create_task(ready.look()), asyncio.create_task(ready.look())
    await asyncio.sleep(0)
    gone.cancel()
    may_end.set()
    assert await stays == {"database": True, "planner": True}
