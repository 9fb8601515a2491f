"""Signed calls of URLs that manifests name. Adapter: the only module that makes them.

The host is resolved here, every address must be a public one, and the connection is made to the address that was
looked at, so that a name that changes its mind reaches no private network. Redirects are not followed.
"""

import asyncio
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpx2

from gateway.domain.due import Due as DueItem
from gateway.domain.due import Outcome, again, dead
from runtime.clock import Clock

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host. Raises OSError."""
_EMBEDS_IPV4 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"), ip_network("::/96"))
"""Blocks of IPv6 that lead to an IPv4 address, which could be a private one."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, and of nobody's own network."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif any(found in block for block in _EMBEDS_IPV4):
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def key_of(secret: str, workspace_id: str) -> str:
    """The key that signs a business's calls: hexadecimal HMAC-SHA256 of its id. One business's says nothing of
    another's."""
    return hmac.new(secret.encode(), workspace_id.encode(), hashlib.sha256).hexdigest()


def sign(key: str, timestamp: str, body: bytes) -> str:
    """A call's signature: hexadecimal HMAC-SHA256 of timestamp, a dot and the body."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Callbacks:
    """Makes signed calls. Close it when done."""

    def __init__(
        self,
        secret: str,
        clock: Clock,
        call_s: float,
        *,
        resolver: Resolver = resolve,
        allowed: Callable[[str], bool] = is_public,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`call_s` are the seconds that one call may take. `allowed` says which addresses may be called, `trust` whose
        certificates count; the system's when None."""
        self._secret, self._clock, self._call_s = secret, clock, call_s
        self._resolver, self._allowed = resolver, allowed
        self._client = httpx2.AsyncClient(
            verify=trust or ssl.create_default_context(),
            timeout=call_s,
            limits=httpx2.Limits(max_connections=20, max_keepalive_connections=0),
            trust_env=False,
            follow_redirects=False,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def send(self, due: DueItem, url: str, payload: Mapping[str, Any]) -> Outcome | None:
        """Makes one call. None when it was taken (2xx); how it goes on otherwise."""
        whole = httpx2.URL(url)
        port = whole.port or 443
        try:
            async with asyncio.timeout(self._call_s):
                addresses = await self._resolver(whole.host, port)
                if not addresses or not all(self._allowed(address) for address in addresses):
                    return dead("CALLBACK_PRIVATE_ADDRESS")
                status = await self._call(due, whole, port, addresses[0], payload)
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            name = "TIMEOUT" if isinstance(error, TimeoutError | httpx2.TimeoutException) else type(error).__name__
            return again(due, f"CALLBACK_{name.upper()}"[:64])
        if 200 <= status < 300:
            return None
        later = status in (408, 425, 429) or status >= 500
        return again(due, f"CALLBACK_{status}") if later else dead(f"CALLBACK_{status}")

    async def _call(self, due: DueItem, url: httpx2.URL, port: int, address: str, payload: Mapping[str, Any]) -> int:
        """Calls one address of the URL's host. Returns the status; of the body nothing is kept."""
        body = json.dumps({"id": due.id, **payload}, ensure_ascii=False).encode()
        timestamp = str(int(self._clock().timestamp()))
        host = url.netloc.decode("ascii")
        headers = {
            "Host": host,
            "Content-Type": "application/json",
            "X-Pulpo-Id": due.id,
            "X-Pulpo-Timestamp": timestamp,
            "X-Pulpo-Signature": "v1=" + sign(key_of(self._secret, due.workspace_id), timestamp, body),
        }
        pinned = url.copy_with(host=address, port=port)
        named = {"sni_hostname": url.host}
        async with self._client.stream("POST", pinned, content=body, headers=headers, extensions=named) as response:
            return response.status_code
