"""planner_v1.json, planner_v2.json and the check against them."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from planner.schema_validation import SCHEMA, SECOND_SCHEMA, SECOND_VERSION, InvalidPlanError, PlanContract, as_document
from planner.turn import SLOT_ORDER, Plan
from tests.unit.planner.builders import SALON, VET, without_tools
from turn import steps
from turn.model import Action
from turn.tasks import Placed, Proposal
from turn.tools import PACKAGES, SERVICES


def test_the_schema_is_a_schema_and_knows_the_eight_slots() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert sorted(SCHEMA["properties"]["missing_slots"]["items"]["enum"]) == sorted(SLOT_ORDER)


@pytest.mark.parametrize(
    "broken",
    [
        Plan(actions=(Action("drop_tables"),)),
        Plan(actions=(Action(SERVICES),) * 4),
        Plan(missing_slots=("shoe_size",)),
        Plan(missing_slots=("client_name", "client_name")),
        Plan(confidence=1.5),
        Plan(confidence=-0.1),
        Plan(actions=(Action(SERVICES, reasoning="x" * 201),)),
    ],
)
def test_a_plan_that_breaks_the_form_is_refused(broken: Plan) -> None:
    with pytest.raises(InvalidPlanError):
        PlanContract().check(broken, SALON)


def test_a_plan_may_name_only_the_tools_of_its_own_workspace() -> None:
    contract, packages = PlanContract(), Plan(actions=(Action(PACKAGES),))
    contract.check(packages, SALON)
    with pytest.raises(InvalidPlanError, match=r"actions\[0\]\.tool breaks enum"):
        contract.check(packages, VET)


def test_a_refusal_names_no_values() -> None:
    with pytest.raises(InvalidPlanError) as caught:
        PlanContract().check(Plan(actions=(Action("secret_name"),)), SALON)
    assert "secret_name" not in str(caught.value)


@pytest.mark.parametrize("extra", ["", "actions"])
def test_nothing_else_is_allowed_in_a_plan(extra: str) -> None:
    document: dict[str, Any] = as_document(Plan(actions=(Action(SERVICES),)))
    target = document["actions"][0] if extra else document
    validator = Draft202012Validator({**SCHEMA, "properties": {**SCHEMA["properties"]}})
    target["surprise"] = True
    assert any(error.validator == "additionalProperties" for error in validator.iter_errors(document))


def test_a_workspace_that_changes_is_checked_as_it_is_now() -> None:
    contract, packages = PlanContract(), Plan(actions=(Action(PACKAGES),))
    with pytest.raises(InvalidPlanError):
        contract.check(packages, without_tools(PACKAGES))
    contract.check(packages, SALON)


VISIT = Proposal(
    (Placed("Barba", "2026-03-13", "10:00", "Carlos"), Placed("Barba", "2026-03-13", "10:30", person="Leo"))
)


def test_the_second_form_knows_the_steps_and_all_that_the_first_does() -> None:
    Draft202012Validator.check_schema(SECOND_SCHEMA)
    first, second = SCHEMA["properties"], dict(SECOND_SCHEMA["properties"])
    assert second.pop("next_step")["anyOf"][0]["enum"] == list(steps.STEPS)
    assert set(second) == {*first, "offers"}
    for name in {*first} - {"plan_version"}:
        assert second[name] == first[name]


@pytest.mark.parametrize("step", [*steps.STEPS, "question:car"])
def test_a_plan_of_the_second_form_names_its_step_and_its_offers(step: str) -> None:
    plan = Plan(actions=(Action(SERVICES),), next_step=step, offers=(VISIT,))
    PlanContract().check(plan, SALON, SECOND_VERSION)
    document = as_document(plan, SECOND_VERSION)
    assert (document["plan_version"], document["next_step"]) == ("v2", step)
    assert document["offers"][0]["items"][1] == {
        "service": "Barba", "date": "2026-03-13", "time": "10:30", "staff": "", "person": "Leo",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (Plan(next_step="dance"), r"next_step breaks anyOf"),
        (Plan(offers=(Proposal(()),)), r"offers\[0\]\.items breaks minItems"),
        (Plan(offers=(VISIT,) * 11), r"offers breaks maxItems"),
        (Plan(offers=(Proposal((Placed("Barba", "13/03", "10:00"),)),)), r"date breaks pattern"),
        (Plan(offers=(Proposal((Placed("Barba", "2026-03-13", "25:00"),)),)), r"time breaks pattern"),
        (Plan(offers=(Proposal((Placed("", "2026-03-13", "10:00"),)),)), r"service breaks minLength"),
        (Plan(actions=(Action("drop_tables"),)), r"tool breaks enum"),
        (Plan(missing_slots=("shoe_size",)), r"missing_slots\[0\] breaks enum"),
    ],
)
def test_a_plan_that_breaks_the_second_form_is_refused(broken: Plan, place: str) -> None:
    with pytest.raises(InvalidPlanError, match=place):
        PlanContract().check(broken, SALON, SECOND_VERSION)
