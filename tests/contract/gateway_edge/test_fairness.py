"""One business's or one customer's flood before a real gateway: the others are answered as if it were not there."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Any

import httpx2
from grpc import aio

from gateway.domain.message import conversation_id
from pulpo.gateway.v1 import gateway_pb2 as pb
from pulpo.gateway.v1 import gateway_pb2_grpc
from tests.contract.gateway.fakes import INBOUND, WORKSPACES, Mesh, message, new_sid, reply_of, running
from tests.contract.gateway.test_overload import crowded, everybody_stored, first_refused, sorted_out, write
from tests.contract.gateway.test_turns import Gate
from tests.contract.gateway_edge.test_outbox import until
from workspace.loader import load_registry
from workspace.registry import Registry

SALON, VET = "estudio-pulpo", "veterinaria-cordillera"
VET_NUMBER = "whatsapp:+56229876543"
AT_ONCE = 4
Posts = dict[str, "asyncio.Task[httpx2.Response]"]


def write_to_the_vet(mesh: Mesh, customers: Collection[str]) -> Posts:
    """Everybody writes to the other business at once; each one's MessageSid and answer."""
    forms = {new_sid(): customer for customer in customers}
    return {sid: asyncio.create_task(mesh.post(message("hola", who, sid, To=VET_NUMBER))) for sid, who in forms.items()}


def begun(mesh: Mesh) -> list[str]:
    """The workspace of each turn that has begun, in order."""
    return [request.context.workspace_id for request in mesh.fakes.extracted]


async def send(mesh: Mesh, workspace_id: str, address: str) -> str:
    """A message over gRPC; its reply."""
    fields: dict[str, Any] = {"workspace_id": workspace_id, "from": address, "text": "hola", "message_id": address}
    async with aio.insecure_channel(f"127.0.0.1:{mesh.gateway.grpc_port}") as channel:
        stub = gateway_pb2_grpc.ConversationServiceStub(channel)
        return str((await stub.SendMessage(pb.SendMessageRequest(**fields), timeout=20)).message)


async def test_another_business_s_customers_are_all_answered_and_soon(tmp_path: Path) -> None:
    async with crowded(tmp_path, at_once=AT_ONCE) as (mesh, released):
        flood = write(mesh, [f"+54911{number:08}" for number in range(80)])
        await first_refused(flood)
        await until(lambda: len(begun(mesh)) == AT_ONCE, "the flood has every place")
        by_grpc = asyncio.create_task(send(mesh, VET, "app:1"))
        innocent = write_to_the_vet(mesh, [f"+56911{number:08}" for number in range(11)])
        await everybody_stored(tmp_path, innocent)
        released.set()
        assert {(await post).status_code for post in innocent.values()} == {200}
        assert (await by_grpc).startswith("reply ")
        taken, _ = await sorted_out(flood)
    order = begun(mesh)[AT_ONCE:]
    assert order.count(VET) == 12
    before_the_last = order[: len(order) - order[::-1].index(VET)].count(SALON)
    # one of theirs for one of ours, and as many as were called at the same time
    assert before_the_last <= 12 + AT_ONCE < len(taken) - AT_ONCE


async def test_who_floods_is_refused_and_not_who_comes_to_another_business(tmp_path: Path) -> None:
    async with crowded(tmp_path, at_once=1) as (mesh, released):
        flood = write(mesh, [f"+54911{number:08}" for number in range(40)])
        await first_refused(flood)
        innocent = write_to_the_vet(mesh, ["+56911111111"])
        assert (await mesh.post(message("hola", "+5491199999999"))).status_code == 503
        assert (await mesh.post(message("hola", "+5491199999999"), token="forged")).status_code == 403
        await everybody_stored(tmp_path, innocent)
        released.set()
        assert [reply_of(await post).startswith("reply ") for post in innocent.values()] == [True]
        await sorted_out(flood)


async def test_where_nobody_at_all_would_be_taken_nothing_is_read(tmp_path: Path) -> None:
    registry = Registry([each for each in load_registry(WORKSPACES) if each.id == SALON])
    async with running(tmp_path, registry=registry, turns_at_once=1) as mesh:
        gate = Gate(mesh, "hola")
        flood = write(mesh, [f"+54911{number:08}" for number in range(40)])
        await first_refused(flood)
        assert (await mesh.client.post(mesh.url() + INBOUND, content=b"anything")).status_code == 503
        gate.opened.set()
        await sorted_out(flood)


async def test_one_customer_s_many_messages_come_in_turn_with_the_others(tmp_path: Path) -> None:
    async with crowded(tmp_path, at_once=1) as (mesh, released):
        # pictures, because texts that wait are answered together
        picture = {"NumMedia": "1", "MessageType": "image", "MediaUrl0": "https://example.com/1"}
        picture["MediaContentType0"] = "image/jpeg"
        sids = [new_sid() for _ in range(6)]
        loud = {sid: asyncio.create_task(mesh.post(message("hola", sid=sid, **picture))) for sid in sids}
        await everybody_stored(tmp_path, loud)
        await until(lambda: len(begun(mesh)) == 1, "the first of them has begun")
        others = write(mesh, [f"+54911{number:08}" for number in range(3)])
        await everybody_stored(tmp_path, others)
        released.set()
        assert {(await post).status_code for post in (*loud.values(), *others.values())} == {200}
    own = conversation_id(SALON, "whatsapp:+5491155551234")
    order = [request.context.conversation_id == own for request in mesh.fakes.extracted]
    assert order.count(True) == 6
    last = len(order) - order[::-1].index(False)
    assert order[:last].count(True) <= 3, "one of theirs before each of the others, the first not counted, at most"
