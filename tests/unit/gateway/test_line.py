import asyncio

from gateway.line import Line


async def test_the_earliest_goes_first_however_they_came() -> None:
    line, order = Line(), []
    everybody = asyncio.Barrier(3)

    async def wait(seq: int) -> None:
        with line.place("c", seq) as place:
            await everybody.wait()
            await place.first()
            order.append(seq)

    await asyncio.gather(wait(3), wait(1), wait(2))
    assert order == [1, 2, 3]


async def test_conversations_do_not_wait_for_one_another() -> None:
    line = Line()
    with line.place("a", 1), line.place("b", 2) as other:
        await other.first()


async def test_who_gives_up_lets_the_next_through() -> None:
    line = Line()
    entered = asyncio.Event()

    async def hold() -> None:
        with line.place("c", 1):
            entered.set()
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold())
    await entered.wait()
    with line.place("c", 2) as second:
        waiting = asyncio.create_task(second.first())
        await asyncio.sleep(0)
        assert not waiting.done()
        holding.cancel()
        await waiting
