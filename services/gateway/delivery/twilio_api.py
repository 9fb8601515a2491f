"""Twilio's Messages API. Adapter: the only module that calls it.

Not Twilio's own client: its asynchronous one raises deprecation warnings on today's aiohttp, hides
Retry-After, and does not tell a connection that was never made from an answer that never came.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from gateway.domain.accounts import Accounts
from gateway.domain.outgoing import Later, Outcome, Outgoing, Seen, Unknown, read_answer

CALL_S = 10.0
"""Seconds that one call may take, connecting included."""
CONNECT_S = 4.0
"""Seconds that connecting may take."""
PAGES = 5
"""Most pages of messages that are looked through."""
_PAGE = "200"
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class LookError(Exception):
    """Twilio did not say which messages it has."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TwilioApi:
    """Sends messages and lists them, each by the account of the number that it is from. Close it when done."""

    def __init__(self, url: str, accounts: Accounts, callback_url: str = "", call_s: float = CALL_S) -> None:
        """`url` is Twilio's, e.g. https://api.twilio.com; `callback_url`, when given, is where it tells what became of
        a message."""
        self._accounts = accounts
        self._callback_url = callback_url
        self._call_s = call_s
        self._client = httpx2.AsyncClient(
            base_url=url.rstrip("/"),
            timeout=httpx2.Timeout(call_s, connect=min(CONNECT_S, call_s)),
            limits=httpx2.Limits(max_connections=20, keepalive_expiry=5),
            trust_env=False,
        )

    async def send(self, reply: Outgoing) -> Outcome:
        """Sends a message, once."""
        form = {"From": f"whatsapp:{reply.business}", "To": reply.address, **_content(reply)}
        if self._callback_url:
            form["StatusCallback"] = f"{self._callback_url}?outbox={reply.outbox_id}"
        try:
            async with asyncio.timeout(self._call_s):
                response = await self._client.post(
                    self._path(reply.business), data=form, auth=self._auth(reply.business)
                )
        except _NOT_SENT as error:
            return Later(_name(error))
        except (httpx2.HTTPError, TimeoutError) as error:
            return Unknown(_name(error))
        body = _object(response)
        now = datetime.now(UTC)
        return read_answer(
            response.status_code, body.get("sid"), body.get("code"), response.headers.get("retry-after", ""), now
        )

    async def recent(self, reply: Outgoing) -> Sequence[Seen]:
        """The messages that went to a reply's address since the day before it was tried. Raises LookError."""
        day = datetime.fromtimestamp(reply.tried_at, UTC).date() - timedelta(days=1)
        query = {
            "To": reply.address,
            "From": f"whatsapp:{reply.business}",
            "DateSent>": day.isoformat(),
            "PageSize": _PAGE,
        }
        found: list[Seen] = []
        page: Mapping[str, Any] = await self._page(reply.business, self._path(reply.business), query)
        for _ in range(PAGES):
            found += [_seen(each) for each in page.get("messages") or () if isinstance(each, dict)]
            following = page.get("next_page_uri")
            if not isinstance(following, str) or not following.startswith("/"):
                return found
            page = await self._page(reply.business, following, None)
        raise LookError("TOO_MANY_MESSAGES")

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    def _path(self, number: str) -> str:
        return f"/2010-04-01/Accounts/{self._accounts.of(number).sid}/Messages.json"

    def _auth(self, number: str) -> tuple[str, str]:
        """User and secret of the account that a number belongs to."""
        account = self._accounts.of(number)
        return (account.api_key, account.api_secret) if account.api_key else (account.sid, account.tokens[0])

    async def _page(self, number: str, path: str, query: Mapping[str, str] | None) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(self._call_s):
                response = await self._client.get(path, params=query, auth=self._auth(number))
        except (httpx2.HTTPError, TimeoutError) as error:
            raise LookError(_name(error)) from error
        page = _object(response)
        if response.status_code != 200 or not isinstance(page.get("messages"), list):
            raise LookError(f"HTTP_{response.status_code}")
        return page


def _content(reply: Outgoing) -> dict[str, str]:
    """What a message says: free text, or a template with its variables."""
    if reply.content_sid:
        return {"ContentSid": reply.content_sid, "ContentVariables": reply.variables or "{}"}
    return {"Body": reply.body}


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _seen(message: Mapping[str, Any]) -> Seen:
    try:
        created_at = parsedate_to_datetime(str(message.get("date_created"))).timestamp()
    except ValueError:
        created_at = float("inf")  # rather taken for the one that is sought than sent twice
    code = message.get("error_code")
    return Seen(
        message_sid=str(message.get("sid") or ""),
        body=str(message.get("body") or ""),
        status=str(message.get("status") or ""),
        created_at=created_at,
        error_code=str(code) if isinstance(code, int) else "",
    )


def _name(error: BaseException) -> str:
    """A failure's kind: its text may quote the address."""
    return "TIMEOUT" if isinstance(error, TimeoutError | httpx2.TimeoutException) else type(error).__name__.upper()
