"""Turns tasks and what surrounds them into the contract's messages (`…_to`) and back (`…_from`)."""

from pulpo.common.v1 import reading_pb2, task_pb2
from turn import reading_converters as converters
from turn.meaning import Doubt, Item
from turn.tasks import KINDS, Customer, Dialogue, Placed, Proposal, Task, Written

_KINDS = {kind: task_pb2.TaskKind.Value(f"TASK_KIND_{kind.upper()}") for kind in KINDS}
_NAMES = {number: kind for kind, number in _KINDS.items()}


def dialogue_to(dialogue: Dialogue) -> task_pb2.Dialogue:
    """The second form of a state."""
    return task_pb2.Dialogue(
        tasks=[_task_to(task) for task in dialogue.tasks],
        done=[
            task_pb2.Written(
                kind=_KINDS[written.kind],
                at=written.at,
                before=converters.own_appointment_to(written.before) if written.before else None,
                after=converters.own_appointment_to(written.after) if written.after else None,
            )
            for written in dialogue.done
        ],
        customer=_customer_to(dialogue.customer) if dialogue.customer else None,
        name=dialogue.name,
        email=dialogue.email,
        phone=dialogue.phone,
        spoken_of=dialogue.spoken_of,
        spoken_of_together=dialogue.spoken_of_together,
        answers=[task_pb2.OwnAnswer(key=key, text=text) for key, text in dialogue.answers],
    )


def dialogue_from(message: task_pb2.Dialogue) -> Dialogue:
    """The second form of a state, without tasks and writes of kinds that this version does not know."""
    return Dialogue(
        tasks=tuple(_task_from(task) for task in message.tasks if task.kind in _NAMES),
        done=tuple(
            Written(
                _NAMES[written.kind],
                written.at,
                converters.own_appointment_from(written.before) if written.HasField("before") else None,
                converters.own_appointment_from(written.after) if written.HasField("after") else None,
            )
            for written in message.done
            if written.kind in _NAMES
        ),
        customer=_customer_from(message.customer) if message.HasField("customer") else None,
        name=message.name,
        email=message.email,
        phone=message.phone,
        spoken_of=message.spoken_of,
        spoken_of_together=tuple(message.spoken_of_together),
        answers=tuple((answer.key, answer.text) for answer in message.answers),
    )


def _task_to(task: Task) -> task_pb2.Task:
    people = reading_pb2.People(count=task.people, writer=task.writer) if task.people else None
    return task_pb2.Task(
        kind=_KINDS[task.kind],
        items=[converters.item_to(item) for item in task.items],
        days=task.days,
        times=task.times,
        people=people,
        targets=task.targets,
        name=task.name,
        email=task.email,
        offers=[proposal_to(offer) for offer in task.offers],
        chosen=proposal_to(task.chosen) if task.chosen else None,
        rejected=task.rejected,
        asked=task.asked,
        times_asked=task.times_asked,
        refused=task.refused,
        inquires=task.inquires,
        doubts=[converters.doubt_to(doubt) for doubt in task.doubts],
        undoes=task.undoes,
    )


def _task_from(message: task_pb2.Task) -> Task:
    known = message.HasField("people")
    items: list[Item] = [converters.item_from(item) for item in message.items]
    doubts: list[Doubt] = [converters.doubt_from(doubt) for doubt in message.doubts]
    return Task(
        kind=_NAMES[message.kind],
        items=tuple(items),
        days=tuple(message.days),
        times=tuple(message.times),
        people=message.people.count if known else 0,
        writer=message.people.writer if known else True,
        targets=tuple(message.targets),
        name=message.name,
        email=message.email,
        offers=tuple(proposal_from(offer) for offer in message.offers if offer.items),
        chosen=proposal_from(message.chosen) if message.chosen.items else None,
        rejected=tuple(message.rejected),
        asked=message.asked,
        times_asked=message.times_asked,
        refused=tuple(message.refused),
        inquires=message.inquires,
        doubts=tuple(doubts),
        undoes=message.undoes,
    )


def proposal_to(proposal: Proposal) -> task_pb2.Proposal:
    """A visit that can be booked as it is."""
    return task_pb2.Proposal(
        items=[
            task_pb2.PlacedService(
                service=each.service, date=each.day, time=each.time, staff=each.staff, person=each.person
            )
            for each in proposal.items
        ]
    )


def proposal_from(message: task_pb2.Proposal) -> Proposal:
    """A visit that can be booked as it is."""
    return Proposal(
        tuple(Placed(each.service, each.date, each.time, each.staff, each.person) for each in message.items)
    )


def _customer_to(customer: Customer) -> task_pb2.CustomerRecord:
    return task_pb2.CustomerRecord(
        name=customer.name,
        masked_email=customer.masked_email,
        last_service=customer.last_service,
        last_staff=customer.last_staff,
        appointments=[converters.own_appointment_to(one) for one in customer.appointments],
        cancelled=[converters.own_appointment_to(one) for one in customer.cancelled],
        looked_at=customer.looked_at,
    )


def _customer_from(message: task_pb2.CustomerRecord) -> Customer:
    return Customer(
        name=message.name,
        masked_email=message.masked_email,
        last_service=message.last_service,
        last_staff=message.last_staff,
        appointments=tuple(converters.own_appointment_from(one) for one in message.appointments),
        cancelled=tuple(converters.own_appointment_from(one) for one in message.cancelled),
        looked_at=message.looked_at,
    )
