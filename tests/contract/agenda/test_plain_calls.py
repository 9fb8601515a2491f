"""Calls of tools that do not go through the library get the answers that it gives, and it gets all others."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from mcp.server.mcpserver.tools import Tool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from agenda.server.mcp_server import PATH, AgendaServer
from agenda.server.plain_calls import PlainCalls
from broker.calls import mcp_messages as mcp
from runtime.rpc.identity import Door
from tests.contract.agenda.running import ANA, NOW, Running

CUSTOMER = {"dev.pulpo/now": NOW, "dev.pulpo/customer": "whatsapp:+5491150000001"}
BOOKING = {"service_type": "Barba", "preferred_date": "2026-03-12", "preferred_time": "10:00", **ANA}
CALLS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("get_available_services", {}, {}),
    ("get_business_hours", {}, {}),
    ("check_service_availability", {"service_type": "Barba", "date_str": "2026-03-12"}, {}),
    ("check_service_availability", {"service_type": "Barba", "date_str": None}, {}),
    ("check_service_availability", {"service_type": "Barba", "date_str": "2026-03-12", "more": 1}, {}),
    ("find_free_times", {"items": [{"service_type": "Barba"}], "days": ["2026-03-12"], "limit": "2"}, {}),
    ("find_free_times", {"items": '[{"service_type": "Barba"}]', "limit": 11}, {}),
    ("find_free_times", {"items": [{"service_type": "\ud83d"}]}, {}),
    ("get_customer", {}, CUSTOMER),
    ("get_customer", {}, {**CUSTOMER, "dev.pulpo/now": "no time"}),
    ("get_customer", {}, {**CUSTOMER, "dev.pulpo/workspace_id": 7}),
    ("book_appointment", BOOKING, {**CUSTOMER, "dev.pulpo/idempotency_key": "k" * 64}),
    ("book_appointment", BOOKING, {**CUSTOMER, "dev.pulpo/idempotency_key": "k" * 64, "dev.pulpo/group": "PB-AAAAAA"}),
    ("book_appointment", {**BOOKING, "client_name": "Zoë 😀"}, {**CUSTOMER, "dev.pulpo/idempotency_key": "m" * 64}),
    ("cancel_appointment", {"booking_id": "PB-AAAAAA"}, CUSTOMER),
]


@pytest.mark.parametrize(("tool", "args", "meta"), CALLS)
async def test_an_answer_is_the_one_of_the_library(
    agenda: Running, tool: str, args: dict[str, Any], meta: dict[str, Any]
) -> None:
    call = mcp.modern_request(7, mcp.CALL, {"name": tool, "arguments": args, "_meta": meta})
    answers = []
    for more in ({"mcp-param-unknown": "x"}, {}):  # a header of MCP that is not looked for makes the call the library's
        answers.append(await agenda.http.post(agenda.url + PATH, headers={**call.headers, **more}, content=call.body))
        if tool == "book_appointment":
            assert json.loads(answers[0].text)["result"]["isError"] is False
    slow, short = answers
    assert short.status_code == slow.status_code
    assert short.headers["content-type"] == slow.headers["content-type"]
    assert short.json() == slow.json()


class Library:
    """Stands for the library: says what came to it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append(await Request(scope, receive).body())
        await PlainTextResponse("library")(scope, receive, send)


async def echo(text: str) -> dict[str, Any]:
    """Says it again."""
    return {"ok": True, "text": text}


Change = Callable[[dict[str, Any], dict[str, Any]], Any]
CHANGES: dict[str, Change] = {
    "another version": lambda head, _: head.update({"mcp-protocol-version": "2025-11-25"}),
    "no version": lambda head, _: head.pop("mcp-protocol-version"),
    "another method in the head": lambda head, _: head.update({"mcp-method": "tools/list"}),
    "another method in the body": lambda _, said: said.update(method="tools/list"),
    "another name": lambda head, _: head.update({"mcp-name": "shout"}),
    "another name in the body": lambda _, said: said["params"].update(name="shout"),
    "an argument in the head": lambda head, _: head.update({"mcp-param-text": "x"}),
    "a session": lambda head, _: head.update({"mcp-session-id": "x"}),
    "a web page": lambda head, _: head.update({"origin": "http://127.0.0.1"}),
    "another host": lambda head, _: head.update({"host": "elsewhere.example:1"}),
    "another kind of body": lambda head, _: head.update({"content-type": "text/plain"}),
    "streams alone": lambda head, _: head.update({"accept": "text/event-stream"}),
    "a note": lambda _, said: said.pop("id"),
    "a text as number": lambda _, said: said.update(id="7"),
    "truth as number": lambda _, said: said.update(id=True),
    "more in the body": lambda _, said: said.update(more=1),
    "more params": lambda _, said: said["params"].update(requestState="x"),
    "arguments that are none": lambda _, said: said["params"].update(arguments=[]),
    "no envelope": lambda _, said: said["params"].pop("_meta"),
    "another version in the body": lambda _, said: said["params"]["_meta"].update(
        {"io.modelcontextprotocol/protocolVersion": "2025-11-25"}
    ),
    "a capability": lambda _, said: said["params"]["_meta"].update(
        {"io.modelcontextprotocol/clientCapabilities": {"sampling": {}}}
    ),
    "progress": lambda _, said: said["params"]["_meta"].update(progressToken=1),
    "half a character": lambda _, said: said["params"]["arguments"].update(text="\ud83d"),
}


def short_way(most: int = 65_536) -> tuple[Library, httpx2.AsyncClient]:
    library = Library()
    server = AgendaServer("test", "", [Tool.from_function(echo)], Door((), {"echo": ()}, free=("echo",), reports=True))
    app = PlainCalls(library, server, ("127.0.0.1:*",), most)
    return library, httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:1")


def plain() -> tuple[dict[str, Any], dict[str, Any]]:
    """The head and the body of a plain call."""
    call = mcp.modern_request(7, mcp.CALL, {"name": "echo", "arguments": {"text": "Zoë 😀"}, "_meta": {}})
    return dict(call.headers), json.loads(call.body)


async def test_a_plain_call_does_not_reach_the_library() -> None:
    library, http = short_way()
    head, said = plain()
    async with http:
        answer = (await http.post(PATH, headers=head, content=json.dumps(said).encode())).json()
    assert not library.bodies
    assert (answer["id"], answer["result"]["structuredContent"]) == (7, {"ok": True, "text": "Zoë 😀"})


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_is_no_plain_call_reaches_the_library_whole(change: Change) -> None:
    library, http = short_way()
    head, said = plain()
    change(head, said)
    body = json.dumps(said).encode()
    async with http:
        assert (await http.post(PATH, headers=head, content=body)).text == "library"
    assert library.bodies == [body]


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 50_000, b'"text"', b"[]", b"\xff"])
async def test_what_is_no_call_reaches_the_library_whole(body: bytes) -> None:
    library, http = short_way()
    async with http:
        assert (await http.post(PATH, headers=plain()[0], content=body)).text == "library"
    assert library.bodies == [body]


async def test_a_larger_call_and_one_in_pieces_reach_the_library() -> None:
    library, http = short_way(most=100)
    head, said = plain()
    body = json.dumps(said).encode()

    async def pieces() -> Any:
        for at in range(0, len(body), 50):
            yield body[at : at + 50]

    async with http:
        assert (await http.post(PATH, headers=head, content=body)).text == "library"
        assert (await http.post(PATH, headers=head, content=pieces())).text == "library"
        assert (await http.get(PATH, headers=head)).text == "library"
    assert library.bodies == [body, body, b""]
