"""The whole mesh behind Envoy, as `pulpo mesh` starts it, with mutual TLS on every inner connection."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import httpx2
import pytest

from cli.local.envoy import find_envoy
from cli.support.webhook import INBOUND_PATH, new_message_sid
from pulpo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from tests.certificates import Authority, environment, write
from tests.mesh.tools.envoy_view import healthy_hosts
from tests.mesh.tools.front import lines
from tests.mesh.tools.harness import PATIENT, WAIT_S, Mesh, running_mesh, until
from tests.mesh.tools.rollout import Phase, drive, write_share
from tests.mesh.tools.traffic import Crowd, turns

pytestmark = pytest.mark.timeout(400)  # ten processes have to start first
TOKEN = "a-token-of-a-trusted-caller"
TRUSTED = (("x-pulpo-caller-token", TOKEN),)
AUTHORITY = Authority()
ON_SLM = (("x-pulpo-track", "slm"),)
BOOKING = "Reservar barba el martes 17/3 a las 11, soy Ana Ruiz ana@test.com"


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The watched file, with nobody on the slm track."""
    file = tmp_path_factory.mktemp("share") / "share.env"
    write_share(file, 0)
    return file


@pytest.fixture(scope="module")
def behind(share: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    if find_envoy() is None:
        pytest.skip("no Envoy: its wheel (requirements/mesh.txt) is not for this machine")
    certificates = environment(write(share.parent / "tls", AUTHORITY.issue("mesh"), AUTHORITY.pem))
    settings = {"PULPO_TRACK_FILE": str(share), "PULPO_CALLER_TOKENS": TOKEN, **certificates, **PATIENT}
    with running_mesh(tmp_path_factory.mktemp("mesh"), verb="mesh", **settings) as running:
        yield running


def send(
    mesh: Mesh, customer: str, text: str, metadata: tuple[tuple[str, str], ...]
) -> gateway_pb2.SendMessageResponse:
    """One message of another channel, by gRPC through Envoy's inner listener."""
    request = gateway_pb2.SendMessageRequest(workspace_id="estudio-pulpo", text=text, message_id=new_message_sid())
    setattr(request, "from", f"web:{customer}")
    mine = AUTHORITY.issue("a caller")
    credentials = grpc.ssl_channel_credentials(AUTHORITY.pem, mine.key, mine.cert)
    target = f"127.0.0.1:{mesh.environment['PULPO_GATEWAY_GRPC_PORT']}"
    with grpc.secure_channel(target, credentials) as channel:
        response: gateway_pb2.SendMessageResponse = gateway_pb2_grpc.ConversationServiceStub(channel).SendMessage(
            request, timeout=WAIT_S, metadata=metadata
        )
    return response


def test_a_signed_webhook_books_through_envoy(behind: Mesh, customer: str) -> None:
    reply = behind.say(customer, BOOKING)
    (row,) = behind.appointments(customer)
    assert str(row["booking_id"]) in reply
    assert [row[name] for name in ("date", "time", "status")] == ["2026-03-17", "11:00", "booked"]
    log = behind.data / "logs" / "envoy.log"
    passed = {"edge.inbound", "extractor.Extract", "planner.Plan", "broker.Execute", "nlg.Compose", "agenda/mcp"}
    until(lambda: passed <= {line["route"] for line in lines(log)}, "every hop is in Envoy's access log")
    text = log.read_text()
    assert not [word for word in (customer, customer[1:], "Ana", "ana@", "Reservar") if word in text]


def test_a_trusted_caller_inside_chooses_the_track_and_nobody_else(behind: Mesh, customer: str) -> None:
    assert send(behind, customer, "hola", TRUSTED + ON_SLM).track == "slm"
    assert send(behind, customer, "hola", ON_SLM).track == "legacy"
    assert send(behind, customer, "hola", TRUSTED).track == "legacy"


def test_from_outside_nobody_does_whatever_they_show(behind: Mesh, customer: str) -> None:
    sender = behind.sender(customer)
    form = sender.form("hola")
    headers = {"X-Twilio-Signature": sender.signature(form), **dict(TRUSTED + ON_SLM)}
    assert httpx2.post(behind.url + INBOUND_PATH, data=form, headers=headers, timeout=WAIT_S).status_code == 200
    assert turns(behind)[form["MessageSid"]].track == "legacy"


def test_with_the_canarys_extractor_killed_its_turns_are_answered_by_the_stable_one(
    behind: Mesh, customer: str
) -> None:
    pid = behind.pid("extractor-slm")
    behind.kill("extractor-slm")
    answer = send(behind, customer, "cuánto sale un corte?", TRUSTED + ON_SLM)
    assert (answer.track, "$3.500" in answer.message) == ("slm", True)
    (row,) = behind.rows(
        "gateway", "SELECT outcome, fallbacks FROM turns WHERE track = 'slm' ORDER BY finished_at DESC LIMIT 1"
    )
    assert (row["outcome"], row["fallbacks"]) == ("ok", "[]")
    until(lambda: behind.pid("extractor-slm") != pid, "the canary's extractor is started again")
    admin = f"127.0.0.1:{behind.environment['PULPO_ENVOY_ADMIN_PORT']}"
    until(lambda: asyncio.run(healthy_hosts(admin, "extractor-slm")) == 1, "Envoy gives it calls again", 90)


def test_while_the_share_grows_and_goes_back_and_the_canary_restarts_no_turn_fails(behind: Mesh, share: Path) -> None:
    phases = [Phase(0, 4), Phase(50, 10), Phase(0, 4)]
    crowd = Crowd(behind, customers=40)
    result = asyncio.run(drive(behind, share, phases, crowd, 4.0, [("extractor-slm",)], replicas=1))
    assert (result.failed, result.moved) == ({}, 0)
    assert [phase.on_slm > 0 for phase in result.phases] == [False, True, False]
    assert [one.names for one in result.restarts] == [("extractor-slm",)]


def test_the_whole_mesh_takes_up_new_certificates_without_a_restart(
    behind: Mesh, share: Path, new_customer: Callable[[], str]
) -> None:
    pids = [behind.pid(name) for name in ("gateway", "broker", "agenda", "extractor-legacy")]
    moving = Authority("the next one")
    for authorities, issuer in ((AUTHORITY.pem + moving.pem, AUTHORITY), (AUTHORITY.pem + moving.pem, moving)):
        write(share.parent / "tls", issuer.issue("mesh, later"), authorities)
        later = BOOKING.replace("martes 17/3", "martes 31/3" if issuer is moving else "martes 24/3")
        assert "PB-" in behind.say(new_customer(), later)
    assert pids == [behind.pid(name) for name in ("gateway", "broker", "agenda", "extractor-legacy")]
