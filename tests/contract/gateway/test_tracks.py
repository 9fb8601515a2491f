"""The table of tracks, a row at a time, through real gateways."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from prometheus_client import generate_latest

from gateway.domain.message import conversation_id
from gateway.tracks.track import Split, choose_track
from pulpo.gateway.v1 import gateway_pb2 as pb
from pulpo.gateway.v1 import gateway_pb2_grpc
from runtime.rpc.interceptors import reason_of
from tests.contract.gateway.fakes import Mesh, message, new_sid, running

TOKEN = "a-trusted-channel's-token"
SLM = {"x-pulpo-track": "slm"}
LEGACY = {"x-pulpo-track": "legacy"}
OLD = "a-token-without-any-name"
TOKENS = f"crm={TOKEN},writer:SendMessage={TOKEN},{OLD}"
TRUSTED = {"x-pulpo-caller": "crm", "x-pulpo-caller-token": TOKEN}
ON: dict[str, Any] = {"enable_slm_pipeline": "true"}


async def by_grpc(mesh: Mesh, headers: dict[str, str]) -> str:
    """The track of a message of another channel."""
    fields: dict[str, Any] = {"workspace_id": "estudio-pulpo", "from": "web:1", "text": "hola", "message_id": new_sid()}
    request = pb.SendMessageRequest(**fields)
    async with aio.insecure_channel(f"127.0.0.1:{mesh.gateway.grpc_port}") as channel:
        stub = gateway_pb2_grpc.ConversationServiceStub(channel)
        return str((await stub.SendMessage(request, timeout=20, metadata=tuple(headers.items()))).track)


async def by_webhook(mesh: Mesh, headers: dict[str, str], customer: str = "+5491155551234") -> str:
    """The track of a message by Twilio, as the services behind see it."""
    mesh.fakes.tracks.clear()
    response = await mesh.post(message("hola", customer), headers=headers)
    assert response.status_code == 200
    (track,) = mesh.fakes.tracks
    return track


ROWS = [
    ("a trusted caller's wish for slm", {}, {**SLM, **TRUSTED}, "slm"),
    ("a trusted caller's wish for legacy", ON, {**LEGACY, **TRUSTED}, "legacy"),
    ("anybody else's wish", {}, SLM, "legacy"),
    ("anybody else's wish, everybody on slm", ON, LEGACY, "slm"),
    ("a caller who may not choose", {}, {**SLM, **TRUSTED, "x-pulpo-caller": "writer"}, "legacy"),
    ("a token in the old form, without a name", {}, {**SLM, "x-pulpo-caller-token": OLD}, "slm"),
    ("a trusted caller's wish for no track", ON, {"x-pulpo-track": "gpt", **TRUSTED}, "slm"),
    ("disabled, whatever the share", {"enable_slm_pipeline": "false", "slm_canary_percent": "100"}, {}, "legacy"),
    ("unset", {}, {}, "legacy"),
    ("enabled without a share", ON, {}, "slm"),
    ("enabled with the share 0", {**ON, "slm_canary_percent": "0"}, {}, "slm"),
    ("enabled with the whole share", {**ON, "slm_canary_percent": "100"}, {}, "slm"),
]


@pytest.mark.parametrize(("settings", "headers", "track"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_a_row_of_the_table(
    tmp_path: Path, settings: dict[str, Any], headers: dict[str, str], track: str
) -> None:
    async with running(tmp_path, caller_tokens=TOKENS, **settings) as mesh:
        assert await by_grpc(mesh, headers) == track
        assert mesh.fakes.tracks == {track}
        assert await by_webhook(mesh, headers) == track


@pytest.mark.parametrize("tokens", ["", TOKENS])
async def test_a_token_that_proves_nothing_is_refused_and_not_heard_beside_a_signature(
    tmp_path: Path, tokens: str
) -> None:
    async with running(tmp_path, caller_tokens=tokens) as mesh:
        for wrong in ({"x-pulpo-caller": "crm"}, {"x-pulpo-caller": "nobody"}, {}):
            headers = {**SLM, **wrong, "x-pulpo-caller-token": TOKEN[::-1]}
            with pytest.raises(aio.AioRpcError) as refused:
                await by_grpc(mesh, headers)
            assert (refused.value.code(), reason_of(refused.value)) == (
                grpc.StatusCode.UNAUTHENTICATED,
                "CALLER_UNKNOWN",
            )
            assert await by_webhook(mesh, headers) == "legacy"
        assert await by_grpc(mesh, SLM) == "legacy"


async def test_where_no_mesh_routes_the_gateway_asks_the_tracks_own_address(tmp_path: Path) -> None:
    async with running(tmp_path / "slm") as canary:
        targets: dict[str, Any] = {
            f"{name}_slm_target": canary.targets[f"{name}_target"] for name in ("extractor", "planner", "nlg")
        }
        async with running(tmp_path / "stable", caller_tokens=TOKENS, **targets) as mesh:
            assert await by_grpc(mesh, {**SLM, **TRUSTED}) == "slm"
            assert (len(canary.fakes.extracted), len(canary.fakes.planned), len(canary.fakes.composed)) == (1, 1, 1)
            assert (mesh.fakes.extracted, mesh.fakes.planned, mesh.fakes.composed) == ([], [], [])
            assert await by_grpc(mesh, {**LEGACY, **TRUSTED}) == "legacy"
            assert len(canary.fakes.extracted) == len(mesh.fakes.extracted) == 1
            # a canary that is away is done without
            await canary.stop("extractor")
            await by_grpc(mesh, {**SLM, **TRUSTED})
            assert len(mesh.fakes.extracted) == 2


async def test_a_share_is_of_conversations_by_their_hash(tmp_path: Path) -> None:
    async with running(tmp_path, **ON, slm_canary_percent="50") as mesh:
        found = set()
        for number in range(12):
            customer = f"+54911{number:08}"
            conversation = conversation_id("estudio-pulpo", f"whatsapp:{customer}")
            track = choose_track(Split(50), "estudio-pulpo", conversation)
            assert [await by_webhook(mesh, {}, customer) for _ in range(2)] == [track, track]
            found.add(track)
        assert found == {"slm", "legacy"}


def shares() -> list[str]:
    """The split that the gateway's metrics tell of, and the shadow's share."""
    lines = generate_latest().decode().splitlines()
    return [line.split()[1] for line in lines if line.startswith(("pulpo_track_share{", "pulpo_shadow_share "))]


async def test_a_change_of_the_file_is_taken_up_while_no_messages_come(tmp_path: Path) -> None:
    async with running(tmp_path):
        assert shares() == ["0.0", "1.0", "0.0"]
        (tmp_path / "tracks.env").write_text("ENABLE_SLM_PIPELINE=true\nSLM_CANARY_PERCENT=10\nSLM_SHADOW_PERCENT=5\n")
        async with asyncio.timeout(30):
            while shares() != ["0.1", "0.9", "0.05"]:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("settings", "lines", "named"),
    [
        ({"ENABLE_SLM_PIPELINE": "yes"}, "", "ENABLE_SLM_PIPELINE"),
        ({"SLM_CANARY_PERCENT": "101"}, "", "SLM_CANARY_PERCENT"),
        ({"SLM_SHADOW_PERCENT": "some"}, "", "SLM_SHADOW_PERCENT"),
        ({"PULPO_CALLER_TOKENS": "secret"}, "", "PULPO_CALLER_TOKENS"),
        ({}, "SLM_CANARY_PERCENT=all", "SLM_CANARY_PERCENT"),
    ],
)
def test_anything_else_stops_the_start_up_with_a_line_that_names_it(
    tmp_path: Path, settings: dict[str, str], lines: str, named: str
) -> None:
    (tmp_path / "tracks.env").write_text(lines)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULPO_", "SLM_", "TWILIO_"))}
    environment = {
        **kept,
        "PYTHONPATH": "services",
        "PULPO_DATA_DIR": str(tmp_path),
        "PULPO_HTTP_PORT": "1",
        "PULPO_GATEWAY_METRICS_PORT": "0",
        **settings,
    }
    root = Path(__file__).resolve().parents[3]
    ended = subprocess.run(
        [sys.executable, "-m", "gateway"], env=environment, cwd=root, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode != 0
    assert [line for line in ended.stderr.splitlines() if named in line], ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr
