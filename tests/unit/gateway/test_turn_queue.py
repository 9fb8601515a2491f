import asyncio

from gateway.conversation.scheduling import TurnQueue


async def test_the_earliest_goes_first_however_they_came() -> None:
    queue, order = TurnQueue(), []
    everybody = asyncio.Barrier(3)

    async def wait(seq: int) -> None:
        with queue.place("c", seq) as place:
            await everybody.wait()
            await place.first()
            order.append(seq)

    await asyncio.gather(wait(3), wait(1), wait(2))
    assert order == [1, 2, 3]


async def test_conversations_do_not_wait_for_one_another() -> None:
    queue = TurnQueue()
    with queue.place("a", 1), queue.place("b", 2) as other:
        await other.first()


async def test_who_gives_up_lets_the_next_through() -> None:
    queue = TurnQueue()
    entered = asyncio.Event()

    async def hold() -> None:
        with queue.place("c", 1):
            entered.set()
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold())
    await entered.wait()
    with queue.place("c", 2) as second:
        waiting = asyncio.create_task(second.first())
        await asyncio.sleep(0)
        assert not waiting.done()
        holding.cancel()
        await waiting
