"""A whole mesh as real processes: what each was given, and what the others' secrets are good for."""

from pathlib import Path

import grpc
import pytest
from grpc import aio

from cli.local.credentials import CALLS, SERVICES
from pulpo.broker.v1.broker_pb2_grpc import BrokerServiceStub
from runtime.rpc.channel import open_channel
from runtime.rpc.identity import Credential
from runtime.rpc.interceptors import reason_of
from tests.mesh.tools.harness import Mesh
from tests.unit.broker.serving import action, execute_request


def given(mesh: Mesh, service: str) -> dict[str, str]:
    """The environment of a running service."""
    read = Path(f"/proc/{mesh.pid(service)}/environ").read_text(encoding="utf-8")
    return dict(entry.split("=", 1) for entry in read.split("\0") if "=" in entry)


def test_each_process_has_its_own_secrets_and_nobody_elses(mesh: Mesh) -> None:
    has = {service: given(mesh, service) for service in SERVICES}
    assert [service for service in SERVICES if "TWILIO_AUTH_TOKEN" in has[service]] == ["gateway"]
    secret = (mesh.data / "mesh-secret").read_text(encoding="ascii").strip()
    assert (mesh.data / "mesh-secret").stat().st_mode & 0o777 == 0o600
    for service in SERVICES:
        assert secret not in has[service].values()
        others = {has[other]["PULPO_MESH_KEY"] for other in SERVICES if other != service}
        assert has[service]["PULPO_MESH_KEY"] not in others
        shown = dict(part.split("=") for part in has[service].get("PULPO_MESH_TOKENS", "").split(",") if part)
        assert tuple(shown) == CALLS.get(service, ())


@pytest.mark.parametrize("service", ["extractor", "planner", "nlg", "agenda"])
async def test_with_all_that_a_service_was_given_nobody_acts_as_the_gateway(
    mesh: Mesh, service: str, customer: str
) -> None:
    has = given(mesh, service)
    tokens = [part.partition("=")[2] for part in has.get("PULPO_MESH_TOKENS", "").split(",") if part]
    wanted = execute_request(
        action("find_appointment_by_phone"), customer={"address": f"whatsapp:{customer}", "phone": customer}
    )
    for shown in (has["PULPO_MESH_KEY"], *tokens, mesh.credential("gateway", service).token):
        target = f"127.0.0.1:{mesh.environment['PULPO_BROKER_PORT']}"
        async with open_channel(target, shows=Credential("gateway", shown)) as channel:
            with pytest.raises(aio.AioRpcError) as refused:
                await BrokerServiceStub(channel).Execute(wanted, timeout=20)
        assert (refused.value.code(), reason_of(refused.value)) == (
            grpc.StatusCode.UNAUTHENTICATED,
            "CALLER_UNKNOWN",
        )


async def test_the_gateways_own_token_is_heard(mesh: Mesh, customer: str) -> None:
    wanted = execute_request(action("find_appointment_by_phone"), customer={"address": f"whatsapp:{customer}"})
    target = f"127.0.0.1:{mesh.environment['PULPO_BROKER_PORT']}"
    async with open_channel(target, shows=mesh.credential("gateway", "broker")) as channel:
        (found,) = (await BrokerServiceStub(channel).Execute(wanted, timeout=20)).observations
    assert found.output.fields["ok"].bool_value


def test_the_log_says_what_is_open(mesh: Mesh) -> None:
    for service, said in (("planner", "Plan"), ("gateway", "SendMessage"), ("agenda", "get_business_hours")):
        told = [line for line in mesh.log(service).splitlines() if "open to anybody on this machine" in line]
        assert said in told[0]
