"""Twilio's Messages API as a small HTTP server on a real socket: it keeps what it accepts, lists it, and
fails as it is told to."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runtime.http.server import HttpServer

ACCOUNT = "AC" + "0" * 32
"""The account that the tests' senders are of."""
Behaviour = Callable[["TwilioStub", dict[str, str]], Awaitable[Response]]
Listing = Callable[[dict[str, str], float], bool]
"""Whether a message that left in a webhook is listed, so many seconds after Twilio was first asked for any."""


@dataclass
class TwilioStub:
    """What it was asked and what it accepted. `next` are the behaviours of the calls to come, then all go well."""

    port: int = 0
    account: str = ACCOUNT
    """Whose messages it takes."""
    next: list[Behaviour] = field(default_factory=list)
    created: list[dict[str, str]] = field(default_factory=list)
    """The form of each create-message call, refused ones included."""
    accepted: list[dict[str, str]] = field(default_factory=list)
    """The messages that went out."""
    users: set[str] = field(default_factory=set)
    per_page: int = 1
    """Messages that a page of a list holds."""
    lists: int = 0
    list_fails: bool = False
    inline: list[dict[str, str]] = field(default_factory=list)
    """The messages that left in webhooks, if it was told of them."""
    listing: Listing = lambda _message, _seconds: True
    newest_first: bool = False
    """Whether it lists the newest message first."""
    first_asked: float | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[str]:
        """The texts that went out, in order."""
        return [message["body"] for message in self.accepted]

    def accept(self, form: dict[str, str]) -> dict[str, str]:
        """Takes a message."""
        now = format_datetime(datetime.now(UTC))
        message = {
            "sid": "SM" + secrets.token_hex(16),
            "to": form["To"],
            "from": form["From"],
            "body": form.get("Body") or rendered(form),
            "status": "queued",
            "date_created": now,
            "date_sent": now,
        }
        self.accepted.append(message)
        return message

    def leave(self, form: dict[str, str]) -> None:
        """Takes a message that left in a webhook."""
        self.inline.append(self.accept(form))

    async def create(self, request: Request) -> Response:
        """The create-message call."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.users.add(request.headers["authorization"])
        self.created.append(form)
        return await (self.next.pop(0) if self.next else well)(self, form)

    async def list(self, request: Request) -> Response:
        """The list call, by To, From and the day sent."""
        self.lists += 1
        if self.list_fails:
            return JSONResponse({"code": 20500}, 500)
        now = asyncio.get_running_loop().time()
        self.first_asked = now if self.first_asked is None else self.first_asked
        hidden = [each["sid"] for each in self.inline if not self.listing(each, now - self.first_asked)]
        asked = request.query_params
        since = date.fromisoformat(asked["DateSent>"])
        found = [
            message
            for message in self.accepted
            if message["sid"] not in hidden
            and (message["to"], message["from"]) == (asked["To"], asked["From"])
            and parsedate_to_datetime(message["date_sent"]).date() >= since
        ]
        if self.newest_first:
            found.reverse()
        page = int(asked.get("Page", "0"))
        following = request.url.include_query_params(Page=page + 1)
        end = (page + 1) * self.per_page
        more = f"{following.path}?{following.query}" if len(found) > end else None
        return JSONResponse({"messages": found[page * self.per_page : end], "next_page_uri": more})


def rendered(form: dict[str, str]) -> str:
    """What a template says: something of its own around its variables."""
    return f"Aviso: {' '.join(json.loads(form['ContentVariables']).values())}."


async def well(stub: TwilioStub, form: dict[str, str]) -> Response:
    """Accepted."""
    return JSONResponse(stub.accept(form), 201)


def refusing(code: int, status: int = 400, **headers: str) -> Behaviour:
    """Not accepted, with Twilio's code for why."""

    async def refuse(_stub: TwilioStub, _form: dict[str, str]) -> Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return JSONResponse({"code": code, "message": "no", "status": status}, status, names)

    return refuse


async def broken(_stub: TwilioStub, _form: dict[str, str]) -> Response:
    """500, and nothing was accepted."""
    return JSONResponse({"code": 20500}, 500)


async def broken_after_accepting(stub: TwilioStub, form: dict[str, str]) -> Response:
    """503, although the message went out."""
    stub.accept(form)
    return Response("upstream", 503)


async def silent(stub: TwilioStub, _form: dict[str, str]) -> Response:
    """No answer, and nothing was accepted."""
    await stub.over.wait()
    return Response(status_code=500)


async def silent_after_accepting(stub: TwilioStub, form: dict[str, str]) -> Response:
    """No answer, although the message went out."""
    stub.accept(form)
    return await silent(stub, form)


@asynccontextmanager
async def twilio(stub: TwilioStub | None = None) -> AsyncIterator[TwilioStub]:
    """Serves a stub on its port, or any free one."""
    stub = stub or TwilioStub()
    path = f"/2010-04-01/Accounts/{stub.account}/Messages.json"
    routes = [Route(path, stub.create, methods=["POST"]), Route(path, stub.list, methods=["GET"])]
    server = HttpServer(1)
    stub.port = server.listen("127.0.0.1", stub.port)
    await server.start(Starlette(routes=routes))
    try:
        yield stub
    finally:
        stub.over.set()
        await server.stop()
