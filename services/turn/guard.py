"""Looks at requests that come from outside the mesh, before a service reads them: whether each field has a value that
the contract has, and whether the request is about what is the caller's.

The mesh's own services are held to the contract by types and tests, and not looked at.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from runtime.errors import Kind, PulpoError
from runtime.rpc.identity import Caller, Scope
from turn.constraints import is_day, is_time
from turn.meaning import CONFIRM
from turn.model import SLOT_NAMES
from turn.steps import NOTES, STEPS

WEBHOOKS_OWN = "whatsapp:"
"""Beginning of the addresses that only the webhook writes as: there the signature vouches for who writes."""
MOST_VIOLATIONS = 20
"""Wrong fields that one answer names."""
CONVERSATIONS = ("SendMessage", "RunTurn")
"""Methods that write as a customer, instead of acting for one."""
OF_ALL = ("ListWorkspaces",)
"""Methods that name no workspace, and answer with what their caller may know."""
MOST_LISTED = 200
"""Values of one list in a request."""
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_ADDRESS = re.compile(r"[a-z]{1,20}:\S{1,100}")
"""An address of a channel, as `pulpo forget` takes one."""
_BOOKING = re.compile(r"PB-[A-Z0-9]{6}")
_ASKED = frozenset((*SLOT_NAMES, *STEPS, CONFIRM))


class _Rule(NamedTuple):
    """What a text must be."""

    expected: str
    holds: Callable[[Any], bool]


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _most(characters: int) -> _Rule:
    return _Rule(f"at most {characters} characters", lambda text: len(text) <= characters)


def _among(names: tuple[str, ...] | frozenset[str], what: str) -> _Rule:
    return _Rule(f"expected {what}: {', '.join(sorted(filter(None, names)))}", lambda text: text in names)


_CUSTOMER = _Rule("expected CHANNEL:ID, e.g. web:5f3c", lambda text: bool(_ADDRESS.fullmatch(text)))
_DAY = _Rule("expected a date, YYYY-MM-DD", _is_date)
_HOUR = _Rule("expected a time of 24 hours, HH:MM", lambda text: bool(_TIME.fullmatch(text)))
_DAYS = _Rule("expected a constraint on days", is_day)
_TIMES = _Rule("expected a constraint on times", is_time)
_SLOT = _among(SLOT_NAMES, "the name of a slot")
_STEP = _among(_ASKED, "the name of a slot or step")
_OF_BOOKING = "pulpo.gateway.v1."
_WRITES = ("Book", "Change", "Cancel")
_ADDRESSED = (*_WRITES, "FindFreeTimes", "ListAppointments", "RunTurn")
_TOLD = ("OfferedTime", "OwnAppointment", "DoneWrite")
RULES: dict[str, _Rule] = {
    "pulpo.common.v1.TurnContext.workspace_id": _most(200),
    "pulpo.common.v1.TurnContext.conversation_id": _most(200),
    "pulpo.common.v1.TurnContext.turn_id": _most(200),
    "pulpo.common.v1.TurnContext.locale": _Rule(
        "expected a BCP 47 language, e.g. es-AR", lambda text: bool(_LOCALE.fullmatch(text))
    ),
    "pulpo.common.v1.ConversationState.locale": _Rule(
        "expected a BCP 47 language, e.g. es-AR", lambda text: bool(_LOCALE.fullmatch(text))
    ),
    "pulpo.common.v1.ConversationState.asked_slot": _STEP,
    "pulpo.common.v1.Slots.service_type": _most(200),
    "pulpo.common.v1.Slots.preferred_date": _DAY,
    "pulpo.common.v1.Slots.preferred_time": _HOUR,
    "pulpo.common.v1.Slots.staff_name": _most(200),
    "pulpo.common.v1.Slots.client_name": _most(200),
    "pulpo.common.v1.Slots.client_email": _most(320),
    "pulpo.common.v1.Slots.client_phone": _most(64),
    "pulpo.common.v1.Slots.booking_id": _most(200),
    "pulpo.common.v1.Offer.date": _DAY,
    "pulpo.common.v1.Offer.time": _HOUR,
    "pulpo.common.v1.PlacedService.date": _DAY,
    "pulpo.common.v1.PlacedService.time": _HOUR,
    "pulpo.common.v1.Task.refused": _SLOT,
    "pulpo.common.v1.Action.tool": _most(64),
    "pulpo.extractor.v1.ExtractRequest.asked_slot": _STEP,
    "pulpo.nlg.v1.ComposeRequest.missing_slots": _STEP,
    "pulpo.nlg.v1.ComposeRequest.next_step": _among(STEPS, "a step"),
    "pulpo.nlg.v1.ComposeRequest.notes": _among(NOTES, "a note"),
    "pulpo.broker.v1.Customer.address": _most(200),
    f"{_OF_BOOKING}FindFreeTimesRequest.from_date": _DAY,
    f"{_OF_BOOKING}FindFreeTimesRequest.to_date": _DAY,
    f"{_OF_BOOKING}FindFreeTimesRequest.from_time": _HOUR,
    f"{_OF_BOOKING}FindFreeTimesRequest.to_time": _HOUR,
    f"{_OF_BOOKING}BookedItem.date": _DAY,
    f"{_OF_BOOKING}BookedItem.time": _HOUR,
    f"{_OF_BOOKING}BookRequest.client_name": _most(80),
    f"{_OF_BOOKING}BookRequest.client_email": _most(120),
    f"{_OF_BOOKING}BookRequest.client_phone": _most(64),
    f"{_OF_BOOKING}ChangeRequest.booking_id": _Rule(
        "expected PB- and six of A-Z0-9", lambda text: bool(_BOOKING.fullmatch(text))
    ),
    f"{_OF_BOOKING}ChangeRequest.date": _DAY,
    f"{_OF_BOOKING}ChangeRequest.time": _HOUR,
    f"{_OF_BOOKING}ChangeRequest.client_name": _most(80),
    f"{_OF_BOOKING}ChangeRequest.client_email": _most(120),
    f"{_OF_BOOKING}CancelRequest.booking_ids": _Rule(
        "expected PB- and six of A-Z0-9", lambda text: bool(_BOOKING.fullmatch(text))
    ),
    **{f"{_OF_BOOKING}{method}Request.request_id": _most(128) for method in _WRITES},
    **{f"{_OF_BOOKING}{method}Request.customer_address": _CUSTOMER for method in _ADDRESSED},
    **{f"pulpo.common.v1.{message}.date": _DAY for message in _TOLD},
    **{f"pulpo.common.v1.{message}.time": _HOUR for message in _TOLD},
    **dict.fromkeys(tuple(f"pulpo.common.v1.{message}.days" for message in ("Item", "Task", "Reading")), _DAYS),
    **dict.fromkeys(tuple(f"pulpo.common.v1.{message}.times" for message in ("Item", "Task", "Reading")), _TIMES),
}
"""Full name of a field -> what its text must be where it is set; of a list, each of its texts."""


def inspect(method: str, request: Message, caller: Caller) -> Scope:
    """What a request is about. Raises PulpoError WORKSPACE_NOT_ALLOWED, ADDRESS_NOT_ALLOWED or FIELD_INVALID."""
    context: Any = getattr(request, "context", None)
    workspace = str(getattr(request, "workspace_id", "") or getattr(context, "workspace_id", ""))
    turn_id = next((str(found) for name in _TURN if (found := getattr(request, name, ""))), "")
    scope = Scope(workspace, turn_id or str(getattr(context, "turn_id", "")))
    if caller.name:
        scope = _within(method, scope, request, caller)
    found = [violation for violation, _ in zip(violations(request), range(MOST_VIOLATIONS), strict=False)]
    if found:
        said = (
            f"{len(found)} fields have values that the contract does not have: {', '.join(name for name, _ in found)}."
        )
        raise PulpoError(Kind.INVALID_ARGUMENT, "FIELD_INVALID", said, violations=found)
    return scope


_TURN = ("message_id", "request_id")


def addresses_of(request: Message) -> tuple[str, ...]:
    """The customer's addresses that a request names, wherever its contract has them."""
    customer: Any = getattr(request, "customer", None)
    named = (
        getattr(request, "customer_address", ""),
        getattr(request, "from", ""),
        getattr(customer, "address", ""),
    )
    return tuple(str(address) for address in named if address)


def _within(method: str, scope: Scope, request: Message, caller: Caller) -> Scope:
    """The scope, where it is the caller's. Callers that settings list may name any workspace and act for customers, and
    write as nobody's WhatsApp either."""
    rights = caller.rights
    if rights and rights.workspaces is not None and not (_names_one(request) or method in OF_ALL):
        said = "This is about every workspace, and the caller may not name every one."
        raise PulpoError(Kind.PERMISSION_DENIED, "WORKSPACE_NOT_ALLOWED", said)
    if rights and rights.workspaces is not None and scope.workspace and scope.workspace not in rights.workspaces:
        said = "This caller may not name this workspace."
        raise PulpoError(Kind.PERMISSION_DENIED, "WORKSPACE_NOT_ALLOWED", said)
    channels = rights.channels if rights else ("",)
    own = [is_own_address(address, channels) for address in addresses_of(request)]
    acts = rights.acts_for_customers if rights else True
    if not all(own) and (method in CONVERSATIONS or not acts):
        said = "The customer's address is on no channel of this caller's."
        raise PulpoError(Kind.PERMISSION_DENIED, "ADDRESS_NOT_ALLOWED", said)
    return scope._replace(for_others=not all(own))


def _names_one(request: Message) -> bool:
    return not {"workspace_id", "context"}.isdisjoint(request.DESCRIPTOR.fields_by_name)


def is_own_address(address: str, channels: tuple[str, ...]) -> bool:
    """Whether an address is on one of some channels, which WhatsApp never is."""
    if address.lower().startswith(WEBHOOKS_OWN) or not _ADDRESS.fullmatch(address):
        return False
    return address.startswith(channels)


def violations(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """The fields of a message that have values which the contract does not have, each with what was expected."""
    for field, value in message.ListFields():
        name = f"{path}{field.name}"
        if field.is_repeated and len(value) > MOST_LISTED:
            yield name, f"at most {MOST_LISTED} values"
            continue
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if field.message_type is None or field.message_type.full_name.startswith("google.protobuf."):
                continue
            for number, each in enumerate(value if field.is_repeated else (value,)):
                yield from violations(each, f"{name}[{number}]." if field.is_repeated else f"{name}.")
        elif field.type == FieldDescriptor.TYPE_ENUM:
            yield from _wrong(field, name, value, _enum_rule(field))
        elif field.full_name in RULES:
            yield from _wrong(field, name, value, RULES[field.full_name])


def _enum_rule(field: FieldDescriptor) -> _Rule:
    assert field.enum_type is not None
    known = field.enum_type.values_by_number
    return _Rule(f"expected a value of {field.enum_type.full_name}", lambda number: int(number) in known)


def _wrong(field: FieldDescriptor, name: str, value: Any, rule: _Rule) -> Iterator[tuple[str, str]]:
    if not field.is_repeated:
        if not rule.holds(value):
            yield name, rule.expected
        return
    for number, each in enumerate(value):
        if not rule.holds(each):
            yield f"{name}[{number}]", rule.expected
