"""planner_v1.json and the check against it."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from planner.schema_validation import SCHEMA, InvalidPlanError, PlanContract, as_document
from planner.turn import SLOT_ORDER, Plan
from tests.unit.planner.builders import SALON, VET
from turn.model import Action
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
