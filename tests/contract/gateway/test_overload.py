"""More messages than can be answered: who is taken is answered, who is not is told so at once and loses nothing."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx2
import pytest
from grpc import aio
from sqlalchemy import select

from gateway.storage.tables import inbox
from pulpo.gateway.v1 import gateway_pb2 as pb
from pulpo.gateway.v1 import gateway_pb2_grpc
from runtime.data.database import Database, sqlite_url
from runtime.rpc.interceptors import reason_of
from tests.contract.gateway.fakes import STATUS, Mesh, callback, message, new_sid, reply_of, running
from tests.contract.gateway.test_turns import Gate
from tests.contract.gateway_edge.test_outbox import until

Posts = dict[str, "asyncio.Task[httpx2.Response]"]


@asynccontextmanager
async def crowded(folder: Path, at_once: int) -> AsyncIterator[tuple[Mesh, asyncio.Event]]:
    """A gateway of so many turns at once whose turns wait for an event."""
    async with running(folder, turns_at_once=at_once) as mesh:
        released = Gate(mesh, "hola").opened
        try:
            yield mesh, released
        finally:
            released.set()


def write(mesh: Mesh, customers: Collection[str]) -> Posts:
    """Everybody writes at once; each one's MessageSid and answer."""
    forms = {new_sid(): customer for customer in customers}
    return {sid: asyncio.create_task(mesh.post(message("hola", who, sid))) for sid, who in forms.items()}


async def first_refused(posts: Posts) -> None:
    """Returns once somebody has been refused; nobody is answered before."""
    done, _ = await asyncio.wait(posts.values(), return_when=asyncio.FIRST_COMPLETED)
    assert {task.result().status_code for task in done} == {503}


async def stored(folder: Path) -> set[str]:
    """The ids of all messages that are stored."""
    database = Database(sqlite_url(folder, "gateway"))
    try:
        async with database.read() as connection:
            return set((await connection.scalars(select(inbox.c.message_id))).all())
    finally:
        await database.close()


async def everybody_stored(folder: Path, posts: Posts) -> None:
    """Returns once all these messages are stored."""

    async def are_stored() -> bool:
        return posts.keys() <= await stored(folder)

    await until(are_stored, "they are stored")


async def sorted_out(posts: Posts) -> tuple[list[str], list[str]]:
    """The ids of those answered and of those refused."""
    answers = {sid: await task for sid, task in posts.items()}
    assert {answer.status_code for answer in answers.values()} == {200, 503}
    assert all(reply_of(answer) for answer in answers.values() if answer.status_code == 200)  # late on a busy machine
    assert {answer.text for answer in answers.values() if answer.status_code == 503} == {
        "OVERLOADED: There are too many messages at once.\n"
    }
    taken = [sid for sid, answer in answers.items() if answer.status_code == 200]
    return taken, [sid for sid in posts if sid not in taken]


async def test_who_could_not_be_answered_in_time_is_refused_at_once_and_may_come_again(tmp_path: Path) -> None:
    customers = [f"+54911{number:08}" for number in range(40)]
    async with crowded(tmp_path, at_once=1) as (mesh, released):
        posts = write(mesh, customers)
        await first_refused(posts)
        assert (await mesh.client.get(f"{mesh.url()}/healthz")).status_code == 200
        assert (await mesh.post(callback(new_sid(), "read"), STATUS)).status_code == 204
        released.set()
        taken, refused = await sorted_out(posts)
        assert await stored(tmp_path) == set(taken), "who is refused is not stored"
        for sid, customer in zip(posts, customers, strict=True):
            again = await mesh.post(message("hola", customer, sid))
            assert reply_of(again) == (reply_of(await posts[sid]) if sid in taken else f"reply {len(taken) + 1}")
            if sid in refused:
                taken.append(sid)


async def test_other_channels_are_told_the_same(tmp_path: Path) -> None:
    async with crowded(tmp_path, at_once=1) as (mesh, released):
        posts = write(mesh, [f"+54911{number:08}" for number in range(40)])
        await first_refused(posts)
        fields: dict[str, Any] = {"workspace_id": "estudio-pulpo", "from": "app:1", "text": "hola", "message_id": "1"}
        request = pb.SendMessageRequest(**fields)
        async with aio.insecure_channel(f"127.0.0.1:{mesh.gateway.grpc_port}") as channel:
            stub = gateway_pb2_grpc.ConversationServiceStub(channel)
            with pytest.raises(aio.AioRpcError) as caught:
                await stub.SendMessage(request, timeout=20)
            assert (caught.value.code(), reason_of(caught.value)) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
            released.set()
            await sorted_out(posts)
            response = await stub.SendMessage(request, timeout=20)
            assert response.message.startswith("reply ")


async def test_only_so_many_turns_run_at_once(tmp_path: Path) -> None:
    async with crowded(tmp_path, at_once=2) as (mesh, released):
        posts = write(mesh, [f"+54911{number:08}" for number in range(8)])
        await everybody_stored(tmp_path, posts)
        await until(lambda: len(mesh.fakes.extracted) >= 2, "two turns have begun")
        assert len(mesh.fakes.extracted) == 2
        released.set()
        assert {reply_of(await post) for post in posts.values()} == {f"reply {number}" for number in range(1, 9)}


async def test_one_customer_cannot_keep_the_others_out(tmp_path: Path) -> None:
    async with crowded(tmp_path, at_once=8) as (mesh, released):
        loud = {sid: asyncio.create_task(mesh.post(message("hola", sid=sid))) for sid in (new_sid() for _ in range(40))}
        await first_refused(loud)
        others = write(mesh, [f"+54911{number:08}" for number in range(20)])
        await everybody_stored(tmp_path, others)
        released.set()
        assert {(await post).status_code for post in others.values()} == {200}
        answers = [await post for post in loud.values()]
        assert {answer.status_code for answer in answers} == {200, 503}
        assert any(reply_of(answer) for answer in answers if answer.status_code == 200)
