"""Who gives way when there are too many."""

import asyncio

from runtime.places import Places


async def hold(places: Places, owner: str, gone: list[str], name: str, seconds: float | None = None) -> None:
    """Holds a place until it has to give way, and says so."""
    try:
        async with places.hold(seconds, owner):
            await asyncio.Event().wait()
    except TimeoutError:
        gone.append(name)


async def settle() -> None:
    """Lets everything that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_oldest_of_who_has_most_gives_way() -> None:
    places, gone = Places(4), list[str]()
    names = ("quiet", "loud-1", "loud-2", "loud-3", "late", "loud-4")
    tasks = []
    for name in names:
        tasks.append(asyncio.create_task(hold(places, name.partition("-")[0], gone, name)))
        await settle()
    assert gone == ["loud-1", "loud-2"]
    assert len(places) == 4
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert len(places) == 0


async def test_a_place_is_free_again_when_its_time_is_up_or_its_block_ends() -> None:
    places, gone = Places(1), list[str]()
    await hold(places, "", gone, "late", seconds=0)
    assert (gone, len(places)) == (["late"], 0)
    async with places.hold(60):
        assert len(places) == 1
    assert len(places) == 0
