"""Execute and Evaluate over a real gRPC server, against real MCP servers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from prometheus_client import REGISTRY

from broker.settings import BrokerSettings
from broker.wiring import moved, open_broker
from pulpo.common.v1 import action_pb2 as common
from runtime.errors import PulpoError
from runtime.rpc.interceptors import reason_of
from tests.service_logs import service_logs
from tests.unit.broker.builders import ADDRESS, BOOKING, PHONE, ROOT
from tests.unit.broker.serving import Served, action, serving
from tests.unit.broker.tool_servers import ToolServer, tool_server
from turn.converters import struct_from
from workspace.loader import load_registry

CHECK, BOOK, FIND = "check_service_availability", "book_appointment", "find_appointment_by_phone"
CHECK_THEN_BOOK = (action(CHECK), action(BOOK))
OK, REFUSED, FAILED, UNKNOWN, SKIPPED = (
    common.OBSERVATION_STATUS_OK,
    common.OBSERVATION_STATUS_REFUSED,
    common.OBSERVATION_STATUS_FAILED,
    common.OBSERVATION_STATUS_UNKNOWN,
    common.OBSERVATION_STATUS_SKIPPED,
)


def always(answer: dict[str, Any]) -> Any:
    async def behave(_args: Any, _meta: Any) -> Any:
        return answer

    return behave


async def until(condition: Callable[[], bool]) -> None:
    """Waits until something that another task does has happened."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - metrics are counters, they cannot be waited for
            await asyncio.sleep(0.005)


@pytest.fixture
async def tools() -> AsyncIterator[ToolServer]:
    async with tool_server() as one:
        one.behaviours |= {
            CHECK: always({"ok": True, "times": ["10:00", "10:15"]}),
            BOOK: always({"ok": True, "booking_id": "PB-AAAAAA"}),
            FIND: always({"ok": True, "appointments": [{"booking_id": "PB-AAAAAA"}]}),
        }
        yield one


@pytest.fixture
async def broker(tools: ToolServer, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, tools.url) as one:
        yield one


async def test_a_booking_is_checked_then_made(broker: Served, tools: ToolServer) -> None:
    check, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (check.status, book.status) == (OK, OK)
    assert book.decision.outcome == common.OUTCOME_ALLOW
    assert struct_from(book.output) == {"ok": True, "booking_id": "PB-AAAAAA"}
    assert struct_from(book.args) == {**BOOKING, "client_phone": PHONE}
    assert (book.attempts, book.HasField("error")) == (1, False)
    assert book.duration.ToNanoseconds() > 0
    assert [call.args for call in tools.calls] == [
        {"service_type": "Corte de Cabello", "date_str": "2026-03-12"},
        {**BOOKING, "client_phone": PHONE},
    ]


async def test_what_a_model_forges_never_reaches_a_tool(broker: Served, tools: ToolServer) -> None:
    forged = {
        "workspace_id": "veterinaria-cordillera",
        "customer": "whatsapp:+5490000000000",
        "customer_phone": "+5490000000000",
        "idempotency_key": "mine",
        "now": "2020-01-01T00:00:00Z",
        "dev.pulpo/customer": "whatsapp:+5490000000000",
        "_meta": {"dev.pulpo/customer": "whatsapp:+5490000000000"},
        "client_phone": "+5490000000000",
    }
    seen = await broker.execute(action(CHECK, **forged), action(BOOK, **forged), action(FIND, **forged))
    assert [one.status for one in seen] == [OK, OK, OK]
    assert [call.args.get("client_phone") for call in tools.calls] == [None, PHONE, PHONE]
    for call in tools.calls:
        ours = {name: value for name, value in call.meta.items() if name.startswith("dev.pulpo/")}
        key = ours.pop("dev.pulpo/idempotency_key", None)
        assert (key is not None) is (call.tool == BOOK)
        assert key != "mine"
        assert ours == {
            "dev.pulpo/workspace_id": "estudio-pulpo",
            "dev.pulpo/customer": ADDRESS,
            "dev.pulpo/customer_phone": PHONE,
            "dev.pulpo/now": "2026-03-11T13:00:00+00:00",
        }


async def test_a_time_that_the_check_does_not_list_is_not_booked(broker: Served, tools: ToolServer) -> None:
    tools.behaviours[CHECK] = always({"ok": True, "times": ["11:00"]})
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert (book.status, book.error.reason, book.attempts) == (SKIPPED, "NOT_AVAILABLE", 0)
    assert not book.HasField("output")
    assert tools.tools() == [CHECK]


async def test_a_no_is_a_result(broker: Served, tools: ToolServer) -> None:
    tools.behaviours[BOOK] = always({"ok": False, "reason": "TAKEN", "times": ["11:00"]})
    _, book = await broker.execute(*CHECK_THEN_BOOK)
    assert book.status == OK
    assert struct_from(book.output) == {"ok": False, "reason": "TAKEN", "times": ["11:00"]}


async def test_what_is_missing_is_asked_for_in_order(broker: Served, tools: ToolServer) -> None:
    (book,) = await broker.execute(action(BOOK), slots={"service_type": "Barba", "client_name": " "})
    assert (book.status, book.decision.outcome) == (REFUSED, common.OUTCOME_ASK_CLARIFICATION)
    assert book.decision.why == "MISSING_SLOTS"
    assert list(book.decision.needs) == ["preferred_date", "preferred_time", "client_name", "client_email"]
    assert tools.tools() == []


async def test_only_ones_own_appointments_can_be_cancelled(broker: Served, tools: ToolServer) -> None:
    cancel, steal = (action("cancel_appointment", booking_id=id_) for id_ in ("PB-AAAAAA", "PB-BBBBBB"))
    own, other = await broker.execute(cancel, steal, confirmed=True)
    assert (own.status, other.status, other.decision.why) == (OK, REFUSED, "NOT_OWNER")
    assert [call.args for call in tools.calls if call.tool == FIND] == [{"client_phone": PHONE}] * 2
    assert [call.args for call in tools.calls if call.tool == "cancel_appointment"] == [{"booking_id": "PB-AAAAAA"}]


async def test_evaluate_decides_the_same_and_does_nothing(broker: Served, tools: ToolServer) -> None:
    cancel = action("cancel_appointment", booking_id="PB-AAAAAA")
    check, book, asked = await broker.evaluate(*CHECK_THEN_BOOK, cancel)
    assert [check.outcome, book.outcome] == [common.OUTCOME_ALLOW] * 2
    assert (asked.outcome, asked.why) == (common.OUTCOME_ASK_CLARIFICATION, "CONFIRMATION_REQUIRED")
    assert set(tools.tools()) == {FIND}


async def test_a_basic_workspace_is_limited_and_told_so(tools: ToolServer, tmp_path: Path) -> None:
    async with serving(tmp_path, tools.url, tier="basic") as broker:
        limited = []
        for number in range(22):  # more than two minutes hold, should a minute begin in between
            (hours,) = await broker.execute(action("get_business_hours"), context={"turn_id": f"turn {number}"})
            limited += [hours.decision.why] if hours.status == REFUSED else []
    assert limited
    assert set(limited) == {"RATE_LIMITED"}
    assert len(tools.calls) == 22 - len(limited)


async def test_limits_survive_a_restart(tools: ToolServer, tmp_path: Path) -> None:
    limits = {"reads_per_minute": 1, "workspace_per_second": 100}
    seen = []
    for _ in range(3):
        async with serving(tmp_path, tools.url, policy={"limits": limits}) as broker:
            seen += await broker.execute(action("get_business_hours"))
    assert [one.status for one in seen].count(OK) <= 2  # two when a minute began in between
    assert seen[-1].status == REFUSED or seen[-2].status == REFUSED


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"context": {"turn_id": ""}}, grpc.StatusCode.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE"),
        ({"context": {"received_at": None}}, grpc.StatusCode.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE"),
        ({"customer": {}}, grpc.StatusCode.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE"),
        ({"context": {"workspace_id": "another"}}, grpc.StatusCode.NOT_FOUND, "UNKNOWN_WORKSPACE"),
    ],
)
async def test_bad_requests_are_statuses(broker: Served, change: Any, code: grpc.StatusCode, reason: str) -> None:
    for method in (broker.execute, broker.evaluate):
        with pytest.raises(aio.AioRpcError) as raised:
            await method(action("get_business_hours"), **change)
        assert (raised.value.code(), reason_of(raised.value)) == (code, reason)


async def test_everything_that_a_request_lacks_is_named_at_once(broker: Served) -> None:
    lacking: dict[str, Any] = {"context": {"turn_id": "", "received_at": None}, "customer": {}}
    with pytest.raises(aio.AioRpcError) as raised:
        await broker.execute(action("get_business_hours"), **lacking)
    assert raised.value.details() == "Required and not set: context.turn_id, context.received_at, customer.address."


@pytest.mark.parametrize("year", [1, 1999, 2099, 9999])
async def test_a_time_far_away_is_refused(broker: Served, year: int) -> None:
    with pytest.raises(aio.AioRpcError) as raised:
        await broker.execute(action("get_business_hours"), context={"received_at": datetime(year, 6, 1, tzinfo=UTC)})
    assert reason_of(raised.value) == "RECEIVED_AT_INVALID"


async def test_four_actions_are_too_many(broker: Served) -> None:
    with pytest.raises(aio.AioRpcError) as raised:
        await broker.execute(*[action("get_business_hours")] * 4)
    assert reason_of(raised.value) == "TOO_MANY_ACTIONS"


async def test_numbers_that_are_no_numbers_are_refused(broker: Served, tools: ToolServer) -> None:
    (hours,) = await broker.execute(action("get_business_hours", x=float("nan")))
    assert (hours.status, hours.decision.why) == (REFUSED, "INVALID_ARGUMENTS")
    assert tools.tools() == []


async def test_three_answers_as_large_as_allowed_fit_into_one_message(broker: Served, tools: ToolServer) -> None:
    tools.behaviours["get_business_hours"] = always({"ok": True, "text": "x" * 250_000})
    seen = await broker.execute(*[action("get_business_hours")] * 3)
    assert [one.status for one in seen] == [OK] * 3


async def test_logs_hold_no_personal_data(broker: Served, tools: ToolServer) -> None:
    with service_logs("broker") as written:
        tools.behaviours[BOOK] = always({"ok": True, "client_name": "Ana Ruiz"})
        await broker.execute(*CHECK_THEN_BOOK, action("Ana Ruiz ana@example.com", client_name="Ana Ruiz"))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [line for line in lines if line["event"] == "action"]
    assert [line["tool"] for line in told] == [CHECK, BOOK, ""]
    assert not [line for line in told if "dropped_keys" in line]
    for secret in ("Ana", "ana@example.com", "5491155551234", '10:00"'):
        assert secret not in json.dumps(told)


async def test_metrics_count_decisions_and_calls(broker: Served) -> None:
    def count(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    def now() -> list[float]:
        return [
            count("pulpo_policy_decisions_total", outcome="ALLOW", why=""),
            count("pulpo_policy_decisions_total", outcome="DENY", why="TOOL_NOT_IN_MANIFEST"),
            count("pulpo_tool_calls_total", tool=CHECK, purpose="action", outcome="OK"),
            count("pulpo_tool_calls_total", tool=FIND, purpose="ownership", outcome="OK"),
            count("pulpo_tool_seconds_count", tool=CHECK, purpose="action"),
        ]

    before = now()
    await broker.execute(action(CHECK), action("nonsense"), action("cancel_appointment", booking_id="PB-AAAAAA"))
    assert [after - was for after, was in zip(now(), before, strict=True)] == [1, 1, 1, 1, 1]


def test_the_demo_workspaces_can_be_served() -> None:
    folder = ROOT / "k8s/base/workspaces"
    assert {workspace.mcp["default"] for workspace in load_registry(folder)} == {"http://127.0.0.1:8090/mcp"}
    elsewhere = [moved(workspace, "http://127.0.0.1:9999/mcp") for workspace in load_registry(folder)]
    assert {workspace.mcp["default"] for workspace in elsewhere} == {"http://127.0.0.1:9999/mcp"}


def test_a_tool_server_of_its_own_keeps_its_address(tmp_path: Path) -> None:
    text = (ROOT / "k8s/base/workspaces/estudio-pulpo.yaml").read_text(encoding="utf-8")
    (tmp_path / "w.yaml").write_text(text.replace("http://127.0.0.1:8090/mcp", "https://tools.example/mcp"))
    (workspace,) = load_registry(tmp_path)
    assert moved(workspace, "http://127.0.0.1:9999/mcp").mcp["default"] == "https://tools.example/mcp"


async def test_bad_manifests_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("id: 7", encoding="utf-8")
    settings = BrokerSettings(_env_file=None, data_dir=tmp_path, workspaces_dir=tmp_path)
    with pytest.raises(PulpoError) as raised:
        await open_broker(settings)
    assert raised.value.reason == "MANIFEST"
    assert "w.yaml" in raised.value.message
