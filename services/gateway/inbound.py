"""What a webhook's form must hold, and what it says. Pure; errors never quote the form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.message import MAX_NAME_CHARS, clean, cut_to_bytes
from runtime.errors import Kind, PulpoError

_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_ADDRESS = re.compile(r"whatsapp:[+A-Za-z0-9][A-Za-z0-9._:-]{0,100}")
_BUSINESS = re.compile(r"whatsapp:(\+[1-9]\d{6,14})")
_COUNT = re.compile(r"\d{1,3}")
_ERROR_CODE = re.compile(r"\d{1,10}")


class Form(Protocol):
    """Form fields, whose names may repeat."""

    def getlist(self, key: str, /) -> Sequence[object]:
        """All values of a name."""


@dataclass(frozen=True)
class Inbound:
    """A customer's message as Twilio delivers it."""

    message_sid: str
    address: str
    business: str
    """The number written to, E.164."""
    text: str
    profile_name: str
    media: bool


@dataclass(frozen=True)
class Callback:
    """What Twilio says about the delivery of one of our messages."""

    message_sid: str
    business: str
    status: str
    error_code: str


def read_inbound(form: Form) -> Inbound:
    """Reads a message. Raises PulpoError INVALID_ARGUMENT naming the field."""
    address = _one(form, "From")
    if not _ADDRESS.fullmatch(address):
        raise _malformed("From")
    media = _optional(form, "NumMedia") or "0"
    return Inbound(
        message_sid=_sid(form),
        address=address,
        business=_business(form, "To"),
        text=cut_to_bytes(clean(_optional(form, "Body"))),
        profile_name=clean(_first(form, "ProfileName"))[:MAX_NAME_CHARS],
        media=bool(_COUNT.fullmatch(media)) and int(media) > 0,
    )


def read_callback(form: Form) -> Callback:
    """Reads a delivery status. Raises PulpoError INVALID_ARGUMENT naming the field."""
    status = _optional(form, "MessageStatus") or _optional(form, "SmsStatus")
    if not status:
        raise _malformed("MessageStatus")
    code = _first(form, "ErrorCode")
    return Callback(_sid(form), _business(form, "From"), status.lower(), code if _ERROR_CODE.fullmatch(code) else "")


def signed_urls(bases: Sequence[str], path: str, query: str) -> tuple[str, ...]:
    """The URLs that a signature may be over: each public base with the request's own path and query."""
    return tuple(f"{base}{path}?{query}" if query else f"{base}{path}" for base in bases)


def _sid(form: Form) -> str:
    sid = _one(form, "MessageSid")
    if not _SID.fullmatch(sid):
        raise _malformed("MessageSid")
    return sid


def _business(form: Form, name: str) -> str:
    match = _BUSINESS.fullmatch(_one(form, name))
    if match is None:
        raise _malformed(name)
    return match[1]


def _one(form: Form, name: str) -> str:
    """The value of a field that must be there exactly once."""
    values = form.getlist(name)
    if len(values) != 1 or not isinstance(values[0], str):
        raise _malformed(name)
    return values[0]


def _optional(form: Form, name: str) -> str:
    """The value of a field that may be absent but not repeated."""
    return _one(form, name) if form.getlist(name) else ""


def _first(form: Form, name: str) -> str:
    """The first value of a field that does not matter much."""
    values = form.getlist(name)
    return values[0] if values and isinstance(values[0], str) else ""


def _malformed(name: str) -> PulpoError:
    return PulpoError(Kind.INVALID_ARGUMENT, "MALFORMED_FIELD", f"{name} is missing, repeated or malformed.")
