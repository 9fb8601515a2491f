"""Turns through a real gateway: repeats, order, stages that fail."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.gateway_fakes import Mesh, new_sid, running


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


async def test_a_message_gets_its_reply(mesh: Mesh) -> None:
    assert await mesh.say("hola") == "reply 1"
    assert [request.text for request in mesh.fakes.extracted] == ["hola"]
    assert mesh.fakes.tracks == {"legacy"}


async def test_the_same_message_a_hundred_times_at_once_is_one_turn(mesh: Mesh) -> None:
    sid = new_sid()
    replies = await asyncio.gather(*(mesh.say("hola", sid=sid) for _ in range(100)))
    assert set(replies) == {"reply 1"}
    assert len(mesh.fakes.extracted) == 1
    assert await mesh.say("hola", sid=sid) == "reply 1"
    assert len(mesh.fakes.composed) == 1
