"""The parts of the planner's slm track that no server is needed for: schema, prompt, settings."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from planner.schema_validation import PlanContract
from planner.settings import PlannerSettings
from planner.slm.model_planner import ModelPlanner
from planner.slm.prompt import business_part, compact, fixed_prompt, read_file, turn_part
from planner.slm.schema import narrowed
from planner.turn import PlanningTurn
from runtime.settings import load
from tests.unit.planner.builders import COMPLETE, NOW, SALON, appointment, found, with_tool
from turn.model import ConversationState, Observation, Slots
from turn.tools import SECOND_FORM
from turn.vocabulary import Intent, Status, Topic


def actions_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Tool name -> what its arguments must look like."""
    each = schema["properties"]["actions"]["items"]["anyOf"]
    return {one["properties"]["tool"]["enum"][0]: one["properties"]["args"] for one in each}


def test_each_tool_of_the_manifest_has_its_own_arguments() -> None:
    schema = narrowed(SALON)
    Draft202012Validator.check_schema(schema)
    args = actions_of(schema)
    assert set(args) == {tool.name for tool in SALON.tools} - set(SECOND_FORM)
    assert args["check_service_availability"]["properties"]["service_type"]["enum"] == list(SALON.service_names)
    assert all(one["additionalProperties"] is False for one in args.values())
    assert args["find_appointment_by_phone"] == {
        "type": "object",
        "additionalProperties": False,
        "required": [],
        "properties": {},
    }
    assert args["book_appointment"]["properties"]["client_name"] == {"type": "string", "enum": ["$client_name"]}


def test_no_string_of_a_model_is_free() -> None:
    for name, args in actions_of(narrowed(SALON)).items():
        for argument, rule in args["properties"].items():
            assert "enum" in rule or "pattern" in rule, (name, argument)
            assert not {"minLength", "maxLength"} & set(rule), (name, argument)


@pytest.mark.parametrize(
    ("text", "fits"), [("corte", True), ("", True), ('"', False), ("a\nb", False), ("x" * 81, False)]
)
def test_a_free_text_of_a_tool_is_one_short_line(text: str, fits: bool) -> None:
    args = actions_of(narrowed(SALON))["get_available_services"]
    assert Draft202012Validator(args).is_valid({"q": text}) is fits


def test_a_tool_of_ones_own_keeps_its_numbers_and_bounds() -> None:
    own = with_tool(
        "get_business_hours",
        args={"type": "object", "properties": {"days": {"type": "integer", "maximum": 7}, "note": {"type": "string"}}},
    )
    args = actions_of(narrowed(own))["get_business_hours"]
    assert args["properties"]["days"] == {"type": "integer", "maximum": 7}
    assert not Draft202012Validator(args).is_valid({"note": "x" * 121})


def test_every_example_is_a_plan() -> None:
    model, contract = ModelPlanner(SALON), PlanContract()
    for example in read_file()["examples"]:
        turn = PlanningTurn(Intent.BOOK, NOW, COMPLETE)
        contract.check(model.parse(compact(example["answer"]), turn), SALON)
        assert compact(example["answer"]) in fixed_prompt().system


def test_what_tools_answered_is_cut_short_and_without_customers_data() -> None:
    huge = Observation(
        "get_business_hours", Status.OK, {"ok": True, "text": ["x" * 500] * 500, "deep": [[[[[["y"]]]]]]}
    )
    told = turn_part(PlanningTurn(Intent.CANCEL, NOW, COMPLETE, observations=(found(appointment()), huge)), SALON)
    assert "PB-AAAAAA" in told
    assert not any(secret in told for secret in ("Ana Ruiz", "ana@test.com", "5555"))
    assert len(told) < 1500
    assert '"output":{"ok":true}' in told
    assert business_part(SALON).splitlines()[6] == (
        "book_appointment: write, necesita service_type, preferred_date, preferred_time, client_name, client_email,"
        " después de check_service_availability"
    )


def test_without_settings_there_is_no_model() -> None:
    assert PlannerSettings(_env_file=None).backends() == ()


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SLM_PLANNER_URL": "vllm"}, "SLM_PLANNER_URL"),
        ({"SLM_PLANNER_URL": "http://vllm:8000/v1"}, "SLM_PLANNER_MODEL"),
        ({"SLM_PLANNER_TIMEOUT_MS": "-5"}, "SLM_PLANNER_TIMEOUT_MS"),
        ({"SLM_PLANNER_MAX_TOKENS": "many"}, "SLM_PLANNER_MAX_TOKENS"),
        ({"SLM_FALLBACK_TO_LLM": "true"}, "SLM_FALLBACK_TO_LLM_MODEL"),
    ],
)
def test_wrong_settings_stop_the_start_up_and_are_named(
    environment: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(PlannerSettings)
    assert f"settings: {named}: " in capsys.readouterr().err


def test_slots_are_told_in_the_order_in_which_they_are_asked_for() -> None:
    known = Slots(service_type="Barba", staff_name="Carlos", booking_id="PB-AAAAAA")
    told = turn_part(PlanningTurn(Intent.RESCHEDULE, NOW, known, ConversationState(slots=known)), SALON)
    in_order = '{"booking_id":"PB-AAAAAA","service_type":"Barba","staff_name":"Carlos"}'
    assert f'"slots":{in_order}' in told
    assert f'"known_before":{in_order}' in told


@pytest.mark.parametrize("topic", [Topic.ADDRESS, Topic.THANKS, Topic.UNSPECIFIED])
def test_a_topic_that_changes_no_plan_is_not_told(topic: Topic) -> None:
    assert '"topic"' not in turn_part(PlanningTurn(Intent.OTHER, NOW, topic=topic), SALON)
    assert '"topic":"HUMAN"' in turn_part(PlanningTurn(Intent.OTHER, NOW, topic=Topic.HUMAN), SALON)
