"""Whether a signed form can have been cut in one way only. Pure.

Twilio signs the URL and each name and value, sorted by name, without anything between them. Who sees a signed request
can therefore cut its text into other names and values, and the signature still holds. A form is judged as Twilio sends
it, as names and values in the order of their names:

- The names of `_ANCHORS` are always there, with values of a fixed shape, so that they divide the text into segments.
  Where one could begin within any other name or value, the form is refused.
- Other names that are known could begin within a value of their own segment: refused as well. A name begins only where
  its value could follow: "ErrorCode" is a word, "ErrorCode63016" is a field.
- A name that nobody knows is a piece of text. It may follow everything but a text that is read: "Carlos" is a
  customer's word rather than a field, and nobody but Twilio could tell. `more` are names that are fields after all.

What is accepted can be read back from the signed text from left to right: at each place all accepted forms of one
signature have the same known name or none, and a text ends where the next known name begins. Hence they agree in
everything that is read (tests/unit/gateway/edge/test_webhook_cuts.py). Fields that nobody reads may differ.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.domain.message import MAX_NAME_CHARS, clean, cut_to_bytes
from runtime.errors import Kind, PulpoError

Pairs = Sequence[tuple[str, str]]
_HEX = "[0-9a-f]{32}"
_SID = f"(?:SM|MM){_HEX}"
_PHONE = r"whatsapp:\+[1-9][0-9]{6,14}"
_ADDRESS = rf"(?:{_PHONE}|whatsapp:[A-Z]{{2}}(?:\.[A-Za-z0-9]{{1,128}}){{1,3}})"
_WORD = "[a-z][a-z_-]{0,39}"
_JSON = "ChannelMetadata"
_NAME = re.compile(r"[A-Z][A-Za-z]{1,40}[0-9]{0,3}")
_SHAPES = {
    "AccountSid": f"AC{_HEX}",
    "ApiVersion": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "ErrorCode": "[0-9]{0,10}",
    "From": _ADDRESS,
    "MessageSid": _SID,
    "MessageStatus": _WORD,
    "MessageType": _WORD,
    "NumMedia": "[0-9]{1,3}",
    "NumSegments": "[0-9]{1,3}",
    "SmsMessageSid": _SID,
    "SmsSid": _SID,
    "SmsStatus": _WORD,
    "To": _ADDRESS,
}
"""Fields whose value must have this shape. None holds a capital letter after its beginning, where names begin."""
_STARTS = {
    "Body": "",
    "ButtonPayload": "",
    "ButtonText": "",
    "ChannelInstallSid": f"XE{_HEX}",
    _JSON: r"\{",
    "ChannelPrefix": "whatsapp",
    "ChannelToAddress": r"\+?[0-9]",
    "ExternalUserId": r"[A-Z]{2}\.",
    "ExternalUserIdentifier": r"[A-Z]{2}\.",
    "Forwarded": "(?:true|false)",
    "FrequentlyForwarded": "(?:true|false)",
    "Label": "",
    "Latitude": "-?[0-9]",
    "ListId": "",
    "ListTitle": "",
    "Longitude": "-?[0-9]",
    "MediaContentType[0-9]{1,2}": "[a-z]",
    "MediaUrl[0-9]{1,2}": "http",
    "MessagingServiceSid": f"MG{_HEX}",
    "OriginalRepliedMessageSender": "whatsapp:",
    "OriginalRepliedMessageSid": _SID,
    "ProfileName": "",
    "ReferralBody": "",
    "ReferralCtwaClid": "",
    "ReferralHeadline": "",
    "ReferralMediaContentType": "",
    "ReferralMediaId": "",
    "ReferralMediaUrl": "",
    "ReferralNumMedia": "",
    "ReferralSourceId": "",
    "ReferralSourceType": "",
    "ReferralSourceUrl": "",
}
"""How the values of further fields begin; names are patterns."""
_STATUS_STARTS = {"ChannelStatusMessage": "", "ErrorCode": "[0-9]", "ErrorMessage": ""}
"""As `_STARTS`, of fields that only callbacks have."""
_READ_TEXTS = ("Body", "ProfileName")
"""Texts that anything is done with."""
_OF_TYPES = re.compile("Button.*|List.*|Latitude|Longitude|Address|Label")
_TYPED = frozenset({"", "text", "image", "audio", "voice", "video", "document", "sticker"})
"""Types of messages that have none of those fields; their text is the customer's own."""
_OUTBOX = re.compile(r"outbox=[0-9a-f]{32}")


class Webhook(StrEnum):
    """What a form is about."""

    INBOUND = "inbound"
    STATUS = "status"


class Reason(StrEnum):
    """Why a form is refused; a metric's label."""

    QUERY = "query"
    """The URL's query is not the one that Twilio was given."""
    REPEATED = "repeated"
    NAME = "name"
    """A name that no field has."""
    MISSING = "missing"
    """A mandatory field is not there."""
    SHAPE = "shape"
    """A value is not as Twilio sends it."""
    SIDS = "sids"
    """The message has several ids."""
    ACCOUNT = "account"
    """It is another account's."""
    TYPE = "type"
    """A message of this type has no such field."""
    BOUNDARY = "boundary"
    """Another field could begin within a name or value."""
    UNKNOWN_AFTER_TEXT = "unknown_after_text"
    """A name that nobody knows after a text that is read."""


_ANCHORS = {
    Webhook.INBOUND: ("AccountSid", "ApiVersion", "From", "MessageSid", "SmsMessageSid", "SmsSid", "To"),
    Webhook.STATUS: ("AccountSid", "ApiVersion", "From", "MessageSid", "MessageStatus", "SmsSid", "To"),
}
"""Mandatory fields, sorted; their values end where they end whatever follows."""
_LAST = "\x7f"
"""What sorts after every name."""


class _Names:
    """The names that could be fields of one kind of form."""

    def __init__(self, starts: dict[str, str]) -> None:
        """`starts` tells how their values begin; patterns."""
        longest_first = sorted(starts, key=len, reverse=True)
        exact = "|".join(f"{name}(?={starts[name]})" for name in longest_first)
        self._exact = re.compile(exact)
        self._any = re.compile(f"(?=({exact}))")

    def at(self, text: str, at: int) -> str:
        """The name that begins at a place, or nothing."""
        found = self._exact.match(text, at)
        return found[0] if found else ""

    def within(self, text: str, start: int, end: int) -> Iterator[str]:
        """The names that could begin in a part of the text, whose values may go on behind it."""
        for found in self._any.finditer(text, start):
            if found.start() >= end:
                return
            yield found[1]


class Judge:
    """Judges forms."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        """`more` are names of further fields, as texts. Raises ValueError for what can be no name."""
        names = sorted(more)
        if not all(_NAME.fullmatch(name) for name in names):
            raise ValueError("expected names of form fields, e.g. CarouselId, separated by commas")
        every = {**dict.fromkeys(names, ""), **_SHAPES, **_STARTS}
        del every["ErrorCode"]
        typed = {name: start for name, start in every.items() if not _OF_TYPES.fullmatch(name)}
        self._callback, self._message, self._typed = (_Names(e) for e in ({**typed, **_STATUS_STARTS}, every, typed))

    def refuses(self, webhook: Webhook, pairs: Pairs, query: str, account_sid: str = "") -> Reason | None:
        """Why a form is refused, or nothing. `account_sid` is whose it must be, when that is known."""
        if query and not (webhook is Webhook.STATUS and _OUTBOX.fullmatch(query)):
            return Reason.QUERY
        fields = dict(pairs)
        if len(fields) < len(pairs):
            return Reason.REPEATED
        if not all(_NAME.fullmatch(name) for name in fields):
            return Reason.NAME
        if reason := _of_fields(webhook, fields, account_sid):
            return reason
        message = self._typed if _is_typed(fields) else self._message
        names = self._callback if webhook is Webhook.STATUS else message
        return _of_cuts(names, _ANCHORS[webhook], sorted(fields.items()))


def _of_cuts(names: _Names, anchors: Sequence[str], pairs: Pairs) -> Reason | None:
    """Whether the text of a form could be cut differently."""
    text = "".join(name + value for name, value in pairs)
    at, only_known, since, after_text = 0, True, "", False
    for name, value in pairs:
        began = names.at(text, at)
        if began and began != name:
            return Reason.BOUNDARY
        if after_text and not began:
            return Reason.UNKNOWN_AFTER_TEXT
        # names are in order, so that none up to the last one before all that is unknown could begin here
        only_known = name in anchors or (only_known and bool(began))
        since = name if only_known else since
        start, end = at + max(len(began), 1), at + len(name) + len(value)
        until = next((anchor for anchor in anchors if anchor > name), _LAST)
        inner = () if _is_plain(name, value) else names.within(text, start, end)
        if any(each in anchors or (name != _JSON and since < each <= until) for each in inner):
            return Reason.BOUNDARY
        after_text = name in _READ_TEXTS or (name in ("From", "To") and not _is_plain(name, value))
        at = end
    return None


def _of_fields(webhook: Webhook, fields: dict[str, str], account_sid: str) -> Reason | None:
    """What is wrong with the fields, each by itself and beside the others."""
    if not all(name in fields for name in _ANCHORS[webhook]):
        return Reason.MISSING
    for name, value in fields.items():
        if (shape := _SHAPES.get(name)) and not re.fullmatch(shape, value):
            return Reason.SHAPE
    if _JSON in fields and not _is_object(fields[_JSON]):
        return Reason.SHAPE
    sids = {fields.get(name, fields["MessageSid"]) for name in ("MessageSid", "SmsMessageSid", "SmsSid")}
    if len(sids) > 1 or (webhook is Webhook.STATUS and "SmsMessageSid" in fields):
        return Reason.SIDS
    if account_sid and fields["AccountSid"] != account_sid:
        return Reason.ACCOUNT
    if _is_typed(fields) and any(_OF_TYPES.fullmatch(name) for name in fields):
        return Reason.TYPE
    return None


def _is_typed(fields: dict[str, str]) -> bool:
    """Whether a form is of a type of messages that have no buttons, lists or places."""
    return fields.get("MessageType", "") in _TYPED


def _is_plain(name: str, value: str) -> bool:
    """Whether a value ends before the next capital letter, whatever follows. An address that is a user's name may
    hold capital letters."""
    return bool(re.fullmatch(_PHONE, value)) if name in ("From", "To") else name in _SHAPES


def _is_object(text: str) -> bool:
    """Whether a text is one JSON object and nothing else."""
    try:
        return text.startswith("{") and text.endswith("}") and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


_MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
_CUSTOMER = re.compile(r"whatsapp:[+A-Za-z0-9][A-Za-z0-9._:-]{0,100}")
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
    if not _CUSTOMER.fullmatch(address):
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


def number_of(form: Form, name: str) -> str:
    """The phone in a field as it stands there, E.164, or nothing: whose number it is, before anything is believed."""
    match = _BUSINESS.fullmatch(_first(form, name))
    return match[1] if match else ""


def signed_urls(bases: Sequence[str], path: str, query: str) -> tuple[str, ...]:
    """The URLs that a signature may be over: each public base with the request's own path and query."""
    return tuple(f"{base}{path}?{query}" if query else f"{base}{path}" for base in bases)


def _sid(form: Form) -> str:
    sid = _one(form, "MessageSid")
    if not _MESSAGE_SID.fullmatch(sid):
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
