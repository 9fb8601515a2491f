"""Nobody reaches a method of any service who may not: every method of every contract, by everybody who should not."""

import importlib
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from gateway.edge.booking_servicer import inspect
from runtime.rpc.callers import CallersFile, Registered, new_token, sum_of
from runtime.rpc.identity import BEARER_KEY, CALLER_KEY, TOKEN_KEY
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration
from runtime.settings import Settings
from tests.identity import credential, settings_of

CONTRACTS = {
    "pulpo.broker.v1.BrokerService": "broker.servicer",
    "pulpo.extractor.v1.ExtractorService": "extractor.servicer",
    "pulpo.gateway.v1.BookingService": "gateway.edge.booking_servicer",
    "pulpo.gateway.v1.ConversationService": "gateway.edge.servicer",
    "pulpo.nlg.v1.NlgService": "nlg.servicer",
    "pulpo.planner.v1.PlannerService": "planner.servicer",
    "pulpo.workspace.v1.WorkspaceService": "gateway.edge.workspace_servicer",
}
"""Every service, and the module whose CALLERS says who calls it."""
SALON = "estudio-pulpo"
OURS, THEIRS = "web:5f3c", "whatsapp:+5491155551234"
METHODS: dict[str, MethodDescriptor] = {
    f"/{name}/{method.name}": method
    for name, module in CONTRACTS.items()
    if importlib.import_module(module)
    for method in descriptor_pool.Default().FindServiceByName(name).methods
}


EVERY = tuple(method.name for method in METHODS.values())


def test_every_contract_is_looked_at() -> None:
    protos = Path(__file__).parents[3].joinpath("proto").rglob("*.proto")
    named = [
        line.split()[1] for file in protos for line in file.read_text().splitlines() if line.startswith("service ")
    ]
    assert sorted(named) == sorted(name.rpartition(".")[2] for name in CONTRACTS)


class World:
    """A server of every contract, as in production, that counts who reaches a method."""

    def __init__(self, folder: Path) -> None:
        self.file, self.reached = folder / "callers.json", 0
        self.tokens: dict[str, str] = {}
        self.callers: list[Registered] = []
        callers = {
            method: names
            for module in CONTRACTS.values()
            for method, names in importlib.import_module(module).CALLERS.items()
        }
        settings = Settings(
            _env_file=None, profile="production", data_dir=folder, **{**settings_of("broker"), "mesh_tokens": ""}
        )
        services = [Registration(name, self._add(name), inspect=inspect) for name in CONTRACTS]
        self.list("all", may=EVERY)
        self.list("head-office", may=EVERY, workspaces=("*",))
        self.server = GrpcServer(services, door=settings.door(callers))

    def _add(self, name: str) -> Any:
        async def serve(_request: Any, _context: Any) -> Any:
            self.reached += 1
            raise AssertionError("reached")

        def add(server: aio.Server) -> None:
            handlers = {
                method.name: grpc.unary_unary_rpc_method_handler(
                    serve,
                    request_deserializer=GetMessageClass(method.input_type).FromString,
                    response_serializer=GetMessageClass(method.output_type).SerializeToString,
                )
                for method in METHODS.values()
                if method.containing_service.full_name == name
            }
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))

        return add

    def list(self, name: str, **more: Any) -> str:
        """Lists one more caller, who may what `more` says; its token."""
        self.tokens[name] = new_token(name)
        known = {"workspaces": (SALON,), "channels": ("web:",), "may": (), "calls_per_minute": 100_000}
        known |= {"writes_per_minute": 100_000, "tokens": (sum_of(self.tokens[name]),), **more}
        self.callers = [each for each in self.callers if each.name != name] + [Registered(name=name, **known)]
        self.write()
        return self.tokens[name]

    def write(self) -> None:
        """Puts the list in force."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(CallersFile(callers=tuple(self.callers)).model_dump_json())
        fresh.replace(self.file)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[tuple[World, aio.Channel]]:
    made = World(tmp_path)
    port = await made.server.start("127.0.0.1", 0)
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield made, channel
    await made.server.stop(0, 0)


async def refusal(channel: aio.Channel, path: str, request: Any, *shown: tuple[str, str]) -> tuple[str, str]:
    call = channel.unary_unary(path, GetMessageClass(METHODS[path].input_type).SerializeToString, bytes)
    with pytest.raises(aio.AioRpcError) as refused:
        await call(request, timeout=60, metadata=shown)
    return refused.value.code().name, reason_of(refused.value)


def request_for(path: str, workspace: str = SALON, address: str = OURS) -> Any:
    """A request that names a business and a customer wherever its contract does."""
    request: Any = GetMessageClass(METHODS[path].input_type)()
    names = request.DESCRIPTOR.fields_by_name
    for name, value in (("workspace_id", workspace), ("customer_address", address), ("from", address)):
        if name in names:
            setattr(request, name, value)
    if "context" in names:
        request.context.workspace_id = workspace
    if "customer" in names:
        request.customer.address = address
    return request


def bearer(token: str) -> tuple[str, str]:
    return BEARER_KEY, f"Bearer {token}"


def strangers(world: World) -> Iterator[tuple[tuple[tuple[str, str], ...], str]]:
    """What people show who should not be let in, and the code that each is told."""
    known = world.tokens["all"]
    forged = [known[:-1], known + "A", known.swapcase(), new_token("all"), new_token("nobody"), sum_of(known), "", " "]
    yield (), "UNAUTHENTICATED"
    yield (bearer(world.list("weak")),), "PERMISSION_DENIED"
    for token in forged:
        yield (bearer(token),), "UNAUTHENTICATED"
    for name, token in itertools.product(("all", "gateway", "broker", "weak"), (*forged[:-2], "x" * 64)):
        yield ((CALLER_KEY, name), (TOKEN_KEY, token)), "UNAUTHENTICATED"
    for name in ("gateway", "broker"):
        yield ((CALLER_KEY, name), (TOKEN_KEY, known)), "UNAUTHENTICATED"
        yield credential(name, "nlg").headers, "UNAUTHENTICATED"
    yield ((BEARER_KEY, f"Basic {known}"),), "UNAUTHENTICATED"


async def test_no_stranger_reaches_any_method(world: tuple[World, aio.Channel]) -> None:
    made, channel = world
    tried = 0
    for (shown, code), path in itertools.product(list(strangers(made)), METHODS):
        told = await refusal(channel, path, request_for(path), *shown)
        assert told[0] == code, (path, shown, told)
        tried += 1
    assert (made.reached, tried >= 600) == (0, True)


async def test_no_caller_reaches_what_is_not_its_own(world: tuple[World, aio.Channel]) -> None:
    """Other businesses, and customers of other channels: nobody writes as a WhatsApp number, whatever else it may."""
    made, channel = world
    token = bearer(made.tokens["all"])
    acting = bearer(made.list("acting", may=EVERY, acts_for_customers=True))
    for path in METHODS:
        names = request_for(path).DESCRIPTOR.fields_by_name
        if "workspace_id" in names or "context" in names:
            for other in ("clinica-mascotas", "ESTUDIO-PULPO", f"{SALON} ", "*"):
                told = await refusal(channel, path, request_for(path, other), token)
                assert told == ("PERMISSION_DENIED", "WORKSPACE_NOT_ALLOWED"), path
        elif not path.endswith("ListWorkspaces"):
            told = await refusal(channel, path, request_for(path), token)
            assert told == ("PERMISSION_DENIED", "WORKSPACE_NOT_ALLOWED"), path
        if {"customer_address", "customer", "from"} & set(names):
            for address in (
                THEIRS,
                THEIRS.upper(),
                f" {THEIRS}",
                "web:",
                "webhook:1",
                "callcentre:7",
                "+5491155551234",
            ):
                told = await refusal(channel, path, request_for(path, address=address), token)
                assert told == ("PERMISSION_DENIED", "ADDRESS_NOT_ALLOWED"), (path, address)
        if path.endswith(("SendMessage", "RunTurn")):
            told = await refusal(channel, path, request_for(path, address=THEIRS), acting)
            assert told == ("PERMISSION_DENIED", "ADDRESS_NOT_ALLOWED")
    assert made.reached == 0


async def test_who_may_reaches_each_method_until_it_is_revoked(world: tuple[World, aio.Channel]) -> None:
    made, channel = world
    token = bearer(made.tokens["head-office"])
    for number, path in enumerate(METHODS, 1):
        assert await refusal(channel, path, request_for(path), token) == ("INTERNAL", "INTERNAL")
        assert made.reached == number
    made.callers = []
    made.write()
    for path in METHODS:
        assert await refusal(channel, path, request_for(path), token) == ("UNAUTHENTICATED", "CALLER_UNKNOWN")
    assert made.reached == len(METHODS)


async def test_quotas_are_a_callers_own_and_say_how_long_to_wait(world: tuple[World, aio.Channel]) -> None:
    made, channel = world
    path, read = "/pulpo.gateway.v1.BookingService/Book", "/pulpo.gateway.v1.BookingService/GetCatalogue"
    few = bearer(made.list("few", may=("Book", "GetCatalogue"), writes_per_minute=2, calls_per_minute=4))
    for _ in range(2):
        assert (await refusal(channel, path, request_for(path), few))[0] == "INTERNAL"
    assert await refusal(channel, path, request_for(path), few) == ("RESOURCE_EXHAUSTED", "CALLER_QUOTA")
    for _ in range(2):
        assert (await refusal(channel, read, request_for(read), few))[0] == "INTERNAL"
    assert await refusal(channel, read, request_for(read), few) == ("RESOURCE_EXHAUSTED", "CALLER_QUOTA")
    assert (await refusal(channel, path, request_for(path), bearer(made.tokens["all"])))[0] == "INTERNAL"
