"""The HTTP edge: Twilio's webhooks and health. Nothing is stored before the signature held."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from twilio.request_validator import RequestValidator

from gateway.conversation.service import Conversations
from gateway.domain.accounts import Account, Accounts
from gateway.domain.message import Message, ReplyPath, clean
from gateway.domain.outgoing import STATUS_PATH
from gateway.edge.twiml import twiml
from gateway.edge.webhook_form import Judge, Webhook, number_of, read_callback, read_inbound, signed_urls
from gateway.stages.readiness import Readiness
from gateway.storage.outbox import KNOWN, Deliveries
from gateway.telemetry import count_refused, count_webhook, webhook_span
from gateway.tracks.track import wish_over_http
from runtime.clock import Clock
from runtime.errors import Kind, PulpoError
from runtime.http.server import HAS_GONE
from runtime.observability.logs import get_logger
from runtime.rpc.identity import Door
from workspace.model import Workspace
from workspace.registry import Registry

MAX_BODY_BYTES = 65_536
"""Largest body that a webhook may have."""
MAX_FIELDS = 100
"""Most fields that a form may have."""
ROOT = "/webhook/pulpo/twilio"
INBOUND = f"{ROOT}/wa/inbound"
STATUS = STATUS_PATH
WATCHED = (f"{ROOT}/health", "/healthz", "/readyz", "/readyz/gateway")
"""Paths that are answered however much is going on."""
_BUSINESS = {Webhook.INBOUND: "To", Webhook.STATUS: "From"}
"""The field that holds our number, by which everything else is judged."""
_FORM = "application/x-www-form-urlencoded"
_HTTP = {
    Kind.INVALID_ARGUMENT: 400,
    Kind.NOT_FOUND: 404,
    Kind.UNAVAILABLE: 503,
    Kind.RESOURCE_EXHAUSTED: 503,
    Kind.PERMISSION_DENIED: 403,
}
_log = get_logger(__name__)
Handler = Callable[[Request, FormData], Awaitable[Response]]


class HandOver:
    """Remembers which replies have left in their webhook's response, and notes them together."""

    def __init__(self, note: Callable[[frozenset[str]], Awaitable[None]]) -> None:
        self._note = note
        self._left: set[str] = set()

    async def left(self, outbox_id: str) -> None:
        """A response has left."""
        self._left.add(outbox_id)

    async def flush(self) -> None:
        """Notes what has left since the last time."""
        left, self._left = frozenset(self._left), set()
        if not left:
            return
        try:
            await self._note(left)
        except PulpoError:
            self._left |= left
            raise


@dataclass(frozen=True)
class Edge:
    """What the HTTP edge works with."""

    conversations: Conversations
    is_full: Callable[[], bool]
    """Whether somebody new would be refused because there are too many messages."""
    deliveries: Deliveries
    registry: Registry
    readiness: Readiness
    clock: Clock
    accounts: Accounts
    """What Twilio signs with, by our number."""
    judge: Judge
    """Tells whether a form is Twilio's and no other."""
    public_urls: tuple[str, ...]
    """The base URLs that a signature may be over."""
    body_s: float
    """Seconds that a body may take to arrive."""
    hand_over: HandOver
    door: Door
    """Who may choose the track."""
    callback_url: str = ""
    """Where Twilio is to tell that a reply has left in its webhook; nothing without a public URL."""


def make_app(edge: Edge) -> ASGIApp:
    """The ASGI application."""
    routes = _Routes(edge)
    app = Starlette(
        routes=[
            Route(INBOUND, routes.inbound, methods=["POST"]),
            Route(STATUS, routes.status, methods=["POST"]),
            Route(f"{ROOT}/health", routes.alive, methods=["GET"]),
            Route("/healthz", routes.alive, methods=["GET"]),
            Route("/readyz", routes.ready, methods=["GET"]),
            Route("/readyz/gateway", routes.able, methods=["GET"]),
        ],
        max_body_size=MAX_BODY_BYTES,
    )
    app.router.redirect_slashes = False  # it would redirect to whatever Host says
    return _Shedding(app, edge.is_full)


class _Shedding:
    """An application that does not even read messages while there are too many: what refusing one costs is missing
    for answering another."""

    _refusal = PlainTextResponse("OVERLOADED: There are too many messages at once.\n", 503)

    def __init__(self, app: ASGIApp, is_full: Callable[[], bool]) -> None:
        self._app, self._is_full = app, is_full

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == INBOUND and self._is_full():
            count_webhook("inbound", self._refusal.status_code)
            await self._refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _Routes:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def inbound(self, request: Request) -> Response:
        """A customer's message: verified, answered, replied to in TwiML."""
        return await self._webhook(Webhook.INBOUND, request, self._answer)

    async def status(self, request: Request) -> Response:
        """What became of a message of ours."""
        return await self._webhook(Webhook.STATUS, request, self._record)

    async def alive(self, _request: Request) -> Response:
        """Whether the process answers."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """Whether database and services answer, each by name."""
        return self._told(await self._edge.readiness.look())

    async def able(self, _request: Request) -> Response:
        """Whether messages may come here, be it for a fixed reply: the database answers, the process stays."""
        return self._told(await self._edge.readiness.own())

    def _told(self, found: dict[str, bool]) -> Response:
        well = all(found.values())
        parts = {name: "ok" if up else "down" for name, up in found.items()}
        return JSONResponse({"status": "ready" if well else "not ready", **parts}, 200 if well else 503)

    async def _webhook(self, name: Webhook, request: Request, handler: Handler) -> Response:
        status = 500
        try:
            with webhook_span(request.url.path):
                response = await self._verified(name, request, handler)
            status = response.status_code
        except HTTPException as error:
            status = error.status_code
            raise
        except Exception as error:
            status = 413 if _is_too_large(error) else status
            raise
        finally:
            count_webhook(name, status)
        return response

    async def _verified(self, webhook: Webhook, request: Request, handler: Handler) -> Response:
        """Reads the form, checks the signature over it and that it could be no other, and only then hands it on."""
        try:
            form = await self._form(request)
            account = self._edge.accounts.of(number_of(form, _BUSINESS[webhook]))
            if not self._is_signed(request, form, account):
                raise PulpoError(Kind.PERMISSION_DENIED, "BAD_SIGNATURE", "The signature is missing or does not hold.")
            pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
            query = request.scope["query_string"].decode("latin-1")
            if reason := self._edge.judge.refuses(webhook, pairs, query, account.sid):
                count_refused(webhook, reason)
                raise PulpoError(Kind.INVALID_ARGUMENT, f"FORM_{reason.upper()}", "The form is not as Twilio sends it.")
            return await handler(request, form)
        except PulpoError as error:
            _log.info("webhook refused", path=request.url.path, reason=error.reason)
            return PlainTextResponse(f"{error.reason}: {error.message}\n", _HTTP.get(error.kind, 500))

    async def _form(self, request: Request) -> FormData:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _FORM:
            raise HTTPException(400, f"Expected Content-Type: {_FORM}.")
        try:
            async with asyncio.timeout(self._edge.body_s):
                return await request.form(max_fields=MAX_FIELDS)
        except TimeoutError:
            raise HTTPException(408, "The body took too long.", headers={"Connection": "close"}) from None
        except ClientDisconnect:
            raise HTTPException(400, "The body was cut short.") from None

    def _is_signed(self, request: Request, form: FormData, account: Account) -> bool:
        """Whether an account signed this form for one of our public URLs; Host and the like are not asked."""
        signature = request.headers.get("x-twilio-signature", "")
        if not signature or not signature.isascii():
            return False
        path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
        urls = signed_urls(self._edge.public_urls, path, request.scope["query_string"].decode("latin-1"))
        validators = [RequestValidator(token) for token in account.tokens]
        return any(validator.validate(url, form, signature) for validator in validators for url in urls)

    async def _answer(self, request: Request, form: FormData) -> Response:
        received = read_inbound(form)
        workspace = self._workspace(received.business)
        answer = await self._edge.conversations.answer(
            Message(
                workspace_id=workspace.id,
                address=received.address,
                message_id=received.message_sid,
                text=received.text,
                received_at=self._edge.clock(),
                profile_name=received.profile_name,
                media=received.media,
                track=wish_over_http(self._edge.door, request.headers),
                business=received.business,
            )
        )
        text = clean(answer.reply.message) if answer.path is ReplyPath.INLINE else ""
        response = Response(twiml(text, self._callback(answer.outbox_id)), media_type="application/xml")
        if answer.outbox_id and not request.scope["state"][HAS_GONE]():
            response.background = BackgroundTask(self._edge.hand_over.left, answer.outbox_id)
        return response

    def _callback(self, outbox_id: str) -> str | None:
        """Where Twilio tells of one reply: what of it left a dying process is then known without a look."""
        url = self._edge.callback_url
        return f"{url}?outbox={outbox_id}" if url and outbox_id else None

    async def _record(self, request: Request, form: FormData) -> Response:
        callback = read_callback(form)
        workspace = self._workspace(callback.business)
        if callback.status not in KNOWN:
            _log.warning("callback ignored", path=request.url.path, reason="UNKNOWN_STATUS")
        else:
            now = self._edge.clock().timestamp()
            await self._edge.deliveries.record(
                workspace.id,
                callback.message_sid,
                callback.status,
                callback.error_code,
                now,
                request.query_params.get("outbox", "")[:32],
            )
        return Response(status_code=204)

    def _workspace(self, number: str) -> Workspace:
        """The active workspace of a number."""
        workspace = self._edge.registry.by_number(number)
        if workspace is None or not workspace.active:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_NUMBER", "No active workspace has this number.")
        return workspace


def _is_too_large(error: Exception) -> bool:
    """Whether an exception is Starlette's own, on its way to become a 413."""
    return type(error).__name__ == "_RequestBodyTooLarge"
