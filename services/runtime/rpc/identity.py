"""Authentication and authorization of callers. Pure.

A caller proves its name by a token or by the name in its certificate. Each service has a key of its own; the token
that a caller shows to it is HMAC-SHA256 of the caller's name under that key. So a service can tell every caller, and
nobody who has one service's key or tokens can make those of another. Callers that are no part of the mesh have
tokens that settings list, or are listed in a file (`callers.py`), each with what it may do.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from runtime.errors import Kind, PulpoError

if TYPE_CHECKING:
    from runtime.rpc.callers import CallerBook, Registered

CALLER_KEY = "x-pulpo-caller"
"""Header or metadata key of the name that a caller claims, lower case."""
TOKEN_KEY = "x-pulpo-caller-token"  # noqa: S105 - a header's name
"""The same of the token that proves it."""
BEARER_KEY = "authorization"
"""The same of `Bearer TOKEN`, which needs no name beside it: tokens of listed files say whose they are."""
_BEARER = "bearer "
LEAST_CHARS = 16
"""A shorter token is refused at start-up."""
UNNAMED = "(unnamed)"
"""The name of callers whose token settings list without one."""
USUAL_GRANTS = ("SendMessage", "track")
"""What a listed caller may do when its entry does not say."""
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_ADDRESS = re.compile(r"[0-9.]+")
_LISTED = re.compile(r"(?P<name>[a-z][a-z0-9-]{0,30})(?::(?P<grants>[A-Za-z]+(?:\+[A-Za-z]+)*))?=(?P<token>[^=].*)")
_PADDED = re.compile(r"(?=.*[A-Z])(?:[A-Za-z0-9+/_-]{4})+[A-Za-z0-9+/_-]{2}(?:==|[A-Za-z0-9+/_-]=)")
"""A token of the old form that ends in base64's padding. A name whose token is missing has no capitals."""


@dataclass(frozen=True)
class Credential:
    """The name and token that a caller sends to one service."""

    caller: str
    token: str = field(repr=False)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """As headers or metadata."""
        return (CALLER_KEY, self.caller), (TOKEN_KEY, self.token)


@dataclass(frozen=True)
class Rights:
    """What the calls of a caller outside the mesh may be about."""

    workspaces: frozenset[str] | None
    """Ids of businesses; None for all."""
    channels: tuple[str, ...]
    """Beginnings of the addresses that are its own."""
    acts_for_customers: bool
    """Whether it may name an address of any channel where it does not write as that customer."""


class Scope(NamedTuple):
    """What a call is about, for the audit."""

    workspace: str = ""
    turn_id: str = ""
    for_others: bool = False
    """Whether it names an address that is not the caller's own."""


@dataclass(frozen=True)
class Caller:
    """An authenticated caller."""

    name: str = ""
    """Proven; empty when nothing was shown."""
    may: frozenset[str] = frozenset()
    """What it may call, and do."""
    is_local: bool = False
    """Whether it calls from this machine."""
    is_own: bool = False
    """Whether it is a service of the mesh itself."""
    rights: Rights | None = None
    """What its calls may be about, where a file lists it."""


NOBODY = Caller()
current_caller: ContextVar[Caller] = ContextVar("current_caller", default=NOBODY)
"""Who made the call being served."""


@dataclass(frozen=True)
class Listed:
    """A caller outside the mesh, as settings list it."""

    name: str
    grants: frozenset[str]
    token: str = field(repr=False)


def service_key(secret: str, service: str) -> str:
    """The key of a service, from the secret of the whole mesh."""
    return _mac(secret, f"service {service}")


def caller_token(key: str, caller: str) -> str:
    """What a caller shows to the service that has the key."""
    return _mac(key, f"caller {caller}")


def _mac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def listed_in(text: str) -> tuple[Listed, ...]:
    """Callers separated by commas: `name=token`, `name:Grant+Grant=token`, or a token alone, the old form.

    Raises ValueError for a token that is too short or that no header can carry, and for an entry with an equals sign
    that is none of these: it must not count as a token that somebody could guess.
    """
    found = []
    for number, entry in enumerate(filter(None, map(str.strip, text.split(","))), 1):
        match = _LISTED.fullmatch(entry)
        if not match and "=" in entry and not _PADDED.fullmatch(entry):
            raise ValueError(
                f"entry {number}: expected name=token or name:Grant+Grant=token, the name of a-z, 0-9 and - (at most "
                "31 characters), grants of letters; tools of the agenda cannot be granted: ask the broker"
            )
        token, name = (match["token"], match["name"]) if match else (entry, UNNAMED)
        if len(token) < LEAST_CHARS or not token.isascii() or not token.isprintable():
            raise ValueError(f"expected name=token with tokens of at least {LEAST_CHARS} ASCII characters, by commas")
        grants = match["grants"].split("+") if match and match["grants"] else USUAL_GRANTS
        found.append(Listed(name, frozenset(grants), token))
    return tuple(found)


def tokens_in(text: str) -> dict[str, str]:
    """`service=token` separated by commas. Raises ValueError for anything else."""
    pairs = [entry.partition("=") for entry in filter(None, map(str.strip, text.split(",")))]
    if any(not service or len(token) < LEAST_CHARS for service, _, token in pairs):
        raise ValueError("expected service=token, by commas")
    return {service: token for service, _, token in pairs}


def certificate_name(names: Iterable[str]) -> str:
    """The service that a certificate names, given its common name and DNS names: their first label, where all have
    the same. A certificate for several services proves none of them; localhost and addresses do not count."""
    hosts = [name.lower() for name in names if _HOST.fullmatch(name.lower()) and not _ADDRESS.fullmatch(name)]
    labels = {host.partition(".")[0] for host in hosts} - {"localhost"}
    return labels.pop() if len(labels) == 1 else ""


@lru_cache(maxsize=1_024)
def is_loopback(peer: str) -> bool:
    """Whether a peer is this machine: as gRPC writes it (ipv4:127.0.0.1:5, ipv6:%5B::1%5D:5) or its address alone."""
    host = unquote(peer).removeprefix("ipv4:").removeprefix("ipv6:")
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return peer.startswith("unix:") or ip_address(host).is_loopback
    except ValueError:
        return False


class Door:
    """Authenticates the callers of one service and authorizes their calls."""

    def __init__(
        self,
        keys: Sequence[str],
        callers: Mapping[str, Collection[str]],
        listed: Sequence[Listed] = (),
        free: Collection[str] = (),
        *,
        reports: bool = False,
        book: "CallerBook | None" = None,
    ) -> None:
        """`callers` names for each thing that can be called the services that may; `free` is what anybody on this
        machine may call. Of several `keys` any proves, so that one can be replaced by the next. With `reports`, who
        shows nothing is let in, and may what some service of the mesh may: a pod of a release without identities may be
        any of them. `book` has further callers, whose tokens are listed in a file; a service's name is never theirs.
        Raises PulpoError CALLER_RESERVED for a listed caller with a service's name."""
        self._keys, self._listed, self.free = tuple(keys), tuple(listed), frozenset(free)
        self._callers = {what: frozenset(names) for what, names in callers.items()}
        self.reports, self._book = reports, book
        self._own = frozenset().union(*self._callers.values())
        self._proven: dict[str, tuple[list[str], frozenset[str]]] = {}
        """What proves each name that has been proven, and what it may. Other names are not kept: there is no end of
        them."""
        self._of_nobody = frozenset(what for what, names in self._callers.items() if names and reports)
        if {each.name for each in listed} & self._own:
            raise PulpoError(
                Kind.INVALID_ARGUMENT, "CALLER_RESERVED", "PULPO_CALLER_TOKENS: a name is that of a service."
            )

    def identify(self, headers: Mapping[str, object], certificate: str = "", *, is_local: bool = False) -> Caller:
        """Who calls: whom the token proves, else whom the certificate names, else nobody. Raises PulpoError
        CALLER_UNKNOWN for a token that proves nothing, whatever the certificate says."""
        token = str(headers.get(TOKEN_KEY, ""))
        bearer = str(headers.get(BEARER_KEY, "")) if not token else ""
        if bearer[: len(_BEARER)].lower() == _BEARER:
            return self._registered(bearer[len(_BEARER) :].strip(), is_local)
        if not token:
            return self._certified(certificate, is_local)
        name = str(headers.get(CALLER_KEY, "")) or UNNAMED
        proofs, may = self._proven.get(name) or (self._proofs(name), self._may(name))
        if not any(hmac.compare_digest(token.encode(), proof.encode()) for proof in proofs):
            return self._registered(token, is_local, name)
        self._proven[name] = proofs, may
        return Caller(name, may, is_local, is_own=name in self._own)

    def _certified(self, certificate: str, is_local: bool) -> Caller:
        """Whom a certificate names; nobody for none."""
        if not certificate:
            return Caller("", self._of_nobody, is_local, is_own=self.reports)
        found = self._book.named(certificate) if self._book and certificate not in self._own else None
        if found and found.certificate:
            return _caller(found, is_local)
        return Caller(certificate, self._may(certificate), is_local, is_own=certificate in self._own)

    def _registered(self, token: str, is_local: bool, name: str = UNNAMED) -> Caller:
        """Whom a token of the file proves. Raises PulpoError CALLER_UNKNOWN, also for one of another name."""
        found = self._book.proven(token) if self._book else None
        if found is None or found.name in self._own or name not in (UNNAMED, found.name):
            raise PulpoError(Kind.UNAUTHENTICATED, "CALLER_UNKNOWN", "The caller's token does not prove its name.")
        return _caller(found, is_local)

    def charge(self, caller: Caller, *, writes: bool) -> None:
        """Counts a call of somebody whom the file lists. Raises PulpoError CALLER_QUOTA."""
        if self._book and caller.rights:
            self._book.charge(caller.name, writes=writes)

    def admit(self, what: str, caller: Caller) -> bool:
        """Whether the caller may call this; False for nobody, who is let in to be reported. Raises PulpoError
        CALLER_UNKNOWN for nobody and CALLER_NOT_ALLOWED for somebody who may not."""
        if what in self.free and caller.is_local:
            return True
        if not caller.name and not self.reports:
            raise PulpoError(Kind.UNAUTHENTICATED, "CALLER_UNKNOWN", "This needs a caller that says who it is.")
        if caller.name and what not in caller.may:
            raise PulpoError(Kind.PERMISSION_DENIED, "CALLER_NOT_ALLOWED", "This caller may not call this.")
        return bool(caller.name)

    def _proofs(self, name: str) -> list[str]:
        return [
            *(caller_token(key, name) for key in self._keys),
            *(each.token for each in self._listed if each.name == name),
        ]

    def _may(self, name: str) -> frozenset[str]:
        own = {what for what, names in self._callers.items() if name in names}
        return frozenset(own).union(*(each.grants for each in self._listed if each.name == name))


def _caller(found: "Registered", is_local: bool) -> Caller:
    return Caller(found.name, frozenset(found.may), is_local, rights=found.rights)
