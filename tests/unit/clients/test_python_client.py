"""The Python client: what it sends where, and that its generated code is of today's contracts."""

import importlib
import re
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool

from pulpo.gateway.v1 import booking_pb2, gateway_pb2
from pulpo.planner.v1 import planner_pb2
from pulpo_client import Reason
from pulpo_client.client import connection
from pulpo_client.proto.common.v1 import reason_pb2

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "clients" / "python"


def test_a_token_goes_nowhere_in_the_clear_but_to_this_machine() -> None:
    for here in ("127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/tmp/x"):
        assert connection(here, token="t", environment={}).metadata == (("authorization", "Bearer t"),)
    with pytest.raises(ValueError, match="in the clear"):
        connection("pulpo.example:50050", environment={"PULPO_TOKEN": "t"})
    assert connection("pulpo.example:50050", token="t", insecure=True, environment={}).credentials is None


def test_the_generated_code_is_of_todays_contracts() -> None:
    """Messages are the same as the services'; methods and reasons are those of the contracts."""
    pool = descriptor_pool.Default()
    services = importlib.import_module("pulpo_client._services")
    contracts = (booking_pb2, gateway_pb2, planner_pb2)
    for name in [each.full_name for file in contracts for each in file.DESCRIPTOR.services_by_name.values()]:
        for method in pool.FindServiceByName(name).methods:
            spelt = re.sub(r"(?<!^)(?=[A-Z])", "_", method.name).lower()
            for kind in ("", "Async"):
                assert hasattr(getattr(services, f"{kind}{name.rpartition('.')[2]}"), spelt)
    for file in (ROOT / "services" / "pulpo").rglob("*_pb2.py"):
        ours = file.read_text(encoding="utf-8")
        theirs = (PACKAGE / "src/pulpo_client/proto" / file.relative_to(ROOT / "services/pulpo")).read_text(
            encoding="utf-8"
        )
        assert serialized(ours) == serialized(theirs), f"{file.name}: run `make clients`"
    assert {each.name for each in Reason} == {
        name.removeprefix("REASON_") for name in reason_pb2.Reason.DESCRIPTOR.values_by_name
    }


def serialized(code: str) -> str:
    (found,) = re.findall(r"AddSerializedFile\((b.*)\)", code)
    return str(found)
