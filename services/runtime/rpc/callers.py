"""Callers outside the mesh, as a file lists them: who each is, what it may, and how much of it.

The file is JSON, written by `pulpo callers`; it holds the SHA-256 sums of tokens and never a token. It is looked at
with each call of such a caller, so that who is revoked is so at once; one that cannot be used leaves the older in
force. A token is `pulpo_NAME_` and 43 characters that nobody can guess, which is why a plain sum of it is enough.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from prometheus_client import Gauge
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger
from runtime.rpc.identity import Rights

REFUSED = Gauge(
    "pulpo_callers_file_refused", "1 while the file of callers cannot be used and an older one is in force."
)
EVERY = "*"
"""In `workspaces`: all there are, those to come included."""
MOST_TOKENS = 2
"""Tokens of one caller at a time: the one in use and the one that replaces it."""
_TOKEN = re.compile(r"pulpo_([a-z][a-z0-9-]{0,30})_[A-Za-z0-9_-]{43}")
_MINUTE_S = 60.0
_log = get_logger(__name__)


class Registered(BaseModel):
    """One caller."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    """By which the audit and the metrics know it."""
    tokens: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = Field(default=(), max_length=MOST_TOKENS)
    """SHA-256 of each token that proves it, hexadecimal, the newest first."""
    certificate: bool = False
    """Whether a certificate of its name proves it too."""
    may: tuple[Annotated[str, Field(pattern=r"^[A-Za-z]+$")], ...]
    """Names of the methods that it may call, and "confirm" or "track" (docs/callers.md)."""
    workspaces: tuple[Annotated[str, Field(pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,62})$")], ...]
    """Ids of the businesses that it may name; EVERY for all."""
    channels: tuple[Annotated[str, Field(pattern=r"^[a-z]{1,20}:$")], ...] = ()
    """Beginnings of the addresses that are its own, e.g. "web:"."""
    acts_for_customers: bool = False
    """Whether it may name an address of any channel where it does not write as that customer."""
    calls_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    """Calls that one process takes of it in a minute."""
    writes_per_minute: int = Field(default=60, ge=0, le=1_000_000)
    """Of these, calls that may change something."""

    @property
    def rights(self) -> Rights:
        """What its calls may be about."""
        workspaces = None if EVERY in self.workspaces else frozenset(self.workspaces)
        return Rights(workspaces, self.channels, self.acts_for_customers)

    def is_proven_by(self, token: str) -> bool:
        """Whether a token is one of its."""
        shown = sum_of(token)
        return any(hmac.compare_digest(shown, known) for known in self.tokens)


class CallersFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(default=1, ge=1, le=1)
    callers: tuple[Registered, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> "CallersFile":
        names = [each.name for each in self.callers]
        if len(set(names)) < len(names):
            raise ValueError("a name is listed twice")
        return self


def sum_of(token: str) -> str:
    """What the file has of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(name: str) -> str:
    """A token for a caller that nobody has had."""
    return f"pulpo_{name}_{secrets.token_urlsafe(32)}"


def read_callers(file: Path) -> CallersFile:
    """What the file says; nobody where there is none. Raises PulpoError CALLERS_FILE."""
    try:
        return CallersFile.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return CallersFile()
    except (OSError, ValidationError) as error:
        said = _problem(error) if isinstance(error, ValidationError) else error.strerror
        raise PulpoError(Kind.FAILED_PRECONDITION, "CALLERS_FILE", f"{file}: {said}") from None


def _problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")


class _Bucket:
    """So many of something a minute, all at once or spread."""

    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute, self._left, self._at = per_minute, float(per_minute), now

    def wait_s(self, now: float) -> float:
        """Seconds until there is one; 0 when there is."""
        self._left = min(self.per_minute, self._left + (now - self._at) * self.per_minute / _MINUTE_S)
        self._at = now
        if self._left >= 1:
            return 0.0
        return (1 - self._left) * _MINUTE_S / self.per_minute if self.per_minute else _MINUTE_S

    def take(self) -> None:
        """Takes one."""
        self._left -= 1


class CallerBook:
    """The callers of a file, and what each has used of its quota in this process."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises PulpoError CALLERS_FILE for one that cannot be used."""
        self._file, self._clock = file, clock
        self._seen = self._stamp()
        self._by_name = {each.name: each for each in read_callers(file).callers}
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def named(self, name: str) -> Registered | None:
        """The caller of that name, or None."""
        self._look()
        return self._by_name.get(name)

    def proven(self, token: str) -> Registered | None:
        """The caller that a token proves, or None."""
        match = _TOKEN.fullmatch(token)
        found = self.named(match[1]) if match else None
        return found if found and found.is_proven_by(token) else None

    def charge(self, name: str, *, writes: bool) -> None:
        """Counts a call. Raises PulpoError CALLER_QUOTA, with the time to wait, when there are too many."""
        caller = self._by_name.get(name)
        if caller is None:
            return
        buckets = [self._bucket(name, "calls", caller.calls_per_minute)]
        if writes:
            buckets.append(self._bucket(name, "writes", caller.writes_per_minute))
        wait_s = max(bucket.wait_s(self._clock()) for bucket in buckets)
        if wait_s:
            said = "The caller's own quota is used up."
            raise PulpoError(Kind.RESOURCE_EXHAUSTED, "CALLER_QUOTA", said, retry_s=wait_s)
        for bucket in buckets:
            bucket.take()

    def _bucket(self, name: str, what: str, per_minute: int) -> _Bucket:
        kept = self._buckets.get((name, what))
        if kept is None or kept.per_minute != per_minute:
            kept = self._buckets[name, what] = _Bucket(per_minute, self._clock())
        return kept

    def _stamp(self) -> tuple[Any, ...]:
        try:
            found = self._file.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _look(self) -> None:
        """Reads the file where it has changed."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._by_name = {each.name: each for each in read_callers(self._file).callers}
        except PulpoError as error:
            REFUSED.set(1)
            _log.error("file of callers refused, the older one stays", file=str(self._file), problems=[error.message])
            return
        REFUSED.set(0)
        _log.info("callers changed", count=len(self._by_name))
