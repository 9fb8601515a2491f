"""Gateways as real processes, killed in the middle of a turn."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from cli.local.processes import SOURCE, free_ports
from gateway.storage.tables import inbox
from tests.contract.gateway.fakes import INBOUND, Mesh, message, new_sid, running
from tests.contract.gateway.test_turns import Gate, arrived, rows
from tests.contract.gateway.twilio_stub import ACCOUNT, TwilioStub, refusing, twilio
from tests.contract.gateway_edge.test_outbox import by_rest, is_at, late, until
from tests.first_form import write_first_form
from tests.mesh.tools.harness import ROOT

ANA = "+5491155551234"


def environment(folder: Path, mesh: Mesh, **extra: str) -> dict[str, str]:
    """Where a gateway's process finds the fakes, its database, and businesses of the first form."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULPO_", "TWILIO_", "SLM_"))}
    targets = {f"PULPO_{name.upper()}": target for name, target in mesh.targets.items()}
    own = {"PULPO_DATA_DIR": str(folder), "PYTHONPATH": str(SOURCE), "PULPO_LEASE_S": "1", "PULPO_EXTRACT_S": "9"}
    own["PULPO_WORKSPACES_DIR"] = str(write_first_form(folder / "workspaces"))
    return {**kept, **targets, **own, "PULPO_GATEWAY_JOIN_WAIT_S": "0", **extra}


def credentials(stub: TwilioStub) -> dict[str, str]:
    """What lets a gateway call the stub."""
    return {"TWILIO_ACCOUNT_SID": ACCOUNT, "PULPO_TWILIO_API_URL": stub.url, "PULPO_SETTLE_S": "0.05"}


@contextmanager
def process(settings: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A gateway's process and its URL; killed at the end."""
    http, grpc = free_ports(2)
    ports = {"PULPO_HTTP_PORT": str(http), "PULPO_GATEWAY_GRPC_PORT": str(grpc), "PULPO_GATEWAY_METRICS_PORT": "0"}
    command = [sys.executable, "-m", "gateway"]
    started = subprocess.Popen(command, env={**settings, **ports}, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield started, f"http://127.0.0.1:{http}"
    finally:
        started.kill()
        started.wait()


async def answers(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether a gateway is up."""
    try:
        return (await client.get(f"{url}/healthz")).status_code == 200
    except httpx2.HTTPError:
        return False


async def killed_in_a_turn(folder: Path, mesh: Mesh, settings: dict[str, str], sid: str) -> None:
    """A gateway gets a message and is killed while the extractor reads it."""
    gate = Gate(mesh, "hola")
    with process(settings) as (victim, url):
        await until(lambda: answers(mesh.client, url), "the gateway is up")
        said = asyncio.create_task(post(mesh, url, sid))
        await gate.reached.wait()
        victim.kill()
        with pytest.raises(httpx2.HTTPError):
            await said
    gate.opened.set()
    assert [row.status for row in await rows(folder, inbox) if row.message_id == sid] == ["running"]


async def post(mesh: Mesh, url: str, sid: str, text: str = "hola") -> httpx2.Response:
    """The customer's message, signed for a gateway."""
    form = message(text, ANA, sid)
    return await mesh.client.post(url + INBOUND, data=form, headers=signed(url, form))


def signed(url: str, form: dict[str, str]) -> dict[str, str]:
    """The headers of a webhook to a gateway."""
    return {"X-Twilio-Signature": RequestValidator("dev-token").compute_signature(url + INBOUND, form)}


def pulpo(settings: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the command line."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *command],
        env=settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def command(settings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """The same beside a gateway or a stub that runs in this process."""
    return await asyncio.to_thread(pulpo, settings, *words)


async def listed(settings: dict[str, str]) -> list[dict[str, object]]:
    """What `pulpo outbox list` shows."""
    found: list[dict[str, object]] = json.loads((await command(settings, "outbox", "list", "--json")).stdout)
    return found


async def test_a_customer_whose_gateway_was_killed_gets_exactly_one_message(tmp_path: Path) -> None:
    sid = new_sid()
    async with twilio() as stub, running(tmp_path, gateways=0) as mesh:
        settings = environment(tmp_path, mesh, **credentials(stub))
        await killed_in_a_turn(tmp_path, mesh, settings, sid)
        assert stub.created == []
        with process(settings) as (_, first), process(settings) as (_, second):
            await until(lambda: is_at(tmp_path, "sent"), "another gateway answers")
            ids = {(each.context.turn_id, each.context.conversation_id) for each in mesh.fakes.extracted}
            assert (len(mesh.fakes.extracted), len(ids)) == (2, 1)
            for url in (first, second):
                await until(lambda url=url: answers(mesh.client, url), "it is up")  # type: ignore[misc]
                assert "<Message" not in (await post(mesh, url, sid)).text
        assert [(each["to"], each["body"]) for each in stub.accepted] == [(f"whatsapp:{ANA}", "reply 1")]
        assert len(stub.created) == 1


async def test_messages_that_were_to_be_answered_together_are_when_their_gateway_is_killed(tmp_path: Path) -> None:
    greeting, wish = new_sid(), new_sid()
    async with twilio() as stub, running(tmp_path, gateways=0) as mesh:
        settings = environment(
            tmp_path, mesh, **credentials(stub), PULPO_GATEWAY_JOIN_WAIT_S="5", PULPO_ACK_AFTER_S="9"
        )
        gate = Gate(mesh, "hola\nquiero un turno")
        with process(settings) as (victim, url):
            await until(lambda: answers(mesh.client, url), "the gateway is up")
            first = asyncio.create_task(post(mesh, url, greeting))
            await arrived(tmp_path, 1)
            second = asyncio.create_task(post(mesh, url, wish, "quiero un turno"))
            await gate.reached.wait()
            assert "<Message" not in (await first).text
            victim.kill()
            with pytest.raises(httpx2.HTTPError):
                await second
        gate.opened.set()
        with process(settings) as (_, one):
            await until(lambda: is_at(tmp_path, "sent"), "another gateway answers")
            for sid in (greeting, wish):
                assert "<Message" not in (await post(mesh, one, sid)).text
        assert [request.text for request in mesh.fakes.extracted] == ["hola\nquiero un turno"] * 2
        assert [each["body"] for each in stub.accepted] == ["reply 1"]
    assert [row.status for row in await rows(tmp_path, inbox)] == ["answered"] * 2


async def test_messages_in_flight_when_their_gateway_is_killed_are_all_answered_once(tmp_path: Path) -> None:
    sids, texts = [new_sid() for _ in range(3)], ["hola", "dos", "tres"]
    async with twilio() as stub, running(tmp_path, gateways=0) as mesh:
        settings = environment(tmp_path, mesh, **credentials(stub))
        gate = Gate(mesh, "hola")
        with process(settings) as (victim, url):
            await until(lambda: answers(mesh.client, url), "the gateway is up")
            sent = []
            for number, (sid, text) in enumerate(zip(sids, texts, strict=True)):
                sent.append(asyncio.create_task(post(mesh, url, sid, text)))
                await arrived(tmp_path, number + 1)
            await gate.reached.wait()
            victim.kill()
            assert all(
                isinstance(each, httpx2.HTTPError) for each in await asyncio.gather(*sent, return_exceptions=True)
            )
        gate.opened.set()
        mesh.fakes.extracted.clear()
        with process(settings), process(settings):
            await until(lambda: are_answered(tmp_path, 3), "all are answered")
            kept = await rows(tmp_path, inbox)
            own = sum(not row.joined for row in kept)
            await until(lambda: is_at(tmp_path, *["sent"] * own), "all replies go out")
        heard = "\n".join(request.text for request in mesh.fakes.extracted)
        assert heard.split("\n") == texts, "each in one turn, as they came"
        assert len(stub.accepted) == len(stub.created) == own


async def are_answered(folder: Path, count: int) -> bool:
    """Whether so many messages have their answer."""
    return [row.status for row in await rows(folder, inbox)] == ["answered"] * count


async def test_a_greeting_that_waits_when_its_gateway_is_killed_is_answered(tmp_path: Path) -> None:
    async with twilio() as stub, running(tmp_path, gateways=0) as mesh:
        settings = environment(tmp_path, mesh, **credentials(stub), PULPO_GATEWAY_JOIN_WAIT_S="5")
        with process(settings) as (victim, url):
            await until(lambda: answers(mesh.client, url), "the gateway is up")
            said = asyncio.create_task(post(mesh, url, new_sid()))
            await arrived(tmp_path, 1)
            victim.kill()
            with pytest.raises(httpx2.HTTPError):
                await said
        assert mesh.fakes.extracted == []
        with process(settings):
            await until(lambda: is_at(tmp_path, "sent"), "another gateway answers")
        assert stub.bodies == ["reply 1"]


async def test_without_credentials_it_is_listed_until_somebody_decides(tmp_path: Path) -> None:
    sid = new_sid()
    async with twilio() as stub, running(tmp_path, gateways=0) as mesh:
        settings = environment(tmp_path, mesh)
        await killed_in_a_turn(tmp_path, mesh, settings, sid)
        await until(lambda: listed(settings), "it is listed")
        letter = (await listed(settings))[0]
        assert (letter["kind"], letter["reason"], letter["workspace"]) == ("unanswered", "CRASHED", "estudio-pulpo")
        assert set(letter) == {"id", "workspace", "age_s", "kind", "reason"}
        shown = await command(settings, "outbox", "list")
        assert str(letter["id"]) in shown.stdout
        assert ANA not in shown.stdout
        refused = await command(settings, "outbox", "replay", "--all")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        able = {**settings, **credentials(stub)}
        assert (await command(able, "outbox", "replay", str(letter["id"]))).returncode == 0
        with process(able):
            await until(lambda: is_at(tmp_path, "sent"), "it is answered after all")
        assert stub.bodies == ["reply 1"]
        assert await listed(settings) == []


async def test_a_dead_letter_is_replayed_or_dropped(tmp_path: Path) -> None:
    async with twilio() as stub, by_rest(tmp_path, stub) as mesh:
        settings = environment(tmp_path, mesh, **credentials(stub))
        stub.next = [refusing(63016), refusing(21610)]
        await late(mesh, "uno")
        await late(mesh, "dos")
        await until(lambda: is_at(tmp_path, "dead", "dead"), "both are dead letters")
        first, second = await listed(settings)
        assert {first["reason"], second["reason"]} == {"TWILIO_63016", "TWILIO_21610"}
        dropped = await command(settings, "outbox", "drop", str(second["id"]))
        assert dropped.stdout == f"{second['id']}: dropped\n"
        again = await command(settings, "outbox", "drop", str(second["id"]), "--json")
        assert (again.returncode, json.loads(again.stdout)) == (1, {second["id"]: "no such letter"})
        assert (await command(settings, "outbox", "replay", "--all")).returncode == 0
        await until(lambda: is_at(tmp_path, "sent", "dropped"), "it is sent after all")
        assert len(stub.accepted) == 1
        assert await listed(settings) == []


def test_without_a_database_it_is_one_line(tmp_path: Path) -> None:
    settings = {**os.environ, "PULPO_DATA_DIR": str(tmp_path), "PYTHONPATH": str(SOURCE)}
    done = pulpo(settings, "outbox", "list")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "NO_DATABASE" in done.stderr
    assert list(tmp_path.iterdir()) == []
