"""A dialogue arrives as it was sent."""

from hypothesis import given, settings

from pulpo.common.v1 import reading_pb2, task_pb2
from tests.unit.turn.strategies import dialogues, proposals
from turn import converters
from turn.model import ConversationState
from turn.task_converters import dialogue_from, dialogue_to, proposal_from, proposal_to
from turn.tasks import KINDS, NO_DIALOGUE, Dialogue, Proposal


@given(dialogues)
@settings(max_examples=60)
def test_a_dialogue_arrives_as_it_was_sent(dialogue: Dialogue) -> None:
    sent = task_pb2.Dialogue.FromString(dialogue_to(dialogue).SerializeToString())
    assert dialogue_from(sent) == dialogue


@given(dialogues)
@settings(max_examples=30)
def test_a_state_carries_its_dialogue(dialogue: Dialogue) -> None:
    state = ConversationState(dialogue=dialogue)
    message = converters.state_to(state)
    assert message.HasField("dialogue") is (dialogue != NO_DIALOGUE)
    assert converters.state_from(message).dialogue == dialogue


@given(proposals)
@settings(max_examples=30)
def test_a_proposal_arrives_as_it_was_sent(proposal: Proposal) -> None:
    assert proposal_from(proposal_to(proposal)) == proposal


def test_every_kind_of_task_is_in_the_contract() -> None:
    names = {f"TASK_KIND_{kind.upper()}" for kind in KINDS} | {"TASK_KIND_UNSPECIFIED"}
    assert names == set(task_pb2.TaskKind.keys())


def test_tasks_and_writes_of_a_newer_contract_are_left_out() -> None:
    newer = task_pb2.Dialogue(
        tasks=[task_pb2.Task(kind=99), task_pb2.Task(kind=task_pb2.TASK_KIND_CANCEL)],  # type: ignore[arg-type]
        done=[task_pb2.Written(kind=99)],  # type: ignore[arg-type]
    )
    found = dialogue_from(newer)
    assert ([task.kind for task in found.tasks], found.done) == (["cancel"], ())


def test_offers_without_services_offer_nothing() -> None:
    task = task_pb2.Task(kind=task_pb2.TASK_KIND_BOOK, offers=[task_pb2.Proposal()], chosen=task_pb2.Proposal())
    (found,) = dialogue_from(task_pb2.Dialogue(tasks=[task])).tasks
    assert (found.offers, found.chosen) == ((), None)


def test_nobody_said_for_how_many_is_not_nobody() -> None:
    alone = task_pb2.Task(kind=task_pb2.TASK_KIND_BOOK)
    others = task_pb2.Task(kind=task_pb2.TASK_KIND_BOOK, people=reading_pb2.People(count=2))
    found = dialogue_from(task_pb2.Dialogue(tasks=[alone, others])).tasks
    assert [(task.people, task.writer) for task in found] == [(0, True), (2, False)]


def test_what_is_personal_is_redacted_in_every_message() -> None:
    personal = {
        "PlacedService": {"person"},
        "Task": {"targets", "name", "email"},
        "CustomerRecord": {"name", "masked_email"},
        "Dialogue": {"name", "email", "phone"},
        "OwnAnswer": {"text"},
    }
    for name, message in task_pb2.DESCRIPTOR.message_types_by_name.items():
        redacted = {field.name for field in message.fields if field.GetOptions().debug_redact}
        assert redacted == personal.get(name, set()), name
