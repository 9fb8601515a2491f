"""Each transition of the table: a dialogue and a message, and what becomes of it. It is as long as the table
is: whoever changes a row finds its cases here."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.domain.dialogue.said import Said
from gateway.domain.dialogue.transitions import NONE, TABLE
from tests.unit.gateway.dialogue.builders import (
    ANA,
    ANA_OF_TWO,
    BEARD,
    CUT,
    ELEVEN,
    FRIDAY,
    NOW,
    OTHER,
    OWN,
    TEN,
    THURSDAY,
    booked,
    booking,
    cancelled,
    cancelling,
    changing,
    dialogue,
    email,
    moved,
    name,
    restoring,
    said,
    visit,
)  # fmt: skip
from turn import steps
from turn.meaning import Doubt, GivenDatum, Item
from turn.tasks import BOOK, CANCEL, CHANGE, RESTORE, Customer, Dialogue, Task, Written
from turn.vocabulary import ActKind

TOMORROW_AT_10: dict[str, Any] = {"days": (THURSDAY,), "times": ("10:00",)}
AT_16 = replace(OWN, time="16:00")
CHOICE = Doubt("days", "conflict", 0, 0, (THURSDAY, FRIDAY))
UNSURE_EMAIL = Doubt("data", "doubted", 0, 0, ("ana@test.com",))
UNSURE_TIME = Doubt("times", "unread")


@dataclass(frozen=True)
class Case:
    """What comes, and what becomes of it."""

    what: str
    before: Dialogue
    message: Said
    after: Dialogue
    notes: tuple[str, ...] = ()
    confirmed: bool = False


BOOKINGS = (
    Case(
        "a whole request begins a booking",
        dialogue(),
        said("book", items=(CUT,), **TOMORROW_AT_10),
        dialogue(booking(**TOMORROW_AT_10)),
    ),
    Case(
        "free times that are asked for wait for a yes",
        dialogue(),
        said("availability", items=(CUT,), days=(FRIDAY,)),
        dialogue(booking(days=(FRIDAY,), inquires=True)),
    ),
    Case(
        "a question with one's name in it is a request",
        dialogue(),
        said("availability", items=(CUT,), data=name("Ana")),
        dialogue(booking()),
    ),
    Case(
        "a question about two services keeps both in mind",
        dialogue(spoken_of="Barba"),
        said("ask", subjects=("price",), items=(CUT, BEARD)),
        dialogue(spoken_of_together=(CUT.service, "Barba")),
    ),
    Case(
        "both that a question was about are booked, with whom and when is said of them",
        dialogue(spoken_of_together=(CUT.service, "Barba")),
        said("book", days=(FRIDAY,), items=(Item(staff=("Carlos",)),), refers_to=("both",)),
        dialogue(Task(BOOK, (replace(CUT, staff=("Carlos",)), replace(BEARD, staff=("Carlos",))), (FRIDAY,))),
    ),
    Case(
        "two persons are not both services",
        dialogue(spoken_of_together=(CUT.service, "Barba")),
        said("book", days=(FRIDAY,)),
        dialogue(Task(BOOK, days=(FRIDAY,)), spoken_of_together=(CUT.service, "Barba")),
    ),
    Case(
        "a booking is of the service that a question was about",
        dialogue(spoken_of="Barba"),
        said("book", days=(FRIDAY,)),
        dialogue(Task(BOOK, (BEARD,), (FRIDAY,)), spoken_of="Barba"),
    ),
    Case(
        "free times without a service, after a booking, are about that and asked back",
        dialogue(done=(booked(),), customer=ANA),
        said("availability", days=(FRIDAY,)),
        dialogue(changing(days=(FRIDAY,), inquires=True), done=(booked(),), customer=ANA),
    ),
    Case(
        "a booking without a service, after a booking, is another one",
        dialogue(done=(booked(),), customer=ANA),
        said("book", days=(FRIDAY,)),
        dialogue(Task(BOOK, days=(FRIDAY,)), done=(booked(),), customer=ANA),
    ),
    Case(
        "while booking, more of it is put together",
        dialogue(booking(days=(FRIDAY,))),
        said("book", times=("10:00",)),
        dialogue(booking(days=(FRIDAY,), times=("10:00",))),
    ),
    Case(
        "while changing, another service is a booking beside it",
        dialogue(changing(days=(FRIDAY,))),
        said("book", items=(BEARD,), times=("11:00",)),
        dialogue(Task(BOOK, (BEARD,), (), ("11:00",)), changing(days=(FRIDAY,))),
    ),
    Case(
        "while changing, a moment alone is about the change",
        dialogue(changing()),
        said("book", times=("11:00",)),
        dialogue(changing(times=("11:00",))),
    ),
    Case(
        "while cancelling, a service is a booking instead",
        dialogue(cancelling(asked=steps.CONFIRM), customer=ANA),
        said("book", items=(BEARD,), days=(FRIDAY,)),
        dialogue(Task(BOOK, (BEARD,), (FRIDAY,)), customer=ANA),
    ),
    Case(
        "while cancelling, a moment says where the appointment is to go",
        dialogue(cancelling(asked=steps.CONFIRM), customer=ANA),
        said("book", days=(FRIDAY,)),
        dialogue(changing(days=(FRIDAY,)), customer=ANA),
    ),
    Case(
        "while cancelling, the service of one's own appointment says which",
        dialogue(Task(CANCEL), customer=ANA_OF_TWO),
        said("give", items=(BEARD,)),
        dialogue(Task(CANCEL, targets=(OTHER.id,)), customer=ANA_OF_TWO),
    ),
    Case(
        "a fourth task takes the place of the oldest",
        dialogue(changing(), restoring(), cancelling()),
        said("book", items=(BEARD,)),
        dialogue(Task(BOOK, (BEARD,)), changing(), restoring()),
    ),
)
CHANGES = (
    Case(
        "the only appointment is meant",
        dialogue(customer=ANA),
        said("change", times=("16:00",)),
        dialogue(changing(times=("16:00",)), customer=ANA),
    ),
    Case(
        "a day alone is asked back, as the hour was not said",
        dialogue(customer=ANA),
        said("change", days=(FRIDAY,)),
        dialogue(changing(days=(FRIDAY,), inquires=True), customer=ANA),
    ),
    Case(
        "a day alone of what was just booked is a correction",
        dialogue(customer=ANA, done=(booked(),)),
        said("change", days=(FRIDAY,)),
        dialogue(changing(days=(FRIDAY,)), customer=ANA, done=(booked(),)),
    ),
    Case(
        "of several the one that is referred to",
        dialogue(customer=ANA_OF_TWO),
        said("change", refers_to=(f"appointment:{OTHER.id}",), times=("12:00",)),
        dialogue(Task(CHANGE, times=("12:00",), targets=(OTHER.id,)), customer=ANA_OF_TWO),
    ),
    Case(
        "of several none, when none is named",
        dialogue(customer=ANA_OF_TWO),
        said("change", times=("12:00",)),
        dialogue(Task(CHANGE, times=("12:00",)), customer=ANA_OF_TWO),
    ),
    Case(
        "both",
        dialogue(customer=ANA_OF_TWO),
        said("change", refers_to=("both",), **TOMORROW_AT_10),
        dialogue(Task(CHANGE, targets=(OWN.id, OTHER.id), **TOMORROW_AT_10), customer=ANA_OF_TWO),
    ),
    Case(
        "a code that is none of the customer's own",
        dialogue(customer=ANA),
        said("change", times=("16:00",), data=(GivenDatum("booking_id", "PB-ZZZZZZ"),)),
        dialogue(customer=ANA),
        (steps.NOTHING_OWN,),
    ),
    Case(
        "none that could be changed, with a service: a booking",
        dialogue(),
        said("change", items=(BEARD,), days=(FRIDAY,)),
        dialogue(Task(BOOK, (BEARD,), (FRIDAY,))),
    ),
    Case(
        "another hour of what was written together is of all of it",
        dialogue(customer=ANA, done=(booked(OTHER), booked(OWN))),
        replace(said("change", times=("16:00",), refers_to=(f"done:{OWN.id}",)), names_none=True),
        dialogue(
            Task(CHANGE, times=("16:00",), targets=(OTHER.id, OWN.id)),
            customer=ANA,
            done=(booked(OTHER), booked(OWN)),
        ),
    ),
    Case("none that could be changed", dialogue(), said("change", times=("16:00",)), dialogue(), (steps.NOTHING_OWN,)),
    Case(
        "another name for what is booked",
        dialogue(customer=ANA),
        said("change", data=name("Pedro")),
        dialogue(changing(name="Pedro"), customer=ANA),
    ),
    Case(
        "while booking, another time is the booking's",
        dialogue(booking(days=(FRIDAY,), times=("10:00",), asked=steps.EMAIL), customer=ANA),
        said("change", times=("12:00",), refers_to=(f"appointment:{OWN.id}",)),
        dialogue(booking(days=(FRIDAY,), times=("12:00",), asked=steps.EMAIL), customer=ANA),
    ),
    Case(
        "while booking, an appointment that is named makes the booking wait",
        dialogue(booking(days=(FRIDAY,), asked=steps.SERVICE), customer=ANA),
        said("change", times=("12:00",), refers_to=(f"appointment:{OWN.id}",)),
        dialogue(changing(times=("12:00",)), booking(days=(FRIDAY,), asked=steps.SERVICE), customer=ANA),
    ),
    Case(
        "more of the change in front",
        dialogue(changing(asked=steps.CHANGE_WHAT), customer=ANA),
        said("give", times=("16:00",)),
        dialogue(changing(asked=steps.CHANGE_WHAT, times=("16:00",)), customer=ANA),
    ),
    Case(
        "a day alone, asked where it is to go, is asked back",
        dialogue(changing(asked=steps.CHANGE_WHAT), customer=ANA),
        said("give", days=(FRIDAY,)),
        dialogue(changing(days=(FRIDAY,), inquires=True), customer=ANA),
    ),
    Case(
        "another appointment, asked which",
        dialogue(Task(CHANGE, times=("12:00",), asked=steps.WHICH), customer=ANA_OF_TWO),
        said("choose", refers_to=(f"appointment:{OTHER.id}",)),
        dialogue(Task(CHANGE, times=("12:00",), asked=steps.WHICH, targets=(OTHER.id,)), customer=ANA_OF_TWO),
    ),
    Case(
        "while cancelling, a change of the same appointment",
        dialogue(cancelling(asked=steps.CONFIRM), customer=ANA),
        said("change", times=("16:00",)),
        dialogue(changing(times=("16:00",)), customer=ANA),
    ),
)
CANCELLATIONS = (
    Case("the only appointment is meant", dialogue(customer=ANA), said("cancel"), dialogue(cancelling(), customer=ANA)),
    Case(
        "the one of a service",
        dialogue(customer=ANA_OF_TWO),
        said("cancel", items=(BEARD,)),
        dialogue(Task(CANCEL, targets=(OTHER.id,)), customer=ANA_OF_TWO),
    ),
    Case("of several none", dialogue(customer=ANA_OF_TWO), said("cancel"), dialogue(Task(CANCEL), customer=ANA_OF_TWO)),
    Case(
        "all of them",
        dialogue(customer=ANA_OF_TWO),
        said("cancel", refers_to=("all",)),
        dialogue(Task(CANCEL, targets=(OWN.id, OTHER.id)), customer=ANA_OF_TWO),
    ),
    Case("none that could be cancelled", dialogue(), said("cancel"), dialogue(), (steps.NOTHING_OWN,)),
    Case(
        "while booking, the booking is given up",
        dialogue(booking()),
        said("cancel"),
        dialogue(spoken_of=CUT.service),
        (steps.DROPPED,),
    ),
    Case(
        "while booking, an appointment that is named",
        dialogue(booking(), customer=ANA),
        said("cancel", refers_to=(f"appointment:{OWN.id}",)),
        dialogue(cancelling(), booking(), customer=ANA),
    ),
    Case(
        "while changing, the same appointment",
        dialogue(changing(days=(FRIDAY,)), customer=ANA),
        said("cancel"),
        dialogue(cancelling(), customer=ANA),
    ),
    Case(
        "while changing none yet, it begins anew",
        dialogue(Task(CHANGE), customer=ANA_OF_TWO),
        said("cancel"),
        dialogue(Task(CANCEL), customer=ANA_OF_TWO),
    ),
    Case(
        "more of it: which one",
        dialogue(Task(CANCEL, asked=steps.WHICH), customer=ANA_OF_TWO),
        said("cancel", refers_to=(f"appointment:{OTHER.id}",)),
        dialogue(Task(CANCEL, targets=(OTHER.id,), asked=steps.WHICH), customer=ANA_OF_TWO),
    ),
)
UNDOING = (
    Case("nothing was written", dialogue(), said("undo"), dialogue(), (steps.NOTHING_TO_UNDO,)),
    Case(
        "a booking is cancelled, which asks",
        dialogue(done=(booked(),), customer=ANA),
        said("undo"),
        dialogue(cancelling(undoes=True), done=(booked(),), customer=ANA),
    ),
    Case(
        "a change goes back",
        dialogue(done=(moved(OWN, AT_16),), customer=ANA),
        said("undo"),
        dialogue(changing(days=(THURSDAY,), times=("15:00",), undoes=True), done=(moved(OWN, AT_16),), customer=ANA),
    ),
    Case(
        "a change of service, staff and name goes back, and the hour stays",
        dialogue(done=(moved(OWN, replace(OWN, service="Barba", staff="Carlos", name="Leo")),), customer=ANA),
        said("undo"),
        dialogue(
            changing(items=(Item("Corte de Cabello", ("Sofía",)),), name="Ana Ruiz", undoes=True),
            done=(moved(OWN, replace(OWN, service="Barba", staff="Carlos", name="Leo")),),
            customer=ANA,
        ),
    ),
    Case(
        "a cancellation is taken back",
        dialogue(done=(cancelled(),)),
        said("undo"),
        dialogue(restoring(undoes=True), done=(cancelled(),)),
    ),
    Case(
        "one that the agenda knows is taken back, too",
        dialogue(customer=Customer(cancelled=(OWN,))),
        said("undo"),
        dialogue(restoring(undoes=True), customer=Customer(cancelled=(OWN,))),
    ),
    Case(
        "of several writes the one that is referred to",
        dialogue(done=(moved(OWN, AT_16), booked(OTHER))),
        said("undo", refers_to=(f"done:{OWN.id}",)),
        dialogue(changing(days=(THURSDAY,), times=("15:00",), undoes=True), done=(moved(OWN, AT_16), booked(OTHER))),
    ),
    Case(
        "said once more of a cancellation that was taken back, it changes nothing",
        dialogue(done=(cancelled(), Written(RESTORE, NOW.isoformat(), None, OWN)), customer=ANA),
        said("undo"),
        dialogue(done=(cancelled(), Written(RESTORE, NOW.isoformat(), None, OWN)), customer=ANA),
        (steps.AGREED,),
    ),
    Case(
        "said once more of a move that was taken back, it changes nothing",
        dialogue(done=(moved(OWN, AT_16), moved(AT_16, OWN)), customer=ANA),
        said("undo"),
        dialogue(done=(moved(OWN, AT_16), moved(AT_16, OWN)), customer=ANA),
        (steps.AGREED,),
    ),
    Case(
        "a datum with it corrects that datum",
        dialogue(done=(booked(),), customer=ANA),
        said("undo", data=email("ana@test.com")),
        dialogue(changing(email="ana@test.com"), done=(booked(),), customer=ANA),
    ),
    Case(
        "while something waits for a yes, it is a no",
        dialogue(cancelling(asked=steps.CONFIRM), done=(booked(),), customer=ANA),
        said("undo"),
        dialogue(done=(booked(),), customer=ANA),
        (steps.KEPT,),
    ),
    Case(
        "while booking, with nothing written",
        dialogue(booking()),
        said("undo"),
        dialogue(spoken_of=CUT.service),
        (steps.DROPPED,),
    ),
    Case(
        "while booking, the last write is meant",
        dialogue(booking(asked=steps.WHEN), done=(cancelled(),)),
        said("undo"),
        dialogue(restoring(undoes=True), done=(cancelled(),)),
    ),
)
OFFERED = booking(asked=steps.OFFER, offers=(TEN, ELEVEN))
TAKEN = booking(asked=steps.OFFER, offers=(TEN, ELEVEN), days=(FRIDAY,), times=("11:00",), chosen=ELEVEN)
ANSWERS = (
    Case("a yes to what was done", dialogue(), said("confirm"), dialogue(), (steps.AGREED,)),
    Case(
        "a yes to the write that waits",
        dialogue(cancelling(asked=steps.CONFIRM)),
        said("confirm"),
        dialogue(cancelling(asked=steps.CONFIRM)),
        confirmed=True,
    ),
    Case(
        "a yes with another day is none",
        dialogue(cancelling(asked=steps.CONFIRM), customer=ANA),
        said("confirm", days=(FRIDAY,)),
        dialogue(cancelling(asked=steps.CONFIRM, days=(FRIDAY,)), customer=ANA),
    ),
    Case(
        "a yes to the only offer takes it",
        dialogue(booking(asked=steps.TAKE, offers=(TEN,), inquires=True)),
        said("confirm"),
        dialogue(booking(asked=steps.TAKE, offers=(TEN,), days=(FRIDAY,), times=("10:00",), chosen=TEN)),
    ),
    Case(
        "a yes to several offers takes none, and the first is asked back",
        dialogue(OFFERED),
        said("confirm"),
        dialogue(booking(asked=steps.TAKE, offers=(TEN,), inquires=True)),
    ),
    Case(
        "a yes with one's number takes it", dialogue(OFFERED), said("confirm", refers_to=("offer:2",)), dialogue(TAKEN)
    ),
    Case(
        "a yes with another hour is about that hour",
        dialogue(booking(asked=steps.TAKE, offers=(TEN,), days=(FRIDAY,), times=("10:00",), inquires=True)),
        said("confirm", times=("11:00",)),
        dialogue(booking(asked=steps.TAKE, offers=(TEN,), days=(FRIDAY,), times=("11:00",))),
    ),
    Case(
        "a yes settles a doubt about a datum, and the next one is read back",
        dialogue(booking(asked=steps.DOUBT, doubts=(UNSURE_EMAIL, UNSURE_TIME))),
        said("confirm"),
        dialogue(booking(asked=steps.DOUBT, doubts=(UNSURE_TIME,))),
    ),
    Case(
        "a yes to the whole settles it",
        dialogue(booking(asked=steps.DOUBT, doubts=(UNSURE_TIME, Doubt("days", "unread")))),
        said("confirm"),
        dialogue(booking(asked=steps.DOUBT)),
    ),
    Case(
        "a yes to a choice settles nothing",
        dialogue(booking(asked=steps.DOUBT, doubts=(CHOICE,))),
        said("confirm"),
        dialogue(booking(asked=steps.DOUBT, doubts=(CHOICE,))),
    ),
    Case(
        "a yes to somebody else takes whom was wanted out",
        dialogue(booking(items=(Item("Barba", ("María",)),), asked=steps.STAFF)),
        said("confirm"),
        dialogue(booking(items=(BEARD,), asked=steps.STAFF)),
    ),
    Case(
        "a yes after a price begins the booking of that service",
        dialogue(spoken_of="Barba"),
        said("confirm"),
        dialogue(Task(BOOK, (BEARD,)), spoken_of="Barba"),
    ),
    Case("a no to nothing", dialogue(), said("deny"), dialogue(), (steps.CHAT,)),
    Case(
        "a no keeps the appointment",
        dialogue(cancelling(asked=steps.CONFIRM)),
        said("deny"),
        dialogue(),
        (steps.KEPT,),
    ),
    Case(
        "a no to offers wants others",
        dialogue(OFFERED),
        said("deny"),
        dialogue(replace(OFFERED, rejected=(f"{FRIDAY}T10:00", f"{FRIDAY}T11:00"))),
    ),
    Case(
        "a no with another day is about that day",
        dialogue(booking(days=(FRIDAY,), asked=steps.DOUBT, doubts=(UNSURE_TIME,))),
        said("deny", days=(THURSDAY,)),
        dialogue(booking(days=(THURSDAY,), asked=steps.DOUBT, doubts=(UNSURE_TIME,))),
    ),
    Case(
        "a no to a doubted datum takes it out",
        dialogue(booking(asked=steps.DOUBT, doubts=(UNSURE_EMAIL,)), email="ana@test.com"),
        said("deny"),
        dialogue(booking(asked=steps.DOUBT)),
    ),
    Case(
        "a no to a doubted hour takes the hour out",
        dialogue(booking(**TOMORROW_AT_10, asked=steps.DOUBT, doubts=(UNSURE_TIME,))),
        said("deny"),
        dialogue(booking(days=(THURSDAY,), asked=steps.DOUBT)),
    ),
    Case(
        "a no to the question for an address refuses it",
        dialogue(booking(asked=steps.EMAIL, offers=(TEN,))),
        said("deny"),
        dialogue(booking(asked=steps.EMAIL, offers=(TEN,), refused=("client_email",))),
    ),
    Case(
        "one of the offers",
        dialogue(OFFERED),
        said("choose", refers_to=("offer:2",), told_which=True),
        dialogue(TAKEN),
    ),
    Case(
        "the only one of the offers in a span of time is asked back",
        dialogue(OFFERED),
        said("choose", refers_to=("offer:2",)),
        dialogue(replace(TAKEN, inquires=True)),
    ),
    Case(
        "one of the offers when the day was left open is asked back",
        dialogue(booking(asked=steps.WHEN, offers=(TEN, visit(THURSDAY)))),
        said("choose", refers_to=("offer:2",)),
        dialogue(
            booking(
                asked=steps.WHEN, offers=(TEN, visit(THURSDAY)), chosen=visit(THURSDAY), inquires=True, **TOMORROW_AT_10
            )
        ),
    ),
    Case("one that there is not", dialogue(OFFERED), said("choose", refers_to=("offer:9",)), dialogue(OFFERED)),
    Case(
        "any of them is the first, which is asked about",
        dialogue(OFFERED),
        said("choose", refers_to=("any",)),
        dialogue(booking(asked=steps.TAKE, offers=(TEN,), inquires=True)),
    ),
    Case(
        "none of them",
        dialogue(OFFERED),
        said("choose", refers_to=("none",), days=(THURSDAY,)),
        dialogue(replace(OFFERED, days=(THURSDAY,), rejected=(f"{FRIDAY}T10:00", f"{FRIDAY}T11:00"))),
    ),
    Case(
        "an address without a task corrects what was just written",
        dialogue(done=(booked(),)),
        said("give", data=email("ana@test.com")),
        dialogue(changing(email="ana@test.com"), done=(booked(),)),
    ),
    Case(
        "a yes to a person instead of an address",
        dialogue(booking(asked=steps.EMAIL_NEEDED)),
        said("confirm"),
        dialogue(booking(asked=steps.EMAIL_NEEDED)),
        (steps.PERSON,),
    ),
    Case(
        "who asks for a person and says who they are corrects nothing",
        dialogue(done=(booked(),)),
        said("give", "person", data=email("ana@test.com")),
        dialogue(done=(booked(),)),
    ),
    Case("a name with nothing to be about", dialogue(), said("give", data=name("Ana")), dialogue()),
    Case("a service without a verb begins a booking", dialogue(), said("give", items=(CUT,)), dialogue(booking())),
    Case(
        "a datum that is asked for takes the only offer that came with the question",
        dialogue(booking(asked=steps.NAME, offers=(TEN,))),
        said("give", data=name("Ana")),
        dialogue(booking(asked=steps.NAME, offers=(TEN,), days=(FRIDAY,), times=("10:00",), chosen=TEN)),
    ),
    Case(
        "a datum while restoring changes nothing",
        dialogue(restoring()),
        said("give", **TOMORROW_AT_10),
        dialogue(restoring()),
    ),
    Case(
        "an address is refused",
        dialogue(booking(asked=steps.EMAIL)),
        said("refuse"),
        dialogue(booking(asked=steps.EMAIL, refused=("client_email",))),
    ),
    Case(
        "an address is refused again",
        dialogue(booking(asked=steps.EMAIL_NEEDED, refused=("client_email",))),
        said("refuse"),
        dialogue(booking(asked=steps.EMAIL_NEEDED, refused=("client_email",))),
    ),
    Case("nothing to refuse", dialogue(), said("refuse"), dialogue(), (steps.CHAT,)),
    Case(
        "later, and what was said besides is kept",
        dialogue(booking(asked=steps.EMAIL)),
        said("defer", days=(FRIDAY,)),
        dialogue(booking(asked=steps.EMAIL, days=(FRIDAY,))),
        (steps.DEFERRED,),
    ),
    Case("later, without a task", dialogue(), said("defer"), dialogue(), (steps.DEFERRED,)),
)
QUESTIONS = (
    Case(
        "a price with a day begins a booking that waits for a yes",
        dialogue(),
        said("ask", subjects=("price",), items=(CUT,), days=(FRIDAY,)),
        dialogue(booking(days=(FRIDAY,), inquires=True)),
    ),
    Case(
        "the service of a question is remembered",
        dialogue(),
        said("ask", subjects=("price",), items=(BEARD,)),
        dialogue(spoken_of="Barba"),
    ),
    Case(
        "a question with an hour, asked which of the offers",
        dialogue(OFFERED),
        said("ask", times=("12:00",), days=(FRIDAY,)),
        dialogue(replace(OFFERED, times=("12:00",), days=(FRIDAY,))),
    ),
    Case("a question that takes an offer", dialogue(OFFERED), said("ask", refers_to=("offer:2",)), dialogue(TAKEN)),
    Case(
        "a question while the name is asked changes nothing",
        dialogue(booking(asked=steps.NAME, offers=(TEN,))),
        said("ask", days=(THURSDAY,), subjects=("hours",)),
        dialogue(booking(asked=steps.NAME, offers=(TEN,))),
    ),
    Case(
        "a question while cancelling changes nothing",
        dialogue(cancelling(asked=steps.CONFIRM)),
        said("ask", days=(THURSDAY,)),
        dialogue(cancelling(asked=steps.CONFIRM)),
    ),
)
CASES = (*BOOKINGS, *CHANGES, *CANCELLATIONS, *UNDOING, *ANSWERS, *QUESTIONS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_transition(case: Case) -> None:
    act = ActKind(case.message.meaning.acts[0].kind)
    result = TABLE[act][case.before.front_kind or NONE](case.before, case.message)
    assert result.dialogue == case.after
    assert (result.notes, result.confirmed) == (case.notes, case.confirmed)


NOTED = {
    ActKind.COMPLAIN: steps.COMPLAINT,
    ActKind.PERSON: steps.PERSON,
    ActKind.LATE: steps.LATE,
    ActKind.ARRIVED: steps.ARRIVED,
    ActKind.THANK: steps.THANKS,
    ActKind.GREET: steps.GREETING,
    ActKind.BYE: steps.GOODBYE,
    ActKind.SMALLTALK: steps.CHAT,
    ActKind.STOP: steps.STOPPED,
    ActKind.OFFTOPIC: steps.OFFTOPIC,
}


@pytest.mark.parametrize("front", [(), (booking(),), (cancelling(asked=steps.CONFIRM),), (restoring(),)])
@pytest.mark.parametrize(("act", "note"), NOTED.items())
def test_what_is_no_task_is_noted_and_changes_nothing(act: ActKind, note: str, front: tuple[Task, ...]) -> None:
    before = dialogue(*front, customer=ANA)
    result = TABLE[act][before.front_kind or NONE](before, said(act, **TOMORROW_AT_10))
    assert (result.dialogue, result.notes, result.confirmed) == (before, (note,), False)
