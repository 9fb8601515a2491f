"""The policy: each stage, and their order."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from broker.domain.model import ALLOWED, Customer
from broker.policy.arguments import normalise
from broker.policy.pipeline import EARLY, LATE, Earlier, Facts, concerns_nobody, decide, decide_early, prepare_action
from tests.unit.broker.builders import ADDRESS, BOOKING, act, make_request, make_rules
from turn.model import Action, Decision
from turn.vocabulary import Outcome, Status

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["thing_id", "preferred_date"],
    "properties": {
        "thing_id": {"type": "string"},
        "preferred_date": {"type": "string"},
        "preferred_time": {"type": "string"},
        "note": {},
        "count": {"type": "integer"},
    },
}
LISTED = Earlier(Status.OK, {"date_str": "2026-03-12"}, {"ok": True, "times": ["10:00"]})


@dataclass
class Scene:
    """An action that may run, until something is changed."""

    tool: dict[str, Any] = field(
        default_factory=lambda: {
            "effect": "write",
            "scope": "appointments:write",
            "confirm": True,
            "required_slots": ["preferred_date", "preferred_time"],
            "after": "check_service_availability",
            "only_if_listed": {"preferred_time": "times"},
            "owned_by": "thing_id",
            "args": SCHEMA,
        }
    )
    space: dict[str, Any] = field(default_factory=lambda: {"tier": "pro"})
    name: str = "move_thing"
    args: dict[str, Any] = field(
        default_factory=lambda: {"thing_id": "T1", "preferred_date": "2026-03-12", "preferred_time": "10:00"}
    )
    confirmed: bool = True
    facts: dict[str, Any] = field(default_factory=lambda: {"earlier": {"check_service_availability": LISTED}})

    def decide(self) -> Decision:
        rules = make_rules(tools={"move_thing": self.tool}, **self.space)
        request = make_request(Action(self.name, self.args), confirmed=self.confirmed)
        return decide(prepare_action(request, rules, request.actions[0]), Facts(**self.facts))


def no_such_tool(scene: Scene) -> None:
    scene.name = "no_such_tool"


def too_deep(scene: Scene) -> None:
    scene.args["count"] = float("nan")


def tier_too_low(scene: Scene) -> None:
    scene.tool["tier"] = "max"


def forbidden(scene: Scene) -> None:
    scene.args["note"] = "x; DROP TABLE appointments"


def no_scope(scene: Scene) -> None:
    scene.tool["scope"] = "payments:write"


def inactive(scene: Scene) -> None:
    scene.space["active"] = False


def slot_missing(scene: Scene) -> None:
    del scene.args["preferred_time"]


def schema_broken(scene: Scene) -> None:
    scene.args["colour"] = "red"


def not_owned(scene: Scene) -> None:
    scene.facts["ownership"] = "NOT_OWNER"


def limited(scene: Scene) -> None:
    scene.facts["limited"] = True


def out_of_order(scene: Scene) -> None:
    scene.facts["earlier"] = {}


def unconfirmed(scene: Scene) -> None:
    scene.confirmed = False


VIOLATIONS: list[tuple[Callable[[Scene], None], str]] = [
    (no_such_tool, "TOOL_NOT_IN_MANIFEST"),
    (too_deep, "INVALID_ARGUMENTS"),
    (tier_too_low, "TIER"),
    (forbidden, "FORBIDDEN_PATTERN"),
    (no_scope, "SCOPE"),
    (inactive, "WORKSPACE_INACTIVE"),
    (slot_missing, "MISSING_SLOTS"),
    (schema_broken, "INVALID_ARGUMENTS"),
    (not_owned, "NOT_OWNER"),
    (limited, "RATE_LIMITED"),
    (out_of_order, "TOOL_ORDER"),
    (unconfirmed, "CONFIRMATION_REQUIRED"),
]
"""One way to fail each stage, in the order of the stages."""


def test_every_stage_has_a_violation() -> None:
    assert len(VIOLATIONS) == len(EARLY) + len(LATE)


def test_an_action_with_nothing_against_it_is_allowed() -> None:
    assert Scene().decide() == ALLOWED


@pytest.mark.parametrize(("violate", "why"), VIOLATIONS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_stage_stops_its_violation(violate: Callable[[Scene], None], why: str) -> None:
    scene = Scene()
    violate(scene)
    decision = scene.decide()
    assert decision.why == why
    asks = why in ("MISSING_SLOTS", "CONFIRMATION_REQUIRED")
    assert decision.outcome is (Outcome.ASK_CLARIFICATION if asks else Outcome.DENY)


@pytest.mark.parametrize(
    ("first", "second"),
    list(itertools.combinations(VIOLATIONS, 2)),
    ids=lambda pair: pair[0].__name__,
)
def test_of_two_violations_the_earlier_stage_speaks(
    first: tuple[Callable[[Scene], None], str], second: tuple[Callable[[Scene], None], str]
) -> None:
    scene = Scene()
    second[0](scene)
    first[0](scene)
    assert scene.decide().why == first[1]


def test_the_stages_are_in_the_promised_order() -> None:
    assert [name for name, _ in (*EARLY, *LATE)] == [
        "manifest", "arguments", "tier", "patterns", "scope", "active", "slots", "schema",
        "ownership", "limits", "order", "confirmation",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "needed", "allowed"),
    [
        ("basic", "basic", True),
        ("basic", "pro", False),
        ("pro", "pro", True),
        ("pro", "max", False),
        ("max", "basic", True),
    ],
)
def test_a_tier_includes_those_below(tier: str, needed: str, allowed: bool) -> None:
    scene = Scene()
    scene.space["tier"], scene.tool["tier"] = tier, needed
    assert (scene.decide() == ALLOWED) is allowed


@pytest.mark.parametrize(
    "text",
    ["drop table x", "<script>alert(1)", "{{7*7}}", "ＤＲＯＰ table x", "dr\u200bop table x", "< \u2060script"],
)
def test_a_forbidden_pattern_is_found_however_it_is_spelt(text: str) -> None:
    scene = Scene()
    scene.args["note"] = {"list": ["fine", text]}
    assert scene.decide().why == "FORBIDDEN_PATTERN"


def test_a_forbidden_pattern_is_found_in_a_key() -> None:
    scene = Scene()
    scene.args["note"] = {"<script": 1}
    assert scene.decide().why == "FORBIDDEN_PATTERN"


def test_missing_slots_are_named_in_the_order_of_the_manifest() -> None:
    rules = make_rules()
    case = prepare_action(make_request(slots={"preferred_date": "2026-03-12"}), rules, act("book_appointment"))
    needs = ("service_type", "preferred_time", "client_name", "client_email")
    assert decide_early(case) == Decision(Outcome.ASK_CLARIFICATION, "MISSING_SLOTS", needs)


def test_a_slot_counts_as_known_when_only_the_argument_has_it() -> None:
    rules = make_rules()
    case = prepare_action(
        make_request(), rules, act("check_service_availability", service_type="Barba", date_str="2026-03-12")
    )
    assert decide_early(case) is None


@pytest.mark.parametrize("email", ["ana..perez@example.com", "ana@example.com.", "ana@10.0.0.1", "ana@mail"])
def test_an_address_that_no_mail_can_be_sent_to_does_not_fit(email: str) -> None:
    request = make_request(slots=BOOKING | {"client_email": email})
    booking = decide_early(prepare_action(request, make_rules(), act("book_appointment")))
    assert booking == Decision(Outcome.DENY, "INVALID_ARGUMENTS")
    request = make_request(slots=BOOKING)
    assert decide_early(prepare_action(request, make_rules(), act("book_appointment"))) is None


@pytest.mark.parametrize("service", ["Depilación", 7, ["Barba"], {"a": 1}])
def test_a_service_that_the_business_does_not_have_does_not_fit(service: Any) -> None:
    case = prepare_action(
        make_request(), make_rules(), act("check_service_availability", service_type=service, date_str="2026-03-12")
    )
    decision = decide_early(case)
    assert decision is not None
    assert decision.why == "INVALID_ARGUMENTS"


def test_a_reference_out_of_the_schema_is_never_followed() -> None:
    scene = Scene()
    scene.tool["args"] = {"type": "object", "properties": {"note": {"$ref": "http://127.0.0.1:9/schema.json"}}}
    scene.tool["required_slots"] = []
    scene.args["note"] = "x"
    assert scene.decide().why == "INVALID_ARGUMENTS"


@pytest.mark.parametrize("violate", [not_owned, limited, out_of_order])
def test_a_write_that_was_begun_before_may_be_repeated(violate: Callable[[Scene], None]) -> None:
    scene = Scene()
    violate(scene)
    scene.facts["begun"] = True
    assert scene.decide() == ALLOWED


@pytest.mark.parametrize(("violate", "why"), [row for row in VIOLATIONS if row[0] not in (not_owned, limited)][:8])
def test_a_begun_write_is_still_checked_by_what_needs_no_facts(violate: Callable[[Scene], None], why: str) -> None:
    scene = Scene()
    violate(scene)
    scene.facts["begun"] = True
    assert scene.decide().why == why


def test_forged_trusted_arguments_reach_no_stage() -> None:
    rules = make_rules()
    forged = {"workspace_id": "other", "customer": "x", "now": "2020-01-01", "client_phone": "+1"}
    request = make_request(Action("find_appointment_by_phone", forged), customer=Customer(ADDRESS))
    case = prepare_action(request, rules, request.actions[0])
    assert case.args == {"client_phone": ADDRESS}
    assert decide(case, Facts()) == ALLOWED
    assert normalise(forged, {}, {}, request.customer) == {}


def test_arguments_of_a_tool_that_says_so_never_come_from_slots() -> None:
    rules = make_rules(tools={"change_appointment": {}})
    request = make_request(act("change_appointment", booking_id="PB-AAAAAA", client_name="Eva"), slots=BOOKING)
    prepared = prepare_action(request, rules, request.actions[0])
    assert prepared.args == {"booking_id": "PB-AAAAAA", "client_name": "Eva"}
    assert decide(prepared, Facts()) == ALLOWED
    nameless = make_request(act("book_appointments", items=[]), slots=BOOKING)
    rules = make_rules(tools={"book_appointments": {}})
    assert decide_early(prepare_action(nameless, rules, nameless.actions[0])) == Decision(
        Outcome.ASK_CLARIFICATION, "MISSING_SLOTS", ("client_name",)
    )


def test_names_are_spelt_as_listed_however_deep() -> None:
    rules = make_rules(tools={"find_free_times": {}})
    items = [{"service_type": "BARBA", "staff_name": ["carlos"], "not_staff": ["sofía", "Pedro"]}]
    request = make_request(act("find_free_times", items=items))
    prepared = prepare_action(request, rules, request.actions[0])
    assert prepared.args == {
        "items": [{"service_type": "Barba", "staff_name": ["Carlos"], "not_staff": ["Sofía", "Pedro"]}]
    }


def test_a_read_about_the_customer_concerns_somebody() -> None:
    rules = make_rules(tools={"get_customer": {}, "find_free_times": {}})
    assert not concerns_nobody(rules.tools["get_customer"])
    assert concerns_nobody(rules.tools["find_free_times"])
