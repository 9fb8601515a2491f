"""Requests from outside the mesh: every field that the contract gives a form to is held to it, none silently read."""

import importlib
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from pulpo.common.v1 import state_pb2, turn_pb2
from pulpo.extractor.v1 import extractor_pb2
from pulpo.gateway.v1 import booking_pb2
from pulpo.nlg.v1 import nlg_pb2
from pulpo.planner.v1 import planner_pb2
from runtime.errors import PulpoError
from runtime.rpc.identity import Caller, Rights
from turn.guard import RULES, inspect, is_own_address, violations

PACKAGES = ("broker.v1.broker", "extractor.v1.extractor", "gateway.v1.gateway", "gateway.v1.booking", "nlg.v1.nlg",
            "planner.v1.planner", "workspace.v1.workspace")  # fmt: skip
REQUESTS: list[Descriptor] = [
    method.input_type
    for name in PACKAGES
    for service in importlib.import_module(f"pulpo.{name}_pb2").DESCRIPTOR.services_by_name.values()
    for method in service.methods
]


def reached(message: Descriptor, seen: frozenset[str] = frozenset()) -> dict[str, FieldDescriptor]:
    """Every field below a message, by full name."""
    found: dict[str, FieldDescriptor] = {}
    for field in message.fields:
        found[field.full_name] = field
        if (
            field.message_type
            and field.message_type.full_name not in seen
            and "google" not in field.message_type.full_name
        ):
            found |= reached(field.message_type, seen | {message.full_name})
    return found


EVERY = {name: field for request in REQUESTS for name, field in reached(request).items()}


def made_for(field: FieldDescriptor) -> Any:
    assert field.containing_type is not None
    return GetMessageClass(field.containing_type)()


def enum_of(field: FieldDescriptor) -> str:
    assert field.enum_type is not None
    return field.enum_type.full_name


def test_rules_are_for_texts_that_a_request_can_have() -> None:
    assert set(RULES) <= set(EVERY)
    assert all(EVERY[name].type == FieldDescriptor.TYPE_STRING for name in RULES)


@pytest.mark.parametrize("name", [name for name in EVERY if EVERY[name].type == FieldDescriptor.TYPE_ENUM])
def test_an_enums_number_that_is_none_of_its_values_is_named(name: str) -> None:
    field = EVERY[name]
    message: Any = made_for(field)
    if field.is_repeated:
        getattr(message, field.name).extend([1, 77])
    else:
        setattr(message, field.name, 77)
    (found,) = violations(message)
    assert found == (
        f"{field.name}[1]" if field.is_repeated else field.name,
        f"expected a value of {enum_of(field)}",
    )


@pytest.mark.parametrize("name", RULES)
def test_a_text_of_another_form_is_named(name: str) -> None:
    field, wrong = EVERY[name], "ñandú " * 100
    message: Any = made_for(field)
    if field.is_repeated:
        getattr(message, field.name).append(wrong)
    else:
        setattr(message, field.name, wrong)
    ((where, expected),) = violations(message)
    assert where.startswith(field.name)
    assert "ñandú" not in expected


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (
            "preferred_date",
            ["2026-03-13", "2028-02-29"],
            ["2026-02-29", "13/03/2026", "mañana", "2026-3-1", "2026-03-13T10:00"],
        ),
        ("preferred_time", ["00:00", "23:59"], ["24:00", "9:00", "09:60", "a las 5", "٠٩:٠٠"]),
    ],
)
def test_dates_and_times(field: str, good: list[str], bad: list[str]) -> None:
    assert not [value for value in good if list(violations(turn_pb2.Slots(**{field: value})))]
    assert not [value for value in bad if not list(violations(turn_pb2.Slots(**{field: value})))]


def test_locales_and_names_of_slots() -> None:
    def wrong(message: Any) -> list[str]:
        return [name for name, _ in violations(message)]

    for locale, bad in {
        "es": 0,
        "es-AR": 0,
        "pt-BR": 0,
        "zh-Hant-TW": 0,
        "es-419": 0,
        "spanish": 1,
        "es_AR": 1,
        "ES": 1,
    }.items():
        assert len(wrong(turn_pb2.TurnContext(locale=locale))) == bad, locale
    assert wrong(extractor_pb2.ExtractRequest(asked_slot="color")) == ["asked_slot"]
    assert wrong(extractor_pb2.ExtractRequest(asked_slot="preferred_time")) == []
    assert wrong(nlg_pb2.ComposeRequest(missing_slots=["client_name", "hora"])) == ["missing_slots[1]"]
    nested = planner_pb2.PlanRequest(state=state_pb2.ConversationState(offers=[state_pb2.Offer(date="x")]))
    assert wrong(nested) == ["state.offers[0].date"]


def test_an_answer_names_the_first_twenty() -> None:
    request = booking_pb2.BookRequest(items=[booking_pb2.BookedItem(date="x")] * 50)
    with pytest.raises(PulpoError) as refused:
        inspect("Book", request, Caller())
    assert (refused.value.reason, len(refused.value.violations)) == ("FIELD_INVALID", 20)


@pytest.mark.parametrize("address", ["whatsapp:+54911", "WhatsApp:+54911", " whatsapp:+1", "web", "web:", "", "sms:1"])
def test_addresses_that_are_on_no_channel_of_ones_own(address: str) -> None:
    assert not is_own_address(address, ("web:", "whatsapp:"))


def test_who_acts_for_customers_is_told_apart_in_the_audit() -> None:
    caller = Caller("desk", rights=Rights(None, ("web:",), acts_for_customers=True))
    for address, others in (("web:1", False), ("whatsapp:+5491155551234", True)):
        request = booking_pb2.CancelRequest(workspace_id="estudio-pulpo", customer_address=address, request_id="7")
        assert inspect("Cancel", request, caller) == ("estudio-pulpo", "7", others)


def test_a_list_without_end_is_not_walked_through() -> None:
    request = booking_pb2.BookRequest(items=[booking_pb2.BookedItem(date="x")] * 201)
    assert list(violations(request)) == [("items", "at most 200 values")]
